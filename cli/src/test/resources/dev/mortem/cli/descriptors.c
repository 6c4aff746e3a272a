/* Waits at a descriptor, a file lock or a child, each in one way; children live as long as it does. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_in place;

static void die_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL); }

static int listening(int backlog) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t size = sizeof place;
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(s, (struct sockaddr *) &place, size);
    listen(s, backlog);
    getsockname(s, (struct sockaddr *) &place, &size);
    return s;
}

static int connected(void) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    connect(s, (struct sockaddr *) &place, sizeof place);
    return s;
}

/* A child that accepts and never says a word. */
static void silent_server(int backlog, int accepts) {
    int s = listening(backlog);
    if (fork() == 0) {
        die_with_parent();
        while (accepts) accept(s, 0, 0);
        for (;;) pause();
    }
    close(s);
}

static struct sockaddr_un unix_place(const char *path) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    strcpy(at.sun_path, path);
    return at;
}

/* A server at the path that accepts and never says a word, or with turned the client of one. */
static int unix_connection(const char *path, int turned) {
    struct sockaddr_un at = unix_place(path);
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(s, (struct sockaddr *) &at, sizeof at);
    listen(s, 8);
    if (fork() == 0) {
        int own;
        die_with_parent();
        if (!turned) { own = accept(s, 0, 0); close(s); }
        else { close(s); own = socket(AF_UNIX, SOCK_STREAM, 0); connect(own, (struct sockaddr *) &at, sizeof at); }
        for (;;) pause();
    }
    if (turned) return accept(s, 0, 0);
    close(s);
    s = socket(AF_UNIX, SOCK_STREAM, 0);
    connect(s, (struct sockaddr *) &at, sizeof at);
    return s;
}

/* The end for reading of a named pipe; its other end is a child's alone. */
static int named_pipe(const char *path) {
    mkfifo(path, 0600);
    if (fork() == 0) {
        die_with_parent();
        open(path, O_WRONLY);
        for (;;) pause();
    }
    return open(path, O_RDONLY);
}

static int io_uring(void) {
    char parameters[120] = {0};
    int ring = syscall(425 /* io_uring_setup */, 4, parameters);
    if (ring < 0) exit(77);
    return ring;
}

static void *query(void *s) {
    char answer[16];
    read((int) (intptr_t) s, answer, sizeof answer);
    return 0;
}

static void serve(int *sockets, int count) {
    pthread_t thread;
    for (int n = 0; n < count; n++) pthread_create(&thread, 0, query, (void *) (intptr_t) sockets[n]);
    pause();
}

static void lock_scene(int record, const char *path) {
    int ready[2], file = open(path, O_CREAT | O_RDWR, 0600);
    struct flock bytes = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 10};
    char word;
    pipe(ready);
    if (fork() == 0) {
        die_with_parent();
        int own = open(path, O_RDWR);
        if (record) fcntl(own, F_SETLKW, &bytes); else flock(own, LOCK_EX);
        write(ready[1], "x", 1);
        for (;;) pause();
    }
    read(ready[0], &word, 1);
    if (record) fcntl(file, F_SETLKW, &bytes); else flock(file, LOCK_EX);
}

