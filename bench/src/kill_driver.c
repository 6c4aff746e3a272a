/*
 * Kills a program that takes snapshots of a target, again and again at random moments, and looks each time
 * whether the target is unharmed.
 *
 *   kill_driver NAME KILLS SEED WITHIN_MS c|runtime CANARY -- TARGET... -- TRACER...
 *
 * TARGET is a command that prints "ready" and then "progress N" as long as it gets on (bench/src/victim.c,
 * busy.*); a target of kind c also answers "threads" and "check", and its threads are looked at one by one.
 * TRACER is a command that gets the target's pid as its last argument, prints "ready METHOD ROUND_US PAUSE_US",
 * and is killed at a random time within WITHIN_MS after that, or within one round where that is longer. Every
 * second kill is aimed: from the moment when the target is seen to be traced, within one pause and a little.
 * A harmed target is replaced. CANARY is "none", or the name of a
 * harm that this driver does itself after the third kill, and has to find.
 *
 * Prints "harm: ..." lines, "note: ..." lines, and at the end
 *   result NAME KILLS HARM EINTR UNREAPED ATTACHED STOPPED METHODS
 * where ATTACHED and STOPPED say in how many kills the target was traced, and stood, just before. Ends with 1
 * on harm, with 2 when something else went wrong.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/elf.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef PTRACE_SETSIGMASK
#define PTRACE_SETSIGMASK 0x420b
#endif

/* What a killed tracer leaves has to be gone, and the target getting on, within this time. */
static const int RECOVERY_MS = 2000;
/* A thousand threads that look at their registers, on a busy machine. */
static const int CHECK_MS = 15000;
static const int START_MS = 60000;
/* Rounds take tens of milliseconds: a target that is not traced within this is killed at unaimed. */
static const int AIM_MS = 1000;
static const int HARM_MAX = 10, FAILED_STARTS_MAX = 5, CANARY_AT = 3;
enum { THREADS_MAX = 4096, LINE_MAX_BYTES = 8192 };

struct thread {
    pid_t tid;
    int waits;            /* it is to be seen in one system call for ever */
    char blocked[32];     /* SigBlk */
    char call[256];       /* /proc/.../syscall */
};

struct lines {
    int fd;
    char text[LINE_MAX_BYTES];
    size_t length;
};

static const char *name, *canary;
static int is_c, within_ms;
static char **target_command, **tracer_command;
static uint64_t random_state;

static pid_t target = -1;
static int target_input = -1;
static struct lines output;
static struct thread threads[THREADS_MAX];
static int thread_count;
static char target_exe[4096], target_line[4096];
static size_t target_line_length;
/* what the target said */
static uint64_t progress_lines;
static char said_harm[256];
static long checked = -1;
static int threads_told;

static int kill_number, harms;
static char harm_text[512];
static long zombies, eintr_before, eintr_total, unreaped_total;
static long attached, stopped, kills_done, replaced;
static pid_t canary_child = -1;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void sleep_us(long us) {
    struct timespec t = {us / 1000000, us % 1000000 * 1000};
    while (nanosleep(&t, &t) != 0 && errno == EINTR) {}
}

static uint64_t next_random(void) {
    uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    if (target > 0) kill(target, SIGKILL);
    exit(2);
}

/* The first harm of a kill is kept: what follows is mostly its consequence. */
static int harm(const char *format, ...) {
    if (harm_text[0] != 0) return 0;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(harm_text, sizeof harm_text, format, arguments);
    va_end(arguments);
    return 0;
}

/* Files of /proc, read whole: bytes, or -1. */
static ssize_t read_file(const char *path, char *text, size_t size) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t length = 0, got;
    while ((size_t)length < size - 1 && (got = read(file, text + length, size - 1 - length)) > 0) length += got;
    close(file);
    text[length] = 0;
    return length;
}

static ssize_t read_of(pid_t tid, const char *what, char *text, size_t size) {
    char path[128];
    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", target, tid, what);
    return read_file(path, text, size);
}

static int field_of(const char *status, const char *key, char *value, size_t size) {
    const char *at = strstr(status, key);
    if (at == NULL) return 0;
    at += strlen(key);
    while (*at == '\t' || *at == ' ') at++;
    size_t length = strcspn(at, "\n");
    if (length >= size) length = size - 1;
    memcpy(value, at, length);
    value[length] = 0;
    return 1;
}

