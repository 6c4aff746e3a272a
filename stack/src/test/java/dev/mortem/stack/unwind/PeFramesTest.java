package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeLayout;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.fakes.FakeSnapshot;
import dev.mortem.testkit.synth.EhFrameSynth;
import dev.mortem.testkit.synth.ElfTarget;
import dev.mortem.testkit.synth.Label;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.PeSynth;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Images of mingw on 32-bit x86 without frame pointers, linked for 0x10000000: two functions of 0x40 bytes
 * at rva 0x1000, each "sub esp, 28" with its call at 0x20. The thread stands in the first, called from the
 * second, whose caller is 0. Between the return addresses lies a stale one, which a scan would take.
 */
class PeFramesTest {
    private static final long LINKED = 0x1000_0000L;
    private static final int STACK = 0x7000;
    private static final String SUB = "43 0e 20"; // advance 3; CFA = esp + 32

    @TempDir
    private Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();
    private FakeSnapshot snapshot = windows(Cpu.X86);

    @Test
    void framesOfAnImageInMemoryAreUnwoundByItsEhFrame() {
        load(image(".eh_fram", relative()).mapped(), LINKED);
        assertUnwound(unwind(ModuleSearch.nowhere(), LINKED), LINKED);
        assertThat(diagnostics.entries()).isEmpty();
    }

    /** As 32-bit mingw writes them: what the loader has to relocate, where it moves the image. */
    @Test
    void wholeAddressesAreReadToo() {
        load(image(".eh_fram", absolute(LINKED)).mapped(), LINKED);
        assertUnwound(unwind(ModuleSearch.nowhere(), LINKED), LINKED);
    }

    /** The header still tells another place: what the pointers mean is not known. */
    @Test
    void anImageThatWasMovedIsBelievedOnlyWithItsFile() throws Exception {
        long moved = 0x2000_0000L;
        PeSynth image = image("/4", absolute(LINKED)).symbols(0, strings(".eh_frame"));
        byte[] mapped = image.mapped();
        load(mapped, moved);
        CallStack guessed = unwind(ModuleSearch.nowhere(), moved);
        assertThat(guessed.frames()).extracting(UnwoundFrame::trust).doesNotContain(FrameTrust.CFI);

        Files.write(folder.resolve("small.dll"), image.file());
        ModuleSearch search = ModuleSearch.nowhere().withSymbolPaths(List.of(folder));
        assertUnwound(unwind(search, moved), moved);
    }

    @Test
    void debugFrameOfTheFileIsUsed() throws Exception {
        PeSynth image = image("/4", debugFrame()).symbols(0, strings(".debug_frame"));
        load(image.mapped(), LINKED);
        Files.write(folder.resolve("small.dll"), image.file());
        ModuleSearch search = ModuleSearch.nowhere().withSymbolPaths(List.of(folder));
        assertUnwound(unwind(search, LINKED), LINKED);
    }

    /** On x64 exceptions go by .pdata: what that tells is not told otherwise. */
    @Test
    void whatPdataCoversIsUnwoundByIt() {
        snapshot = windows(Cpu.X86_64);
        PeSynth image = new PeSynth(PeSynth.AMD64);
        Layout text = code(image.section(".text", PeSynth.CODE));
        Layout data = image.section(".rdata", PeSynth.DATA);
        Label info = data.here();
        data.hex("01 04 01 00 04 42 00 00"); // sub rsp, 40
        Label table = data.here();
        data.u4(text.start()).u4(text.start().plus(0x40)).u4(info);
        image.directory(PeSynth.EXCEPTION, table, data.here());
        Layout frames = image.section(".eh_fram", PeSynth.DATA);
        text.start().set(0x1000);
        frames.start().set(0x3000);
        // Of the first, a wrong size; the second has no entry in .pdata, and this one's 48 bytes.
        EhFrameSynth synth = EhFrameSynth.x86Amd64(frames.start());
        synth.function(text.start(), Label.of(0x40), layout("44 0e 80 02"));
        synth.function(text.start().plus(0x40), Label.of(0x40), layout("44 0e 30"));
        frames.bytes(synth.frames().build());
        long base = 0x1_8000_0000L;
        load(image.mapped(), base);
        snapshot.memory()
                .pointers(STACK, 0, 0, 0, 0, 0, base + 0x1065, base + 0x1025, 0, 0, 0, 0, 0);

        CallStack stack = unwind(
                ModuleSearch.nowhere(),
                RegisterContext.none(Cpu.X86_64).with("rip", base + 0x1010).with("rsp", STACK));

        assertThat(Cores.pcs(stack)).containsExactly(base + 0x1010, base + 0x1065);
        assertThat(stack.frames().get(1).trust()).isEqualTo(FrameTrust.UNWIND_INFO);
        assertThat(stack.end()).isEqualTo(new StackEnd.Complete()); // by the second's .eh_frame
    }

