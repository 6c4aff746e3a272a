/*
 * Whether cores of bench/src/counter.c are of one moment.
 *
 *   check_counter ADDRESS PAGES PAGE_SIZE CORE...
 *
 * The words must be k+1 up to some page and k from there: they fall at one place at most, by exactly one,
 * and never rise. Prints a line for each core that breaks this, then "K of N"; ends with 1 if K is less
 * than N. A core that cannot be read ends it with 2.
 */
#include "core_segments.h"

static uint64_t word_at(const struct core *core, uint64_t address) {
    uint64_t available, word;
    const unsigned char *bytes = core_bytes(core, address, &available);
    if (bytes == NULL || available < sizeof word) core_fail(core->path, "does not hold the counted pages");
    memcpy(&word, bytes, sizeof word);
    return word;
}

static int is_consistent(const struct core *core, uint64_t address, uint64_t pages, uint64_t page_size) {
    uint64_t falls = 0, first_wrong = 0, before = 0, after = 0;
    int wrong = 0;
    uint64_t last = word_at(core, address);
    if (last == 0) core_fail(core->path, "nothing was counted");
    for (uint64_t i = 1; i < pages; i++) {
        uint64_t word = word_at(core, address + i * page_size);
        if (word != last) {
            falls++;
            if (!wrong && (falls > 1 || word + 1 != last)) {
                wrong = 1;
                first_wrong = i;
                before = last;
                after = word;
            }
        }
        last = word;
    }
    if (wrong) {
        printf("%s: page %lu has %lu after %lu, %lu changes in all\n", core->path, (unsigned long)first_wrong,
            (unsigned long)after, (unsigned long)before, (unsigned long)falls);
    }
    munmap((void *)core->bytes, core->length);
    free(core->segments);
    return !wrong;
}

int main(int argc, char **argv) {
    if (argc < 5) return 2;
    uint64_t address = strtoull(argv[1], NULL, 16), pages = strtoull(argv[2], NULL, 10);
    uint64_t page_size = strtoull(argv[3], NULL, 10);
    int good = 0;
    for (int i = 4; i < argc; i++) {
        struct core core = core_open(argv[i]);
        good += is_consistent(&core, address, pages, page_size);
    }
    printf("%d of %d\n", good, argc - 4);
    return good < argc - 4;
}