/* Starts a command with pipes; the parent keeps *input open, or has none where it is NULL. */
static pid_t start(char **command, int *input, int *out, const char *last) {
    int to[2], from[2];
    char *arguments[128];
    int count = 0;
    while (command[count] != NULL && count < 120) {
        arguments[count] = command[count];
        count++;
    }
    if (last != NULL) arguments[count++] = (char *)last;
    arguments[count] = NULL;
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) fail("pipe: %s", strerror(errno));
    pid_t self = getpid(), pid = fork();
    if (pid < 0) fail("fork: %s", strerror(errno));
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != self) _exit(127);
        dup2(to[0], 0);
        dup2(from[1], 1);
        execvp(arguments[0], arguments);
        fprintf(stderr, "%s: %s\n", arguments[0], strerror(errno));
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    if (input != NULL) *input = to[1];
    else close(to[1]);
    *out = from[0];
    return pid;
}

/* One line, without its end, or 0 at the deadline, or -1 when there will be none. */
static int next_line(struct lines *from, char *line, size_t size, double deadline) {
    for (;;) {
        char *end = memchr(from->text, '\n', from->length);
        if (end != NULL) {
            size_t length = end - from->text;
            size_t kept = length < size - 1 ? length : size - 1;
            memcpy(line, from->text, kept);
            line[kept] = 0;
            from->length -= length + 1;
            memmove(from->text, end + 1, from->length);
            return 1;
        }
        double left = deadline - now_ms();
        struct pollfd p = {from->fd, POLLIN, 0};
        int ready = poll(&p, 1, left > 0 ? (int)left + 1 : 0);
        if (ready == 0 || (ready < 0 && errno == EINTR)) {
            if (now_ms() >= deadline) return 0;
            continue;
        }
        if (from->length == sizeof from->text) from->length = 0;
        ssize_t got = read(from->fd, from->text + from->length, sizeof from->text - from->length);
        if (got <= 0) return -1;
        from->length += got;
    }
}

/* Takes in what the target says until the deadline, or until it has said something. */
static int listen_to_target(double deadline) {
    char line[512];
    int got = next_line(&output, line, sizeof line, deadline);
    if (got <= 0) return got;
    char role[32];
    int tid;
    if (strncmp(line, "progress", 8) == 0) {
        progress_lines++;
    } else if (strncmp(line, "harm", 4) == 0) {
        snprintf(said_harm, sizeof said_harm, "%.200s", line + 6);
    } else if (strncmp(line, "checked ", 8) == 0) {
        checked = atol(line + 8);
    } else if (sscanf(line, "thread %d %31s", &tid, role) == 2 && thread_count < THREADS_MAX) {
        threads[thread_count++] = (struct thread){.tid = tid, .waits = strcmp(role, "waiter") == 0};
    } else if (strcmp(line, ".") == 0) {
        threads_told = 1;
    }
    return 1;
}

static void say_to_target(const char *text) {
    if (write(target_input, text, strlen(text)) < 0) harm("it does not listen: %s", strerror(errno));
}

static int by_tid(const void *a, const void *b) {
    return ((const struct thread *)a)->tid - ((const struct thread *)b)->tid;
}

static int list_threads(struct thread *list) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", target);
    DIR *folder = opendir(path);
    struct dirent *entry;
    int count = 0;
    if (folder == NULL) return 0;
    while ((entry = readdir(folder)) != NULL && count < THREADS_MAX) {
        if (isdigit((unsigned char)entry->d_name[0])) list[count++] = (struct thread){.tid = atoi(entry->d_name)};
    }
    closedir(folder);
    qsort(list, count, sizeof *list, by_tid);
    return count;
}

/* The waiting threads' calls as they are when nothing is going on. */
static void take_baseline(void) {
    double deadline = now_ms() + RECOVERY_MS;
    char status[8192];
    for (int i = 0; i < thread_count; i++) {
        struct thread *thread = &threads[i];
        if (read_of(thread->tid, "status", status, sizeof status) < 0
            || !field_of(status, "SigBlk:", thread->blocked, sizeof thread->blocked)) {
            fail("thread %d cannot be looked at", thread->tid);
        }
        while (thread->waits) {
            ssize_t length = read_of(thread->tid, "syscall", thread->call, sizeof thread->call);
            if (length > 0 && isdigit((unsigned char)thread->call[0])) break;
            if (now_ms() > deadline) fail("thread %d does not wait: %s", thread->tid, thread->call);
            sleep_us(1000);
        }
    }
}

