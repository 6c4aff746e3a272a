/*
 * Threads that wait in system calls of many kinds, each for a minute; the n-th word of a shared file
 * counts how often the n-th call returned. In an IPC namespace of its own where that is allowed, for the
 * semaphores to go with it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned long *returned;
static int ends[2], semaphores;
static aio_context_t ring;

static void call(long which) {
    struct timespec minute = {60, 0};
    struct timeval seconds = {60, 0};
    struct epoll_event event;
    struct io_event done;
    struct pollfd one = {ends[0], POLLIN, 0};
    struct sembuf take = {0, -1, 0};
    sigset_t set;
    char byte;
    int word = 0;
    int watch;
    switch (which) {
    case 0: watch = epoll_create1(0); epoll_wait(watch, &event, 1, 60000); break;
    case 1: semop(semaphores, &take, 1); break;
    case 2:
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigtimedwait(&set, 0, &minute);
        break;
    case 3:
        setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &seconds, sizeof seconds);
        recv(ends[0], &byte, 1, 0);
        break;
    case 4: syscall(SYS_io_getevents, ring, 1, 1, &done, &minute); break;
    case 5: poll(&one, 1, 60000); break;
    case 6: nanosleep(&minute, 0); break;
    default: syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &minute, 0, 0);
    }
    __atomic_add_fetch(&returned[which], 1, __ATOMIC_SEQ_CST);
}

static void *wait_again(void *which) {
    for (;;) call((long)which);
}

int main(void) {
    int f = open("returned", O_RDWR | O_CREAT, 0600);
    if (ftruncate(f, 4096) || socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) return 3;
    returned = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    int no_semop = unshare(CLONE_NEWIPC);
    int no_aio = syscall(SYS_io_setup, 8, &ring);
    if (!no_semop) semaphores = semget(IPC_PRIVATE, 1, 0600);
    printf("waiting %d\n", 8 - !!no_semop - !!no_aio);
    for (long i = 0; i < 8; i++) {
        pthread_t t;
        if ((i == 1 && no_semop) || (i == 4 && no_aio)) continue;
        if (pthread_create(&t, 0, wait_again, (void *)i)) return 4;
    }
    printf("ready\n");
    fflush(stdout);
    for (;;) pause();
}
