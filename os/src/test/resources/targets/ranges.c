/* Memory of every sort that a dump treats differently; prints the address of each. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE (1 << 20)

/* The file's mappings beside it keep the kernel from joining neighbours. */
static void *take(const char *name, int prot, int flags) {
    char *p = mmap(0, SIZE + 8192, PROT_READ, MAP_PRIVATE, open("/proc/self/exe", 0), 0);
    p = mmap(p + 4096, SIZE, prot, MAP_FIXED | MAP_ANONYMOUS | flags, -1, 0);
    printf("%s %p\n", name, p);
    return p;
}

int main(void) {
    int rw = PROT_READ | PROT_WRITE;
    memset(take("touched", rw, MAP_PRIVATE), 1, SIZE);
    char *sparse = take("sparse", rw, MAP_PRIVATE);
    sparse[4096 * 10] = 1;
    sparse[4096 * 20] = 1;
    take("untouched", rw, MAP_PRIVATE);
    char *secret = take("secret", rw, MAP_PRIVATE);
    memset(secret, 2, SIZE);
    madvise(secret, SIZE, MADV_DONTDUMP);
    memset(take("shared", rw, MAP_SHARED), 3, SIZE);
    char *hidden = take("hidden", rw, MAP_PRIVATE);
    memset(hidden, 4, SIZE);
    mprotect(hidden, SIZE, PROT_NONE);
    take("reserved", PROT_NONE, MAP_PRIVATE | MAP_NORESERVE);
    printf("ready\n");
    fflush(stdout);
    for (;;) pause();
}
