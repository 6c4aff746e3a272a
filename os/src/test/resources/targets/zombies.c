/* A child that has ended and is not waited for; then, with an argument, a leader that has ended. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *stand(void *unused) {
    (void)unused;
    for (;;) pause();
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        pthread_t t;
        pthread_create(&t, 0, stand, 0);
        printf("ready\n");
        fflush(stdout);
        pthread_exit(0);
    }
    int child = fork();
    if (child == 0) _exit(0);
    printf("child %d\n", child);
    printf("ready\n");
    fflush(stdout);
    for (;;) pause();
}
