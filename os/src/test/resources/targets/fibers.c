/*
 * The main thread runs on a small stack of its own making, in memory that begins with a guard, as the
 * heap of a runtime with small stacks does; right below lies what is not to be touched. All of [stack] is
 * in use. Counts its rounds in a shared file, and harm.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { GUARD = 4096, PRECIOUS = 32 * 1024, SMALL = 16 * 1024 };

static volatile unsigned long *shared;
static unsigned char *precious;
static ucontext_t outside, inside;

static void run(void) {
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        struct timespec ms = {0, 1000000};
        nanosleep(&ms, 0);
        for (int i = 0; i < PRECIOUS; i++) {
            if (precious[i] != (unsigned char)(i * 7 + 1)) {
                shared[1]++;
                break;
            }
        }
        shared[0]++;
    }
}

static void use_all_of_stack(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned long from, to;
    while (fgets(line, sizeof line, maps)) {
        if (strstr(line, "[stack]") && sscanf(line, "%lx-%lx", &from, &to) == 2)
            memset((void *)from, 0x5a, (uintptr_t)&line - 4096 - from);
    }
    fclose(maps);
}

int main(void) {
    int f = open("rounds", O_RDWR | O_CREAT, 0600);
    if (ftruncate(f, 4096)) return 3;
    shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    char *all = mmap(0, GUARD + PRECIOUS + SMALL, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(all, GUARD, PROT_NONE);
    precious = (unsigned char *)all + GUARD;
    for (int i = 0; i < PRECIOUS; i++) precious[i] = (unsigned char)(i * 7 + 1);
    use_all_of_stack();
    getcontext(&inside);
    /* so near to what is below that a frame would reach into it */
    inside.uc_stack.ss_sp = all + GUARD + PRECIOUS;
    inside.uc_stack.ss_size = 2048;
    inside.uc_link = &outside;
    makecontext(&inside, run, 0);
    swapcontext(&outside, &inside);
    return 4;
}
