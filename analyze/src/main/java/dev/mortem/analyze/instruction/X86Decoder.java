package dev.mortem.analyze.instruction;

import dev.mortem.analyze.instruction.Instruction.Access;
import dev.mortem.analyze.instruction.Instruction.AccessKind;
import dev.mortem.analyze.instruction.Instruction.Kind;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decodes one x86-64 instruction in 64-bit mode (Intel 64 and IA-32 Architectures Software
 * Developer's
 * Manual, volume 2, chapter 2 for the form, appendix A for the opcode maps).
 *
 * <p>It knows every instruction's length and what it does to memory, as far as compilers and
 * libraries
 * use them. What it does not know it answers with nothing, never with a guess. One object decodes
 * one
 * instruction; it belongs to one thread.
 */
public final class X86Decoder {
    /** The CPU refuses anything longer. */
    public static final int SIZE_BYTES_MAX = 15;

    private static final String[] REGISTERS = {
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
        "r13", "r14", "r15"
    };

    private final byte[] code;
    private int at;
    private boolean operandSize16;
    private boolean addressSize32;
    private boolean repeat;
    private boolean repeatNot;
    private Optional<String> segment = Optional.empty();
    private int rex;
    /** 0 for legacy encodings, else the vector's bytes: 16, 32 or 64. */
    private int vectorBytes;

    private boolean evex;
    private boolean broadcast;

    private int modrm = -1;
    private Optional<MemoryOperand> memory = Optional.empty();
    private boolean shortDisplacement;
    private boolean aligned;
    private final List<Access> accesses = new ArrayList<>();
    private Optional<String> target = Optional.empty();
    private Kind kind = Kind.ORDINARY;

    private X86Decoder(byte[] code) {
        this.code = code;
    }

    /**
     * The instruction at the start of {@code code}; empty where it is cut, invalid or not
     * known.
     */
    public static Optional<Instruction> decode(byte[] code) {
        X86Decoder decoder = new X86Decoder(code);
        try {
            return decoder.instruction();
        } catch (CutException cut) {
            return Optional.empty();
        }
    }

    /** The bytes end inside the instruction, or it is longer than any may be. */
    private static final class CutException extends Exception {
        private static final long serialVersionUID = 1L;

        CutException() {
            super("cut", null, false, false);
        }
    }

    private Optional<Instruction> instruction() throws CutException {
        int opcode = prefixes();
        boolean known = switch (opcode) {
            case 0xc4, 0xc5 -> vex(opcode);
            case 0x62 -> evexPrefix();
            case 0x0f -> twoBytes(next());
            default -> oneByte(opcode);
        };
        return known
                ? Optional.of(new Instruction(at, kind, accesses, target, aligned))
                : Optional.empty();
    }

    private int prefixes() throws CutException {
        while (true) {
            int octet = next();
            switch (octet) {
                case 0x66 -> operandSize16 = true;
                case 0x67 -> addressSize32 = true;
                case 0xf2 -> {
                    repeatNot = true;
                    repeat = false;
                }
                case 0xf3 -> {
                    repeat = true;
                    repeatNot = false;
                }
                case 0x64 -> segment = Optional.of("fs");
                case 0x65 -> segment = Optional.of("gs");
                case 0xf0, 0x2e, 0x36, 0x3e, 0x26 -> {
                    // lock, and segments whose base is 0 in 64-bit mode
                }
                default -> {
                    if ((octet & 0xf0) != 0x40) {
                        return octet;
                    }
                    rex = octet;
                    int opcode = next();
                    boolean prefixFollows = (opcode & 0xf0) == 0x40
                            || opcode == 0x66
                            || opcode == 0x67
                            || (opcode & 0xfe) == 0x64
                            || (opcode & 0xfe) == 0xf2
                            || opcode == 0xf0;
                    if (!prefixFollows) {
                        return opcode;
                    }
                    rex = 0; // a REX prefix counts only right before the opcode
                    at--;
                }
            }
        }
    }

