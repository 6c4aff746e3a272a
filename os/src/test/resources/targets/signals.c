/* Does what its arguments say, one after the other, each once the file "go1", "go2", … is there; then waits. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile unsigned long *counter;
static sigjmp_buf back;
static void mend(int unused) { (void)unused; siglongjmp(back, 1); }
static void die_by_default(int n) { signal(n, SIG_DFL); } /* and strikes again */

__attribute__((noinline)) void fault_here(void) { *(volatile int *)16 = 42; }

__attribute__((noinline)) void divide(volatile int by) { counter[1] = 42 / by; }

static void *handled_once(void *unused) {
    if (sigsetjmp(back, 1) == 0) fault_here();
    return unused;
}

static void *sleeps(void *unused) { for (;;) pause(); return unused; }
static void *ends(void *unused) { return unused; }
__attribute__((noinline)) void leave(int status) { exit(status); }
static void *leaves(void *unused) { leave(9); return unused; }
static void *execs(void *unused) {
    execl("/proc/self/exe", "signals", (char *)0);
    return unused;
}

static void thread(void *(*what)(void *), int join) {
    pthread_t t;
    pthread_create(&t, 0, what, 0);
    if (join) pthread_join(t, 0);
}

static void act(const char *what) {
    if (!strcmp(what, "handle")) signal(SIGSEGV, mend);
    if (!strcmp(what, "fault")) { if (sigsetjmp(back, 1) == 0) fault_here(); }
    if (!strcmp(what, "faultthread")) thread(handled_once, 1);
    if (!strcmp(what, "storm")) for (int i = 0; i < 20000; i++) { if (sigsetjmp(back, 1) == 0) fault_here(); }
    if (!strcmp(what, "crash")) { signal(SIGSEGV, SIG_DFL); fault_here(); }
    if (!strcmp(what, "report")) { signal(SIGSEGV, die_by_default); fault_here(); }
    if (!strcmp(what, "blocked")) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, 0);
        fault_here();
    }
    if (!strcmp(what, "divide")) divide(0);
    if (!strcmp(what, "bus")) {
        int f = open("empty", O_RDWR | O_CREAT, 0600);
        volatile char *p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
        printf("bus %p\n", (void *)p);
        fflush(stdout);
        *p = 1;
    }
    if (!strcmp(what, "abort")) abort();
    if (!strcmp(what, "exit")) leave(7);
    if (!strcmp(what, "threadexits")) thread(leaves, 1);
    if (!strcmp(what, "thread")) thread(ends, 1);
    if (!strcmp(what, "sleeper")) thread(sleeps, 0);
    if (!strcmp(what, "threadexec")) thread(execs, 1);
    if (!strcmp(what, "ignore")) { signal(SIGUSR1, SIG_IGN); raise(SIGUSR1); }
    if (!strcmp(what, "fork") || !strcmp(what, "vfork")) {
        int child = *what == 'v' ? vfork() : fork();
        if (child == 0) {
            if (*what == 'v') execl("/bin/true", "true", (char *)0);
            signal(SIGSEGV, SIG_DFL);
            fault_here(); /* nobody's business but its own */
        }
        int status = 0;
        waitpid(child, &status, 0);
        counter[2] = WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    if (!strcmp(what, "load")) { void *l = dlopen("libm.so.6", RTLD_NOW); counter[3] = l != 0; }
}

int main(int argc, char **argv) {
    int f = open("counter", O_RDWR | O_CREAT, 0600);
    if (ftruncate(f, 4096)) return 3;
    counter = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    printf("fault_here %p\ndivide %p\nready\n", (void *)fault_here, (void *)divide);
    fflush(stdout);
    for (int i = 1; i < argc; i++) {
        char name[16];
        snprintf(name, sizeof name, "go%d", i);
        while (access(name, F_OK)) usleep(500);
        act(argv[i]);
        counter[0] = i;
    }
    for (;;) {
        usleep(500);
        counter[8]++;
    }
}