    /** What clang and ld make of a program for mingw, moved by the loader. */
    @Test
    void aProgramOfARealCompilerIsUnwound() throws Exception {
        Optional<Tool> clang = Tool.find("clang");
        Optional<Tool> ld = Tool.find("ld");
        assumeTrue(
                clang.isPresent()
                        && ld.isPresent()
                        && ld.get().text(List.of("-V")).contains("i386pe"),
                "needs clang, and ld for i386pe");
        Files.writeString(folder.resolve("small.c"), """
                __attribute__((noinline)) int inner(int *x) { return x[1] + x[2]; }
                __attribute__((noinline)) int outer(int a) {
                    int x[8];
                    for (int i = 0; i < 8; i++) x[i] = a * i;
                    return inner(x) + x[a & 7];
                }
                int start(void) { return outer(3) + 1; }
                """);
        Path object = folder.resolve("small.o");
        Path program = folder.resolve("small.dll");
        clang.get()
                .text(List.of(
                        "-target",
                        "i686-w64-mingw32",
                        "-O1",
                        "-fomit-frame-pointer",
                        "-fasynchronous-unwind-tables",
                        "-c",
                        "-o",
                        object.toString(),
                        folder.resolve("small.c").toString()));
        ld.get()
                .text(List.of(
                        "-m",
                        "i386pe",
                        "-e",
                        "_start",
                        "-o",
                        program.toString(),
                        object.toString()));
        byte[] file = Files.readAllBytes(program);
        PeImage image = PeImage.open(
                ByteSource.ofBytes("small.dll", file, ByteOrder.LITTLE_ENDIAN),
                PeLayout.FILE,
                Limits.defaults(),
                diagnostics);
        long moved = 0x2000_0000L;
        module(moved, image.header().codeId());
        List<Long> calls = returnAddresses(image.content(image.section(".text").orElseThrow()));
        assertThat(calls).hasSize(2); // in outer, then in start
        int inOuter = (int) (moved + calls.get(0));
        int inStart = (int) (moved + calls.get(1));
        // inner's return address; outer's argument, 32 bytes, 4 saved ones, return address
        snapshot.memory().u4(STACK, inOuter, 0x7008, 1, 2, 3, 4, 5, 6, 7, 8, 0x5151, inStart);
        snapshot.memory().u4(STACK + 48, 3, 0, 0, 0, 0, 0, 0, 0);

        CallStack stack = unwind(
                ModuleSearch.nowhere().withSymbolPaths(List.of(folder)),
                RegisterContext.none(Cpu.X86).with("eip", moved + 0x1000).with("esp", STACK));

        assertThat(Cores.pcs(stack).subList(0, 3))
                .containsExactly(
                        moved + 0x1000,
                        Integer.toUnsignedLong(inOuter),
                        Integer.toUnsignedLong(inStart));
        assertThat(stack.frames().get(2).trust()).isEqualTo(FrameTrust.CFI);
        assertThat(stack.frames().get(2).registers().get("esi")).hasValue(0x5151);
    }

    /** The rvas behind all "call rel32" to code of the section. */
    private static List<Long> returnAddresses(ByteSource text) throws MalformedException {
        List<Long> found = new ArrayList<>();
        for (long at = 0; at + 5 <= text.sizeBytes(); at++) {
            long target = at + 5 + text.s4("rel32", Math.min(at + 1, text.sizeBytes() - 4));
            if (text.u1("opcode", at) == 0xe8 && target >= 0 && target < text.sizeBytes()) {
                found.add(0x1000 + at + 5);
            }
        }
        return found;
    }

    @Test
    void noFrameInformationBreaksIt() {
        byte[] mapped = image(".eh_fram", relative()).mapped();
        byte[] sound = Arrays.copyOfRange(mapped, 0x2000, 0x2080);
        SplittableRandom random = new SplittableRandom(9);
        for (int round = 0; round < 200; round++) {
            byte[] damaged = mapped.clone();
            for (int flips = random.nextInt(5); flips >= 0; flips--) {
                damaged[0x2000 + random.nextInt(sound.length)] = (byte) random.nextInt(256);
            }
            snapshot = windows(Cpu.X86);
            load(damaged, LINKED);
            CallStack stack = unwind(ModuleSearch.nowhere(), LINKED);
            assertThat(stack.frames()).isNotEmpty().hasSizeLessThan(40);
        }
    }