    private boolean oneByte(int opcode) throws CutException {
        if (opcode < 0x40) {
            return arithmetic(opcode);
        }
        int high = opcode & 0xf0;
        if (high == 0x50) {
            return opcode < 0x58 ? push() : pop();
        }
        if (high == 0x70) {
            return immediate(1);
        }
        if (high == 0xb0) {
            return immediate(opcode < 0xb8 ? 1 : wide() ? 8 : operandSize16 ? 2 : 4);
        }
        if (opcode >= 0xd8 && opcode <= 0xdf) {
            return floatingPoint(opcode);
        }
        return switch (opcode) {
            case 0x63 -> modrm(AccessKind.READ, 4, 0);
            case 0x68 -> immediate(word4()) && push();
            case 0x6a -> immediate(1) && push();
            case 0x69 -> modrm(AccessKind.READ, word(), word4());
            case 0x6b -> modrm(AccessKind.READ, word(), 1);
            case 0x6c, 0x6d, 0x6e, 0x6f, 0xec, 0xed, 0xee, 0xef, 0xf4, 0xfa, 0xfb ->
                is(Kind.PRIVILEGED);
            case 0xe4, 0xe5, 0xe6, 0xe7 -> immediate(1) && is(Kind.PRIVILEGED);
            case 0x80 -> group1(1, 1);
            case 0x81 -> group1(word(), word4());
            case 0x83 -> group1(word(), 1);
            case 0x84 -> modrm(AccessKind.READ, 1, 0);
            case 0x85 -> modrm(AccessKind.READ, word(), 0);
            case 0x86 -> modrm(AccessKind.READ_WRITE, 1, 0);
            case 0x87 -> modrm(AccessKind.READ_WRITE, word(), 0);
            case 0x88 -> modrm(AccessKind.WRITE, 1, 0);
            case 0x89 -> modrm(AccessKind.WRITE, word(), 0);
            case 0x8a -> modrm(AccessKind.READ, 1, 0);
            case 0x8b -> modrm(AccessKind.READ, word(), 0);
            case 0x8c -> modrm(AccessKind.WRITE, 2, 0);
            case 0x8d -> addressOnly(0);
            case 0x8e -> modrm(AccessKind.READ, 2, 0);
            case 0x8f -> modrm(AccessKind.WRITE, stackWord(), 0) && pop();
            default -> oneByteFromA0(opcode);
        };
    }

    private boolean oneByteFromA0(int opcode) throws CutException {
        return switch (opcode) {
            case 0xa0, 0xa1, 0xa2, 0xa3 -> absolute(opcode);
            case 0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf -> string(opcode);
            case 0xa8, 0xcd, 0xeb, 0xe0, 0xe1, 0xe2, 0xe3 -> immediate(1);
            case 0xa9 -> immediate(word4());
            case 0xc0 -> modrm(AccessKind.READ_WRITE, 1, 1);
            case 0xc1 -> modrm(AccessKind.READ_WRITE, word(), 1);
            case 0xc2 -> immediate(2) && is(Kind.RETURN) && pop();
            case 0xc3 -> is(Kind.RETURN) && pop();
            case 0xc6 -> modrm(AccessKind.WRITE, 1, 1);
            case 0xc7 -> modrm(AccessKind.WRITE, word(), word4());
            case 0xc8 -> immediate(3) && push();
            case 0xc9 -> accessAt("rbp", 0, AccessKind.READ, 8);
            case 0xcc, 0xf1 -> is(Kind.BREAKPOINT);
            case 0xd0, 0xd2 -> modrm(AccessKind.READ_WRITE, 1, 0);
            case 0xd1, 0xd3 -> modrm(AccessKind.READ_WRITE, word(), 0);
            case 0xd7 -> accessAt("rbx", 0, AccessKind.READ, 1);
            case 0xe8 -> immediate(4) && is(Kind.CALL) && push();
            case 0xe9 -> immediate(4) && is(Kind.JUMP);
            case 0xf6 -> group3(1);
            case 0xf7 -> group3(word());
            case 0xfe -> modrm(AccessKind.READ_WRITE, 1, 0);
            case 0xff -> group5();
            case 0x9c -> push();
            case 0x9d -> pop();
            case 0x90,
                    0x91,
                    0x92,
                    0x93,
                    0x94,
                    0x95,
                    0x96,
                    0x97,
                    0x98,
                    0x99,
                    0x9b,
                    0x9e,
                    0x9f,
                    0xf5,
                    0xf8,
                    0xf9,
                    0xfc,
                    0xfd,
                    0xca,
                    0xcb,
                    0xcf -> immediate(opcode == 0xca ? 2 : 0);
            default -> false;
        };
    }

