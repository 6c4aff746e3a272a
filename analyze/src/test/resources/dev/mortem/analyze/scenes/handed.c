/*
 * Two threads that hold each other's lock. Whoever sleeps has lost the lock's address: only the caller
 * of the caller has it still. The fields are those of glibc's mutex, the word slept at is not the first.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

struct lock { int word, count, owner; unsigned users; int kind, woken; };

static struct lock a, b;
static pthread_barrier_t both;

__attribute__((noinline)) static long sleep_at(int *word) {
    long result;
    register long limit __asm__("r10") = 0;
    __asm__ volatile("syscall" : "=a"(result), "+D"(word) : "0"(SYS_futex), "S"(128), "d"(0), "r"(limit)
                     : "rcx", "r11", "memory");
    return result;
}

__attribute__((noinline)) int mtx_lock(struct lock *lock) {
    if (__sync_bool_compare_and_swap(&lock->word, 0, 2)) return 0;
    return sleep_at(&lock->woken) < 0 ? 3 : 4;
}

#define WRAPPER(outer, inner) \
    __attribute__((noinline, used)) static int outer(struct lock *lock) { return inner(lock) + 1; }
WRAPPER(e1, mtx_lock) WRAPPER(e2, e1) WRAPPER(e3, e2) WRAPPER(e4, e3) WRAPPER(e5, e4) WRAPPER(e6, e5)
WRAPPER(e7, e6) WRAPPER(e8, e7) WRAPPER(e9, e8) WRAPPER(e10, e9) WRAPPER(e11, e10) WRAPPER(e12, e11)
WRAPPER(e13, e12) WRAPPER(e14, e13) WRAPPER(e15, e14) WRAPPER(e16, e15)
#ifndef ENTER
#define ENTER e1
#endif

static void take(struct lock *lock) { lock->word = 2; lock->users = 1; lock->owner = syscall(SYS_gettid); }

static void *work(void *pair) {
    struct lock **locks = pair, *second = locks[1];
    take(locks[0]);
    pthread_barrier_wait(&both);
    return (char *) second + ENTER(second);
}

int main(void) {
    static struct lock *ab[] = {&a, &b}, *ba[] = {&b, &a};
    pthread_t one, other;
    pthread_barrier_init(&both, 0, 2);
    pthread_create(&one, 0, work, ab);
    pthread_create(&other, 0, work, ba);
    pthread_join(one, 0);
    return 0;
}
