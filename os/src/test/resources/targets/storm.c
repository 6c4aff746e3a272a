/* Starts threads and processes, and replaces itself, as fast as it can; counts in a shared file. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void *nothing(void *unused) { return unused; }

int main(int argc, char **argv) {
    (void)argc;
    int f = open("counter", O_RDWR | O_CREAT, 0600);
    if (ftruncate(f, 4096)) return 3;
    volatile unsigned long *counter = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    if (*counter == 0) {
        printf("ready\n");
        fflush(stdout);
    }
    for (int i = 0; i < 50; i++) {
        pthread_t t;
        if (!pthread_create(&t, 0, nothing, 0)) pthread_join(t, 0);
        int child = fork();
        if (child == 0) _exit(0);
        waitpid(child, 0, 0);
        ++*counter;
    }
    execv("/proc/self/exe", argv);
    return 4;
}
