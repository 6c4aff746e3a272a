// waits NAME: one thread that waits in that way. waits all: a thread for each.
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t of_condition = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static pthread_t sleeper;
static int ends[2];
static int sockets[2];

static void *sleeping(void *none) {
    for (;;) pause();
    return none;
}

static inline void lock_it(pthread_mutex_t *which) {
    pthread_mutex_lock(which);
    pthread_mutex_unlock(which);
}

static void in_mutex(void) { lock_it(&mutex); }

static inline void await(pthread_cond_t *which) {
    pthread_mutex_lock(&of_condition);
    for (;;) pthread_cond_wait(which, &of_condition);
}

static void in_condition(void) { await(&condition); }

static void in_rwlock(void) { pthread_rwlock_wrlock(&rwlock); }
static void in_barrier(void) { pthread_barrier_wait(&barrier); }
static void in_semaphore(void) { sem_wait(&semaphore); }
static void in_join(void) { pthread_join(sleeper, NULL); }

static inline long read_some(int fd) {
    char bytes[64];
    long got = read(fd, bytes, sizeof bytes);
    return got > 0 ? got + bytes[0] : 0;
}

static long in_read(void) { return read_some(ends[0]); }

static void in_poll(void) {
    struct pollfd fd = {.fd = ends[0], .events = POLLIN};
    poll(&fd, 1, -1);
}

static void in_select(void) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    select(ends[0] + 1, &set, NULL, NULL, NULL);
}

static void in_epoll(void) {
    struct epoll_event event;
    epoll_wait(epoll_create1(0), &event, 1, -1);
}

static void in_recv(void) {
    char byte;
    recv(sockets[0], &byte, 1, 0);
}

static void in_sleep(void) {
    struct timespec long_time = {100000, 0};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, NULL);
}

static void in_child(void) {
    if (fork() == 0) {
        for (;;) pause();
    }
    wait(NULL);
}

static void in_sigwait(void) {
    sigset_t set;
    int got;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigwait(&set, &got);
}

static void on_signal(int number) {
    (void) number;
    lock_it(&mutex);
}

static void in_handler(void) {
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
}

static int recurse(int depth) {
    if (depth == 0) {
        in_mutex();
        return 1;
    }
    return recurse(depth - 1) + depth;
}

static void in_recursion(void) { printf("%d\n", recurse(40)); }

static const struct {
    const char *name;
    void (*wait)(void);
} ways[] = {
    {"mutex", in_mutex},         {"condition", in_condition}, {"rwlock", in_rwlock},
    {"barrier", in_barrier},     {"semaphore", in_semaphore}, {"join", in_join},
    {"read", (void (*)(void)) in_read}, {"poll", in_poll},    {"select", in_select},
    {"epoll", in_epoll},         {"recv", in_recv},           {"sleep", in_sleep},
    {"child", in_child},         {"sigwait", in_sigwait},     {"handler", in_handler},
    {"recursion", in_recursion},
};
enum { WAYS = sizeof ways / sizeof ways[0] };

static void *work(void *number) {
    long index = (long) number;
    ways[index].wait();
    return sleeping(NULL);
}

int main(int argc, char **argv) {
    pthread_t thread;
    const char *wanted = argc > 1 ? argv[1] : "all";
    pthread_mutex_lock(&mutex);
    pthread_rwlock_rdlock(&rwlock);
    pthread_barrier_init(&barrier, NULL, 2);
    sem_init(&semaphore, 0, 0);
    if (pipe(ends) || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets)) return 1;
    pthread_create(&sleeper, NULL, sleeping, NULL);
    for (long index = 0; index < WAYS; index++)
        if (!strcmp(wanted, "all") || !strcmp(wanted, ways[index].name))
            pthread_create(&thread, NULL, work, (void *) index);
    for (;;) pause();
}
