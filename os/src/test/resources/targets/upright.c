/*
 * A process that knows what it is and says when it is not any more: registers, vector registers,
 * signal mask, alternate stack, children, signals. argv: "blocked" or "spinning" main thread, threads,
 * "subreaper" or "filter" or "killfilter" or "" for what else. Counts its rounds in a shared file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned long *shared; /* rounds of main, of others, SIGCHLDs, harm */
static char stack[65536];

static void harm(const char *what) {
    char line[128];
    int n = snprintf(line, sizeof line, "harm: %s\n", what);
    if (write(1, line, n) < 0) _exit(9);
    shared[3]++;
}

static void on_child(int unused) { (void)unused; shared[2]++; }
static void on_alarm(int unused) { (void)unused; }

/* A sleep of 2 ms with a pattern in every register that a system call keeps. */
static long sleep_with_pattern(uint64_t seed, uint64_t *out, uint64_t *vectors) {
    struct timespec t = {0, 2000000};
    uint64_t in[6];
    long result;
    for (int i = 0; i < 6; i++) in[i] = seed + i;
    for (int i = 0; i < 32; i++) vectors[i] = seed * 31 + i;
    register uint64_t *o __asm__("r10") = out; /* 4th argument: ignored by nanosleep */
    __asm__ volatile(
        "push %%rbp\n\tpush %%rbx\n\t"
        "movdqu (%[v]), %%xmm0\n\tmovdqu 16(%[v]), %%xmm1\n\tmovdqu 32(%[v]), %%xmm2\n\t"
        "movdqu 48(%[v]), %%xmm3\n\tmovdqu 112(%[v]), %%xmm7\n\tmovdqu 240(%[v]), %%xmm15\n\t"
        "mov (%[i]), %%rbx\n\tmov 8(%[i]), %%rbp\n\tmov 16(%[i]), %%r12\n\t"
        "mov 24(%[i]), %%r13\n\tmov 32(%[i]), %%r14\n\tmov 40(%[i]), %%r15\n\t"
        "push %[v]\n\tsyscall\n\tpop %[v]\n\t"
        "mov %%rbx, (%%r10)\n\tmov %%rbp, 8(%%r10)\n\tmov %%r12, 16(%%r10)\n\t"
        "mov %%r13, 24(%%r10)\n\tmov %%r14, 32(%%r10)\n\tmov %%r15, 40(%%r10)\n\t"
        "movdqu %%xmm0, (%[v])\n\tmovdqu %%xmm1, 16(%[v])\n\tmovdqu %%xmm2, 32(%[v])\n\t"
        "movdqu %%xmm3, 48(%[v])\n\tmovdqu %%xmm7, 112(%[v])\n\tmovdqu %%xmm15, 240(%[v])\n\t"
        "pop %%rbx\n\tpop %%rbp\n\t"
        : "=a"(result)
        : "a"(SYS_nanosleep), "D"(&t), "S"(0), [v] "r"(vectors), [i] "r"(in), "r"(o)
        : "rcx", "r11", "r12", "r13", "r14", "r15", "memory", "xmm0", "xmm1", "xmm2", "xmm3",
          "xmm7", "xmm15");
    return result;
}

static void check_self(sigset_t *mask, stack_t *alternate) {
    sigset_t now;
    stack_t other;
    pthread_sigmask(SIG_SETMASK, 0, &now);
    if (memcmp(&now, mask, 8)) harm("signal mask");
    sigaltstack(0, &other);
    if (other.ss_sp != alternate->ss_sp || other.ss_flags != alternate->ss_flags
        || other.ss_size != alternate->ss_size)
        harm("alternate stack");
}

static void check_children(void) {
    siginfo_t info;
    info.si_pid = 0;
    int r = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL);
    shared[4] = r == 0 ? 1 + info.si_pid : 0;
}

static void *live(void *number) {
    uint64_t out[6], vectors[32];
    sigset_t mask;
    stack_t alternate;
    pthread_sigmask(SIG_SETMASK, 0, &mask);
    sigaltstack(0, &alternate);
    for (uint64_t round = 1;; round++) {
        uint64_t seed = round * 0x9e3779b97f4a7c15u + (intptr_t)number;
        long r = sleep_with_pattern(seed, out, vectors);
        if (r == -EINTR) __atomic_add_fetch(&shared[5], 1, __ATOMIC_SEQ_CST);
        else if (r) harm("result of nanosleep");
        for (int i = 0; i < 6; i++)
            if (out[i] != seed + i) harm("general registers");
        for (int i = 0; i < 8; i++)
            if (vectors[i] != seed * 31 + i) harm("vector registers");
        if (vectors[30] != seed * 31 + 30 || vectors[15] != seed * 31 + 15) harm("vector registers");
        check_self(&mask, &alternate);
        __atomic_add_fetch(&shared[number ? 1 : 0], 1, __ATOMIC_SEQ_CST);
        if (!number) check_children();
    }
}

/* No system call for long: registers are kept by the loop itself. */
static void *spin(void *number) {
    sigset_t mask;
    stack_t alternate;
    pthread_sigmask(SIG_SETMASK, 0, &mask);
    sigaltstack(0, &alternate);
    for (;;) {
        uint64_t a = 1, b = 2, c = 3;
        double d = 1.5;
        for (volatile int i = 0; i < 2000000; i++) {
            a = a * 3 + b; b += c; c ^= a; d = d * 1.0000001;
        }
        static uint64_t first[3];
        static double first_d;
        if (!first[0]) { first[0] = a; first[1] = b; first[2] = c; first_d = d; }
        if (a != first[0] || b != first[1] || c != first[2] || d != first_d) harm("a computation");
        check_self(&mask, &alternate);
        __atomic_add_fetch(&shared[number ? 1 : 0], 1, __ATOMIC_SEQ_CST);
    }
}

static void filter(unsigned action, int call) {
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog all = {4, program};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all)) exit(5);
}

int main(int argc, char **argv) {
    const char *what = argc > 3 ? argv[3] : "";
    int f = open("rounds", O_RDWR | O_CREAT, 0600);
    if (ftruncate(f, 4096)) return 3;
    shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    signal(SIGCHLD, on_child);
    signal(SIGALRM, on_alarm);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigaddset(&blocked, SIGRTMIN + 3);
    pthread_sigmask(SIG_BLOCK, &blocked, 0);
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternate, 0);
    int spins = !strcmp(argv[1], "spinning");
    for (long i = 1; i < atoi(argv[2]); i++) {
        pthread_t t;
        if (pthread_create(&t, 0, spins && i % 2 ? spin : live, (void *)i)) return 4;
    }
    if (!strcmp(what, "subreaper")) prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (!strcmp(what, "filter")) filter(SECCOMP_RET_ERRNO | EPERM, SYS_clone);
    if (!strcmp(what, "killfilter")) filter(SECCOMP_RET_KILL_PROCESS, SYS_clone);
    printf("ready\n");
    fflush(stdout);
    if (spins) spin(0);
    live(0);
}
