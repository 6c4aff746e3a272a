/* Makes call 1000, which does not exist, under each seccomp filter of a file, and says what came of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int judge(struct sock_fprog *program) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return 9;
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program)) return 1;
    errno = 0;
    syscall(1000, 1L, 2L, 0x300000004L, 5L, 6L, -7L);
    return errno == ENOSYS ? 2 : 3;
}

int main(int argc, char **argv) {
    FILE *file = fopen(argv[argc - 1], "r");
    struct rlimit none = {0, 0};
    struct sock_filter code[4096];
    int32_t count;
    setrlimit(RLIMIT_CORE, &none);
    while (fread(&count, 4, 1, file) == 1) {
        int status;
        if (fread(code, 8, count, file) != (size_t)count) return 4;
        struct sock_fprog program = {count, code};
        int child = fork();
        if (child == 0) _exit(judge(&program));
        waitpid(child, &status, 0);
        if (WIFSIGNALED(status)) puts("killed");
        else puts(WEXITSTATUS(status) == 1 ? "refused" : WEXITSTATUS(status) == 2 ? "ENOSYS" : "errno");
    }
    return 0;
}