    private static void assertUnwound(CallStack stack, long base) {
        assertThat(Cores.pcs(stack)).containsExactly(base + 0x1010, base + 0x1065);
        assertThat(stack.frames().get(1).trust()).isEqualTo(FrameTrust.CFI);
        assertThat(stack.frames().get(1).registers().get("esp")).hasValue(STACK + 32);
        assertThat(stack.end()).isEqualTo(new StackEnd.Complete());
    }

    private interface Frames {
        byte[] build(Layout section, Label code);
    }

    private static Frames relative() {
        return (section, code) -> {
            EhFrameSynth frames = new EhFrameSynth(
                    ElfTarget.I386, section.start(), 1, -4, 8, layout("0c 04 04 88 01"));
            frames.function(code, Label.of(0x40), layout(SUB));
            frames.function(code.plus(0x40), Label.of(0x40), layout(SUB));
            return frames.frames().build();
        };
    }

    /** A CIE without augmentation, whose FDEs have whole addresses. */
    private static Frames absolute(long base) {
        return (section, code) -> {
            Layout frames = new Layout(ByteOrder.LITTLE_ENDIAN, 4, Label.of(0));
            frames.u4(16).u4(0).hex("01 00 01 7c 08 0c 04 04 88 01 00 00");
            for (int function = 0; function < 2; function++) {
                int at = frames.sizeBytes() + 4;
                frames.u4(16).u4(at).u4(base + 0x1000 + 0x40L * function).u4(0x40);
                frames.hex(SUB + " 00");
            }
            return frames.u4(0).build();
        };
    }

    private static Frames debugFrame() {
        return (section, code) -> {
            Layout frames = new Layout(ByteOrder.LITTLE_ENDIAN, 4, Label.of(0));
            frames.u4(16).u4(-1).hex("01 00 01 7c 08 0c 04 04 88 01 00 00");
            for (int function = 0; function < 2; function++) {
                frames.u4(16).u4(0).u4(LINKED + 0x1000 + 0x40L * function).u4(0x40);
                frames.hex(SUB + " 00");
            }
            return frames.build();
        };
    }

    private static PeSynth image(String sectionName, Frames frames) {
        PeSynth image = new PeSynth(PeSynth.I386);
        Layout text = code(image.section(".text", PeSynth.CODE));
        Layout section = image.section(sectionName, PeSynth.DATA);
        Label code = text.start();
        section.bytes(framesOf(frames, section, code));
        return image;
    }

    /** The labels are set here as the image will set them: code at 0x1000, what follows at 0x2000. */
    private static byte[] framesOf(Frames frames, Layout section, Label code) {
        code.set(0x1000);
        section.start().set(0x2000);
        return frames.build(section, code);
    }

    private static Layout code(Layout text) {
        for (int function = 0; function < 2; function++) {
            text.zeros(0x20).hex("e8 00 00 00 00").zeros(0x1b);
        }
        return text;
    }

    private static byte[] strings(String name) {
        return new Layout(ByteOrder.LITTLE_ENDIAN, 4, Label.of(0))
                .u4(4 + name.length() + 1)
                .cString(name)
                .build();
    }

    private void load(byte[] mapped, long base) {
        snapshot.memory().put(base, mapped);
        module(base, new CodeId(0x5ab3_8077, mapped.length));
    }

    private void module(long base, CodeId id) {
        snapshot.module(new LoadedModule(
                AddressRange.ofSize(base, id.sizeOfImage()),
                "C:\\app\\small.dll",
                List.of(),
                Optional.empty(),
                false,
                Optional.of(new ImageIdentity(
                        Optional.of(id),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()))));
    }

    private CallStack unwind(ModuleSearch search, long base) {
        int stale = (int) base + 0x1025;
        int caller = (int) base + 0x1065;
        snapshot.memory().u4(STACK, 0, stale, 0, 0, 0, 0, 0, caller);
        snapshot.memory().u4(STACK + 32, 0, 0, stale, 0, 0, 0, 0, 0, 0);
        return unwind(
                search,
                RegisterContext.none(Cpu.X86)
                        .with("eip", base + 0x1010)
                        .with("esp", STACK)
                        .with("ebp", 3));
    }

    private CallStack unwind(ModuleSearch search, RegisterContext registers) {
        Limits limits = Limits.defaults();
        try (ModuleImages images = ModuleImages.of(snapshot, search, limits, diagnostics)) {
            return new StackUnwinder(snapshot, images, limits, diagnostics)
                    .unwind(ThreadSnapshot.of(1, Optional.of(registers), List.of()));
        }
    }

    private static Layout layout(String hex) {
        return new Layout(ByteOrder.LITTLE_ENDIAN, 4, Label.of(0)).hex(hex);
    }

    private static FakeSnapshot windows(Cpu cpu) {
        return new FakeSnapshot(Machine.of(cpu))
                .facts(ProcessFacts.builder().os("Windows", "10.0").build());
    }
}
