/* Counts queued signals (SIGRTMIN) and, in a shared file, its own heartbeat. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned long *shared;
static volatile unsigned long beats; /* the same for itself alone */
static void count(int unused) {
    (void)unused;
    __atomic_add_fetch(&shared[1], 1, __ATOMIC_SEQ_CST);
}

int main(void) {
    int f = open("counter", O_RDWR | O_CREAT, 0600);
    if (ftruncate(f, 4096)) return 3;
    shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    struct sigaction a = {.sa_handler = count, .sa_flags = SA_RESTART};
    sigaction(SIGRTMIN, &a, 0);
    printf("beats %p\nsignal %d\nready\n", (void *)&beats, SIGRTMIN);
    fflush(stdout);
    for (;;) {
        struct timespec ms = {0, 1000000};
        shared[0]++;
        beats++;
        nanosleep(&ms, 0);
    }
}
