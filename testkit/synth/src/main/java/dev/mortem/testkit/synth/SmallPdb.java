package dev.mortem.testkit.synth;

/** Whole PDBs, ready-made: those of {@link SmallPe}'s images. */
public final class SmallPdb {
    private SmallPdb() {}

    /** shop::total with Cart::sum inlined, and in that shop::price; a thunk; two public symbols. */
    public static PdbSynth x64() {
        PdbSynth pdb = PdbSynth.x64(SmallPe.GUID, 1);
        int sum = pdb.memberId("Cart", "sum");
        int price = pdb.functionId("shop", "price");
        PdbModuleSynth module = pdb.module("total.obj");
        module.procedure("shop::total", 0, 0x40)
                // code +8, line +1; code +4 of length 16
                .inlineSite(sum, "0b 28 03 04 04 10")
                // +12, in prices.h, line +2; of length 4
                .inlineSite(
                        price,
                        "05 %02x 06 04 03 0c 04 04".formatted(module.fileId("c:\\shop\\prices.h")))
                .endInline()
                .endInline()
                .end()
                .thunk("import", 0x50, 6)
                .separated(0x80, 0x10, 0)
                .lines(0, 0x40, "c:\\shop\\total.cc", 0, 10, 8, 11, 0x20, 12, 0x30, 0xfeefee)
                .lines(0x80, 0x10, "c:\\shop\\total.cc", 0, 13)
                .inlinee(sum, "c:\\shop\\cart.h", 20)
                .inlinee(price, "c:\\shop\\cart.h", 30);
        pdb.module("library.obj").code(0x100, 0x80).label("entry", 0x140);
        return pdb.publicFunction("?total@shop@@YAHXZ", 0).publicFunction("?open@@YAXXZ", 0x120);
    }

    /** 32-bit x86, with both kinds of frame records. */
    public static PdbSynth x86() {
        PdbSynth pdb = PdbSynth.x86(SmallPe.GUID, 1);
        pdb.module("main.obj")
                .procedure("main", 0, 0x40)
                .end()
                .lines(0, 0x40, "c:\\shop\\main.c", 0, 1);
        return pdb.publicFunction("_main", 0)
                .frameData(
                        0x1000,
                        0x40,
                        8,
                        4,
                        4,
                        "$T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + =")
                .frameData(0x1010, 0x10, 8, 4, 4, "$T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + =")
                .fpo(0x1040, 0x20, 2, 1, 3, true);
    }

    /** A tool swapped the code that was at 0x1000 and 0x1100, and put one more byte between. */
    public static PdbSynth rearranged() {
        PdbSynth pdb = PdbSynth.x64(SmallPe.GUID, 1);
        pdb.module("a.obj")
                .procedure("first", 0, 0x100)
                .end()
                .procedure("second", 0x100, 0x80)
                .end()
                .lines(0, 0x100, "a.c", 0, 1)
                .lines(0x100, 0x80, "a.c", 0, 2);
        pdb.publicFunction("first", 0).publicFunction("second", 0x100);
        return pdb.rearranged(
                new int[] {0x1000, 0x1100, 0x1080, 0, 0x1081, 0x1000, 0x1181, 0x1180},
                new int[] {0x1000, 0x1081, 0x1100, 0x1000, 0x1180, 0x1181},
                0x1000);
    }
}
