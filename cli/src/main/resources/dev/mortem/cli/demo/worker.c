/*
 * shop-worker: a small HTTP worker that goes wrong on request.
 *
 * It listens on a free port of 127.0.0.1 and prints that port, and nothing else, as the first line of
 * standard output. One acceptor (the main thread) hands connections to WORKERS named threads.
 *
 *   GET /                                ok
 *   GET /transfer?from=A&to=B            moves 1 from account A to account B, locking A, then B
 *   GET /transfer?from=A&to=B&meet=1     the same, but holding A it waits until another transfer with
 *                                        meet=1 holds its first account as well: two such requests in
 *                                        opposite directions deadlock for certain
 *   GET /cart?user=N                     renders a cart; there are users 0 to 2, and for any other
 *                                        cart_total() reads through a null pointer
 *   GET /recurse                         overflows its stack
 *   GET /spin                            never answers and uses one CPU
 *   GET /abort                           fails an assertion
 *   GET /leak?kb=N                       keeps N KiB for ever
 *   GET /health                          how many requests are being served
 *
 * Nothing is left behind: it ends with its parent process, and after LIFETIME_S seconds.
 *
 *   cc -O1 -g -pthread worker.c -o shop-worker
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORKERS 4
#define ACCOUNTS 4
#define QUEUE_MAX 64
#define REQUEST_MAX 2048
#define LIFETIME_S 120

/* Keeps a function in the stack: neither inlined, nor replaced by a jump. */
#define OWN_FRAME __attribute__((noinline, noclone))
#define KEEP_FRAME() __asm__ volatile("" ::: "memory")

struct account {
    pthread_mutex_t lock;
    long balance;
};

struct item {
    const char *name;
    int count;
    long price_cents;
};

struct cart {
    long user;
    int item_count;
    struct item items[2];
};

struct request {
    char path[256];
    char query[256];
};

struct response {
    int status;
    char body[512];
};

static struct account accounts[ACCOUNTS];

static struct cart carts[] = {
    {0, 1, {{"lamp", 1, 3990}, {NULL, 0, 0}}},
    {1, 2, {{"chair", 4, 8900}, {"table", 1, 24900}}},
    {2, 0, {{NULL, 0, 0}, {NULL, 0, 0}}},
};

/* Connections that wait for a worker. */
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_filled = PTHREAD_COND_INITIALIZER;
static pthread_cond_t queue_drained = PTHREAD_COND_INITIALIZER;
static int queue[QUEUE_MAX];
static unsigned queue_head, queue_size;

/* Transfers with meet=1 that hold their first account. */
static pthread_mutex_t meeting_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t meeting_met = PTHREAD_COND_INITIALIZER;
static unsigned long meeting_arrived;

static pid_t parent;
static atomic_int serving;
static atomic_ulong spins;

