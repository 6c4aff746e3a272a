/*
 * A process to take dumps of: THREADS threads, each some calls deep and waiting, and MIB mebibytes of
 * memory in which no page is zero or like another.
 *
 *   worker THREADS MIB
 *
 * Prints "ready" when all is there. Asked "gap" on standard input it prints the longest time in
 * milliseconds in which it did not run since it was asked last: the pause that a dump made, as the
 * process itself sees it. Ends with its standard input.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { DEPTH = 12, TICK_NS = 1000000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t all_deep;
static volatile double longest_gap_ms;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

__attribute__((noinline)) static void wait_for_work(void) {
    pthread_barrier_wait(&all_deep);
    pthread_mutex_lock(&lock);
    for (;;) pthread_cond_wait(&never, &lock);
}

/* volatile: the recursion has to stay one */
__attribute__((noinline)) static int handle_request(volatile int depth) {
    if (depth == 0) wait_for_work();
    return handle_request(depth - 1) + depth;
}

static void *serve(void *number) {
    handle_request(DEPTH + (int)((intptr_t)number % 5));
    return NULL;
}

/* Not the main thread, which waits for questions: what runs all the time notices a pause. */
static void *tick(void *unused) {
    (void)unused;
    struct timespec pause = {0, TICK_NS};
    double last = now_ms();
    for (;;) {
        nanosleep(&pause, NULL);
        double now = now_ms();
        if (now - last > longest_gap_ms) longest_gap_ms = now - last;
        last = now;
    }
    return NULL;
}

/* xorshift64*: fast, and no two pages alike */
static void fill(uint64_t *words, size_t count) {
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < count; i++) {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        words[i] = x * 2685821657736338717u | 1;
    }
}

static void start(void *(*run)(void *), intptr_t number) {
    pthread_attr_t small;
    pthread_t thread;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 * 1024);
    if (pthread_create(&thread, &small, run, (void *)number) != 0) {
        puts("no more threads");
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    int threads = atoi(argv[1]);
    size_t size = (size_t)atol(argv[2]) << 20;
    setvbuf(stdout, NULL, _IOLBF, 0);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        puts("no memory");
        return 1;
    }
    fill(memory, size / sizeof(uint64_t));
    /* the main thread and the ticking one count as well */
    pthread_barrier_init(&all_deep, NULL, threads - 1);
    for (int i = 0; i < threads - 2; i++) start(serve, i);
    start(tick, 0);
    pthread_barrier_wait(&all_deep);
    puts("ready");
    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strncmp(line, "gap", 3) == 0) {
            printf("%.1f\n", longest_gap_ms);
            longest_gap_ms = 0;
        }
    }
    return 0;
}
