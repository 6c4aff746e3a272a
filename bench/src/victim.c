/*
 * A process that notices what is done to its threads: their registers, signal masks, signal stacks, and
 * the calls they wait in. x86-64 only.
 *
 *   victim THREADS [TAG]
 *
 * Of THREADS the main one answers questions; then there are one that handles a timer's signals, one that
 * spins, up to eight that make short system calls, and all others wait in system calls of five kinds. All
 * hold known values in the general, vector and (where the CPU has them) mask registers meanwhile, and look
 * at them afterwards. Prints "ready", then "progress N" whenever all threads that run have got on since the
 * last such line. Answers on standard input:
 *
 *   threads  "thread TID ROLE" for each, then "."
 *   check    wakes all threads that wait, so that they look at what they hold; then "checked N", how many
 *            calls have been broken off by EINTR so far
 *
 * What is found wrong is printed, "harm: ...", and the process ends with 3. It ends with its standard input.
 * TAG means nothing: it tells the command lines of two such processes apart.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef __x86_64__
#error "victim.c knows the registers of x86-64 only"
#endif

/* The registers in the order in which the assembly below loads and stores them; offsets stand beside. */
struct registers {
    uint64_t kept[6];      /*   0: rbx rbp r12 r13 r14 r15 */
    uint64_t arguments[6]; /*  48: rdi rsi rdx r10 r8 r9 */
    uint64_t rax, r11;     /*  96 104 */
    uint32_t mxcsr, pad[7];/* 112 */
    uint64_t masks[8];     /* 144: k0 to k7 */
    uint8_t vectors[32][64]; /* 208: as wide and as many as the CPU has */
};
_Static_assert(offsetof(struct registers, masks) == 144, "masks");
_Static_assert(offsetof(struct registers, vectors) == 208, "vectors");

/*
 * hold_N(want, got, number, spins): loads all registers from `want`, makes the system call `number`, or for
 * -1 counts `spins` down instead, and stores all registers to `got`. Nothing but the call, or the loop,
 * is between. N is sse, avx or avx512.
 */
__asm__(
    ".macro hold name, load, store, clear\n"
    "  .text\n  .globl hold_\\name\n  .type hold_\\name, @function\n"
    "hold_\\name:\n"
    "  push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
    "  push %rsi\n sub $8, %rsp\n stmxcsr (%rsp)\n"
    "  ldmxcsr 112(%rdi)\n"
    "  \\load\n"
    "  mov 0(%rdi), %rbx\n mov 8(%rdi), %rbp\n mov 16(%rdi), %r12\n"
    "  mov 24(%rdi), %r13\n mov 32(%rdi), %r14\n mov 40(%rdi), %r15\n"
    "  mov %rdx, %rax\n cmp $-1, %rdx\n" /* the moves after it leave the flags alone */
    "  mov 56(%rdi), %rsi\n mov 64(%rdi), %rdx\n mov 72(%rdi), %r10\n"
    "  mov 80(%rdi), %r8\n mov 88(%rdi), %r9\n mov 104(%rdi), %r11\n mov 48(%rdi), %rdi\n"
    "  je 1f\n"
    "  syscall\n"
    "  jmp 2f\n"
    "1: dec %rcx\n  jnz 1b\n"
    "2: mov 8(%rsp), %rcx\n"
    "  mov %rbx, 0(%rcx)\n mov %rbp, 8(%rcx)\n mov %r12, 16(%rcx)\n"
    "  mov %r13, 24(%rcx)\n mov %r14, 32(%rcx)\n mov %r15, 40(%rcx)\n"
    "  mov %rdi, 48(%rcx)\n mov %rsi, 56(%rcx)\n mov %rdx, 64(%rcx)\n"
    "  mov %r10, 72(%rcx)\n mov %r8, 80(%rcx)\n mov %r9, 88(%rcx)\n"
    "  mov %rax, 96(%rcx)\n mov %r11, 104(%rcx)\n stmxcsr 112(%rcx)\n"
    "  \\store\n"
    "  \\clear\n"
    "  ldmxcsr (%rsp)\n add $8, %rsp\n pop %rsi\n"
    "  pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
    "  ret\n  .size hold_\\name, . - hold_\\name\n"
    ".endm\n"
    ".macro load_sse\n .irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "  movdqu 208+64*\\i(%rdi), %xmm\\i\n .endr\n.endm\n"
    ".macro store_sse\n .irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "  movdqu %xmm\\i, 208+64*\\i(%rcx)\n .endr\n.endm\n"
    ".macro load_avx\n .irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "  vmovdqu 208+64*\\i(%rdi), %ymm\\i\n .endr\n.endm\n"
    ".macro store_avx\n .irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "  vmovdqu %ymm\\i, 208+64*\\i(%rcx)\n .endr\n.endm\n"
    ".macro load_avx512\n .irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "  vmovdqu64 208+64*\\i(%rdi), %zmm\\i\n .endr\n .irp i,0,1,2,3,4,5,6,7\n"
    "  kmovq 144+8*\\i(%rdi), %k\\i\n .endr\n.endm\n"
    ".macro store_avx512\n .irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "  vmovdqu64 %zmm\\i, 208+64*\\i(%rcx)\n .endr\n .irp i,0,1,2,3,4,5,6,7\n"
    "  kmovq %k\\i, 144+8*\\i(%rcx)\n .endr\n.endm\n"
    "hold sse, load_sse, store_sse, nop\n"
    "hold avx, load_avx, store_avx, vzeroupper\n"
    "hold avx512, load_avx512, store_avx512, vzeroupper\n");