static ssize_t command_line(pid_t pid, char *text, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    return read_file(path, text, size);
}

static void start_target(void) {
    char line[512];
    int got;
    progress_lines = 0;
    said_harm[0] = 0;
    zombies = eintr_before = 0;
    thread_count = 0;
    threads_told = 0;
    output.length = 0;
    target = start(target_command, &target_input, &output.fd, NULL);
    do {
        got = next_line(&output, line, sizeof line, now_ms() + START_MS);
        if (got <= 0) fail("the target did not start");
    } while (strncmp(line, "ready", 5) != 0);
    if (kills_done == 0) printf("note: %s: pid %d, %s\n", name, target, line);
    if (is_c) {
        say_to_target("threads\n");
        double deadline = now_ms() + START_MS;
        while (!threads_told) {
            if (listen_to_target(deadline) <= 0) fail("the target does not tell its threads");
        }
    } else {
        /* runtimes start more threads when they begin to work */
        double deadline = now_ms() + START_MS;
        while (progress_lines < 5) {
            if (listen_to_target(deadline) <= 0) fail("the target does not get on");
        }
        thread_count = list_threads(threads);
    }
    qsort(threads, thread_count, sizeof *threads, by_tid);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/exe", target);
    ssize_t length = readlink(path, target_exe, sizeof target_exe - 1);
    if (length <= 0) fail("no executable of %d", target);
    target_exe[length] = 0;
    target_line_length = (size_t)command_line(target, target_line, sizeof target_line);
    if (is_c) take_baseline();
}

static void end_target(void) {
    if (target <= 0) return;
    kill(target, SIGKILL);
    close(target_input);
    close(output.fd);
    /* canaries made this process a tracer: its threads are children too */
    pid_t ended;
    while ((ended = waitpid(-1, NULL, __WALL)) != target && (ended > 0 || errno == EINTR)) {}
    target = -1;
}

/* Processes that are the target's image but not the target, and children: it makes none by itself. */
static int leftovers(long *zombie_children, pid_t *example) {
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    int count = 0;
    *zombie_children = 0;
    if (proc == NULL) fail("/proc: %s", strerror(errno));
    while ((entry = readdir(proc)) != NULL) {
        char path[64], text[4096], exe[4096];
        pid_t pid = atoi(entry->d_name);
        if (pid <= 0 || pid == target) continue;
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        if (read_file(path, text, sizeof text) < 0) continue;
        char *after = strrchr(text, ')'), state = '?';
        int parent = 0;
        if (after == NULL || sscanf(after + 1, " %c %d", &state, &parent) != 2) continue;
        int is_child = parent == target, is_same = 0;
        if (state == 'Z' || state == 'X') {
            if (is_child) ++*zombie_children;
            continue;
        }
        snprintf(path, sizeof path, "/proc/%d/exe", pid);
        ssize_t length = readlink(path, exe, sizeof exe - 1);
        if (length > 0) {
            exe[length] = 0;
            is_same = strcmp(exe, target_exe) == 0
                && (size_t)command_line(pid, text, sizeof text) == target_line_length
                && memcmp(text, target_line, target_line_length) == 0;
        }
        if (is_child || is_same) {
            count++;
            *example = pid;
        }
    }
    closedir(proc);
    return count;
}

