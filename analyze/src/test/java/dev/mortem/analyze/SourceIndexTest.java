package dev.mortem.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.analyze.report.RenderOptions;
import dev.mortem.analyze.report.Report;
import dev.mortem.analyze.report.ReportFormat;
import dev.mortem.analyze.report.ReportSchema;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.json.JsonObject;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.fakes.FakeSnapshot;
import dev.mortem.testkit.synth.PdbSynth;
import dev.mortem.testkit.synth.SmallPdb;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A PDB that says where its sources are: the report passes it on. */
class SourceIndexTest {
    private static final long BASE = 0x40_0000;
    private static final String URL = "https://git.example/1f2e/";

    @TempDir
    Path folder;

    @Test
    void framesOfTheThreadThatIsToldHaveTheirAddressOnTheWeb() throws Exception {
        Report report = report(SmallPdb.x64()
                .namedStream("srcsrv")
                .namedStream(
                        "sourcelink",
                        ("{\"documents\": {\"c:\\\\shop\\\\*\": \"" + URL + "*\"}}")
                                .getBytes(StandardCharsets.UTF_8)));

        assertThat(report.stacks().getFirst().frames())
                .extracting(frame -> frame.sourceUrl().orElse(""))
                .startsWith(URL + "prices.h", URL + "cart.h", URL + "total.cc");
        assertThat(report.modules().getFirst().sourceIndexes())
                .containsExactly("sourceLink", "sourceServer");
        String json = rendered(report, ReportFormat.JSON);
        assertThat(ReportSchema.shipped().problems(json)).isEmpty();
        JsonObject module = JsonObject.parse(json.getBytes(StandardCharsets.UTF_8))
                .orElseThrow()
                .objects("modules")
                .getFirst();
        assertThat(module.texts("sourceIndexes")).containsExactly("sourceLink", "sourceServer");
        for (ReportFormat format : List.of(ReportFormat.TEXT, ReportFormat.HTML)) {
            assertThat(rendered(report, format))
                    .contains(URL + "total.cc", "sources by Source Link and source server");
        }
    }

    @Test
    void onesThatDoNotSaySoChangeNothing() throws Exception {
        Report report = report(SmallPdb.x64());

        assertThat(report.stacks().getFirst().frames())
                .isNotEmpty()
                .allSatisfy(frame -> assertThat(frame.sourceUrl()).isEmpty());
        String json = rendered(report, ReportFormat.JSON);
        assertThat(json).doesNotContain("sourceIndexes", "sourceUrl");
        assertThat(rendered(report, ReportFormat.TEXT)).doesNotContain("sources by");
    }

    private Report report(PdbSynth pdb) throws Exception {
        Files.write(folder.resolve("small.pdb"), pdb.build());
        RegisterContext registers = RegisterContext.none(Cpu.X86_64)
                .with("rip", BASE + 0x100c)
                .with("rsp", 0x7000)
                .with("rbp", 9);
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64))
                .facts(ProcessFacts.builder().os("Windows", "10.0").build())
                .thread(ThreadSnapshot.of(1, Optional.of(registers), List.of()))
                .module(new LoadedModule(
                        AddressRange.ofSize(BASE, 0x10000),
                        "C:\\shop.exe",
                        List.of(),
                        Optional.empty(),
                        false,
                        Optional.of(new ImageIdentity(
                                Optional.empty(),
                                DebugId.parse("3249D99D-0C40-4931-8610-F4E4FB0B6936-1"),
                                Optional.of("small.pdb"),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty()))));
        Report.DumpFacts facts = new Report.DumpFacts(
                Optional.empty(),
                OptionalLong.empty(),
                "minidump",
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty());
        AnalysisOptions options = AnalysisOptions.defaults("mortem test", Clock.systemUTC())
                .withSearch(ModuleSearch.nowhere().withSymbolPaths(List.of(folder)));
        return Analyzer.analyze(snapshot, facts, options);
    }

    private static String rendered(Report report, ReportFormat format) throws Exception {
        StringWriter text = new StringWriter();
        format.render(report, text, RenderOptions.plain(ZoneOffset.UTC).withVerbose(true));
        return text.toString();
    }
}
