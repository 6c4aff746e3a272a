/*
 * A process whose threads each wait in another system call, and notice when one returns.
 *
 *   blocked LIMIT_S FOLDER
 *
 * Calls that take a time limit get LIMIT_S seconds. Prints "ready N" when all N threads are seen to wait in
 * their calls. Then answers on standard input:
 *
 *   before   "ok"; the moment from which the dump is taken, as far as this process knows
 *   report   waits until every call with a limit has returned, for the limit twice over at most, and
 *            prints a line for each call, its name and what became of it, parted by a tab; then
 *            "SIGCHLD N" and "children N", how many children there are that this process did not make;
 *            then "."
 *   quit     ends, as the end of standard input does; System V objects and the message queue go as well
 *
 * What became of a call begins with one word: waits (it has not returned), EINTR, intime (its limit, in
 * time), restarted (late by the time that had passed before the dump: the limit began again), late (by
 * another time), or returned (anything else, which is wrong).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The kernel's size of a signal mask. */
enum { MASK_BYTES = 8 };
/* A return within this of the limit is in time: the pause of a dump that stops may be that long. */
static const double TOLERANCE_S = 0.5;

static int limit_s;
static int never_readable, never_counted, epoll, listener, second_lock, watch;
static int semaphore_set = -1, message_queue = -1;
static char queue_name[64];
static mqd_t queue;
static aio_context_t io_context;
static sem_t posix_semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int futex_word;
static pid_t own_child;
static volatile sig_atomic_t sigchlds;

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static struct timespec limit(void) { return (struct timespec){limit_s, 0}; }

static struct timespec limit_from_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += limit_s;
    return t;
}

static sigset_t waited_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    return set;
}

/* The calls. Each goes to the kernel as it is: a C library may choose another one. */

static long call_nanosleep(void) {
    struct timespec t = limit();
    return syscall(SYS_nanosleep, &t, &t);
}

static long call_clock_nanosleep(void) {
    struct timespec t = limit();
    return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, &t);
}

static long call_clock_nanosleep_until(void) {
    struct timespec t = limit_from_now();
    return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static long call_ppoll(void) {
    struct pollfd p = {never_readable, POLLIN, 0};
    struct timespec t = limit();
    return syscall(SYS_ppoll, &p, 1, &t, NULL, MASK_BYTES);
}

#ifdef SYS_poll
static long call_poll(void) {
    struct pollfd p = {never_readable, POLLIN, 0};
    return syscall(SYS_poll, &p, 1, limit_s * 1000);
}

static long call_poll_forever(void) {
    struct pollfd p = {never_readable, POLLIN, 0};
    return syscall(SYS_poll, &p, 1, -1);
}

static long call_select(void) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(never_readable, &set);
    struct timeval t = {limit_s, 0};
    return syscall(SYS_select, never_readable + 1, &set, NULL, NULL, &t);
}

static long call_epoll_wait(void) {
    struct epoll_event event;
    return syscall(SYS_epoll_wait, epoll, &event, 1, limit_s * 1000);
}

static long call_epoll_wait_forever(void) {
    struct epoll_event event;
    return syscall(SYS_epoll_wait, epoll, &event, 1, -1);
}

static long call_pause(void) { return syscall(SYS_pause); }
#endif

static long call_epoll_pwait(void) {
    struct epoll_event event;
    return syscall(SYS_epoll_pwait, epoll, &event, 1, -1, NULL, MASK_BYTES);
}

static long call_read_pipe(void) {
    char byte;
    return syscall(SYS_read, never_readable, &byte, 1);
}

static long call_read_eventfd(void) {
    uint64_t value;
    return syscall(SYS_read, never_counted, &value, sizeof value);
}