    /** add, or, adc, sbb, and, sub, xor, cmp in their six forms. */
    private boolean arithmetic(int opcode) throws CutException {
        boolean compare = opcode >= 0x38;
        return switch (opcode & 7) {
            case 0 -> modrm(compare ? AccessKind.READ : AccessKind.READ_WRITE, 1, 0);
            case 1 -> modrm(compare ? AccessKind.READ : AccessKind.READ_WRITE, word(), 0);
            case 2 -> modrm(AccessKind.READ, 1, 0);
            case 3 -> modrm(AccessKind.READ, word(), 0);
            case 4 -> immediate(1);
            case 5 -> immediate(word4());
            default -> false;
        };
    }

    private boolean group1(int sizeBytes, int immediateBytes) throws CutException {
        readModrm();
        return operand(extension() == 7 ? AccessKind.READ : AccessKind.READ_WRITE, sizeBytes)
                && immediate(immediateBytes);
    }

    /** test, not, neg, mul, imul, div, idiv. */
    private boolean group3(int sizeBytes) throws CutException {
        readModrm();
        int operation = extension();
        if (operation >= 6) {
            kind = Kind.DIVIDE;
        }
        boolean changes = operation == 2 || operation == 3;
        return operand(changes ? AccessKind.READ_WRITE : AccessKind.READ, sizeBytes)
                && immediate(operation > 1 ? 0 : Math.min(sizeBytes, 4));
    }

    /** inc, dec, call, far call, jmp, far jmp, push. */
    private boolean group5() throws CutException {
        readModrm();
        int operation = extension();
        if (operation <= 1) {
            return operand(AccessKind.READ_WRITE, word());
        }
        if (operation == 7) {
            return false;
        }
        if (operation == 6) {
            return operand(AccessKind.READ, stackWord()) && push();
        }
        kind = operation <= 3 ? Kind.CALL : Kind.JUMP;
        if (memory.isEmpty()) {
            target = Optional.of(REGISTERS[(modrm & 7) | ((rex & 1) << 3)]);
        }
        return operand(AccessKind.READ, 8) && (kind == Kind.JUMP || push());
    }

    private boolean string(int opcode) {
        kind = Kind.STRING;
        int sizeBytes = (opcode & 1) == 0 ? 1 : word();
        return switch (opcode & 0xfe) {
            case 0xa4 ->
                accessAt("rsi", 0, AccessKind.READ, sizeBytes)
                        && accessAt("rdi", 0, AccessKind.WRITE, sizeBytes);
            case 0xa6 ->
                accessAt("rsi", 0, AccessKind.READ, sizeBytes)
                        && accessAt("rdi", 0, AccessKind.READ, sizeBytes);
            case 0xaa -> accessAt("rdi", 0, AccessKind.WRITE, sizeBytes);
            case 0xac -> accessAt("rsi", 0, AccessKind.READ, sizeBytes);
            default -> accessAt("rdi", 0, AccessKind.READ, sizeBytes);
        };
    }

    /** mov between the accumulator and an address that stands in the instruction. */
    private boolean absolute(int opcode) throws CutException {
        long address = number(addressSize32 ? 4 : 8);
        memory = Optional.of(new MemoryOperand(
                Optional.empty(), Optional.empty(), 1, address, segment, addressSize32 ? 4 : 8));
        return operand(
                opcode < 0xa2 ? AccessKind.READ : AccessKind.WRITE, (opcode & 1) == 0 ? 1 : word());
    }

