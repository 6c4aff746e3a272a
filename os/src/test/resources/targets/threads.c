/* argv[1] threads, blocked in pause(); a pattern in memory; nothing moves. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

unsigned char pattern[65536];
static pthread_barrier_t all;

static void *stand(void *unused) {
    (void)unused;
    pthread_barrier_wait(&all);
    for (;;) pause();
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 4;
    for (unsigned i = 0; i < sizeof pattern; i++) pattern[i] = (unsigned char)(i * 7 + i / 251);
    pthread_barrier_init(&all, 0, count);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 65536);
    for (int i = 1; i < count; i++) {
        pthread_t t;
        if (pthread_create(&t, &attr, stand, 0)) return 3;
    }
    printf("pattern %p\n", (void *)pattern);
    printf("ready\n");
    fflush(stdout);
    stand(0);
}
