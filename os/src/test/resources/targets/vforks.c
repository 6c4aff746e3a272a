/* A thread waits in vfork(2) until the file "go" ends its child; main and that thread count. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned long *counter;

static void *have_child(void *unused) {
    int child = vfork();
    if (child == 0) {
        struct timespec ms = {0, 1000000};
        counter[2] = syscall(SYS_getpid);
        while (access("go", F_OK)) nanosleep(&ms, 0);
        _exit(7);
    }
    int status = 0;
    waitpid(child, &status, 0);
    counter[1] = status;
    return unused;
}

static void *have_tid(void *unused) {
    counter[3] = syscall(SYS_gettid);
    return have_child(unused);
}

int main(void) {
    pthread_t t;
    int f = open("counter", O_RDWR | O_CREAT, 0600);
    if (ftruncate(f, 4096)) return 3;
    counter = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    if (pthread_create(&t, 0, have_tid, 0)) return 4;
    while (!counter[2]) usleep(1000);
    printf("thread %lu\nready\n", counter[3]);
    fflush(stdout);
    for (;;) {
        struct timespec ms = {0, 1000000};
        counter[0]++;
        nanosleep(&ms, 0);
    }
}
