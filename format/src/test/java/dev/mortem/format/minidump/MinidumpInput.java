package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.testkit.synth.MinidumpBuilder;

import java.nio.ByteOrder;
import java.util.List;

/** A built dump, opened, with what was reported on the way. */
final class MinidumpInput {
    private final DiagnosticLog log = new DiagnosticLog();
    private final MinidumpFile file;

    private MinidumpInput(byte[] bytes, Limits limits) throws MalformedException {
        ByteSource source = ByteSource.ofBytes("test.dmp", bytes, ByteOrder.LITTLE_ENDIAN);
        file = MinidumpFile.read(source, limits, log);
    }

    static MinidumpInput of(MinidumpBuilder dump) throws MalformedException {
        return of(dump.build());
    }

    static MinidumpInput of(byte[] bytes) throws MalformedException {
        return new MinidumpInput(bytes, Limits.defaults());
    }

    static MinidumpInput of(byte[] bytes, Limits limits) throws MalformedException {
        return new MinidumpInput(bytes, limits);
    }

    MinidumpFile file() {
        return file;
    }

    /** What was found wrong so far. */
    List<String> reports() {
        return log.entries().stream().map(Diagnostic::what).toList();
    }
}