/* 1 when the thread is free and, of kind c, as it was; else what it is goes to `why`. */
static int is_as_before(const struct thread *before, char *why, size_t size) {
    char status[8192], value[64];
    if (read_of(before->tid, "status", status, sizeof status) < 0) {
        snprintf(why, size, "thread %d is gone", before->tid);
        return 0;
    }
    if (!field_of(status, "TracerPid:", value, sizeof value) || strcmp(value, "0") != 0) {
        snprintf(why, size, "thread %d is traced by %s", before->tid, value);
        return 0;
    }
    if (field_of(status, "State:", value, sizeof value) && strchr("tTXZ", value[0]) != NULL) {
        snprintf(why, size, "thread %d is in state %s", before->tid, value);
        return 0;
    }
    if (!is_c) return 1;
    if (!field_of(status, "SigBlk:", value, sizeof value) || strcmp(value, before->blocked) != 0) {
        snprintf(why, size, "thread %d blocks signals %s, before %s", before->tid, value, before->blocked);
        return 0;
    }
    if (!before->waits) return 1;
    char call[256];
    if (read_of(before->tid, "syscall", call, sizeof call) <= 0) strcpy(call, "nothing");
    if (strcmp(call, before->call) == 0) return 1;
    /* poll goes on as restart_syscall, with all else the same */
    const char *now_rest = strchr(call, ' '), *rest = strchr(before->call, ' ');
    if (atol(call) == SYS_restart_syscall && now_rest != NULL && rest != NULL && strcmp(now_rest, rest) == 0) return 1;
    call[strcspn(call, "\n")] = 0;
    snprintf(why, size, "thread %d is in %.100s, before %.100s", before->tid, call, before->call);
    return 0;
}

