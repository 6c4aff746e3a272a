/* One thread for each kind of stack that an unwinder must read. When all have got where they are meant to
 * stand, the first thread calls all_ready(). With an argument it then calls through a null pointer. */
#define _GNU_SOURCE
#include <alloca.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int ready;
static volatile int zero;
static sem_t never;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

#define NOINLINE __attribute__((noinline, noclone))

NOINLINE void all_ready(void) { __asm__ volatile("" ::: "memory"); }

NOINLINE void stand(void) {
  ready++;
  for (;;) pause();
}

NOINLINE int deep(int depth) {
  volatile char room[40];
  room[depth % 40] = 1;
  if (depth == 0) stand();
  return deep(depth - 1) + room[3];
}
static void *recursion(void *unused) { deep(3000); return unused; }

static int compare(const void *one, const void *other) {
  stand();
  return *(const int *)one - *(const int *)other;
}
static void *callback(void *unused) {
  int numbers[] = {3, 1, 2};
  qsort(numbers, 3, sizeof numbers[0], compare);
  return unused;
}

static void on_signal(int number) { (void)number; stand(); }
static void on_first_signal(int number) { (void)number; raise(SIGUSR2); }
NOINLINE void interrupted(void) {
  signal(SIGUSR1, on_first_signal);
  signal(SIGUSR2, on_signal);
  raise(SIGUSR1);
}
static void *handler(void *unused) { interrupted(); return unused; }

static void *alternate(void *unused) {
  stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
  sigaltstack(&stack, NULL);
  sigaction(SIGURG, &action, NULL);
  raise(SIGURG);
  return unused;
}

NOINLINE int variable(int size) {
  char *room = alloca(size + zero);
  memset(room, 1, size);
  stand();
  return room[size / 2];
}
static void *sized(void *unused) { variable(5000); return unused; }

static void *semaphore(void *unused) { ready++; sem_wait(&never); return unused; }

static void *waiting(void *unused) {
  pthread_mutex_lock(&mutex);
  ready++;
  pthread_cond_wait(&condition, &mutex);
  return unused;
}

NOINLINE void gone(void) { stand(); abort(); }
static void *noreturn(void *unused) { (void)unused; gone(); __builtin_unreachable(); }

NOINLINE int many(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j) {
  if (a + b + c + d + e + f + g + h + i + j > 0) stand();
  return a;
}
static void *arguments(void *unused) { many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10); return unused; }

NOINLINE void call(void (*function)(void)) { function(); zero++; }

static void *(*const kinds[])(void *) = {
#ifndef NO_SIGNALS
    handler, alternate,
#endif
    recursion, callback, sized, semaphore, waiting, noreturn, arguments};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

int main(int count, char **arguments_given) {
  (void)arguments_given;
  sem_init(&never, 0, 0);
  for (int kind = 0; kind < KINDS; kind++) {
    pthread_t thread;
    pthread_create(&thread, NULL, kinds[kind], NULL);
  }
  while (ready < KINDS) usleep(1000);
  if (count > 1) call(NULL);
  all_ready();
  return zero;
}
