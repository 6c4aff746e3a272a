/* Works and faults: handles RATE SIGSEGVs a second when it is left alone. "run N" makes it work through N faults, and
 * answers how many ms that took; "fast N" does the same without the work between them. Ends with its input. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

/* What faults is two bytes long: mov %al, (%rbx). */
static void skip(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)info;
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static void fault(void) { __asm__ volatile("movb %%al, (%%rbx)" ::"b"(16L) : "memory"); }

static double now_ms(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static volatile unsigned long sink;

static void work(long rounds) {
  for (long i = 0; i < rounds; i++) sink = sink * 6364136223846793005UL + 1;
}

static double run(long faults, long rounds) {
  double begun = now_ms(CLOCK_MONOTONIC);
  for (long i = 0; i < faults; i++) {
    work(rounds);
    fault();
  }
  return now_ms(CLOCK_MONOTONIC) - begun;
}

int main(int argc, char **argv) {
  double rate = argc > 1 ? atof(argv[1]) : 10000;
  struct sigaction action = {.sa_sigaction = skip, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, 0);
  /* Rounds of work that fill what is left of a period, by processor time: the machine may be busy. The first
   * measurement is of a processor that was asleep. */
  long rounds = 0;
  for (int i = 0; i < 3; i++) {
    double begun = now_ms(CLOCK_THREAD_CPUTIME_ID);
    work(50 * 1000 * 1000);
    double worked = now_ms(CLOCK_THREAD_CPUTIME_ID);
    run(20000, 0);
    double bare = (now_ms(CLOCK_THREAD_CPUTIME_ID) - worked) / 20000;
    rounds = (long)((1e3 / rate - bare) / ((worked - begun) / 50e6));
  }
  printf("ready\n");
  fflush(stdout);
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    int fast = !strncmp(line, "fast ", 5);
    long faults = atol(strchr(line, ' ') ? strchr(line, ' ') : "0");
    printf("%.1f\n", run(faults, fast ? 0 : rounds));
    fflush(stdout);
  }
}
