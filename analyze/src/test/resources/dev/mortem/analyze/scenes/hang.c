/* Hangs, works or idles in the way that its argument names; waits to be killed. */
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;

static void *pay(void *x) {
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&b);
    return x;
}
static void *ship(void *x) {
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&a);
    return x;
}
static void *forget(void *x) { pthread_mutex_lock(&a); return x; }
static void *take(void *x) { pthread_mutex_lock(&a); return x; }
static void *pool_next(void *x) {
    pthread_mutex_lock(&b);
    for (;;) pthread_cond_wait(&work, &b);
    return x;
}

int main(int count, char **argv) {
    pthread_t t[8];
    struct epoll_event event;
    prctl(PR_SET_PDEATHSIG, 9);
    pthread_barrier_init(&both, 0, 2);
    if (!strcmp(argv[count - 1], "deadlock")) {
        pthread_create(&t[0], 0, pay, 0);
        pthread_create(&t[1], 0, ship, 0);
    }
    if (!strcmp(argv[count - 1], "orphan")) {
        pthread_create(&t[0], 0, forget, 0);
        pthread_join(t[0], 0);
        pthread_create(&t[1], 0, take, 0);
    }
    if (!strcmp(argv[count - 1], "idle"))
        for (int i = 0; i < 8; i++) pthread_create(&t[i], 0, pool_next, 0);
    epoll_wait(epoll_create1(0), &event, 1, -1);
}