typedef void hold_function(const struct registers *want, struct registers *got, long number, long spins);
extern hold_function hold_sse, hold_avx, hold_avx512;

enum { SPIN = -1, LOOPERS_MAX = 8, KINDS = 5, ALT_STACK_BYTES = 32768, STACK_BYTES = 131072 };
/* About half a millisecond: a stop falls into it as well as between. */
static const long SPINS = 1000000;
static const long CHECK_DEADLINE_MS = 10000;

enum role { MAIN, TIMER, SPINNER, LOOPER, WAITER };
static const char *const role_names[] = {"main", "timer", "spinner", "looper", "waiter"};

struct victim {
    enum role role;
    int index, kind;
    _Atomic int tid;
    uint64_t round, signals_seen;
    sigset_t mask;
    char *alt_stack;
    struct registers want, got;
    /* what a waiter waits for */
    int event, epoll, socket_end;
    _Atomic int futex_word;
    uint64_t value;
    struct pollfd poll;
    struct epoll_event epoll_event;
    struct timespec pause;
    _Atomic uint64_t progress, checked;
};

static struct victim *victims;
static int threads;
static hold_function *hold = hold_sse;
static int vectors = 16, vector_bytes = 16, has_masks;
static _Atomic uint64_t broken_off;
static __thread struct victim *self;

static void harm(const char *what, long number) {
    dprintf(1, "harm: thread %d (%s %d): %s %ld\n", self ? self->tid : 0, self ? role_names[self->role] : "?",
        self ? self->kind : 0, what, number);
    _exit(3);
}

static uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void make_values(struct victim *v) {
    uint64_t state = (uint64_t)v->tid << 32 ^ ++v->round;
    uint64_t *words = (uint64_t *)&v->want;
    for (size_t i = 0; i < sizeof v->want / sizeof *words; i++) words[i] = next_random(&state);
    /* all exceptions masked, as usual; the direction of rounding is a value as good as any */
    v->want.mxcsr = 0x1f80 | (v->round & 3) << 13;
}

