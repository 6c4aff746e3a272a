package dev.mortem.dump.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.core.CoreWriter;
import dev.mortem.dump.minidump.MinidumpOptions;
import dev.mortem.dump.minidump.MinidumpWriter;
import dev.mortem.dump.write.DumpWriter;
import dev.mortem.dump.write.WriteListener;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.format.minidump.MinidumpType;
import dev.mortem.testkit.fakes.FakeSnapshot;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What each kind of dump holds, and what a redacted one does not. */
class RedactionTest {
    private static final long CODE = 0x40_0000;
    private static final long DATA = 0x40_1000;
    private static final long HEAP = 0x100_0000;
    private static final long STACK = 0x7fff_0000L;
    private static final String SECRET = "correct-horse-battery-staple";

    @TempDir
    Path folder;

    /** A process that has the secret wherever one can be: nine places. */
    private static FakeSnapshot process() {
        byte[] secret = SECRET.getBytes(StandardCharsets.UTF_8);
        RegisterContext registers = RegisterContext.none(Cpu.X86_64)
                .with("rip", CODE + 0x10)
                .with("rsp", STACK + 0x800)
                .with("rbp", STACK + 0x900)
                .with("rdi", HEAP + 0x8000)
                .with(
                        "rbx",
                        ByteBuffer.wrap(secret).order(ByteOrder.LITTLE_ENDIAN).getLong());
        byte[] vectors = Arrays.copyOf(secret, 512);
        FakeSnapshot process = new FakeSnapshot(Machine.of(Cpu.X86_64))
                .thread(ThreadSnapshot.of(
                        1,
                        Optional.of(registers),
                        List.of(
                                new RawNote("CORE", 2, vectors),
                                new RawNote("LINUX", 0x202, Arrays.copyOf(vectors, 832)))))
                .module(new LoadedModule(
                        new AddressRange(CODE, 0x2000),
                        "/srv/shop/app",
                        List.of(new LoadedModule.Mapping(new AddressRange(CODE, 0x2000), 0)),
                        Optional.of("abcd"),
                        false))
                .region(region(CODE, 0x1000, "r-x", Optional.of("/srv/shop/app")))
                .region(region(DATA, 0x1000, "rw-", Optional.of("/srv/shop/app")))
                .region(region(HEAP, 0x1_0000, "rw-", Optional.of("[heap]")))
                .region(region(STACK, 0x1000, "rw-", Optional.of("[stack]")))
                .note(new RawNote("VENDOR", 1, secret))
                .facts(ProcessFacts.builder()
                        .pid(1)
                        .image("app")
                        .executable("/srv/shop/app")
                        .commandLine(List.of("/srv/shop/app", "--password=" + SECRET))
                        .environment(List.of("TOKEN=" + SECRET))
                        .build());
        process.memory()
                .put(CODE, new byte[0x2000])
                .put(HEAP, new byte[0x1_0000])
                .put(STACK, new byte[0x1000])
                .put(DATA + 0x100, secret)
                .put(HEAP + 0x8000, secret)
                .put(STACK + 0x100, secret)
                .put(STACK + 0x840, secret)
                .put(STACK + 0xf03, secret)
                .pointers(STACK + 0x900, STACK + 0x980, CODE + 0x20, 7, 0x1234_5678_9abcL)
                .pointers(STACK + 0x980, HEAP + 0x4000);
        return process;
    }

    private static MemoryRegion region(
            long start, long sizeBytes, String permissions, Optional<String> path) {
        return new MemoryRegion(
                new AddressRange(start, sizeBytes),
                permissions,
                false,
                0,
                path,
                sizeBytes,
                Optional.empty());
    }

    @Test
    void theSecretIsInAWholeDumpAndInNoByteOfARedactedOne() throws Exception {
        FakeSnapshot process = process();
        MinidumpWriter full =
                new MinidumpWriter(MinidumpOptions.of(DumpKind.FULL).with(true, Map.of()));
        assertThat(pieces(bytes(process, full))).isGreaterThan(20);
        MinidumpWriter redacted = new MinidumpWriter(MinidumpOptions.of(RedactedSnapshot.FLAGS));
        assertThat(pieces(bytes(RedactedSnapshot.of(process, 0, 16), redacted))).isZero();
        assertThat(pieces(bytes(
                        RedactedSnapshot.of(process, MinidumpType.WITH_MODULE_HEADERS, 4096),
                        new CoreWriter())))
                .isZero();
    }

