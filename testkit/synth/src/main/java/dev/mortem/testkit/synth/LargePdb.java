package dev.mortem.testkit.synth;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/**
 * A PDB of any size for benchmarks: modules of a thousand functions of 256 bytes each, one behind the
 * other from the start of the code. Function number N of module M is {@code shop::Mm::fN}; from its byte 16
 * on {@code shop::price}, and in it from byte 32 on {@code Cart::sum} are inlined, and each 16 bytes have a
 * line of their own. What a compiler tells of locals, and nobody here reads, fills it up.
 */
public final class LargePdb {
    public static final int FUNCTIONS_PER_MODULE = 1000;
    public static final int FUNCTION_BYTES = 256;

    private static final int BLOCK_BYTES = 4096;
    private static final int LINES = 16;
    private static final int LOCALS = 12;
    private static final int S_REGREL32 = 0x1111;

    private LargePdb() {}

    /** FILE BYTES */
    public static void main(String[] arguments) throws IOException {
        System.out.println(write(Path.of(arguments[0]), Long.parseLong(arguments[1])));
    }

    /**
     * Writes one that is at least so large.
     *
     * @return how many functions it has
     */
    public static long write(Path path, long sizeBytes) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(path.toFile(), "rw")) {
            out.setLength(0);
            MsfSynth file = MsfSynth.to(out, BLOCK_BYTES);
            PdbSynth pdb = PdbSynth.x64(SmallPe.GUID, 1).codeBytes(Integer.MAX_VALUE);
            int price = pdb.functionId("shop", "price");
            int sum = pdb.memberId("Cart", "sum");
            pdb.begin(file);
            int functions = 0;
            for (int number = 0; file.sizeBytes() < sizeBytes; number++) {
                PdbModuleSynth module = pdb.detached("module%d.obj".formatted(number));
                module.inlinee(price, "c:\\shop\\price.h", 10).inlinee(sum, "c:\\shop\\cart.h", 20);
                for (int index = 0; index < FUNCTIONS_PER_MODULE; index++, functions++) {
                    function(pdb, module, number, functions, price, sum);
                }
                pdb.emit(file, module);
            }
            pdb.finish(file);
            return functions;
        }
    }

    private static void function(
            PdbSynth pdb, PdbModuleSynth module, int number, int function, int price, int sum) {
        int offset = function * FUNCTION_BYTES;
        module.procedure("shop::M%d::f%d".formatted(number, function), offset, FUNCTION_BYTES);
        for (int local = 0; local < LOCALS; local++) {
            Layout fields = PdbModuleSynth.layout().u4(8L * local).u4(0x1234).u2(335);
            module.record(S_REGREL32, fields.cString("local%d".formatted(local)));
        }
        module.inlineSite(price, "03 10 06 02 03 10 04 40")
                .inlineSite(sum, "03 20 04 10")
                .endInline()
                .endInline()
                .end();
        int[] lines = new int[2 * LINES];
        for (int line = 0; line < LINES; line++) {
            lines[2 * line] = FUNCTION_BYTES / LINES * line;
            lines[2 * line + 1] = 1 + function % 1000 + line;
        }
        module.lines(offset, FUNCTION_BYTES, "c:\\shop\\m%d.cc".formatted(number), lines);
        pdb.publicFunction("?f%d@M%d@shop@@YAXXZ".formatted(function, number), offset);
    }
}