static long call_futex(void) {
    return syscall(SYS_futex, &futex_word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static long call_futex_limit(void) {
    struct timespec t = limit();
    return syscall(SYS_futex, &futex_word, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0);
}

static long call_futex_until(void) {
    struct timespec t = limit_from_now();
    return syscall(SYS_futex, &futex_word, FUTEX_WAIT_BITSET_PRIVATE, 0, &t, NULL, ~0u);
}

static long call_cond_wait(void) {
    pthread_mutex_lock(&mutex);
    int error = pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
    errno = error;
    return error ? -1 : 0;
}

static long call_sem_wait(void) { return sem_wait(&posix_semaphore); }

static long call_accept(void) { return syscall(SYS_accept, listener, NULL, NULL); }

static long receive(int with_limit) {
    int pair[2];
    char byte;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return -1;
    struct timeval t = {limit_s, 0};
    if (with_limit) setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    return syscall(SYS_recvfrom, pair[0], &byte, 1, 0, NULL, NULL);
}

static long call_recv(void) { return receive(0); }

static long call_recv_limit(void) { return receive(1); }

static long call_wait4(void) { return syscall(SYS_wait4, own_child, NULL, 0, NULL); }

static long call_wait4_any(void) { return syscall(SYS_wait4, -1, NULL, __WALL, NULL); }

static long call_waitid(void) {
    siginfo_t info;
    return syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOWAIT, NULL);
}

static long call_sigsuspend(void) {
    sigset_t all_but_one;
    sigfillset(&all_but_one);
    sigdelset(&all_but_one, SIGUSR1);
    return syscall(SYS_rt_sigsuspend, &all_but_one, MASK_BYTES);
}

static long call_sigtimedwait(void) {
    sigset_t set = waited_signals();
    siginfo_t info;
    struct timespec t = limit();
    return syscall(SYS_rt_sigtimedwait, &set, &info, &t, MASK_BYTES);
}

static long call_sigwaitinfo(void) {
    sigset_t set = waited_signals();
    siginfo_t info;
    return syscall(SYS_rt_sigtimedwait, &set, &info, NULL, MASK_BYTES);
}

static long call_semop(void) {
    struct sembuf take = {0, -1, 0};
    return semop(semaphore_set, &take, 1);
}

static long call_msgrcv(void) {
    struct {
        long type;
        char text[8];
    } message;
    return msgrcv(message_queue, &message, sizeof message.text, 0, 0);
}

static long call_flock(void) { return flock(second_lock, LOCK_EX); }

static long call_read_inotify(void) {
    char events[4096];
    return syscall(SYS_read, watch, events, sizeof events);
}

static long call_read_timerfd(void) {
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec setting = {{0, 0}, limit()};
    timerfd_settime(timer, 0, &setting, NULL);
    uint64_t value;
    return syscall(SYS_read, timer, &value, sizeof value);
}

static long call_io_getevents(void) {
    struct io_event event;
    return syscall(SYS_io_getevents, io_context, 1, 1, &event, NULL);
}

static long call_mq_receive(void) {
    char message[16];
    return mq_receive(queue, message, sizeof message, NULL);
}

struct wait {
    const char *name;
    long (*call)(void);
    long number;    /* of the system call in which the thread is to be seen */
    int has_limit;
    long at_limit;  /* what the call gives when the limit has passed: a result, or -errno */
    /* what happened */
    _Atomic int tid;
    double begun, took;
    long result;
    int error;
    _Atomic int returned;
};

static struct wait waits[] = {
    {.name = "nanosleep", .call = call_nanosleep, .number = SYS_nanosleep, .has_limit = 1},
    {.name = "clock_nanosleep relative", .call = call_clock_nanosleep, .number = SYS_clock_nanosleep, .has_limit = 1},
    {.name = "clock_nanosleep absolute", .call = call_clock_nanosleep_until, .number = SYS_clock_nanosleep,
        .has_limit = 1},
#ifdef SYS_poll
    {.name = "poll with limit", .call = call_poll, .number = SYS_poll, .has_limit = 1},
    {.name = "poll", .call = call_poll_forever, .number = SYS_poll},
#endif
    {.name = "ppoll with limit", .call = call_ppoll, .number = SYS_ppoll, .has_limit = 1},
#ifdef SYS_poll
    {.name = "select with limit", .call = call_select, .number = SYS_select, .has_limit = 1},
    {.name = "epoll_wait with limit", .call = call_epoll_wait, .number = SYS_epoll_wait, .has_limit = 1},
    {.name = "epoll_wait", .call = call_epoll_wait_forever, .number = SYS_epoll_wait},
#endif
    {.name = "epoll_pwait", .call = call_epoll_pwait, .number = SYS_epoll_pwait},
    {.name = "read of a pipe", .call = call_read_pipe, .number = SYS_read},
    {.name = "read of an eventfd", .call = call_read_eventfd, .number = SYS_read},
    {.name = "futex wait", .call = call_futex, .number = SYS_futex},
    {.name = "futex wait with limit", .call = call_futex_limit, .number = SYS_futex, .has_limit = 1,
        .at_limit = -ETIMEDOUT},
    {.name = "futex wait bitset absolute", .call = call_futex_until, .number = SYS_futex, .has_limit = 1,
        .at_limit = -ETIMEDOUT},
    {.name = "pthread_cond_wait", .call = call_cond_wait, .number = SYS_futex},
    {.name = "sem_wait", .call = call_sem_wait, .number = SYS_futex},
    {.name = "accept", .call = call_accept, .number = SYS_accept},
    {.name = "recv", .call = call_recv, .number = SYS_recvfrom},
    {.name = "recv with SO_RCVTIMEO", .call = call_recv_limit, .number = SYS_recvfrom, .has_limit = 1,
        .at_limit = -EAGAIN},
    {.name = "wait4 of a pid", .call = call_wait4, .number = SYS_wait4},
    {.name = "wait4 of any, __WALL", .call = call_wait4_any, .number = SYS_wait4},
    {.name = "waitid of any, WNOWAIT", .call = call_waitid, .number = SYS_waitid},
#ifdef SYS_pause
    {.name = "pause", .call = call_pause, .number = SYS_pause},
#endif
    {.name = "rt_sigsuspend", .call = call_sigsuspend, .number = SYS_rt_sigsuspend},
    {.name = "rt_sigtimedwait with limit", .call = call_sigtimedwait, .number = SYS_rt_sigtimedwait, .has_limit = 1,
        .at_limit = -EAGAIN},
    {.name = "sigwaitinfo", .call = call_sigwaitinfo, .number = SYS_rt_sigtimedwait},
    {.name = "semop", .call = call_semop, .number = SYS_semop},
    {.name = "msgrcv", .call = call_msgrcv, .number = SYS_msgrcv},
    {.name = "flock", .call = call_flock, .number = SYS_flock},
    {.name = "read of inotify", .call = call_read_inotify, .number = SYS_read},
    {.name = "read of a timerfd", .call = call_read_timerfd, .number = SYS_read, .has_limit = 1,
        .at_limit = sizeof(uint64_t)},
    {.name = "io_getevents", .call = call_io_getevents, .number = SYS_io_getevents},
    {.name = "mq_receive", .call = call_mq_receive, .number = SYS_mq_timedreceive},
};
enum { WAITS = sizeof waits / sizeof waits[0] };

static void *run(void *argument) {
    struct wait *wait = argument;
    wait->begun = now_s();
    wait->tid = gettid();
    wait->result = wait->call();
    wait->error = errno;
    wait->took = now_s() - wait->begun;
    wait->returned = 1;
    return NULL;
}

/* glibc's semop may be semtimedop: any of the two will do. */
static int waits_in_call(struct wait *wait) {
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", wait->tid);
    FILE *file = fopen(path, "r");
    if (file == NULL) return 0;
    char *read = fgets(line, sizeof line, file);
    fclose(file);
    if (read == NULL || strncmp(line, "running", 7) == 0) return 0;
    long number = atol(line);
    return number == wait->number || (wait->number == SYS_semop && number == SYS_semtimedop);
}

static void count_sigchld(int signal) {
    (void)signal;
    sigchlds++;
}

static void die(const char *what) {
    printf("%s: %s\n", what, strerror(errno));
    exit(1);
}

static void remove_objects(void) {
    if (semaphore_set >= 0) semctl(semaphore_set, 0, IPC_RMID);
    if (message_queue >= 0) msgctl(message_queue, IPC_RMID, NULL);
    mq_unlink(queue_name);
}

/* The child that the calls wait for. It outlives its parent by a moment, and removes what is left. */
static void start_child(void) {
    pid_t parent = getpid();
    own_child = fork();
    if (own_child < 0) die("fork");
    if (own_child > 0) return;
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigprocmask(SIG_BLOCK, &end, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    close(0);
    close(1);
    int signal;
    if (getppid() == parent) sigwait(&end, &signal);
    remove_objects();
    _exit(0);
}

static void make_objects(const char *folder) {
    int ends[2];
    if (pipe(ends) != 0) die("pipe");
    never_readable = ends[0];
    never_counted = eventfd(0, 0);
    epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, never_counted, &event) != 0) die("epoll");
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&loopback, sizeof loopback) != 0 || listen(listener, 1) != 0) die("listen");
    semaphore_set = semget(IPC_PRIVATE, 1, 0600 | IPC_CREAT);
    message_queue = msgget(IPC_PRIVATE, 0600 | IPC_CREAT);
    if (semaphore_set < 0 || message_queue < 0) die("System V objects");
    sem_init(&posix_semaphore, 0, 0);
    if (syscall(SYS_io_setup, 8, &io_context) != 0) die("io_setup");
    snprintf(queue_name, sizeof queue_name, "/mortem-blocked-%d", getpid());
    struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 16};
    queue = mq_open(queue_name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
    if (queue == (mqd_t)-1) die("mq_open");
    char lock[4096];
    snprintf(lock, sizeof lock, "%s/lock", folder);
    int first_lock = open(lock, O_RDWR | O_CREAT, 0600);
    second_lock = open(lock, O_RDWR);
    if (first_lock < 0 || second_lock < 0 || flock(first_lock, LOCK_EX) != 0) die("flock");
    watch = inotify_init1(0);
    if (inotify_add_watch(watch, folder, IN_MOVE_SELF) < 0) die("inotify");
}

