/* Once the file "go" is there, closes one end of a socket; counts in a shared file when the other sees it. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    int ends[2];
    char byte;
    int f = open("seen", O_RDWR | O_CREAT, 0600);
    if (ftruncate(f, 4096) || socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) return 3;
    volatile unsigned long *seen = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    printf("ready\n");
    fflush(stdout);
    while (access("go", F_OK)) {
        struct timespec ms = {0, 1000000};
        nanosleep(&ms, 0);
    }
    close(ends[0]);
    if (read(ends[1], &byte, 1) == 0) seen[0] = 1;
    for (;;) pause();
}
