/*
 * A process that reserved much memory and touched little of it, in pages all over.
 *
 *   sparse RESERVE_MIB TOUCH_MIB
 *
 * Prints "ready RESIDENT_MIB" when that is done; ends with its standard input.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static long resident_mib(void) {
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;
    if (status == NULL) return 0;
    while (fgets(line, sizeof line, status) != NULL) sscanf(line, "RssAnon: %ld", &kib);
    fclose(status);
    return kib / 1024;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    uint64_t pages = (strtoull(argv[1], NULL, 10) << 20) / PAGE;
    uint64_t touched = (strtoull(argv[2], NULL, 10) << 20) / PAGE;
    if (touched == 0 || touched > pages) return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    char *memory = mmap(
        NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        puts("no memory");
        return 1;
    }
    madvise(memory, pages * PAGE, MADV_NOHUGEPAGE);
    /* One page in each stretch of equal length, at a place in it that looks random. */
    uint64_t stretch = pages / touched, x = 88172645463325252u;
    for (uint64_t i = 0; i < touched; i++) {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        uint64_t random = x * 2685821657736338717u;
        uint64_t *page = (uint64_t *)(memory + (i * stretch + random % stretch) * PAGE);
        for (int word = 0; word < PAGE / 8; word++) page[word] = (random + word) | 1;
    }
    printf("ready %ld\n", resident_mib());
    while (getchar() != EOF) {}
    return 0;
}