/* SIGCHLD goes to the main thread; SIGUSR2 only to those who wait for it, which it never reaches. */
static void start_threads(void) {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigaddset(&blocked, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    for (int i = 0; i < WAITS; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run, &waits[i]) != 0) die("thread");
    }
    sigdelset(&blocked, SIGUSR2);
    pthread_sigmask(SIG_UNBLOCK, &blocked, NULL);
}

static void await_all_blocked(void) {
    double deadline = now_s() + limit_s / 2.0;
    for (int i = 0; i < WAITS; i++) {
        while (!waits_in_call(&waits[i])) {
            if (now_s() > deadline || waits[i].returned) {
                printf("%s: not seen to wait\n", waits[i].name);
                exit(1);
            }
            usleep(1000);
        }
    }
}

/* Children by /proc, zombies too: what waits would not show without being harmed. */
static int strange_children(void) {
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    int count = 0;
    if (proc == NULL) return -1;
    while ((entry = readdir(proc)) != NULL) {
        int pid = atoi(entry->d_name);
        if (pid == 0 || pid == own_child) continue;
        char path[64], text[512] = "";
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        FILE *file = fopen(path, "r");
        if (file == NULL) continue;
        size_t length = fread(text, 1, sizeof text - 1, file);
        fclose(file);
        text[length] = 0;
        char *name_end = strrchr(text, ')');
        int parent = 0;
        if (name_end != NULL) sscanf(name_end + 1, " %*c %d", &parent);
        if (parent == getpid()) count++;
    }
    closedir(proc);
    return count;
}

