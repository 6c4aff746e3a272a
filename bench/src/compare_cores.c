/*
 * Whether two cores of the same idle process hold the same memory, page by page and by address.
 *
 *   compare_cores MORTEMS GCORES PID
 *
 * A page that one of the two does not hold is asked for in /proc/PID/mem, for the process still is as it
 * was; absent from the core and full of zeros is equal (a core may leave zeros out). Prints a line for each
 * range that differs by a rule, with the rule's name, then the counts, and ends with 1 if a page differs by
 * none of these:
 *
 *   vvar         the kernel's own data, which change by themselves
 *   vsyscall     a page that the kernel shows and does not let anybody read
 *   below-sp     bytes below a thread's stack pointer and its red zone: nobody's
 *   file         what one core leaves out and stands the same in the file that is mapped there
 *   unreadable   what neither the other core holds nor /proc/PID/mem gives
 */
#include "core_segments.h"

#include <errno.h>

enum { PAGE = 4096, RED_ZONE = 128 };
/* A signal frame with the largest registers known (AMX) is 11 KiB: twice that. */
static const uint64_t BELOW_SP_BYTES = 24576;
static const uint64_t VSYSCALL = 0xffffffffff600000u;

/* A mapping of a file. */
struct mapped {
    uint64_t from, to, offset;
    char path[512];
};

static struct mapped *files;
static size_t file_count;
static uint64_t vvar_from, vvar_to;
static uint64_t equal, by_process, zeros, allowed, wrong;
static int memory;

/* The mapped files; and where [vvar] is, with newer kernels' [vvar_vclock] after it. */
static void read_maps(const char *pid) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%s/maps", pid);
    FILE *maps = fopen(path, "r");
    if (maps == NULL) core_fail(path, "the process is gone");
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to, offset;
        char name[512] = "";
        if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %511s", &from, &to, &offset, name) < 3) continue;
        if (name[0] == '/') {
            files = realloc(files, (file_count + 1) * sizeof *files);
            files[file_count] = (struct mapped){.from = from, .to = to, .offset = offset};
            strcpy(files[file_count++].path, name);
        }
        if (strncmp(name, "[vvar", 5) != 0) continue;
        if (vvar_from == 0) vvar_from = from;
        vvar_to = to;
    }
    fclose(maps);
}

/* Gives what a core says of a page: 1 its bytes, 0 that it holds none of it. */
static int page_of(const struct core *core, uint64_t address, unsigned char *page) {
    uint64_t available;
    const unsigned char *bytes = core_bytes(core, address, &available);
    if (bytes == NULL) return 0;
    memset(page, 0, PAGE);
    memcpy(page, bytes, available < PAGE ? available : PAGE);
    return 1;
}

static int is_zero(const unsigned char *page) {
    for (int i = 0; i < PAGE; i++) {
        if (page[i] != 0) return 0;
    }
    return 1;
}

static int is_below_stack(const struct core *core, uint64_t address) {
    for (size_t i = 0; i < core->threads; i++) {
        uint64_t top = core->stack_pointers[i] - RED_ZONE;
        if (address < top && top - address <= BELOW_SP_BYTES) return 1;
    }
    return 0;
}

static int differs_below_stack_only(
    const struct core *core, uint64_t address, const unsigned char *a, const unsigned char *b) {
    for (int i = 0; i < PAGE; i++) {
        if (a[i] != b[i] && !is_below_stack(core, address + i)) return 0;
    }
    return 1;
}

static int is_in_file(uint64_t address, const unsigned char *page) {
    for (size_t i = 0; i < file_count; i++) {
        if (address < files[i].from || address >= files[i].to) continue;
        unsigned char stored[PAGE] = {0};
        int file = open(files[i].path, O_RDONLY);
        if (file < 0) return 0;
        ssize_t got = pread(file, stored, PAGE, (off_t)(files[i].offset + address - files[i].from));
        close(file);
        return got > 0 && memcmp(stored, page, PAGE) == 0;
    }
    return 0;
}

/* Ranges that stand for the same are printed as one. */
static void note(const char *rule, uint64_t address) {
    static const char *last_rule = NULL;
    static uint64_t from, to;
    if (last_rule != NULL && rule == last_rule && address == to) {
        to += PAGE;
        return;
    }
    if (last_rule != NULL) printf("%-12s %016lx-%016lx\n", last_rule, (unsigned long)from, (unsigned long)to);
    last_rule = rule;
    from = address;
    to = address + PAGE;
}

static void compare(const struct core *ours, const struct core *theirs, uint64_t address) {
    unsigned char a[PAGE], b[PAGE];
    int has_a = page_of(ours, address, a), has_b = page_of(theirs, address, b);
    int asked = 0;
    if (address >= vvar_from && address < vvar_to) {
        note("vvar", address);
        allowed++;
        return;
    }
    if (address >= VSYSCALL) {
        note("vsyscall", address);
        allowed++;
        return;
    }
    if (!has_a && !has_b) return;
    if (!has_a || !has_b) {
        ssize_t got = pread(memory, has_a ? b : a, PAGE, (off_t)address);
        asked = got == PAGE;
        if (!asked && is_zero(has_a ? a : b)) {
            zeros++;
            return;
        }
        if (!asked) {
            note("unreadable", address);
            allowed++;
            return;
        }
    }
    if (memcmp(a, b, PAGE) == 0) {
        /* What only gcore holds and is not zero is what we left out. */
        if (!has_a && !is_zero(b)) {
            int in_file = is_in_file(address, b);
            note(in_file ? "file" : "LEFT OUT", address);
            if (in_file) allowed++;
            else wrong++;
        } else if (asked) {
            by_process++;
        } else {
            equal++;
        }
    } else if (differs_below_stack_only(ours, address, a, b)) {
        note("below-sp", address);
        allowed++;
    } else {
        note("DIFFERS", address);
        wrong++;
    }
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    struct core ours = core_open(argv[1]), theirs = core_open(argv[2]);
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/mem", argv[3]);
    memory = open(path, O_RDONLY);
    if (memory < 0) core_fail(path, strerror(errno));
    read_maps(argv[3]);
    const struct core *cores[] = {&ours, &theirs};
    for (int c = 0; c < 2; c++) {
        for (size_t i = 0; i < cores[c]->count; i++) {
            const struct segment *segment = &cores[c]->segments[i];
            /* Only what a core holds: reserved ranges may be terabytes. */
            for (uint64_t at = 0; at < segment->in_file; at += PAGE) {
                uint64_t ignored, address = segment->address + at;
                if (c == 1 && core_bytes(&ours, address, &ignored) != NULL) continue;
                compare(&ours, &theirs, address);
            }
        }
    }
    note("", 1);
    printf("equal %lu, only in one core and equal to the process %lu, zeros %lu, by rule %lu, wrong %lu\n",
        (unsigned long)equal, (unsigned long)by_process, (unsigned long)zeros, (unsigned long)allowed,
        (unsigned long)wrong);
    return wrong > 0;
}