    /** The x87 escapes; with a register operand they touch no memory. */
    private boolean floatingPoint(int opcode) throws CutException {
        readModrm();
        int operation = extension();
        boolean writes = switch (opcode) {
            case 0xd9 -> operation == 2 || operation == 3 || operation >= 6;
            case 0xdb -> (operation >= 1 && operation <= 3) || operation == 7;
            case 0xdd -> (operation >= 1 && operation <= 3) || operation >= 6;
            case 0xdf -> (operation >= 1 && operation <= 3) || operation >= 6;
            default -> false;
        };
        int sizeBytes = switch (opcode) {
            case 0xd8, 0xda -> 4;
            case 0xd9 -> operation < 4 ? 4 : (operation & 1) == 1 ? 2 : 28;
            case 0xdb -> operation >= 5 ? 10 : 4;
            case 0xdc -> 8;
            case 0xdd -> operation < 4 ? 8 : operation == 7 ? 2 : 108;
            case 0xde -> 2;
            default -> operation < 4 ? 2 : operation == 4 || operation == 6 ? 10 : 8;
        };
        return operand(writes ? AccessKind.WRITE : AccessKind.READ, sizeBytes);
    }

    /** The 0F map. */
    private boolean twoBytes(int opcode) throws CutException {
        int high = opcode & 0xf0;
        if (opcode == 0x38) {
            return map38(next());
        }
        if (opcode == 0x3a) {
            return map3a(next());
        }
        if (vectorBytes == 0) {
            if (high == 0x40) {
                return modrm(AccessKind.READ, word(), 0);
            }
            if (high == 0x80) {
                return immediate(4);
            }
            if (high == 0x90) {
                return modrm(AccessKind.WRITE, 1, 0);
            }
            if (opcode >= 0xc8 && opcode <= 0xcf) {
                return true;
            }
        }
        return (X86TwoByteMap.isInteger(opcode) && vectorBytes == 0)
                ? twoBytesInteger(opcode)
                : twoBytesVector(opcode);
    }

    private boolean twoBytesInteger(int opcode) throws CutException {
        return switch (opcode) {
            case 0x00, 0x01 -> systemGroup();
            case 0x02, 0x03 -> modrm(AccessKind.READ, 2, 0);
            case 0x05, 0x34 -> is(Kind.SYSTEM_CALL);
            case 0x06, 0x07, 0x08, 0x09, 0x30, 0x32, 0x35 -> is(Kind.PRIVILEGED);
            case 0x20, 0x21, 0x22, 0x23 -> addressOnly(0) && is(Kind.PRIVILEGED);
            case 0x31, 0x33, 0xa2, 0x77 -> true;
            case 0x0b -> is(Kind.UNDEFINED);
            case 0xb9, 0xff -> addressOnly(0) && is(Kind.UNDEFINED);
            case 0x0d, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f -> addressOnly(0);
            case 0xa0, 0xa8 -> push();
            case 0xa1, 0xa9 -> pop();
            case 0xa3 -> modrm(AccessKind.READ, word(), 0);
            case 0xa4, 0xac -> modrm(AccessKind.READ_WRITE, word(), 1);
            case 0xa5, 0xab, 0xad, 0xb1, 0xb3, 0xbb, 0xc1 ->
                modrm(AccessKind.READ_WRITE, word(), 0);
            case 0xb0, 0xc0 -> modrm(AccessKind.READ_WRITE, 1, 0);
            case 0xae -> saveGroup();
            case 0xaf, 0xb8, 0xbc, 0xbd -> modrm(AccessKind.READ, word(), 0);
            case 0xb2, 0xb4, 0xb5 -> modrm(AccessKind.READ, word() + 2, 0);
            case 0xb6, 0xbe -> modrm(AccessKind.READ, 1, 0);
            case 0xb7, 0xbf -> modrm(AccessKind.READ, 2, 0);
            case 0xba -> bitTest();
            case 0xc3 -> modrm(AccessKind.WRITE, word(), 0);
            case 0xc7 -> exchangeGroup();
            default -> false;
        };
    }

    private boolean systemGroup() throws CutException {
        readModrm();
        return memory.isEmpty() || operand(extension() < 2 ? AccessKind.WRITE : AccessKind.READ, 0);
    }

    /** fxsave, fxrstor, ldmxcsr, stmxcsr, xsave, xrstor, xsaveopt, clflush; fences and rdfsbase. */
    private boolean saveGroup() throws CutException {
        readModrm();
        return switch (extension()) {
            case 0 -> operand(AccessKind.WRITE, 512);
            case 1 -> operand(AccessKind.READ, 512);
            case 2 -> operand(AccessKind.READ, 4);
            case 3 -> operand(AccessKind.WRITE, 4);
            case 4, 6 -> operand(AccessKind.WRITE, 0);
            case 5 -> operand(AccessKind.READ, 0);
            default -> operand(AccessKind.READ, 1);
        };
    }

