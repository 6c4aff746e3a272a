package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.report.Report.Severity;
import dev.mortem.base.kernel.DescriptorTarget.Socket;
import dev.mortem.base.kernel.KernelObjects;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Descriptors that nobody closes: connections that the other side has ended long ago, or nearly as many
 * descriptors as the process may have.
 */
final class HandleGrowthRule implements AnalysisRule {
    /** A busy server has some connections in this state at any moment, for a moment each. */
    private static final int CLOSE_WAIT_MIN = 100;

    private static final double CLOSE_WAIT_SHARE_MIN = 0.5;
    private static final double USED_SHARE_MIN = 0.9;

    @Override
    public RuleId id() {
        return RuleId.HANDLE_GROWTH;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        Optional<KernelObjects> objects = dump.snapshot().kernelObjects();
        return objects.stream()
                .flatMap(known -> Stream.concat(
                        closeWait(dump, known).stream(), nearlyAll(dump, known).stream()));
    }

    private Optional<Draft> closeWait(CaseFile dump, KernelObjects objects) {
        List<Socket> sockets = objects.descriptors().stream()
                .filter(open -> open.target() instanceof Socket)
                .map(open -> (Socket) open.target())
                .toList();
        long left = sockets.stream()
                .filter(socket -> socket.state().filter("CLOSE_WAIT"::equals).isPresent())
                .count();
        if (left < CLOSE_WAIT_MIN || left < CLOSE_WAIT_SHARE_MIN * sockets.size()) {
            return Optional.empty();
        }
        return Optional.of(Draft.of(id(), Severity.WARNING)
                .summary(
                        "%s keeps %,d of its %,d sockets open although the other side has closed them"
                                .formatted(dump.image(), left, sockets.size()))
                .explain(
                        "The state CLOSE_WAIT says that the other side has ended the connection and "
                                + "that this process has not closed its socket. It ends only when the program "
                                + "closes it: so many are a leak, at whose end no descriptor is left.")
                .recommend(
                        "Find the code that gives up these connections without close(): an error "
                                + "path, or a pool that does not notice that a connection has ended.")
                .evidence("%,d sockets in CLOSE_WAIT of %,d".formatted(left, sockets.size())));
    }

    private Optional<Draft> nearlyAll(CaseFile dump, KernelObjects objects) {
        long used = objects.descriptorCount().orElse(0);
        long most = objects.descriptorsMax().orElse(0);
        if (most <= 0 || used < USED_SHARE_MIN * most) {
            return Optional.empty();
        }
        return Optional.of(Draft.of(id(), Severity.WARNING)
                .summary("%s has %,d descriptors open of the %,d that it may have"
                        .formatted(dump.image(), used, most))
                .explain(
                        "When the last one is used, opening a file, connecting and accepting fail with "
                                + "EMFILE, and servers then often refuse everybody or spin.")
                .recommend(
                        "See by kind, under the handles, what there is most of. Where that is as "
                                + "it should be, raise the limit (ulimit -n, LimitNOFILE=).")
                .evidence("%,d open, limit %,d".formatted(used, most)));
    }
}
