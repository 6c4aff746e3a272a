/*
 * onset leak|spin: waits for SIGUSR1, prints the monotonic time in ns, and allocates 100 MB or spins.
 * onset await FOLDER: prints the monotonic time in ns when the first file is made in the folder.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void say(long long nanos) {
    printf("%lld\n", nanos);
    fflush(stdout);
}

static int await(const char *folder) {
    char events[4096];
    int watch = inotify_init1(IN_CLOEXEC);
    if (inotify_add_watch(watch, folder, IN_MODIFY) < 0) return 1;
    if (read(watch, events, sizeof events) <= 0) return 1;
    say(now());
    return 0;
}

int main(int count, char **arguments) {
    sigset_t go;
    int signal;
    if (count == 3) return await(arguments[2]);
    if (count != 2) return 2;
    sigemptyset(&go);
    sigaddset(&go, SIGUSR1);
    sigprocmask(SIG_BLOCK, &go, 0);
    sigwait(&go, &signal);
    if (!strcmp(arguments[1], "leak")) {
        size_t bytes = 100000000;
        volatile char *memory = malloc(bytes);
        for (size_t at = 0; at < bytes / 2; at += 4096) memory[at] = 1;
        say(now()); // from here on the condition is true
        for (size_t at = bytes / 2; at < bytes; at += 4096) memory[at] = 1;
        for (;;) pause();
    }
    say(now());
    for (;;) {
    }
}
