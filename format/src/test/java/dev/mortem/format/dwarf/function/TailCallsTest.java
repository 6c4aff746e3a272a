package dev.mortem.format.dwarf.function;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.function.TailCalls.Jump;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.testkit.synth.ElfTarget;
import dev.mortem.testkit.synth.Layout;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * One unit: {@code caller} 0x1000 calls {@code first} 0x1040, which jumps to {@code second} 0x1080, which
 * jumps to {@code third} 0x10c0, which jumps to {@code second} again, and out of the file; and
 * {@code shop::(anonymous namespace)::hidden} 0x1100, which jumps through a pointer.
 */
class TailCallsTest {
    private static final long RETURN = 0x1010;
    private static final Jump FROM_FIRST = new Jump(0x1060, 0x105f);
    private static final Jump FROM_SECOND = new Jump(0x10a0, 0x109f);
    private static final Jump FROM_THIRD = new Jump(0x10e0, 0x10df);

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    /** What a test says of the function that was reached. */
    private record Function(OptionalLong svma, String named) implements TailCalls.Reached {
        @Override
        public boolean isNamed(String linkageName) {
            return linkageName.equals(named);
        }

        @Override
        public OptionalLong definedAt(String linkageName) {
            return linkageName.equals("first") ? OptionalLong.of(0x1040) : OptionalLong.empty();
        }
    }

    private static Function inside(long svma) {
        return new Function(OptionalLong.of(svma), "?");
    }

    private static Function outside(String name) {
        return new Function(OptionalLong.empty(), name);
    }