/* Leaves it to check_alive to take the status. */
static int has_ended(void) {
    siginfo_t info = {0};
    return waitid(P_PID, target, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

static int check_threads(double deadline) {
    static struct thread list[THREADS_MAX];
    char why[300] = "";
    int next = 0;
    while (next < thread_count) {
        if (is_as_before(&threads[next], why, sizeof why)) {
            next++;
        } else {
            if (now_ms() > deadline) return harm("%s", why);
            if (has_ended()) return harm("it ended");
            sleep_us(2000);
        }
    }
    int count = list_threads(list);
    int extra = 0;
    for (int i = 0; i < count; i++) {
        if (bsearch(&list[i], threads, thread_count, sizeof *threads, by_tid) == NULL) extra++;
    }
    if (is_c && extra > 0) return harm("%d threads more than before", extra);
    if (!is_c && extra > 0) thread_count = list_threads(threads);
    return 1;
}

static int check_alive(void) {
    int status;
    if (waitpid(target, &status, WNOHANG) == target) {
        target = -1;
        close(target_input);
        double soon = now_ms() + 100;
        while (listen_to_target(soon) > 0) {}
        close(output.fd);
        if (said_harm[0] != 0) return harm("%s", said_harm);
        if (WIFSIGNALED(status)) return harm("it died of signal %d", WTERMSIG(status));
        return harm("it ended with %d", WEXITSTATUS(status));
    }
    return 1;
}

static int check_progress(double deadline) {
    /* what was said before is heard now; and one line more may have been under way */
    while (listen_to_target(now_ms()) > 0) {}
    uint64_t wanted = progress_lines + 2;
    while (progress_lines < wanted) {
        int got = listen_to_target(deadline);
        if (said_harm[0] != 0) return harm("%s", said_harm);
        if (got < 0) {
            sleep_us(100000);
            return check_alive() ? harm("it closed its output") : 0;
        }
        if (got == 0) return harm("no progress within %d ms", RECOVERY_MS);
    }
    return 1;
}

/* All threads that wait look at their registers. */
static int check_registers(void) {
    checked = -1;
    say_to_target("check\n");
    double deadline = now_ms() + CHECK_MS;
    while (checked < 0) {
        int got = listen_to_target(deadline);
        if (said_harm[0] != 0) return harm("%s", said_harm);
        if (got < 0) {
            sleep_us(100000);
            return check_alive() ? harm("it closed its output") : 0;
        }
        if (got == 0) return harm("its threads do not answer");
    }
    eintr_total += checked - eintr_before;
    eintr_before = checked;
    return 1;
}

static int check_leftovers(double deadline) {
    long zombies_now;
    pid_t example = 0;
    int count;
    while ((count = leftovers(&zombies_now, &example)) > 0) {
        if (now_ms() > deadline) return harm("%d processes are left of it, %d one of them", count, example);
        sleep_us(5000);
    }
    if (zombies_now > zombies) unreaped_total += zombies_now - zombies;
    if (zombies_now > zombies + 1) return harm("%ld unreaped children of one kill", zombies_now - zombies);
    zombies = zombies_now;
    return 1;
}

/* A canary's trace of one thread: stopped, for changing it. */
static void trace(pid_t tid) {
    int status;
    if (ptrace(PTRACE_SEIZE, tid, 0, 0) != 0 || ptrace(PTRACE_INTERRUPT, tid, 0, 0) != 0
        || waitpid(tid, &status, __WALL) != tid) {
        fail("the canary cannot trace %d: %s", tid, strerror(errno));
    }
}

#ifdef __x86_64__
static void change_registers(pid_t tid, const char *what) {
    struct user_regs_struct registers;
    static unsigned char extended[16384];
    struct iovec area = {extended, sizeof extended};
    uint64_t mask = 0x200;
    long done = 0;
    trace(tid);
    if (strcmp(what, "mask") == 0) {
        done = ptrace(PTRACE_SETSIGMASK, tid, sizeof mask, &mask);
    } else if (strcmp(what, "vector") == 0) {
        /* the legacy area: xmm3 stands at 160 + 3 * 16 */
        done = ptrace(PTRACE_GETREGSET, tid, NT_X86_XSTATE, &area);
        extended[160 + 3 * 16] ^= 1;
        done |= ptrace(PTRACE_SETREGSET, tid, NT_X86_XSTATE, &area);
    } else {
        done = ptrace(PTRACE_GETREGS, tid, 0, &registers);
        if (strcmp(what, "register") == 0) {
            registers.r12 ^= 1;
        } else {
            /* the thread ends: exit(0) at the system call instruction before which it stands */
            if (registers.rax > -4096ul) registers.rip -= 2;
            registers.orig_rax = -1;
            registers.rax = SYS_exit;
            registers.rdi = 0;
        }
        done |= ptrace(PTRACE_SETREGS, tid, 0, &registers);
    }
    if (done != 0 || ptrace(PTRACE_DETACH, tid, 0, 0) != 0) fail("canary %s: %s", what, strerror(errno));
}
#else
static void change_registers(pid_t tid, const char *what) { fail("no canary %s for this CPU (%d)", what, tid); }
#endif

/* Harm done on purpose. */
static void do_harm(void) {
    pid_t waiting = 0;
    int ignored;
    /* a thread that waits in read: its first argument stands in the line */
    for (int i = 0; i < thread_count && waiting == 0; i++) {
        if (threads[i].waits && atol(threads[i].call) == SYS_read) waiting = threads[i].tid;
    }
    if (strcmp(canary, "stop") == 0) {
        kill(target, SIGSTOP);
    } else if (strcmp(canary, "death") == 0) {
        kill(target, SIGSEGV);
    } else if (strcmp(canary, "child") == 0) {
        canary_child = start(target_command, &ignored, &ignored, NULL);
        sleep_us(50000);
    } else if (waiting == 0) {
        fail("the canary %s needs a thread that waits", canary);
    } else if (strcmp(canary, "trace") == 0) {
        ptrace(PTRACE_SEIZE, waiting, 0, 0);
    } else if (strcmp(canary, "register") == 0 || strcmp(canary, "vector") == 0 || strcmp(canary, "mask") == 0
        || strcmp(canary, "thread") == 0) {
        change_registers(waiting, canary);
    } else {
        fail("no canary is called %s", canary);
    }
}

static void end_canary(void) {
    if (canary_child <= 0) return;
    kill(canary_child, SIGKILL);
    waitpid(canary_child, NULL, 0);
    canary_child = -1;
}

/* Whether a thread of the target is traced, and whether its first one stands. */
static void look(int *is_traced, int *stands) {
    char status[8192], value[64];
    *is_traced = *stands = 0;
    if (read_of(target, "status", status, sizeof status) < 0) return;
    *is_traced = field_of(status, "TracerPid:", value, sizeof value) && strcmp(value, "0") != 0;
    *stands = field_of(status, "State:", value, sizeof value) && value[0] == 't';
}

static char methods[256];

static void remember_method(const char *method) {
    if (strstr(methods, method) != NULL) return;
    if (methods[0] != 0) strncat(methods, ",", sizeof methods - strlen(methods) - 1);
    strncat(methods, method, sizeof methods - strlen(methods) - 1);
}

/* Sleeps until the moment of the kill. */
static void await_moment(const char *ready_line) {
    char method[64] = "unknown";
    unsigned long round_us = 0, pause_us = 0;
    int is_traced, stands;
    sscanf(ready_line, "ready %63s %lu %lu", method, &round_us, &pause_us);
    remember_method(method);
    unsigned long within_us = within_ms * 1000ul > round_us ? within_ms * 1000ul : round_us;
    uint64_t when = next_random(), then = next_random();
    if (kill_number % 2 == 1) {
        sleep_us((long)(when % (within_us + 1)));
        return;
    }
    double deadline = now_ms() + AIM_MS;
    do {
        look(&is_traced, &stands);
    } while (!is_traced && now_ms() < deadline);
    /* the kill itself takes its time: not later than the pause, mostly */
    sleep_us((long)(then % (pause_us + 1)));
}

/* Starts the tracer, and kills it; 0 if it did not come to take snapshots. */
static int kill_a_tracer(void) {
    struct lines from = {.length = 0};
    char line[512], pid_text[32];
    int is_traced, stands, status;
    snprintf(pid_text, sizeof pid_text, "%d", target);
    pid_t tracer = start(tracer_command, NULL, &from.fd, pid_text);
    int got = next_line(&from, line, sizeof line, now_ms() + START_MS);
    int began = got > 0 && strncmp(line, "ready", 5) == 0;
    if (began) {
        await_moment(line);
        look(&is_traced, &stands);
    }
    kill(tracer, SIGKILL);
    while (waitpid(tracer, &status, 0) < 0 && errno == EINTR) {}
    close(from.fd);
    if (!began) {
        printf("note: %s: the tracer did not begin (status %x)%s%s\n", name, status, got > 0 ? ": " : "",
            got > 0 ? line : "");
        return 0;
    }
    if (WIFEXITED(status)) printf("note: %s: the tracer ended by itself with %d\n", name, WEXITSTATUS(status));
    attached += is_traced;
    stopped += stands;
    return 1;
}

static void check_target(void) {
    double deadline = now_ms() + RECOVERY_MS;
    if (!check_alive()) return;
    if (!check_threads(deadline) || !check_leftovers(deadline)) {
        /* what the target says of itself, or died of, says more */
        harm_text[sizeof harm_text - 1] = 0;
        char kept[sizeof harm_text];
        strcpy(kept, harm_text);
        harm_text[0] = 0;
        if (check_alive()) strcpy(harm_text, kept);
        return;
    }
    if (!check_progress(now_ms() + RECOVERY_MS)) return;
    if (is_c && !check_registers()) return;
    /* a signal that was on its way has arrived by now */
    if (check_threads(now_ms() + RECOVERY_MS)) check_alive();
}

int main(int argc, char **argv) {
    if (argc < 11) return 2;
    name = argv[1];
    int kills = atoi(argv[2]);
    random_state = strtoull(argv[3], NULL, 10);
    within_ms = atoi(argv[4]);
    is_c = strcmp(argv[5], "c") == 0;
    canary = argv[6];
    target_command = argv + 8;
    for (char **at = target_command; *at != NULL; at++) {
        if (strcmp(*at, "--") == 0) {
            *at = NULL;
            tracer_command = at + 1;
            break;
        }
    }
    if (tracer_command == NULL || *tracer_command == NULL) return 2;
    /* whoever ends the script ends all of it */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    int failed_starts = 0;
    start_target();
    for (kill_number = 1; kill_number <= kills; kill_number++) {
        harm_text[0] = 0;
        if (kill_a_tracer()) {
            kills_done++;
            failed_starts = 0;
        } else if (++failed_starts >= FAILED_STARTS_MAX) {
            fail("the tracer does not begin, %d times one after the other", failed_starts);
        }
        if (kill_number == CANARY_AT && strcmp(canary, "none") != 0) do_harm();
        check_target();
        if (harm_text[0] == 0) continue;
        harms++;
        printf("harm: %s, kill %d: %s\n", name, kill_number, harm_text);
        end_canary();
        end_target();
        if (harms >= HARM_MAX) {
            printf("note: %s: %d harms are enough\n", name, harms);
            break;
        }
        replaced++;
        if (kill_number < kills) start_target();
    }
    end_canary();
    end_target();
    printf("result %s %ld %d %ld %ld %ld %ld %s\n", name, kills_done, harms, eintr_total, unreaped_total, attached,
        stopped, methods[0] ? methods : "none");
    return harms > 0;
}
