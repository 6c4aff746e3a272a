/* Threads that wait in the way that the argument names; waits to be killed. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t a, b;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER, rw2 = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both, many;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t tokens;
static pthread_t all[16];
static char *way;

static void sleep_on(void) { for (;;) sleep(3600); }

static void *lock_and_keep(void *m) { pthread_mutex_lock(m); pthread_barrier_wait(&both); sleep_on(); return m; }
static void *lock_and_go(void *m) { pthread_mutex_lock(m); return m; }
static void *lock_it(void *m) { pthread_mutex_lock(m); return m; }
static void *lock_in_time(void *m) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += 1000;
    pthread_mutex_timedlock(m, &at);
    return m;
}
static void *ab(void *x) {
    pthread_mutex_lock(&a); pthread_barrier_wait(&both); pthread_mutex_lock(&b); return x;
}
static void *ba(void *x) {
    pthread_mutex_lock(&b); pthread_barrier_wait(&both); pthread_mutex_lock(&a); return x;
}
static void *write_and_keep(void *x) {
    pthread_rwlock_wrlock(&rw); pthread_barrier_wait(&both); sleep_on(); return x;
}
static void *read_and_keep(void *x) {
    pthread_rwlock_rdlock(&rw); pthread_barrier_wait(&both); sleep_on(); return x;
}
static void *read_it(void *x) { pthread_rwlock_rdlock(&rw); return x; }
static void *write_it(void *x) { pthread_rwlock_wrlock(&rw); return x; }
static void *write_then_lock(void *x) {
    pthread_rwlock_wrlock(&rw); pthread_barrier_wait(&both); pthread_mutex_lock(&a); return x;
}
static void *lock_then_read(void *x) {
    pthread_mutex_lock(&a); pthread_barrier_wait(&both); pthread_rwlock_rdlock(&rw); return x;
}
static void *wait_for_work(void *x) {
    pthread_mutex_lock(&a);
    for (;;) pthread_cond_wait(&work, &a);
    return x;
}
static void *wait_in_time(void *x) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += 1000;
    pthread_mutex_lock(&a);
    for (;;) pthread_cond_timedwait(&work, &a, &at);
    return x;
}
static void *take_token(void *x) { sem_wait(&tokens); return x; }
static void *come(void *x) { pthread_barrier_wait(&many); return x; }
static void *join_it(void *t) { pthread_join(*(pthread_t *)t, 0); return t; }
static void run_long(void) { pthread_barrier_wait(&both); sleep_on(); }
static void *run_once(void *x) { pthread_once(&once, run_long); return x; }
static void *print_and_keep(void *x) {
    flockfile(stderr); pthread_barrier_wait(&both); sleep_on(); return x;
}
static void *print_it(void *x) { fputs("x", stderr); return x; }
static void *lock_then_wait_for_join(void *x) {
    pthread_mutex_lock(&a); pthread_barrier_wait(&both); pthread_join(all[1], 0); return x;
}

static void start(int at, void *(*what)(void *), void *with) {
    if (pthread_create(&all[at], 0, what, with)) abort();
}
static int is(const char *name) { return !strcmp(way, name); }
static void start_some(int from, int count, void *(*what)(void *), void *with) {
    for (int i = 0; i < count; i++) start(from + i, what, with);
}

static void init(pthread_mutex_t *m, const char *kind) {
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    if (!strcmp(kind, "recursive")) pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    if (!strcmp(kind, "checking")) pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    if (!strcmp(kind, "robust")) pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    if (!strcmp(kind, "pi")) pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    if (pthread_mutex_init(m, &attr)) { puts("unsupported"); exit(3); }
}

int main(int count, char **argv) {
    const char *kind = count > 2 ? argv[2] : "normal";
    way = argv[1];
    prctl(PR_SET_PDEATHSIG, 9);
    init(&a, kind);
    init(&b, kind);
    pthread_barrier_init(&both, 0, 2);
    pthread_barrier_init(&many, 0, 5);
    sem_init(&tokens, 0, 0);
    if (is("mutex")) {
        start(0, lock_and_keep, &a); pthread_barrier_wait(&both); start_some(1, 3, lock_it, &a);
    } else if (is("mutex-timed")) {
        start(0, lock_and_keep, &a); pthread_barrier_wait(&both); start(1, lock_in_time, &a);
    } else if (is("deadlock")) {
        start(0, ab, 0); start(1, ba, 0);
    } else if (is("orphan")) {
        start(0, lock_and_go, &a); pthread_join(all[0], 0); start(1, lock_it, &a);
    } else if (is("rw-write")) {
        start(0, write_and_keep, 0); pthread_barrier_wait(&both);
        start_some(1, 3, read_it, 0); start_some(4, 2, write_it, 0);
    } else if (is("rw-read")) {
        start(0, read_and_keep, 0); pthread_barrier_wait(&both); start(1, write_it, 0);
    } else if (is("rw-mutex")) {
        start(0, write_then_lock, 0); start(1, lock_then_read, 0);
    } else if (is("condition")) {
        start_some(0, 4, wait_for_work, 0);
    } else if (is("condition-timed")) {
        start_some(0, 2, wait_in_time, 0);
    } else if (is("semaphore")) {
        start_some(0, 4, take_token, 0);
    } else if (is("barrier")) {
        start_some(0, 3, come, 0);
    } else if (is("join")) {
        start(0, lock_and_keep, &a); pthread_barrier_wait(&both); start(1, join_it, &all[0]);
    } else if (is("join-lock")) {
        start(1, ba, 0); start(0, lock_then_wait_for_join, 0);
    } else if (is("once")) {
        start(0, run_once, 0); pthread_barrier_wait(&both); start(1, run_once, 0);
    } else if (is("stream")) {
        start(0, print_and_keep, 0); pthread_barrier_wait(&both); start(1, print_it, 0);
    } else if (is("standstill")) {
        start_some(0, 4, take_token, 0); pthread_join(all[0], 0);
    } else {
        return 2;
    }
    sleep_on();
}
