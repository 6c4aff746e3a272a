/*
 * A process that notices how long it did not run, and how fast it works.
 *
 *   heart THREADS MIB huge|small [WRITE_MIB_PER_S]
 *
 * MIB mebibytes of memory in which no page is zero or like another, in pages of 2 MiB (huge) or 4 KiB
 * (small). A thread on each processor beats: it wakes every 100 us, at SCHED_FIFO 50 where that is
 * permitted, so that it waits for nothing but a stop of the process, or of its processor: in a virtual
 * machine the host stops one of them for tens of milliseconds while it finds memory. What stops all beats
 * at once is a stop of the process. One thread works: a unit of work sums a page taken at random
 * and writes the sum into it; WRITE_MIB_PER_S bounds how many mebibytes of pages it goes through in a
 * second, 0 or nothing is as fast as it can. The others (THREADS counts them all) wait.
 *
 * Prints "ready HUGE_MIB fifo|ordinary" when all is there: how much of the memory is in huge pages. Then
 * answers, one line for a line on standard input:
 *
 *   gap      LONGEST_MS GAPS ONE_MS: the longest time in which no thread beat since it was asked last, how
 *            many such times were above 0.5 ms, and the longest in which one of them did not
 *   work     UNITS_PER_S US_PER_UNIT UNITS_PER_S US_PER_UNIT: how much was worked, and how long a unit
 *            took while working; first since it was asked last, then since the end of the longest gap,
 *            or 0 0 without a gap above 0.5 ms. Asking for the gap forgets that end.
 *   settle   HUGE_MIB: makes the memory what it was at the start, writable pages of the wanted size
 *   quit     ends, as the end of standard input does
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

enum { BEAT_NS = 100000, SMALL_PAGE = 4096, WORDS_OF_PAGE = SMALL_PAGE / 8, BATCH_NS = 1000000 };
static const uint64_t HUGE_PAGE = 2u << 20;
/* A gap that counts: 5 beats, more than an interrupt or a page fault takes. */
static const uint64_t LONG_GAP_NS = 500000;

struct amount {
    uint64_t at_ns, units, busy_ns;
};

static uint64_t *memory;
static uint64_t pages;
static uint64_t units_per_second;
static _Atomic uint64_t units, busy_ns;
static pthread_mutex_t gap_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t longest_gap_ns, long_gaps, longest_of_one_ns, last_beat_ns;
static int processors;
static struct amount after_gap;
static pthread_barrier_t all_there;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static _Atomic int beats_in_time;

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static struct amount amount_now(void) {
    return (struct amount){now_ns(), atomic_load(&units), atomic_load(&busy_ns)};
}

static void *beat(void *processor) {
    struct sched_param priority = {.sched_priority = 50};
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET((intptr_t)processor, &own);
    sched_setaffinity(0, sizeof own, &own);
    beats_in_time = pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority) == 0;
    pthread_barrier_wait(&all_there);
    struct timespec pause = {0, BEAT_NS};
    uint64_t last = now_ns();
    for (;;) {
        clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
        /* Waits only while a question is answered, which is never during a measurement. */
        pthread_mutex_lock(&gap_lock);
        uint64_t now = now_ns();
        uint64_t gap = now - last_beat_ns;
        if (now - last > longest_of_one_ns) longest_of_one_ns = now - last;
        last = last_beat_ns = now;
        if (gap > LONG_GAP_NS) long_gaps++;
        if (gap > longest_gap_ns) {
            longest_gap_ns = gap;
            if (gap > LONG_GAP_NS) after_gap = amount_now();
        }
        pthread_mutex_unlock(&gap_lock);
    }
    return NULL;
}

/* Of those that this process may use, eight at most: which one has that number. */
static int processor(int number) {
    cpu_set_t allowed;
    sched_getaffinity(0, sizeof allowed, &allowed);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && number-- == 0) return cpu;
    }
    return -1;
}

static void work_on(uint64_t page) {
    uint64_t *words = memory + page * WORDS_OF_PAGE;
    uint64_t sum = 0;
    for (int i = 0; i < WORDS_OF_PAGE; i++) sum = sum * 31 + words[i];
    words[page % WORDS_OF_PAGE] = sum | 1;
}

