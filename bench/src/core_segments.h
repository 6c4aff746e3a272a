/*
 * The PT_LOAD segments and the threads' stack pointers of a 64-bit little-endian ELF core file, read for
 * the checks of the benchmarks: by nobody else's code, so that an error of Mortem's does not hide itself.
 */
#ifndef CORE_SEGMENTS_H
#define CORE_SEGMENTS_H

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <unistd.h>

struct segment {
    uint64_t address, size, offset, in_file;
    uint32_t flags;
};

struct core {
    const char *path;
    const unsigned char *bytes;
    uint64_t length;
    struct segment *segments; /* by address */
    size_t count;
    uint64_t *stack_pointers;
    size_t threads;
};

static void core_fail(const char *path, const char *what) {
    fprintf(stderr, "%s: %s\n", path, what);
    exit(2);
}

static int by_address(const void *a, const void *b) {
    uint64_t x = ((const struct segment *)a)->address, y = ((const struct segment *)b)->address;
    return x < y ? -1 : x > y;
}

static void read_threads(struct core *core, uint64_t offset, uint64_t size) {
    uint64_t at = offset, end = offset + size;
    while (at + sizeof(Elf64_Nhdr) <= end) {
        const Elf64_Nhdr *note = (const Elf64_Nhdr *)(core->bytes + at);
        uint64_t data = at + sizeof *note + ((note->n_namesz + 3u) & ~3u);
        uint64_t next = data + ((note->n_descsz + 3u) & ~3u);
        if (next > end) core_fail(core->path, "a note reaches beyond its segment");
        if (note->n_type == NT_PRSTATUS && note->n_descsz >= sizeof(struct elf_prstatus)) {
            const struct elf_prstatus *status = (const struct elf_prstatus *)(core->bytes + data);
            core->stack_pointers = realloc(core->stack_pointers, (core->threads + 1) * sizeof(uint64_t));
#if defined(__x86_64__)
            core->stack_pointers[core->threads++] = ((const struct user_regs_struct *)&status->pr_reg)->rsp;
#elif defined(__aarch64__)
            core->stack_pointers[core->threads++] = ((const struct user_regs_struct *)&status->pr_reg)->sp;
#endif
        }
        at = next;
    }
}

static struct core core_open(const char *path) {
    struct core core = {.path = path};
    struct stat status;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &status) != 0) core_fail(path, "cannot be opened");
    core.length = (uint64_t)status.st_size;
    if (core.length < sizeof(Elf64_Ehdr)) core_fail(path, "too short");
    void *mapped = mmap(NULL, core.length, PROT_READ, MAP_PRIVATE, file, 0);
    if (mapped == MAP_FAILED) core_fail(path, "cannot be mapped");
    close(file);
    core.bytes = mapped;
    const Elf64_Ehdr *header = mapped;
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64
        || header->e_type != ET_CORE) {
        core_fail(path, "no 64-bit ELF core");
    }
    uint64_t count = header->e_phnum;
    if (count == PN_XNUM) {
        if (header->e_shoff + sizeof(Elf64_Shdr) > core.length) core_fail(path, "no section that counts");
        count = ((const Elf64_Shdr *)(core.bytes + header->e_shoff))->sh_info;
    }
    if (header->e_phoff > core.length || count > (core.length - header->e_phoff) / sizeof(Elf64_Phdr)) {
        core_fail(path, "more program headers than bytes");
    }
    const Elf64_Phdr *entries = (const Elf64_Phdr *)(core.bytes + header->e_phoff);
    core.segments = calloc(count + 1, sizeof *core.segments);
    for (uint64_t i = 0; i < count; i++) {
        const Elf64_Phdr *entry = &entries[i];
        if (entry->p_type != PT_LOAD && entry->p_type != PT_NOTE) continue;
        if (entry->p_offset > core.length || entry->p_filesz > core.length - entry->p_offset) {
            core_fail(path, "a segment reaches beyond the end: the file is truncated");
        }
        if (entry->p_type == PT_NOTE) {
            read_threads(&core, entry->p_offset, entry->p_filesz);
        } else {
            core.segments[core.count++] = (struct segment){
                entry->p_vaddr, entry->p_memsz, entry->p_offset, entry->p_filesz, entry->p_flags};
        }
    }
    qsort(core.segments, core.count, sizeof *core.segments, by_address);
    return core;
}

static const struct segment *core_segment(const struct core *core, uint64_t address) {
    size_t low = 0, high = core->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct segment *segment = &core->segments[middle];
        if (address < segment->address) high = middle;
        else if (address - segment->address >= segment->size) low = middle + 1;
        else return segment;
    }
    return NULL;
}

/* What a core holds of an address: from there on `available` bytes; NULL where it holds nothing. */
static const unsigned char *core_bytes(const struct core *core, uint64_t address, uint64_t *available) {
    const struct segment *segment = core_segment(core, address);
    *available = 0;
    if (segment == NULL || address - segment->address >= segment->in_file) return NULL;
    *available = segment->in_file - (address - segment->address);
    return core->bytes + segment->offset + (address - segment->address);
}

#endif
