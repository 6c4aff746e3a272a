package dev.mortem.dump.core;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.elf.core.AuxiliaryVector;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the kernel put on the stack at the process's start (System V ABI AMD64, figure 3.9; the same
 * on every Linux): argc, the argv pointers, a null, the envp pointers, a null, the auxiliary
 * vector, then the 16 bytes at AT_RANDOM. Found from its end, as only that address is known.
 *
 * @param arguments whole, unlike those of NT_PRPSINFO; empty where this memory is absent
 */
record StartBlock(List<String> arguments, List<String> environment) {
    /** Between the vector and AT_RANDOM are the platform's name and padding. */
    private static final int SEARCH_BYTES = 8192;

    /** Nearly all arguments are shorter; a longer one is read again. */
    private static final int SHORT_BYTES = 512;

    static StartBlock read(AuxiliaryVector vector, MemoryReader memory, Limits limits) {
        OptionalLong vectorAddress = vectorAddress(vector, memory);
        if (vectorAddress.isEmpty()) {
            return new StartBlock(List.of(), List.of());
        }
        int word = memory.machine().pointerSizeBytes();
        int wordsMax = limits.maxInt(CoreLimits.START_BLOCK_WORDS);
        List<Long> environment = new ArrayList<>();
        long at = vectorAddress.getAsLong() - 2L * word; // below the null that ends envp
        while (environment.size() < wordsMax && pointerAt(memory, at) != 0) {
            environment.addFirst(pointerAt(memory, at));
            at -= word;
        }
        List<Long> arguments = new ArrayList<>();
        at -= word; // below the null that ends argv
        while (arguments.size() < wordsMax && pointerAt(memory, at) != arguments.size()) {
            arguments.addFirst(pointerAt(memory, at));
            at -= word;
        }
        if (pointerAt(memory, at) != arguments.size() || arguments.isEmpty()) {
            return new StartBlock(
                    List.of(), List.of()); // overwritten: better nothing than nonsense
        }
        Texts texts = new Texts(memory, limits);
        return new StartBlock(texts.at(arguments), texts.at(environment));
    }

    private static OptionalLong vectorAddress(AuxiliaryVector vector, MemoryReader memory) {
        OptionalLong random = vector.value(AuxiliaryVector.AT_RANDOM);
        if (random.isEmpty() || vector.entries().size() < 2) {
            return OptionalLong.empty();
        }
        int word = memory.machine().pointerSizeBytes();
        long from = Addresses.alignDown(random.getAsLong(), word);
        for (long at = from; from - at < SEARCH_BYTES; at -= word) {
            if (isVectorAt(at, vector, memory, word)) {
                return OptionalLong.of(at);
            }
        }
        return OptionalLong.empty();
    }

    private static boolean isVectorAt(
            long address, AuxiliaryVector vector, MemoryReader memory, int word) {
        for (int index = 0; index < 2; index++) {
            AuxiliaryVector.Entry entry = vector.entries().get(index);
            long at = address + 2L * word * index;
            if (!memory.pointer(at).equals(OptionalLong.of(entry.type()))
                    || !memory.pointer(at + word).equals(OptionalLong.of(entry.value()))) {
                return false;
            }
        }
        return true;
    }

    /** The pointer there; 0, which ends every list, where memory is absent. */
    private static long pointerAt(MemoryReader memory, long address) {
        return memory.pointer(address).orElse(0);
    }

    /** Reads texts until their sum is more than a process can have. */
    private static final class Texts {
        private final MemoryReader memory;
        private final int bytesMax;
        private long left;

        private Texts(MemoryReader memory, Limits limits) {
            this.memory = memory;
            this.bytesMax = limits.maxInt(CoreLimits.ARGUMENT_BYTES);
            this.left = limits.max(CoreLimits.START_BLOCK_BYTES);
        }

        private List<String> at(List<Long> addresses) {
            List<String> texts = new ArrayList<>();
            for (long address : addresses) {
                Optional<String> text = memory.cString(address, SHORT_BYTES)
                        .or(() -> memory.cString(address, bytesMax));
                left -= text.map(String::length).orElse(0);
                if (text.isEmpty() || left < 0) {
                    break;
                }
                texts.add(text.get());
            }
            return texts;
        }
    }
}