    private boolean bitTest() throws CutException {
        readModrm();
        return operand(extension() == 4 ? AccessKind.READ : AccessKind.READ_WRITE, word())
                && immediate(1);
    }

    /** cmpxchg8b, cmpxchg16b, xsavec; rdrand and rdseed on registers. */
    private boolean exchangeGroup() throws CutException {
        readModrm();
        return extension() == 1
                ? operand(AccessKind.READ_WRITE, wide() ? 16 : 8)
                : operand(AccessKind.WRITE, 0);
    }

    private boolean twoBytesVector(int opcode) throws CutException {
        if (opcode == 0x77) {
            return true; // vzeroupper, vzeroall
        }
        int immediateBytes = X86TwoByteMap.hasImmediate(opcode) ? 1 : 0;
        boolean scalarSingle = repeat;
        boolean scalarDouble = repeatNot;
        int packed = vectorBytes != 0 ? vectorBytes : 16;
        int byPrefix = scalarSingle ? 4 : scalarDouble ? 8 : packed;
        int integer = vectorBytes != 0 ? vectorBytes : operandSize16 ? 16 : 8;
        aligned = X86TwoByteMap.isAligned(opcode, operandSize16);
        return switch (opcode) {
            case 0x10, 0x51, 0x58, 0x59, 0x5a, 0x5c, 0x5d, 0x5e, 0x5f, 0xc2 ->
                modrm(AccessKind.READ, byPrefix, immediateBytes);
            case 0x11 -> modrm(AccessKind.WRITE, byPrefix, 0);
            case 0x12 -> modrm(AccessKind.READ, repeat ? packed : 8, 0);
            case 0x16 -> modrm(AccessKind.READ, repeat ? packed : 8, 0);
            case 0x13, 0x17 -> modrm(AccessKind.WRITE, 8, 0);
            case 0x2a, 0x2c, 0x2d -> modrm(AccessKind.READ, scalarSingle ? 4 : 8, 0);
            case 0x2e, 0x2f -> modrm(AccessKind.READ, operandSize16 ? 8 : 4, 0);
            case 0x29, 0x2b -> modrm(AccessKind.WRITE, packed, 0);
            case 0x52, 0x53 -> modrm(AccessKind.READ, byPrefix, 0);
            case 0x6e -> modrm(AccessKind.READ, wide() ? 8 : 4, 0);
            case 0x7e ->
                repeat ? modrm(AccessKind.READ, 8, 0) : modrm(AccessKind.WRITE, wide() ? 8 : 4, 0);
            case 0x7f -> modrm(AccessKind.WRITE, repeat || repeatNot ? packed : integer, 0);
            case 0x6f -> modrm(AccessKind.READ, repeat || repeatNot ? packed : integer, 0);
            case 0xc4 -> modrm(AccessKind.READ, 2, 1);
            case 0xd6 -> modrm(AccessKind.WRITE, 8, 0);
            case 0xe7 -> modrm(AccessKind.WRITE, integer, 0);
            case 0xe6 -> modrm(AccessKind.READ, repeat ? 8 : packed, 0);
            case 0xf7 -> addressOnly(0) && accessAt("rdi", 0, AccessKind.WRITE, integer);
            case 0x90 -> modrm(AccessKind.READ, 8, 0); // kmov, VEX only
            case 0x91 -> modrm(AccessKind.WRITE, 8, 0);
            default ->
                X86TwoByteMap.isVector(opcode)
                        && modrm(
                                AccessKind.READ,
                                opcode >= 0x60 && opcode != 0x70 ? integer : packed,
                                immediateBytes);
        };
    }

