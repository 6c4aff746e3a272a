/* A 32-bit program without a library: as --32, ld -m elf_i386. Waits in pause() with known registers. */
    .globl _start
_start:
    movl $4, %eax
    movl $1, %ebx
    movl $text, %ecx
    movl $6, %edx
    int $0x80
    movl $0x11111111, %ebx
    movl $0x22222222, %esi
    movl $0x33333333, %edi
again:
    movl $29, %eax
    int $0x80
    jmp again
    .data
text: .ascii "ready\n"