/* A child that ended and was not waited for: waitid sees it, whatever signal it ends with. */
static int strange_zombie(void) {
    siginfo_t info = {0};
    if (syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, NULL) != 0) return 0;
    return info.si_pid != 0 && info.si_pid != own_child;
}

static void report_one(const struct wait *wait, double dump_at) {
    printf("%s\t", wait->name);
    if (!wait->returned) {
        puts("waits");
        return;
    }
    long outcome = wait->result < 0 ? -wait->error : wait->result;
    if (outcome == -EINTR) {
        printf("EINTR after %.1f s\n", wait->took);
    } else if (wait->has_limit && outcome == wait->at_limit && wait->took > limit_s - 0.01) {
        double late = wait->took - limit_s;
        double passed = dump_at - wait->begun;
        if (late <= TOLERANCE_S) {
            printf("intime %.2f s\n", wait->took);
        } else {
            /* the dump took a while between its command and its stop */
            int again = late > passed - TOLERANCE_S && late < passed + 2 * TOLERANCE_S + limit_s / 4.0;
            printf("%s late by %.1f s, %.1f s before the dump\n", again ? "restarted" : "late", late, passed);
        }
    } else {
        printf("returned %ld%s%s after %.1f s\n", wait->result, wait->result < 0 ? " " : "",
            wait->result < 0 ? strerrorname_np(wait->error) : "", wait->took);
    }
}

static void report(double dump_at) {
    for (int i = 0; i < WAITS; i++) {
        double latest = waits[i].begun + 2 * limit_s + 1;
        while (waits[i].has_limit && !waits[i].returned && now_s() < latest) usleep(10000);
    }
    for (int i = 0; i < WAITS; i++) report_one(&waits[i], dump_at);
    int children = strange_children();
    printf("SIGCHLD %d\nchildren %d\n.\n", (int)sigchlds, children > 0 ? children : strange_zombie());
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    limit_s = atoi(argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct sigaction action = {.sa_handler = count_sigchld, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    make_objects(argv[2]);
    start_child();
    start_threads();
    await_all_blocked();
    printf("ready %d\n", WAITS);
    double dump_at = now_s();
    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "quit\n") != 0) {
        if (strcmp(line, "before\n") == 0) {
            dump_at = now_s();
            puts("ok");
        } else if (strcmp(line, "report\n") == 0) {
            report(dump_at);
        } else {
            puts("?");
        }
    }
    remove_objects();
    kill(own_child, SIGKILL);
    _exit(0);
}