    private boolean map38(int opcode) throws CutException {
        int packed = vectorBytes != 0 ? vectorBytes : operandSize16 ? 16 : 8;
        if (vectorBytes == 0 && (opcode == 0xf0 || opcode == 0xf1)) {
            boolean store = opcode == 0xf1 && !repeatNot; // movbe; with F2 it is crc32
            int sizeBytes = opcode == 0xf0 && repeatNot ? 1 : word();
            return modrm(store ? AccessKind.WRITE : AccessKind.READ, sizeBytes, 0);
        }
        if (vectorBytes != 0 && (opcode == 0x2e || opcode == 0x2f || opcode == 0x8e)) {
            return modrm(AccessKind.WRITE, packed, 0);
        }
        boolean store = evex
                && ((repeat && opcode >= 0x10 && opcode <= 0x35) // vpmov: down-converting stores
                        || opcode == 0x63
                        || opcode == 0x8a
                        || opcode == 0x8b
                        || (opcode >= 0xa0 && opcode <= 0xa3));
        int sizeBytes = switch (opcode) {
            case 0x18, 0x58 -> 4;
            case 0x19, 0x59 -> 8;
            case 0x1a, 0x5a -> 16;
            case 0x78 -> 1;
            case 0x79 -> 2;
            case 0x20, 0x23, 0x25, 0x30, 0x33, 0x35, 0x13 -> packed / 2;
            case 0x21, 0x24, 0x31, 0x34 -> packed / 4;
            case 0x22, 0x32 -> packed / 8;
            case 0xf2, 0xf3, 0xf5, 0xf6, 0xf7 -> wide() ? 8 : 4;
            default ->
                opcode >= 0x96 && (opcode & 0x0f) >= 8 && (opcode & 1) == 1 && opcode < 0xc0
                        ? wide() ? 8 : 4
                        : packed;
        };
        return modrm(store ? AccessKind.WRITE : AccessKind.READ, sizeBytes, 0);
    }

    private boolean map3a(int opcode) throws CutException {
        int packed = vectorBytes != 0 ? vectorBytes : operandSize16 ? 16 : 8;
        return switch (opcode) {
            case 0x14 -> modrm(AccessKind.WRITE, 1, 1);
            case 0x15 -> modrm(AccessKind.WRITE, 2, 1);
            case 0x16 -> modrm(AccessKind.WRITE, wide() ? 8 : 4, 1);
            case 0x17 -> modrm(AccessKind.WRITE, 4, 1);
            case 0x19, 0x39 -> modrm(AccessKind.WRITE, 16, 1);
            case 0x1b, 0x3b -> modrm(AccessKind.WRITE, 32, 1);
            case 0x18, 0x38 -> modrm(AccessKind.READ, 16, 1);
            case 0x1d -> modrm(AccessKind.WRITE, packed / 2, 1);
            case 0x20 -> modrm(AccessKind.READ, 1, 1);
            case 0x21, 0x0a -> modrm(AccessKind.READ, 4, 1);
            case 0x22 -> modrm(AccessKind.READ, wide() ? 8 : 4, 1);
            case 0x0b -> modrm(AccessKind.READ, 8, 1);
            case 0xf0 -> modrm(AccessKind.READ, wide() ? 8 : 4, 1);
            default -> modrm(AccessKind.READ, packed, 1);
        };
    }

    /** Section 2.3: two or three bytes instead of prefixes, REX and escape. */
    private boolean vex(int first) throws CutException {
        int map = 1;
        int second = next();
        int last = second;
        rex = 0x40 | ((~second >> 7 & 1) << 2);
        if (first == 0xc4) {
            map = second & 0x1f;
            last = next();
            rex = 0x40 | (~second >> 5 & 7) | ((last >> 7 & 1) << 3);
        }
        vectorBytes = (last & 4) != 0 ? 32 : 16;
        return mapped(map, last & 3);
    }

    /** Section 2.7: EVEX, four bytes. */
    private boolean evexPrefix() throws CutException {
        int p0 = next();
        int p1 = next();
        int p2 = next();
        rex = 0x40 | (~p0 >> 5 & 7) | ((p1 >> 7 & 1) << 3);
        int length = p2 >> 5 & 3;
        evex = true;
        broadcast = (p2 & 0x10) != 0;
        vectorBytes = length == 0 ? 16 : length == 1 ? 32 : 64;
        return (p1 & 4) != 0 && mapped(p0 & 7, p1 & 3);
    }