static void *work(void *unused) {
    (void)unused;
    uint64_t random = 88172645463325252u;
    pthread_barrier_wait(&all_there);
    uint64_t due = now_ns();
    for (;;) {
        uint64_t batch = units_per_second ? units_per_second * BATCH_NS / 1000000000u + 1 : 256;
        uint64_t begun = now_ns();
        for (uint64_t i = 0; i < batch; i++) {
            random ^= random >> 12;
            random ^= random << 25;
            random ^= random >> 27;
            work_on(random * 2685821657736338717u % pages);
        }
        atomic_fetch_add(&busy_ns, now_ns() - begun);
        atomic_fetch_add(&units, batch);
        if (units_per_second) {
            due += batch * 1000000000u / units_per_second;
            /* What was missed is not caught up: a server's clients do not come twice as fast then. */
            if (due < begun) due = begun;
            struct timespec until = {due / 1000000000u, due % 1000000000u};
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        }
    }
    return NULL;
}

static void *wait_for_work(void *unused) {
    (void)unused;
    pthread_barrier_wait(&all_there);
    pthread_mutex_lock(&lock);
    for (;;) pthread_cond_wait(&never, &lock);
    return NULL;
}

static void fill(void) {
    uint64_t x = 88172645463325252u;
    for (uint64_t i = 0; i < pages * WORDS_OF_PAGE; i++) {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        memory[i] = x * 2685821657736338717u | 1;
    }
}

static int get_memory(uint64_t bytes, int huge) {
    char *reserved = mmap(
        NULL, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED) return 0;
    memory = (uint64_t *)(((uintptr_t)reserved + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
    pages = bytes / SMALL_PAGE;
    madvise(memory, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    fill();
    return 1;
}

/* How many MiB of this process are in huge pages. */
static long huge_mib(void) {
    FILE *rollup = fopen("/proc/self/smaps_rollup", "r");
    char line[256];
    long kib = 0;
    if (rollup == NULL) return 0;
    while (fgets(line, sizeof line, rollup) != NULL) sscanf(line, "AnonHugePages: %ld", &kib);
    fclose(rollup);
    return kib / 1024;
}

/* A copy splits huge pages where they are written, and leaves the others write-protected. */
static void settle(int huge) {
    if (huge) madvise(memory, pages * SMALL_PAGE, MADV_COLLAPSE);
    for (uint64_t i = 0; i < pages; i++) {
        atomic_fetch_or((_Atomic uint64_t *)(memory + i * WORDS_OF_PAGE), 1);
    }
}

static void print_rates(struct amount from, struct amount to) {
    uint64_t done = to.units - from.units;
    double seconds = (to.at_ns - from.at_ns) / 1e9;
    printf("%.0f %.3f", seconds > 0 ? done / seconds : 0, done ? (to.busy_ns - from.busy_ns) / 1e3 / done : 0);
}

static void start(void *(*run)(void *), intptr_t argument) {
    pthread_attr_t small;
    pthread_t thread;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 * 1024);
    if (pthread_create(&thread, &small, run, (void *)argument) != 0) {
        puts("no more threads");
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    int threads = atoi(argv[1]);
    int huge = strcmp(argv[3], "huge") == 0;
    if (argc > 4) units_per_second = strtoull(argv[4], NULL, 10) * (1048576 / SMALL_PAGE);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!get_memory(strtoull(argv[2], NULL, 10) << 20, huge)) {
        puts("no memory");
        return 1;
    }
    while (processors < 8 && processor(processors) >= 0) processors++;
    if (threads < processors + 2) threads = processors + 2;
    pthread_barrier_init(&all_there, NULL, threads);
    last_beat_ns = now_ns();
    for (int i = 0; i < processors; i++) start(beat, processor(i));
    start(work, 0);
    for (int i = processors + 2; i < threads; i++) start(wait_for_work, 0);
    pthread_barrier_wait(&all_there);
    printf("ready %ld %s\n", huge_mib(), beats_in_time ? "fifo" : "ordinary");
    char line[64];
    struct amount asked = amount_now();
    while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "quit\n") != 0) {
        if (strcmp(line, "gap\n") == 0) {
            pthread_mutex_lock(&gap_lock);
            uint64_t longest = longest_gap_ns, count = long_gaps, one = longest_of_one_ns;
            longest_gap_ns = long_gaps = longest_of_one_ns = 0;
            after_gap = (struct amount){0, 0, 0};
            pthread_mutex_unlock(&gap_lock);
            printf("%.3f %lu %.3f\n", longest / 1e6, (unsigned long)count, one / 1e6);
        } else if (strcmp(line, "work\n") == 0) {
            struct amount now = amount_now();
            pthread_mutex_lock(&gap_lock);
            struct amount gap = after_gap;
            pthread_mutex_unlock(&gap_lock);
            print_rates(asked, now);
            putchar(' ');
            print_rates(gap.at_ns ? gap : now, now);
            putchar('\n');
            asked = now;
        } else if (strcmp(line, "settle\n") == 0) {
            settle(huge);
            printf("%ld\n", huge_mib());
        } else {
            puts("?");
        }
    }
    return 0;
}