    @Test
    void aTriageDumpHasNoDataAndNoFolders() throws Exception {
        FakeSnapshot process = process();
        MinidumpWriter triage = new MinidumpWriter(MinidumpOptions.of(DumpKind.TRIAGE));
        byte[] dump = bytes(process, triage);
        String text = new String(dump, StandardCharsets.ISO_8859_1);
        // the general registers are what a triage dump is for: in the context and in the notes
        assertThat(count(text, "correct-")).isEqualTo(2);
        assertThat(count(text, "horse")).isZero();
        assertThat(count(text, "/srv/shop")).isZero();
        byte[] core = bytes(
                ReducedSnapshot.of(
                        process, DumpKind.TRIAGE.flags() | MinidumpType.WITH_MODULE_HEADERS, 4096),
                new CoreWriter());
        String coreText = new String(core, StandardCharsets.ISO_8859_1);
        assertThat(count(coreText, "horse")).isZero();
        assertThat(count(coreText, "/srv/shop")).isZero();
    }

    @Test
    void aRegisterThatWasTakenOutIsNotKnownWhenTheDumpIsRead() throws Exception {
        Path file = folder.resolve("redacted.dmp");
        new MinidumpWriter(MinidumpOptions.of(RedactedSnapshot.FLAGS))
                .write(
                        RedactedSnapshot.of(process(), 0, 16),
                        file,
                        WriteOptions.plain(),
                        WriteListener.none());
        try (OpenDump dump = DumpFiles.open(file, Limits.defaults())) {
            RegisterContext registers =
                    dump.snapshot().threads().getFirst().registers().orElseThrow();
            assertThat(registers.get("rbx")).isEmpty();
            assertThat(registers.get("rsp")).hasValue(STACK + 0x800);
            assertThat(registers.get("r8")).isEmpty(); // never known
        }
    }

    /** Every run of six letters of the secret, in UTF-8 or UTF-16. */
    private static int pieces(byte[] dump) {
        String text = new String(dump, StandardCharsets.ISO_8859_1);
        int found = 0;
        for (int at = 0; at + 6 <= SECRET.length(); at++) {
            String piece = SECRET.substring(at, at + 6);
            found += count(text, piece) + count(text, String.join("\0", piece.split("", -1)));
        }
        return found;
    }

    private static int count(String text, String part) {
        int count = 0;
        int at = text.indexOf(part);
        while (at >= 0) {
            count++;
            at = text.indexOf(part, at + 1);
        }
        return count;
    }

    @Test
    void wordsOfAStackAreKeptWhereTheyPointToCodeOrStacks() {
        ProcessSnapshot triage = ReducedSnapshot.of(process(), DumpKind.TRIAGE.flags(), 16);
        assertThat(triage.memory().u8(STACK + 0x900)).hasValue(STACK + 0x980);
        assertThat(triage.memory().u8(STACK + 0x908)).hasValue(CODE + 0x20);
        assertThat(triage.memory().u8(STACK + 0x910)).hasValue(7);
        assertThat(triage.memory().u8(STACK + 0x918)).hasValue(0);
        assertThat(triage.memory().u8(STACK + 0x980)).hasValue(0);
        // within words, and across them
        assertThat(triage.memory().unsigned(STACK + 0x909, 2))
                .hasValue((CODE + 0x20) >> 8 & 0xffff);
        assertThat(triage.memory().unsigned(STACK + 0x916, 4)).hasValue(0);
        ProcessSnapshot redacted = RedactedSnapshot.of(process(), 0, 16);
        assertThat(redacted.memory().u8(STACK + 0x908)).hasValue(CODE + 0x20);
        assertThat(redacted.memory().u8(STACK + 0x910)).hasValue(0);
        RegisterContext registers = redacted.threads().getFirst().registers().orElseThrow();
        assertThat(registers.get("rbp")).hasValue(STACK + 0x900);
        assertThat(registers.get("rbx")).isEmpty();
        assertThat(registers.get("rdi")).isEmpty();
        assertThat(redacted.process().commandLine()).isEmpty();
    }

