/* Has memory that userfaultfd(2) watches; "no_userfaultfd" where that is not allowed. */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
    int watch = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
    struct uffdio_api api = {.api = UFFD_API};
    char *p = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct uffdio_register range = {
        .range = {(unsigned long)p, 1 << 20}, .mode = UFFDIO_REGISTER_MODE_MISSING};
    if (watch < 0 || ioctl(watch, UFFDIO_API, &api) || ioctl(watch, UFFDIO_REGISTER, &range))
        printf("no_userfaultfd 1\n");
    printf("ready\n");
    fflush(stdout);
    for (;;) pause();
}
