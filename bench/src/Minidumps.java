import dev.mortem.analyze.AnalysisOptions;
import dev.mortem.analyze.Analyzer;
import dev.mortem.analyze.report.RenderOptions;
import dev.mortem.analyze.report.Report;
import dev.mortem.analyze.report.ReportFormat;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.sidecar.SidecarSnapshot;
import dev.mortem.stack.locate.ModuleSearch;

import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * FOLDER WARM ROUNDS [SYMBOLS...]: analyses all files of FOLDER, in the order of their names, WARM times and
 * then ROUNDS times more in this one process: open, unwind, name, judge, and write the report as JSON to
 * nowhere. A file's figure is the median of its ROUNDS times. Prints a line for each of the slowest files
 * and then, as the last line, five numbers: how many files, the median file's milliseconds, the slowest
 * one's, the sum of all files' figures, and the processor's milliseconds for one round. For
 * bench/minidumps.sh.
 */
final class Minidumps {
    private static final int SHOWN = 8;

    private final List<Path> symbols;

    private Minidumps(List<Path> symbols) {
        this.symbols = symbols;
    }

    public static void main(String[] arguments) throws Exception {
        List<Path> files;
        try (Stream<Path> found = Files.list(Path.of(arguments[0]))) {
            files = found.sorted().toList();
        }
        int warm = Integer.parseInt(arguments[1]);
        int rounds = Integer.parseInt(arguments[2]);
        Minidumps bench =
                new Minidumps(Arrays.stream(arguments).skip(3).map(Path::of).toList());
        for (int round = 0; round < warm; round++) {
            for (Path file : files) {
                bench.analyse(file);
            }
        }
        double[][] times = new double[files.size()][rounds];
        long cpuBefore = processorNanos();
        for (int round = 0; round < rounds; round++) {
            for (int file = 0; file < files.size(); file++) {
                long begun = System.nanoTime();
                bench.analyse(files.get(file));
                times[file][round] = (System.nanoTime() - begun) / 1e6;
            }
        }
        double cpu = (processorNanos() - cpuBefore) / 1e6 / rounds;
        print(files, times, cpu);
    }

    private static void print(List<Path> files, double[][] times, double cpu) {
        double[] figures = Arrays.stream(times).mapToDouble(Minidumps::median).toArray();
        Stream.iterate(0, file -> file + 1)
                .limit(figures.length)
                .sorted((left, right) -> Double.compare(figures[right], figures[left]))
                .limit(SHOWN)
                .forEach(file -> System.out.printf(
                        Locale.ROOT,
                        "%10.1f %s%n",
                        figures[file],
                        files.get(file).getFileName()));
        System.out.printf(
                Locale.ROOT,
                "%d %.2f %.1f %.0f %.0f%n",
                figures.length,
                median(figures),
                Arrays.stream(figures).max().orElseThrow(),
                Arrays.stream(figures).sum(),
                cpu);
    }

    private void analyse(Path file) throws Exception {
        try (OpenDump dump = DumpFiles.open(file, Limits.defaults());
                Writer nowhere = Writer.nullWriter()) {
            SidecarSnapshot snapshot = SidecarSnapshot.of(dump.snapshot(), file, dump.sizeBytes());
            Report report = Analyzer.analyze(
                    snapshot,
                    facts(file, dump, snapshot),
                    AnalysisOptions.defaults("bench", Clock.systemUTC())
                            .withSearch(ModuleSearch.ofThisMachine().withSymbolPaths(symbols)));
            if (report.stacks().isEmpty() && !snapshot.threads().isEmpty()) {
                throw new IllegalStateException(file + ": no stacks");
            }
            ReportFormat.JSON.render(report, nowhere, RenderOptions.plain(ZoneOffset.UTC));
        }
    }

    private static Report.DumpFacts facts(Path file, OpenDump dump, ProcessSnapshot snapshot) {
        return new Report.DumpFacts(
                Optional.of(file.toString()),
                OptionalLong.of(dump.sizeBytes()),
                dump.format(),
                snapshot.process().takenAt(),
                snapshot.details().kind(),
                dump.truncated(),
                Optional.empty(),
                Optional.empty());
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static long processorNanos() {
        var system = (com.sun.management.OperatingSystemMXBean)
                ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime();
    }
}
