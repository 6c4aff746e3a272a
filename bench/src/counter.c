/*
 * A process whose memory shows whether a copy of it is of one moment.
 *
 *   counter PAGES [ROUNDS]
 *
 * A thread adds one to the first word of each of PAGES pages, in order, round and round: at every moment
 * the words are k+1 up to some page and k from there. With ROUNDS it stops after so many, and the process
 * does nothing any more. Prints "ready ADDRESS PAGES PAGE_SIZE", the address in hexadecimal; asked "round"
 * on standard input it prints the round it is in. Ends with its standard input.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char *memory;
static size_t pages, page_size;
static uint64_t rounds_max;
static pthread_barrier_t counted_enough;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static _Atomic uint64_t *word(size_t page) { return (_Atomic uint64_t *)(memory + page * page_size); }

static void *count(void *unused) {
    (void)unused;
    for (uint64_t round = 1; rounds_max == 0 || round <= rounds_max; round++) {
        for (size_t i = 0; i < pages; i++) {
            /* released in order: a later page is never seen ahead of an earlier one */
            atomic_store_explicit(word(i), round, memory_order_release);
        }
    }
    pthread_barrier_wait(&counted_enough);
    pthread_mutex_lock(&lock);
    for (;;) pthread_cond_wait(&never, &lock);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    pages = strtoul(argv[1], NULL, 10);
    if (argc > 2) rounds_max = strtoull(argv[2], NULL, 10);
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    setvbuf(stdout, NULL, _IOLBF, 0);
    memory = mmap(NULL, pages * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        puts("no memory");
        return 1;
    }
    madvise(memory, pages * page_size, MADV_NOHUGEPAGE);
    memset(memory, 0, pages * page_size);
    pthread_barrier_init(&counted_enough, NULL, 2);
    pthread_t thread;
    if (pthread_create(&thread, NULL, count, NULL) != 0) return 1;
    if (rounds_max) pthread_barrier_wait(&counted_enough);
    printf("ready %lx %zu %zu\n", (unsigned long)(uintptr_t)memory, pages, page_size);
    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL) printf("%lu\n", (unsigned long)atomic_load(word(pages - 1)));
    return 0;
}