    @Test
    void theOnlyWayIsTold() {
        DebugInfo info = info(sections());
        assertThat(info.tailCalls(RETURN, inside(0x10d0)))
                .contains(new TailCalls(0x1040, List.of(FROM_FIRST, FROM_SECOND), List.of(), true));
        assertThat(info.tailCalls(RETURN, outside("outside")))
                .contains(new TailCalls(
                        0x1040, List.of(FROM_FIRST, FROM_SECOND, FROM_THIRD), List.of(), true));
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void whatWasCalledIsNotTailCalled() {
        DebugInfo info = info(sections());
        assertThat(info.tailCalls(RETURN, inside(0x1050))).isEmpty();
        assertThat(info.tailCalls(RETURN, outside("first"))).isEmpty();
        assertThat(info.tailCalls(RETURN, outside("__wrap_first"))).isEmpty();
    }

    /** A stub, code of an assembler, and a place behind no call. */
    @Test
    void whereNothingIsKnownNothingIsSaid() {
        DebugInfo info = info(sections());
        assertThat(info.tailCalls(RETURN, inside(0x5000))).isEmpty();
        assertThat(info.tailCalls(RETURN + 1, inside(0x10d0))).isEmpty();
        assertThat(info.tailCalls(0x5000, inside(0x10d0))).isEmpty();
    }

    /** The call to outside could lead anywhere. */
    @Test
    void withoutTheOnlyWayTheFirstFunctionIsTold() {
        DebugInfo info = info(sections());
        assertThat(info.tailCalls(RETURN, outside("elsewhere")))
                .contains(new TailCalls(0x1040, List.of(), List.of(), false));
        assertThat(info.tailCalls(RETURN, inside(0x1110)))
                .contains(new TailCalls(0x1040, List.of(), List.of(), false));
    }

    /** first jumps to second from two places: which one is not known, but what comes then. */
    @Test
    void whatAllWaysShareIsTold() {
        Map<String, byte[]> sections = sections();
        sections.put(".debug_info", unit(true));
        assertThat(info(sections).tailCalls(RETURN, inside(0x10d0)))
                .contains(new TailCalls(0x1040, List.of(), List.of(FROM_SECOND), false));
    }

    @Test
    void aFunctionOfInternalLinkageIsNamedWithItsScopes() {
        SourceFunction hidden = info(sections()).at(0x1100).getLast();
        assertThat(hidden.rawName()).contains("shop::(anonymous namespace)::hidden");
        assertThat(hidden.name()).contains("hidden");
        assertThat(info(sections()).at(0x1000).getLast().rawName()).contains("caller");
    }

    /** A part of what is there may be unknown; nothing is invented. */
    @Test
    void noTruncationGivesAnotherAnswer() {
        for (String section : sections().keySet()) {
            byte[] content = sections().getOrDefault(section, new byte[0]);
            for (int size = 0; size < content.length; size++) {
                Map<String, byte[]> sections = sections();
                sections.put(section, Arrays.copyOf(content, size));
                DebugInfo info = info(sections);
                info.tailCalls(RETURN, inside(0x10d0))
                        .ifPresent(calls ->
                                assertThat(calls.first()).containsExactly(FROM_FIRST, FROM_SECOND));
                info.at(0x1100).stream()
                        .flatMap(function -> function.rawName().stream())
                        .forEach(name -> assertThat(name)
                                .isIn("hidden", "shop::(anonymous namespace)::hidden"));
            }
        }
    }

    @Test
    void seededMutationsEndWithDiagnosticsAtMost() {
        SplittableRandom random = new SplittableRandom(5);
        String[] names = sections().keySet().toArray(String[]::new);
        int[] answers = new int[1];
        Assertions.assertTimeout(Duration.ofSeconds(60), () -> {
            for (int round = 0; round < 20_000; round++) {
                Map<String, byte[]> sections = new HashMap<>(sections());
                for (int change = random.nextInt(4); change >= 0; change--) {
                    byte[] bytes =
                            sections.getOrDefault(names[random.nextInt(names.length)], new byte[1]);
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
                DebugInfo info = new DebugInfo(
                        sectionsOf(sections),
                        DwarfCompanions.NONE,
                        Limits.defaults(),
                        new DiagnosticLog());
                Optional<TailCalls> inside = info.tailCalls(RETURN, inside(0x10d0));
                Optional<TailCalls> outside = info.tailCalls(RETURN, outside("outside"));
                answers[0] += inside.isPresent() || outside.isPresent() ? 1 : 0;
                info.at(0x1100);
            }
        });
        assertThat(answers[0]).isPositive();
    }

    /** Entries are read again for each question: together they have a limit. */
    @Test
    void theEntriesThatAreReadAgainAreLimited() {
        Limits few = Limits.defaults().with(EntryBudget.ENTRIES_MAX, 20);
        DebugInfo info =
                new DebugInfo(sectionsOf(sections()), DwarfCompanions.NONE, few, diagnostics);
        for (int question = 0; question < 10; question++) {
            info.tailCalls(RETURN, inside(0x10d0));
        }
        assertThat(info.tailCalls(RETURN, inside(0x10d0))).isEmpty();
        assertThat(diagnostics.entries())
                .anySatisfy(entry -> assertThat(entry.toString()).contains("more than 20 read"));
    }

    private static Map<String, byte[]> sections() {
        Map<String, byte[]> sections = new LinkedHashMap<>();
        sections.put(".debug_info", unit(false));
        sections.put(".debug_abbrev", abbreviations());
        return sections;
    }

    private static byte[] abbreviations() {
        Layout table = ElfTarget.X86_64.layout();
        // compile_unit: language data1, low_pc addr, high_pc data8
        table.uleb(1).hex("11 01 13 0b 11 01 12 07 00 00");
        // subprogram: name string, external, low_pc, high_pc, call_all_calls
        table.uleb(2).hex("2e 01 03 08 3f 19 11 01 12 07 7a 19 00 00");
        // the same, not external
        table.uleb(3).hex("2e 01 03 08 11 01 12 07 7a 19 00 00");
        // call_site: call_return_pc addr, call_origin ref4
        table.uleb(4).hex("48 00 7d 01 7f 13 00 00");
        // call_site: call_return_pc, call_tail_call, call_origin
        table.uleb(5).hex("48 00 7d 01 82 01 19 7f 13 00 00");
        // call_site through a pointer: call_return_pc, call_tail_call
        table.uleb(6).hex("48 00 7d 01 82 01 19 00 00");
        // subprogram, a declaration: name string, external, declaration
        table.uleb(7).hex("2e 00 03 08 3f 19 3c 19 00 00");
        // namespace: name string, sibling ref4
        table.uleb(8).hex("39 01 03 08 01 13 00 00");
        // namespace without a name
        table.uleb(9).hex("39 01 00 00");
        // subprogram, a declaration in a namespace: name string, declaration
        table.uleb(10).hex("2e 00 03 08 3c 19 00 00");
        // subprogram: specification ref4, low_pc, high_pc, call_all_calls
        table.uleb(11).hex("2e 01 47 13 11 01 12 07 7a 19 00 00");
        return table.uleb(0).build();
    }

    /** Twice: the second time with the offsets that the first one found. */
    private static byte[] unit(boolean twice) {
        Map<String, Integer> offsets = new HashMap<>();
        entries(offsets, twice);
        byte[] entries = entries(offsets, twice).build();
        return ElfTarget.X86_64
                .layout()
                .u4(8 + entries.length)
                .u2(5)
                .u1(1)
                .u1(8)
                .u4(0)
                .bytes(entries)
                .build();
    }

    private static Layout entries(Map<String, Integer> offsets, boolean twice) {
        int header = 12;
        Layout entries = ElfTarget.X86_64.layout();
        entries.uleb(1).u1(0x21).u8(0x1000).u8(0x140);
        offsets.put("outside", header + entries.sizeBytes());
        entries.uleb(7).cString("outside");
        entries.uleb(8).cString("shop").u4(offsets.getOrDefault("behind", 0));
        entries.uleb(9);
        offsets.put("hidden", header + entries.sizeBytes());
        entries.uleb(10).cString("hidden").uleb(0).uleb(0);
        offsets.put("behind", header + entries.sizeBytes());
        entries.uleb(2).cString("caller").u8(0x1000).u8(0x40);
        entries.uleb(4).u8(RETURN).u4(offsets.getOrDefault("first", 0)).uleb(0);
        offsets.put("first", header + entries.sizeBytes());
        entries.uleb(2).cString("first").u8(0x1040).u8(0x40);
        entries.uleb(5).u8(0x1060).u4(offsets.getOrDefault("second", 0));
        if (twice) {
            entries.uleb(5).u8(0x1070).u4(offsets.getOrDefault("second", 0));
        }
        entries.uleb(0);
        offsets.put("second", header + entries.sizeBytes());
        entries.uleb(3).cString("second").u8(0x1080).u8(0x40);
        entries.uleb(5).u8(0x10a0).u4(offsets.getOrDefault("third", 0)).uleb(0);
        offsets.put("third", header + entries.sizeBytes());
        entries.uleb(3).cString("third").u8(0x10c0).u8(0x40);
        entries.uleb(5).u8(0x10d8).u4(offsets.getOrDefault("second", 0));
        entries.uleb(5).u8(0x10e0).u4(offsets.getOrDefault("outside", 0)).uleb(0);
        entries.uleb(11).u4(offsets.getOrDefault("hidden", 0)).u8(0x1100).u8(0x40);
        entries.uleb(6).u8(0x1120).uleb(0);
        return entries.uleb(0);
    }

    private DebugInfo info(Map<String, byte[]> sections) {
        return new DebugInfo(
                sectionsOf(sections), DwarfCompanions.NONE, Limits.defaults(), diagnostics);
    }

    private static DwarfSections sectionsOf(Map<String, byte[]> sections) {
        return new DwarfSections(
                "small",
                wanted -> Optional.ofNullable(sections.get(wanted.sectionName()))
                        .map(bytes -> ByteSource.ofBytes(
                                wanted.sectionName(), bytes, ByteOrder.LITTLE_ENDIAN)));
    }
}