static void verify_values(struct victim *v, int spun) {
    if (memcmp(v->got.kept, v->want.kept, sizeof v->got.kept) != 0) {
        for (int i = 0; i < 6; i++) {
            if (v->got.kept[i] != v->want.kept[i]) harm("kept general register", i);
        }
    }
    for (int i = 0; i < 6; i++) {
        if (v->got.arguments[i] != v->want.arguments[i]) harm("argument register", i);
    }
    if (spun && v->got.r11 != v->want.r11) harm("r11, round", (long)v->round);
    /* the low six bits are exceptions that have occurred: none can */
    if (v->got.mxcsr != v->want.mxcsr) harm("mxcsr", v->got.mxcsr);
    for (int i = 0; i < vectors; i++) {
        if (memcmp(v->got.vectors[i], v->want.vectors[i], vector_bytes) != 0) harm("vector register", i);
    }
    for (int i = 0; has_masks && i < 8; i++) {
        if (v->got.masks[i] != v->want.masks[i]) harm("mask register", i);
    }
}

static void verify_signals(struct victim *v) {
    sigset_t mask;
    stack_t stack;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        if (sigismember(&mask, signal) != sigismember(&v->mask, signal)) harm("signal mask, signal", signal);
    }
    sigaltstack(NULL, &stack);
    if (stack.ss_sp != v->alt_stack || stack.ss_flags != 0 || stack.ss_size != ALT_STACK_BYTES) {
        harm("signal stack, flags", stack.ss_flags);
    }
}

/* Holds values through a system call and looks at them; gives what the call gave. */
static long call_holding(struct victim *v, long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    make_values(v);
    v->want.arguments[0] = a;
    v->want.arguments[1] = b;
    v->want.arguments[2] = c;
    v->want.arguments[3] = d;
    v->want.arguments[4] = 0;
    v->want.arguments[5] = 0;
    hold(&v->want, &v->got, number, 0);
    verify_values(v, 0);
    long result = (long)v->got.rax;
    if (result == -EINTR) atomic_fetch_add(&broken_off, 1);
    return result;
}

static void spin_holding(struct victim *v) {
    make_values(v);
    hold(&v->want, &v->got, SPIN, SPINS);
    verify_values(v, 1);
}

static void sleep_holding(struct victim *v, long ns) {
    v->pause = (struct timespec){0, ns};
    long result = call_holding(v, SYS_nanosleep, (uint64_t)&v->pause, 0, 0, 0);
    if (result != 0 && result != -EINTR) harm("nanosleep gave", result);
}

static void be_main(struct victim *v, int *readable) {
    v->poll = (struct pollfd){0, POLLIN, 0};
    long result = call_holding(v, SYS_poll, (uint64_t)&v->poll, 1, 50, 0);
    if (result < 0 && result != -EINTR) harm("poll gave", result);
    *readable = result == 1;
    verify_signals(v);
    v->progress++;
}

static void spin(struct victim *v) {
    for (int i = 0; i < 20; i++) spin_holding(v);
    verify_signals(v);
    v->progress++;
    sleep_holding(v, 10000000);
}

static void make_short_calls(struct victim *v) {
    long result = call_holding(v, SYS_getpid, 0, 0, 0, 0);
    if (result != getpid()) harm("getpid gave", result);
    result = call_holding(v, SYS_sched_yield, 0, 0, 0, 0);
    if (result != 0) harm("sched_yield gave", result);
    v->value = 1;
    result = call_holding(v, SYS_read, v->event, (uint64_t)&v->value, sizeof v->value, 0);
    if (result != sizeof v->value || v->value != 0) harm("read of zeros gave", result);
    sleep_holding(v, 1000000);
    verify_signals(v);
    v->progress++;
}

static void on_timer(int signal) {
    (void)signal;
    char *here = __builtin_frame_address(0);
    if (here < self->alt_stack || here >= self->alt_stack + ALT_STACK_BYTES) harm("handler off its stack", 0);
    self->signals_seen++;
}

