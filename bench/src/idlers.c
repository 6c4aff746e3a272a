/*
 * idlers COUNT THREADS: that many processes of that many threads each, which sleep until standard input
 * ends. Says "ready" when all are there.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *idle(void *none) {
    for (;;) pause();
    return none;
}

static void worker(int threads, int ready) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int index = 1; index < threads; index++) {
        pthread_t thread;
        if (pthread_create(&thread, 0, idle, 0) != 0) _exit(1);
    }
    if (write(ready, "x", 1) != 1) _exit(1);
    idle(0);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    int processes = atoi(arguments[1]);
    int ends[2];
    char byte;
    if (pipe(ends) != 0) return 1;
    for (int index = 0; index < processes; index++) {
        pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) worker(atoi(arguments[2]), ends[1]);
    }
    for (int index = 0; index < processes; index++) {
        if (read(ends[0], &byte, 1) != 1) return 1;
    }
    printf("ready\n");
    fflush(stdout);
    while (read(0, &byte, 1) > 0) {
    }
    return 0;
}
