/*
 * Does one thing when a file "go" appears in its folder, and then sleeps: spin SECONDS, leak MIB, grow TIMES,
 * threads N, fds N, write MIB, load LIBRARY, exit STATUS, crash, overflow, divide, abort, raise SIGNAL,
 * handled TIMES.
 * Waits for no file: flash FILE ends with status 3 as soon as it is traced, and appends to the file how many
 * microseconds that took.
 * Prints "ready" before, "done" after.
 * Own work, Apache-2.0.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static sigjmp_buf back;

static void handle(int signal) {
    (void)signal;
    siglongjmp(back, 1);
}

static void *rest(void *none) {
    for (;;) pause();
    return none;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void spin(double seconds) {
    double end = now() + seconds;
    while (now() < end) {
    }
}

static void fault(void) { *(volatile int *)16 = 1; }

static int overflow(volatile int depth) {
    volatile char block[512];
    block[0] = (char)depth;
    return depth < 0 ? 0 : overflow(depth + 1) + block[0];
}

static void move(const char *what, const char *how) {
    int count = atoi(how);
    pthread_t thread;
    if (!strcmp(what, "spin")) spin(atof(how));
    if (!strcmp(what, "leak")) memset(malloc((size_t)count << 20), 1, (size_t)count << 20);
    if (!strcmp(what, "exit")) exit(count);
    if (!strcmp(what, "crash")) fault();
    if (!strcmp(what, "overflow")) overflow(0);
    volatile int divisor = count;
    if (!strcmp(what, "divide")) exit(1000 / divisor);
    if (!strcmp(what, "abort")) abort();
    if (!strcmp(what, "raise")) raise(count);
    if (!strcmp(what, "load") && !dlopen(how, RTLD_NOW)) perror(dlerror());
    for (int index = 0; index < count; index++) {
        if (!strcmp(what, "threads")) pthread_create(&thread, 0, rest, 0);
        if (!strcmp(what, "grow")) { // 160 MiB of addresses a second
            mmap(0, 8 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            nanosleep(&(struct timespec){0, 50000000}, 0);
        }
        if (!strcmp(what, "fds")) open("/dev/null", O_RDONLY);
        if (!strcmp(what, "handled") && !sigsetjmp(back, 1)) {
            signal(SIGSEGV, handle);
            fault();
        }
    }
    if (!strcmp(what, "write")) {
        char *block = calloc(1, 1 << 20);
        int file = open("written", O_CREAT | O_WRONLY, 0600);
        for (int index = 0; index < count; index++) {
            if (write(file, block, 1 << 20) < 0) perror("write");
        }
        fsync(file);
    }
}

static int is_traced(void) {
    char text[4096] = "";
    int file = open("/proc/self/status", O_RDONLY);
    long came = read(file, text, sizeof text - 1);
    close(file);
    return came > 0 && strstr(text, "TracerPid:\t") && !strstr(text, "TracerPid:\t0\n");
}

static int flash(const char *path) {
    double began = now();
    while (!is_traced() && now() - began < 20) sched_yield();
    FILE *file = fopen(path, "a");
    fprintf(file, "%.0f\n", (now() - began) * 1e6);
    fclose(file);
    return 3;
}

int main(int count, char **arguments) {
    if (count == 3 && !strcmp(arguments[1], "flash")) return flash(arguments[2]);
    printf("ready\n");
    fflush(stdout);
    while (access("go", F_OK) != 0) usleep(2000);
    if (count > 2) move(arguments[1], arguments[2]);
    printf("done\n");
    fflush(stdout);
    for (;;) pause();
}
