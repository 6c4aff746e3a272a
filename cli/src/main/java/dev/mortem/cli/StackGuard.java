package dev.mortem.cli;

import dev.mortem.os.ProcessEntry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether a thread that stands at a SIGSEGV has run off the end of its stack: the address that it wanted is
 * near its stack pointer (proc_pid_syscall(5) tells the stack pointer of a thread that stands).
 */
final class StackGuard {
    /** A function's own variables are that far below the stack pointer at most, nearly always. */
    private static final long NEAR_BYTES = 64 << 10;

    private StackGuard() {}

    /** @param address in hex, "0x7ffd00001000"; empty where the kernel told none */
    static boolean isHit(ProcessEntry entry, long threadId, Optional<String> address) {
        if (address.isEmpty()) {
            return false;
        }
        Path file = Path.of("/proc/" + entry.pid() + "/task/" + threadId + "/syscall");
        try {
            return isNear(Files.readString(file, StandardCharsets.US_ASCII), address.get());
        } catch (IOException unknown) {
            return false;
        }
    }

    /** @param syscall the file's line: ends with the stack pointer and the program counter */
    static boolean isNear(String syscall, String address) {
        String[] words = syscall.strip().split(" ", -1);
        if (words.length < 3) {
            return false; // "running"
        }
        try {
            long sp = Long.parseUnsignedLong(words[words.length - 2].replaceFirst("^0x", ""), 16);
            long at = Long.parseUnsignedLong(address.replaceFirst("^0x", ""), 16);
            return sp != 0 && Math.abs(at - sp) < NEAR_BYTES;
        } catch (NumberFormatException unknown) {
            return false;
        }
    }
}