static void handle_timer(struct victim *v) {
    uint64_t seen = v->signals_seen;
    for (int i = 0; i < 4; i++) spin_holding(v);
    make_values(v);
    v->pause = (struct timespec){0, 8000000};
    v->want.arguments[0] = (uint64_t)&v->pause;
    v->want.arguments[1] = 0;
    /* broken off by the timer's own signals, as it should be: not counted */
    hold(&v->want, &v->got, SYS_nanosleep, 0);
    verify_values(v, 0);
    verify_signals(v);
    if (v->signals_seen > seen) v->progress++;
}

/* A call that waits until be_woken; anything else that it gives is wrong. */
static void wait_holding(struct victim *v) {
    long result = 0, expected = 1;
    switch (v->kind) {
        case 0:
            expected = sizeof v->value;
            result = call_holding(v, SYS_read, v->event, (uint64_t)&v->value, sizeof v->value, 0);
            break;
        case 1:
            result = call_holding(v, SYS_poll, (uint64_t)&v->poll, 1, (uint64_t)-1, 0);
            break;
        case 2:
            result = call_holding(v, SYS_epoll_wait, v->epoll, (uint64_t)&v->epoll_event, 1, (uint64_t)-1);
            break;
        case 3:
            result = call_holding(v, SYS_recvfrom, v->event, (uint64_t)&v->value, 1, 0);
            break;
        default:
            expected = 0;
            result = call_holding(v, SYS_futex, (uint64_t)&v->futex_word, FUTEX_WAIT_PRIVATE, 0, 0);
            if (result == -EAGAIN) result = 0;
            if (result == 0 && !v->futex_word) harm("futex woke by itself, kind", v->kind);
            break;
    }
    verify_signals(v);
    if (result == -EINTR) return;
    if (result != expected) harm("the call it waits in gave", result);
    if (v->kind == 1 || v->kind == 2) {
        if (read(v->event, &v->value, sizeof v->value) != sizeof v->value) harm("no event, errno", errno);
    }
    v->futex_word = 0;
    v->checked++;
}

static void wake(struct victim *v) {
    uint64_t one = 1;
    if (v->kind == 4) {
        v->futex_word = 1;
        syscall(SYS_futex, &v->futex_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    } else if (write(v->kind == 3 ? v->socket_end : v->event, &one, v->kind == 3 ? 1 : sizeof one) < 0) {
        harm("cannot wake, errno", errno);
    }
}

/* Each thread blocks signals of its own. */
static void set_up_signals(struct victim *v) {
    sigemptyset(&v->mask);
    if (v->role != TIMER) sigaddset(&v->mask, SIGRTMIN + 1);
    for (int bit = 0; bit < 10; bit++) {
        if ((v->index + 1) >> bit & 1) sigaddset(&v->mask, SIGRTMIN + 2 + bit);
    }
    pthread_sigmask(SIG_SETMASK, &v->mask, NULL);
    v->alt_stack = malloc(ALT_STACK_BYTES);
    stack_t stack = {.ss_sp = v->alt_stack, .ss_size = ALT_STACK_BYTES};
    if (v->alt_stack == NULL || sigaltstack(&stack, NULL) != 0) harm("sigaltstack", errno);
}

static void start_timer(struct victim *v) {
    struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_ONSTACK | SA_RESTART};
    sigaction(SIGRTMIN + 1, &action, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 1};
    event._sigev_un._tid = v->tid;
    timer_t timer;
    struct itimerspec every = {{0, 2000000}, {0, 2000000}};
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &every, NULL) != 0) {
        harm("timer", errno);
    }
}

