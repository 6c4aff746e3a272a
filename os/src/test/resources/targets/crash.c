/* argv[1]: how it ends, once the file "go" is there. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int handled;
static void on_fault(int number) { handled = number; signal(SIGSEGV, SIG_DFL); }

__attribute__((noinline)) void write_through_null(void) {
    volatile int *p = (volatile int *)16;
    *p = 42;
}

static void *crash(void *unused) {
    write_through_null();
    return unused;
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "null";
    printf("ready\n");
    fflush(stdout);
    while (access("go", F_OK)) usleep(1000);
    if (!strcmp(how, "null")) {
        pthread_t t;
        pthread_create(&t, 0, crash, 0);
        pthread_join(t, 0);
    }
    if (!strcmp(how, "abort")) abort();
    if (!strcmp(how, "handled")) {
        signal(SIGSEGV, on_fault);
        raise(SIGSEGV);
        printf("handled %d\n", handled);
        fflush(stdout);
        abort();
    }
    if (!strcmp(how, "exit")) exit(7);
    if (!strcmp(how, "exec")) {
        remove("go");
        execl("/proc/self/exe", "crash", "null", (char *)0);
    }
    return 3;
}
