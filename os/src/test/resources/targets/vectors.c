/*
 * Spins with known values in its vector registers until a shared word says so; says "same" if they are
 * still there then. "avx" or "sse" tells how much of them.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t in[64], out[64];

#define LOAD(n) "vmovdqu " #n "*32(%[in]), %%ymm" #n "\n\t"
#define STORE(n) "vmovdqu %%ymm" #n ", " #n "*32(%[out])\n\t"
#define LOAD_SSE(n) "movdqu " #n "*32(%[in]), %%xmm" #n "\n\t"
#define STORE_SSE(n) "movdqu %%xmm" #n ", " #n "*32(%[out])\n\t"
#define ALL(one) one(0) one(1) one(2) one(3) one(4) one(5) one(6) one(7) one(8) one(9) one(10) \
    one(11) one(12) one(13) one(14) one(15)
#define SPIN "1: cmpq $0, (%[word])\n\tje 1b\n\t"
#define NAMES "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", \
    "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory", "cc"

__attribute__((target("avx"))) static void spin_avx(volatile uint64_t *word) {
    __asm__ volatile(ALL(LOAD) SPIN ALL(STORE)
                     : : [in] "r"(in), [out] "r"(out), [word] "r"(word) : NAMES);
}

static void spin_sse(volatile uint64_t *word) {
    __asm__ volatile(ALL(LOAD_SSE) SPIN ALL(STORE_SSE)
                     : : [in] "r"(in), [out] "r"(out), [word] "r"(word) : NAMES);
}

int main(void) {
    int f = open("word", O_RDWR | O_CREAT, 0600);
    if (ftruncate(f, 4096)) return 3;
    volatile uint64_t *word = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    int avx = __builtin_cpu_supports("avx");
    for (uint64_t i = 0; i < 64; i++) in[i] = avx || i % 4 < 2 ? (i + 1) * 0x0101010101010101u : 0;
    printf("%s 1\nready\n", avx ? "avx" : "sse");
    fflush(stdout);
    if (avx) spin_avx(word);
    else spin_sse(word);
    puts(memcmp(in, out, sizeof in) ? "harm" : "same");
    fflush(stdout);
    for (;;) pause();
}