static void set_up_waiting(struct victim *v) {
    int pair[2];
    v->event = v->role == LOOPER ? open("/dev/zero", O_RDONLY) : eventfd(0, 0);
    if (v->kind == 2) {
        struct epoll_event event = {.events = EPOLLIN};
        v->epoll = epoll_create1(0);
        if (epoll_ctl(v->epoll, EPOLL_CTL_ADD, v->event, &event) != 0) harm("epoll", errno);
    } else if (v->kind == 3) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) harm("socketpair", errno);
        v->event = pair[0];
        v->socket_end = pair[1];
    }
    if (v->event < 0) harm("no file descriptor", errno);
    v->poll = (struct pollfd){v->event, POLLIN, 0};
}

static void *run(void *argument) {
    struct victim *v = self = argument;
    int tid = gettid();
    set_up_signals(v);
    if (v->role == WAITER || v->role == LOOPER) set_up_waiting(v);
    v->tid = tid;
    if (v->role == TIMER) start_timer(v);
    for (;;) {
        switch (v->role) {
            case TIMER: handle_timer(v); break;
            case SPINNER: spin(v); break;
            case LOOPER: make_short_calls(v); break;
            default: wait_holding(v); break;
        }
    }
    return NULL;
}

static void start_threads(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (int i = 1; i < threads; i++) {
        struct victim *v = &victims[i];
        pthread_attr_t attributes;
        pthread_t thread;
        v->index = i;
        v->role = i == 1 ? TIMER : i == 2 ? SPINNER : i < 3 + LOOPERS_MAX && i < 3 + threads / 4 ? LOOPER : WAITER;
        v->kind = v->role == WAITER ? i % KINDS : 0;
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, STACK_BYTES);
        if (pthread_create(&thread, &attributes, run, v) != 0) harm("no more threads", i);
    }
    for (int i = 1; i < threads; i++) {
        while (victims[i].tid == 0) usleep(1000);
    }
}

/* Wakes all that wait, and waits until each has looked at its registers. */
static void check_waiters(void) {
    for (int i = 1; i < threads; i++) {
        if (victims[i].role != WAITER) continue;
        uint64_t before = victims[i].checked;
        wake(&victims[i]);
        for (long ms = 0; victims[i].checked == before; ms++) {
            if (ms > CHECK_DEADLINE_MS) {
                self = &victims[i];
                harm("does not wake, kind", victims[i].kind);
            }
            if (ms < 20) sched_yield();
            else usleep(1000);
        }
    }
    printf("checked %lu\n", (unsigned long)broken_off);
}

static void answer(void) {
    char text[256];
    ssize_t length = read(0, text, sizeof text - 1);
    if (length <= 0) _exit(0);
    text[length] = 0;
    if (strstr(text, "threads") != NULL) {
        for (int i = 0; i < threads; i++) printf("thread %d %s\n", victims[i].tid, role_names[victims[i].role]);
        puts(".");
    }
    if (strstr(text, "check") != NULL) check_waiters();
}

static void tell_progress(uint64_t *last) {
    static uint64_t lines;
    for (int i = 0; i < threads; i++) {
        if (victims[i].role != WAITER && victims[i].progress == last[i]) return;
    }
    for (int i = 0; i < threads; i++) last[i] = victims[i].progress;
    printf("progress %lu\n", (unsigned long)++lines);
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    threads = atoi(argv[1]);
    if (threads < 1) return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
        hold = hold_avx512;
        vectors = 32;
        vector_bytes = 64;
        has_masks = 1;
    } else if (__builtin_cpu_supports("avx")) {
        hold = hold_avx;
        vector_bytes = 32;
    }
    victims = calloc(threads, sizeof *victims);
    uint64_t *last = calloc(threads, sizeof *last);
    if (victims == NULL || last == NULL) return 1;
    self = &victims[0];
    self->role = MAIN;
    self->tid = gettid();
    set_up_signals(self);
    start_threads();
    printf("ready %s registers\n", has_masks ? "avx512" : vector_bytes == 32 ? "avx" : "sse");
    for (;;) {
        int readable;
        be_main(self, &readable);
        if (readable) answer();
        tell_progress(last);
    }
}
