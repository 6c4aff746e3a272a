/*
 * Memory that a forked copy has, lacks or shares; prints the address of each. argv[1] "large": ranges of
 * 33 MiB that a copy lacks, more than is kept.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static long size = 1 << 20;

/* The file's mappings beside it keep the kernel from joining neighbours. */
static char *take(const char *name, int prot, int flags, int file) {
    char *p = mmap(0, size + 8192, PROT_READ, MAP_PRIVATE, open("/proc/self/exe", 0), 0);
    flags |= MAP_FIXED | (file < 0 ? MAP_ANONYMOUS : 0);
    p = mmap(p + 4096, size, prot, flags, file, 0);
    if (p == MAP_FAILED) printf("no_%s 1\n", name);
    else printf("%s %p\n", name, p);
    return p;
}

int main(int argc, char **argv) {
    int rw = PROT_READ | PROT_WRITE;
    (void)argv;
    if (argc > 1) size = 33 << 20;
    char *absent = take("absent", rw, MAP_PRIVATE, -1);
    memset(absent, 11, size);
    madvise(absent, size, MADV_DONTFORK);
    char *wiped = take("wiped", rw, MAP_PRIVATE, -1);
    memset(wiped, 12, size);
    madvise(wiped, size, MADV_WIPEONFORK);
    size = 1 << 20;
    char *sparse = take("sparse", rw, MAP_PRIVATE, -1);
    madvise(sparse, size, MADV_DONTFORK);
    sparse[10 * 4096] = 13;
    char *hidden = take("hidden", rw, MAP_PRIVATE, -1);
    memset(hidden, 14, size);
    mprotect(hidden, size, PROT_NONE);
    memset(take("shared", rw, MAP_SHARED, -1), 15, size);
    int memory = memfd_create("named", 0);
    if (ftruncate(memory, size)) return 3;
    memset(take("memfd", rw, MAP_SHARED, memory), 16, size);
    char *undumped = take("undumped", rw, MAP_PRIVATE, -1);
    memset(undumped, 17, size);
    madvise(undumped, size, MADV_DONTDUMP);
    take("untouched", rw, MAP_PRIVATE, -1);
    int secret = syscall(447, 0); /* memfd_secret */
    if (secret >= 0 && !ftruncate(secret, size)) {
        char *p = take("secret", rw, MAP_SHARED, secret);
        if (p != MAP_FAILED) memset(p, 18, size);
    } else {
        printf("no_secret 1\n");
    }
    printf("ready\n");
    fflush(stdout);
    for (;;) pause();
}