    @Test
    void nothingLiesOutsideOfTheRangesThatWereChosen() {
        ProcessSnapshot triage = ReducedSnapshot.of(process(), DumpKind.TRIAGE.flags(), 16);
        assertThat(triage.memory().u1(HEAP)).isEmpty();
        assertThat(triage.memory().u1(CODE)).isEmpty();
        // below the red zone
        assertThat(triage.memory().u1(STACK + 0x77f)).isEmpty();
        assertThat(triage.memory().u1(STACK + 0x780)).hasValue(0);
        assertThat(triage.memory().u1(STACK + 0xfff)).hasValue(0);
        assertThat(triage.regions().getLast())
                .extracting(MemoryRegion::range, MemoryRegion::presentBytes)
                .containsExactly(new AddressRange(STACK + 0x780, 0x880), 0x880L);
        assertThat(triage.regions().stream()
                        .mapToLong(region -> region.range().sizeBytes())
                        .sum())
                .isEqualTo(0x1_3000);
    }

    @Test
    void aMiniDumpHasWhatRegistersAndStacksPointTo() {
        ProcessSnapshot mini = ReducedSnapshot.of(process(), DumpKind.MINI.flags(), 16);
        assertThat(mini.memory().u1(HEAP + 0x8000)).hasValue('c'); // rdi
        assertThat(mini.memory().u1(HEAP + 0x7e00)).hasValue(0);
        assertThat(mini.memory().u1(HEAP + 0x7dff)).isEmpty();
        assertThat(mini.memory().u1(HEAP + 0x81ff)).hasValue(0);
        assertThat(mini.memory().u1(HEAP + 0x8200)).isEmpty();
        assertThat(mini.memory().u1(HEAP + 0x4000)).hasValue(0); // a word of the stack
        assertThat(mini.memory().u1(CODE + 0x10)).hasValue(0); // rip
        assertThat(mini.memory().u1(DATA + 0x800)).isEmpty();
    }

    @Test
    void aHeapDumpHasPrivateMemoryThatCanBeWritten() {
        ProcessSnapshot heap = ReducedSnapshot.of(process(), DumpKind.HEAP.flags(), 4096);
        assertThat(heap.memory().u1(HEAP)).hasValue(0);
        assertThat(heap.memory().u1(DATA + 0x100)).hasValue('c');
        assertThat(heap.memory().u1(CODE)).isEmpty();
    }

    @Test
    void aMaskOfOnesOwnIsTakenBitByBit() {
        FakeSnapshot process = process();
        ProcessSnapshot normal = ReducedSnapshot.of(process, 0, 16);
        assertThat(normal.memory().u8(STACK + 0x840)).isNotEqualTo(OptionalLong.of(0));
        assertThat(normal.memory().u1(DATA)).isEmpty();
        ProcessSnapshot data = ReducedSnapshot.of(process, MinidumpType.WITH_DATA_SEGMENTS, 16);
        assertThat(data.memory().u1(DATA + 0x100)).hasValue('c');
        assertThat(data.memory().u1(CODE)).isEmpty();
        ProcessSnapshot code = ReducedSnapshot.of(process, MinidumpType.WITH_CODE_SEGMENTS, 16);
        assertThat(code.memory().u1(CODE)).hasValue(0);
        assertThat(ReducedSnapshot.of(process, MinidumpType.WITH_FULL_MEMORY, 16))
                .isSameAs(process);
    }

    private byte[] bytes(ProcessSnapshot snapshot, DumpWriter writer) throws Exception {
        Path file = Files.createTempDirectory(folder, "dump").resolve("made");
        writer.write(snapshot, file, WriteOptions.plain(), WriteListener.none());
        return Files.readAllBytes(file);
    }
}