static void fail(const char *what) {
    fprintf(stderr, "shop-worker: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* The number after "name=" in a query, or the default. */
static long parameter(const char *query, const char *name, long otherwise) {
    size_t length = strlen(name);
    for (const char *at = query; at != NULL && *at != '\0'; at = strchr(at, '&')) {
        if (*at == '&') {
            at++;
        }
        if (strncmp(at, name, length) == 0 && at[length] == '=') {
            return strtol(at + length + 1, NULL, 10);
        }
    }
    return otherwise;
}

static void respond(struct response *response, int status, const char *body) {
    response->status = status;
    snprintf(response->body, sizeof response->body, "%s", body);
}

/* Waits until an even number of transfers have come this far. */
OWN_FRAME static void meet_other_transfer(void) {
    pthread_mutex_lock(&meeting_lock);
    unsigned long mine = meeting_arrived++;
    pthread_cond_broadcast(&meeting_met);
    while (meeting_arrived <= (mine | 1)) {
        pthread_cond_wait(&meeting_met, &meeting_lock);
    }
    pthread_mutex_unlock(&meeting_lock);
}

OWN_FRAME static void lock_account(struct account *account) {
    pthread_mutex_lock(&account->lock);
    KEEP_FRAME();
}

OWN_FRAME static void transfer(const struct request *request, struct response *response) {
    long from = parameter(request->query, "from", 0);
    long to = parameter(request->query, "to", 1);
    if (from < 0 || from >= ACCOUNTS || to < 0 || to >= ACCOUNTS || from == to) {
        respond(response, 400, "from and to are two different accounts from 0 to 3\n");
        return;
    }
    lock_account(&accounts[from]);
    if (parameter(request->query, "meet", 0) != 0) {
        meet_other_transfer();
    }
    lock_account(&accounts[to]);
    accounts[from].balance -= 1;
    accounts[to].balance += 1;
    pthread_mutex_unlock(&accounts[to].lock);
    pthread_mutex_unlock(&accounts[from].lock);
    respond(response, 200, "moved\n");
}

OWN_FRAME static struct cart *find_cart(long user) {
    for (size_t index = 0; index < sizeof carts / sizeof carts[0]; index++) {
        if (carts[index].user == user) {
            return &carts[index];
        }
    }
    return NULL;
}

/* The defect: a user without a cart has no items, but nobody asks whether there is a cart. */
OWN_FRAME static long cart_total(const struct cart *cart) {
    long total = 0;
    for (int index = 0; index < cart->item_count; index++) {
        total += cart->items[index].count * cart->items[index].price_cents;
    }
    KEEP_FRAME();
    return total;
}

OWN_FRAME static void render_cart(const struct request *request, struct response *response) {
    const struct cart *cart = find_cart(parameter(request->query, "user", 0));
    long total = cart_total(cart);
    respond(response, 200, "");
    snprintf(
        response->body, sizeof response->body, "total %ld.%02ld\n", total / 100, total % 100);
}

/* Each category's parent, which should lead to -1: the last one leads back to the first. */
static volatile int category_parent[] = {1, 2, 3, 0};

OWN_FRAME static int category_depth(int category) {
    volatile char path[512];
    if (category < 0) {
        return 0;
    }
    path[0] = (char)category;
    int above = category_depth(category_parent[category]);
    return above + (path[0] >= 0);
}

OWN_FRAME static void spin(void) {
    for (;;) {
        atomic_fetch_add_explicit(&spins, 1, memory_order_relaxed);
    }
}

OWN_FRAME static void check_stock(long ordered) {
    long in_stock = 0;
    assert(ordered <= in_stock && "ordered more than there is");
    KEEP_FRAME();
}

OWN_FRAME static void leak(const struct request *request, struct response *response) {
    size_t size = (size_t)parameter(request->query, "kb", 1) * 1024;
    char *kept = malloc(size);
    if (kept == NULL) {
        respond(response, 500, "no memory\n");
        return;
    }
    memset(kept, 'L', size);
    respond(response, 200, "kept\n");
}

OWN_FRAME static void handle_request(const struct request *request, struct response *response) {
    const char *path = request->path;
    if (strcmp(path, "/") == 0) {
        respond(response, 200, "ok\n");
    } else if (strcmp(path, "/health") == 0) {
        respond(response, 200, "");
        snprintf(response->body, sizeof response->body, "serving %d\n", atomic_load(&serving));
    } else if (strcmp(path, "/transfer") == 0) {
        transfer(request, response);
    } else if (strcmp(path, "/cart") == 0) {
        render_cart(request, response);
    } else if (strcmp(path, "/recurse") == 0) {
        respond(response, 200, category_depth(0) > 0 ? "deep\n" : "flat\n");
    } else if (strcmp(path, "/spin") == 0) {
        spin();
    } else if (strcmp(path, "/abort") == 0) {
        check_stock(3);
    } else if (strcmp(path, "/leak") == 0) {
        leak(request, response);
    } else {
        respond(response, 404, "no such page\n");
    }
    KEEP_FRAME();
}

/* "GET /path?query HTTP/1.1": 0 where it is anything else. */
static int parse_request(const char *line, struct request *request) {
    memset(request, 0, sizeof *request);
    return sscanf(line, "GET %255[^? \r\n]?%255[^ \r\n]", request->path, request->query) >= 1;
}

/* Reads until the empty line that ends the head of a request; its length, or -1. */
static ssize_t read_head(int connection, char *head, size_t size) {
    size_t used = 0;
    while (used + 1 < size) {
        ssize_t got = read(connection, head + used, size - 1 - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return -1;
        }
        used += (size_t)got;
        head[used] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL) {
            return (ssize_t)used;
        }
    }
    return -1;
}

OWN_FRAME static void serve_connection(int connection) {
    char head[REQUEST_MAX];
    char answer[1024];
    struct request request;
    struct response response = {400, "GET only\n"};
    if (read_head(connection, head, sizeof head) < 0) {
        return;
    }
    if (parse_request(head, &request)) {
        atomic_fetch_add(&serving, 1);
        handle_request(&request, &response);
        atomic_fetch_sub(&serving, 1);
    }
    int length = snprintf(
        answer,
        sizeof answer,
        "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
        "Connection: close\r\n\r\n%s",
        response.status,
        response.status == 200 ? "OK" : "Error",
        strlen(response.body),
        response.body);
    for (int sent = 0; sent < length;) {
        ssize_t more = write(connection, answer + sent, (size_t)(length - sent));
        if (more < 0 && errno == EINTR) {
            continue;
        }
        if (more <= 0) {
            return;
        }
        sent += (int)more;
    }
}

static int take_connection(void) {
    pthread_mutex_lock(&queue_lock);
    while (queue_size == 0) {
        pthread_cond_wait(&queue_filled, &queue_lock);
    }
    int connection = queue[queue_head];
    queue_head = (queue_head + 1) % QUEUE_MAX;
    queue_size--;
    pthread_cond_signal(&queue_drained);
    pthread_mutex_unlock(&queue_lock);
    return connection;
}

static void queue_connection(int connection) {
    pthread_mutex_lock(&queue_lock);
    while (queue_size == QUEUE_MAX) {
        pthread_cond_wait(&queue_drained, &queue_lock);
    }
    queue[(queue_head + queue_size) % QUEUE_MAX] = connection;
    queue_size++;
    pthread_cond_signal(&queue_filled);
    pthread_mutex_unlock(&queue_lock);
}

static void *worker_main(void *number) {
    char name[16];
    snprintf(name, sizeof name, "worker-%d", (int)(long)number);
    pthread_setname_np(pthread_self(), name);
    for (;;) {
        int connection = take_connection();
        serve_connection(connection);
        close(connection);
    }
    return NULL;
}

/* A socket on a port that the kernel chose; the port goes to standard output. */
static int listen_locally(void) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0
        || listen(listener, QUEUE_MAX) != 0
        || getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        fail("no port to listen on");
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

/* The kernel tells of the end of the thread that started us; its process may well live on. */
static void on_parent_thread_end(int signal_number) {
    (void)signal_number;
    if (getppid() != parent) {
        _exit(0);
    }
}

static void end_with_parent(void) {
    struct sigaction action = {.sa_handler = on_parent_thread_end, .sa_flags = SA_RESTART};
    parent = getppid();
    sigaction(SIGHUP, &action, NULL);
    prctl(PR_SET_PDEATHSIG, SIGHUP);
    on_parent_thread_end(SIGHUP); /* it may have ended before we asked to be told */
    alarm(LIFETIME_S);            /* SIGALRM ends the process */
}

int main(void) {
    end_with_parent();
    signal(SIGPIPE, SIG_IGN);
    for (int index = 0; index < ACCOUNTS; index++) {
        pthread_mutex_init(&accounts[index].lock, NULL);
        accounts[index].balance = 100;
    }
    for (long number = 1; number <= WORKERS; number++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, worker_main, (void *)number) != 0) {
            fail("no thread");
        }
    }
    int listener = listen_locally();
    for (;;) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection >= 0) {
            queue_connection(connection);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            fail("accept");
        }
    }
}
