package dev.mortem.format.go;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.Optional;

/**
 * What is needed of runtime.firstmoduledata (package runtime, symtab.go), which the linker puts among
 * the program's variables. It starts with a pointer to the pclntab and slices of its parts.
 *
 * @param text svma of the text that entries count from
 * @param etext svma of the text's end
 * @param functionData svma of {@code go:func.*}, where inlined calls are described
 */
record ModuleData(long text, long etext, long functionData) {
    private static final int TEXT_WORD = 22;
    private static final int END_WORD = 23;

    /** Behind 16 words of where data lies; Go 1.20 put two for coverage counters before it. */
    private static final int FUNCTION_DATA_WORD_1_18 = 38;

    private static final int FUNCTION_DATA_WORD_1_20 = 40;
    private static final int WORDS = 41;

    /**
     * Looks through variables for one whose pointers are those of the table.
     *
     * @param variables initialised data
     * @param table address of the pclntab as pointers in {@code variables} say it
     * @param bias of those pointers: address minus svma
     */
    static Optional<ModuleData> find(
            ByteSource variables, long table, long bias, PclnVersion version, int word)
            throws MalformedException {
        if (!version.hasOffsets()) {
            return Optional.empty();
        }
        for (long at = 0; at + (long) WORDS * word <= variables.sizeBytes(); at += word) {
            if (variables.unsigned("pcHeader", at, word) == table) {
                ByteSource data = variables.slice("moduledata", at, (long) WORDS * word);
                Optional<ModuleData> found = read(data, table, bias, version, word);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    /** Words 1 to 18 are six slices, each pointer, length, capacity; all point behind the header. */
    private static Optional<ModuleData> read(
            ByteSource data, long table, long bias, PclnVersion version, int word)
            throws MalformedException {
        long before = table;
        for (int slice = 0; slice < 5; slice++) {
            long start = data.unsigned("slice", (1 + 3L * slice) * word, word);
            if (Long.compareUnsigned(start, before) < 0) {
                return Optional.empty();
            }
            before = start;
        }
        int functionData =
                version == PclnVersion.GO_1_20 ? FUNCTION_DATA_WORD_1_20 : FUNCTION_DATA_WORD_1_18;
        long text = data.unsigned("text", (long) TEXT_WORD * word, word) - bias;
        long end = data.unsigned("etext", (long) END_WORD * word, word) - bias;
        return Long.compareUnsigned(text, end) < 0
                ? Optional.of(new ModuleData(
                        text,
                        end,
                        data.unsigned("gofunc", (long) functionData * word, word) - bias))
                : Optional.empty();
    }
}