    private boolean mapped(int map, int prefix) throws CutException {
        operandSize16 = prefix == 1;
        repeat = prefix == 2;
        repeatNot = prefix == 3;
        int opcode = next();
        return switch (map) {
            case 1 -> twoBytes(opcode);
            case 2 -> map38(opcode);
            case 3 -> map3a(opcode);
            default -> false;
        };
    }

    private boolean modrm(AccessKind access, int sizeBytes, int immediateBytes)
            throws CutException {
        readModrm();
        return operand(access, sizeBytes) && immediate(immediateBytes);
    }

    /** ModRM whose memory form is not touched: lea, nop, prefetch. */
    private boolean addressOnly(int immediateBytes) throws CutException {
        readModrm();
        return immediate(immediateBytes);
    }

    /** Tables 2-2 and 2-3: ModRM, SIB, displacement. */
    private void readModrm() throws CutException {
        modrm = next();
        int mode = modrm >> 6;
        if (mode == 3) {
            return;
        }
        Optional<String> base = Optional.empty();
        Optional<String> index = Optional.empty();
        int scale = 1;
        int low = modrm & 7;
        boolean wideDisplacement = mode == 2;
        if (low == 4) {
            int sib = next();
            int indexNumber = ((sib >> 3) & 7) | ((rex & 2) << 2);
            if (indexNumber != 4) {
                index = Optional.of(REGISTERS[indexNumber]);
                scale = 1 << (sib >> 6);
            }
            if ((sib & 7) == 5 && mode == 0) {
                wideDisplacement = true;
            } else {
                base = Optional.of(REGISTERS[(sib & 7) | ((rex & 1) << 3)]);
            }
        } else if (low == 5 && mode == 0) {
            base = Optional.of("rip");
            wideDisplacement = true;
        } else {
            base = Optional.of(REGISTERS[low | (rex & 1) << 3]);
        }
        shortDisplacement = mode == 1;
        long displacement =
                wideDisplacement ? (int) number(4) : shortDisplacement ? (byte) number(1) : 0;
        memory = Optional.of(new MemoryOperand(
                base, index, scale, displacement, segment, addressSize32 ? 4 : 8));
    }

    private boolean operand(AccessKind access, int sizeBytes) {
        if (memory.isEmpty()) {
            return true;
        }
        int touched = broadcast ? (wide() ? 8 : 4) : sizeBytes;
        MemoryOperand operand = memory.get();
        if (evex && shortDisplacement && touched > 0) {
            // EVEX counts a one-byte displacement in units of the operand's size (disp8*N).
            operand = new MemoryOperand(
                    operand.base(),
                    operand.index(),
                    operand.scale(),
                    operand.displacement() * touched,
                    operand.segment(),
                    operand.addressSizeBytes());
        }
        accesses.add(new Access(operand, access, touched));
        return true;
    }

    private boolean push() {
        return accessAt("rsp", -8, AccessKind.WRITE, 8);
    }

    private boolean pop() {
        return accessAt("rsp", 0, AccessKind.READ, 8);
    }

    private boolean accessAt(String register, long displacement, AccessKind access, int sizeBytes) {
        accesses.add(new Access(MemoryOperand.at(register, displacement), access, sizeBytes));
        return true;
    }

    private boolean is(Kind what) {
        kind = what;
        return true;
    }

    private boolean wide() {
        return (rex & 8) != 0;
    }

    private int word() {
        return wide() ? 8 : operandSize16 ? 2 : 4;
    }

    /** An immediate of the operand's size, which is never wider than four bytes. */
    private int word4() {
        return Math.min(4, word());
    }

    private int stackWord() {
        return operandSize16 ? 2 : 8;
    }

    private int extension() {
        return modrm >> 3 & 7;
    }

    private boolean immediate(int sizeBytes) throws CutException {
        if (at + sizeBytes > code.length || at + sizeBytes > SIZE_BYTES_MAX) {
            throw new CutException();
        }
        at += sizeBytes;
        return true;
    }

    private long number(int sizeBytes) throws CutException {
        long value = 0;
        for (int index = 0; index < sizeBytes; index++) {
            value |= (long) next() << (index * 8);
        }
        return value;
    }

    private int next() throws CutException {
        if (at >= code.length || at >= SIZE_BYTES_MAX) {
            throw new CutException();
        }
        return Byte.toUnsignedInt(code[at++]);
    }
}
