// Threads that wait in C++ beyond pthread, and at bare futexes, in the way that the argument names.
#include <barrier>
#include <condition_variable>
#include <cstring>
#include <future>
#include <latch>
#include <linux/futex.h>
#include <mutex>
#include <semaphore>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

static std::mutex lock;
static std::condition_variable work;
static std::promise<int> promise;
static std::counting_semaphore<8> tokens(0);
static std::latch latch(3);
static std::once_flag flag;
static std::barrier both(2);
static unsigned word;

static void sleep_on() { for (;;) sleep(3600); }
static int slow() { both.arrive_and_wait(); sleep_on(); return 1; }
static void use_static() { static int value = slow(); (void)value; }

int main(int, char **argv) {
    auto is = [&](const char *name) { return !strcmp(argv[1], name); };
    auto start = [](auto what) { std::thread(what).detach(); };
    if (is("mutex")) {
        lock.lock();
        start([] { lock.lock(); });
    } else if (is("condition")) {
        start([] { std::unique_lock<std::mutex> held(lock); for (;;) work.wait(held); });
    } else if (is("future")) {
        start([] { promise.get_future().wait(); });
    } else if (is("semaphore")) {
        start([] { tokens.acquire(); });
    } else if (is("latch")) {
        start([] { latch.wait(); });
    } else if (is("static")) {
        start([] { use_static(); });
        both.arrive_and_wait();
        start([] { use_static(); });
    } else if (is("once")) {
        start([] { std::call_once(flag, [] { both.arrive_and_wait(); sleep_on(); }); });
        both.arrive_and_wait();
        start([] { std::call_once(flag, [] {}); });
    } else if (is("tid")) {
        word = unsigned(syscall(SYS_gettid)) | 0x80000000u;
        start([] { syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, word, nullptr); });
    } else if (is("counter")) {
        word = unsigned(syscall(SYS_gettid));
        start([] { syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, word, nullptr); });
    } else {
        return 2;
    }
    sleep_on();
}