int main(int count, char **arguments) {
    const char *way = arguments[1];
    int ends[2], sockets[6];
    char byte;
    uint64_t number;
    signal(SIGPIPE, SIG_IGN);
    if (!strcmp(way, "tcp")) {
        silent_server(8, 1);
        read(connected(), &byte, 1);
    } else if (!strcmp(way, "workers")) {
        silent_server(8, 1);
        for (int n = 0; n < 6; n++) sockets[n] = connected();
        serve(sockets, 6);
    } else if (!strcmp(way, "keepalive")) {
        int s = listening(8);
        if (fork() == 0) {
            die_with_parent();
            for (int n = 0; n < 6; n++) connected();
            for (;;) pause();
        }
        for (int n = 0; n < 6; n++) sockets[n] = accept(s, 0, 0);
        serve(sockets, 6);
    } else if (!strcmp(way, "pipe")) {
        pipe(ends);
        if (fork() == 0) { die_with_parent(); for (;;) pause(); }
        close(ends[1]);
        read(ends[0], &byte, 1);
    } else if (!strcmp(way, "fullpipe")) {
        char page[4096] = {0};
        pipe(ends);
        if (fork() == 0) { die_with_parent(); close(ends[1]); for (;;) pause(); }
        close(ends[0]);
        for (;;) write(ends[1], page, sizeof page);
    } else if (!strcmp(way, "ownpipe")) {
        pipe(ends);
        read(ends[0], &byte, 1);
    } else if (!strcmp(way, "accept")) {
        accept(listening(8), 0, 0);
    } else if (!strcmp(way, "connect")) {
        silent_server(0, 0);
        for (;;) connected();
    } else if (!strcmp(way, "epoll")) {
        int watch = epoll_create1(0);
        struct epoll_event event = {.events = EPOLLIN};
        epoll_ctl(watch, EPOLL_CTL_ADD, listening(8), &event);
        epoll_ctl(watch, EPOLL_CTL_ADD, eventfd(0, 0), &event);
        epoll_wait(watch, &event, 1, -1);
    } else if (!strcmp(way, "poll")) {
        pipe(ends);
        struct pollfd watched[2] = {{.fd = listening(8), .events = POLLIN}, {.fd = ends[0], .events = POLLIN}};
        poll(watched, 2, -1);
    } else if (!strcmp(way, "select")) {
        fd_set set;
        FD_ZERO(&set);
        int s = listening(8);
        FD_SET(s, &set);
        select(s + 1, &set, 0, 0, 0);
    } else if (!strcmp(way, "eventfd")) {
        read(eventfd(0, 0), &number, sizeof number);
    } else if (!strcmp(way, "unix") || !strcmp(way, "unixclient")) {
        read(unix_connection(arguments[2], way[4] == 'c'), &byte, 1);
    } else if (!strcmp(way, "unixpair")) {
        socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        if (fork() == 0) { die_with_parent(); close(ends[0]); for (;;) pause(); }
        close(ends[1]);
        read(ends[0], &byte, 1);
    } else if (!strcmp(way, "unixown")) {
        socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        read(ends[0], &byte, 1);
    } else if (!strcmp(way, "fifo")) {
        read(named_pipe(arguments[2]), &byte, 1);
    } else if (!strcmp(way, "udp")) {
        int s = socket(AF_INET, SOCK_DGRAM, 0);
        place.sin_family = AF_INET;
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        bind(s, (struct sockaddr *) &place, sizeof place);
        recv(s, &byte, 1, 0);
    } else if (!strcmp(way, "timerfd")) {
        struct itimerspec far = {.it_value.tv_sec = 3600};
        int timer = timerfd_create(CLOCK_MONOTONIC, 0);
        timerfd_settime(timer, 0, &far, 0);
        read(timer, &number, sizeof number);
    } else if (!strcmp(way, "signalfd")) {
        char told[128];
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, 0);
        read(signalfd(-1, &set, 0), told, sizeof told);
    } else if (!strcmp(way, "inotify")) {
        char told[4096];
        int watch = inotify_init();
        inotify_add_watch(watch, "/", IN_CREATE);
        inotify_add_watch(watch, "/proc/self", IN_CREATE);
        read(watch, told, sizeof told);
    } else if (!strcmp(way, "io_uring")) {
        syscall(426 /* io_uring_enter */, io_uring(), 0, 1, 1 /* IORING_ENTER_GETEVENTS */, 0, 0);
    } else if (!strcmp(way, "flock") || !strcmp(way, "record")) {
        lock_scene(way[0] == 'r', arguments[2]);
    } else if (!strcmp(way, "child")) {
        pipe(ends);
        dup2(ends[0], 3);
        pid_t child = fork();
        if (child == 0) {
            die_with_parent();
            execl("/bin/sh", "sh", "-c", "read line <&3", "sh", "--token=hush", (char *) 0);
            for (;;) pause();
        }
        waitpid(child, 0, 0);
    }
    return 0;
}
