package dev.mortem.cli;

import dev.mortem.os.ProcessControl;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * The rehearsal of a snapshot, begun while the command line is still being read: it takes as long as that
 * and the look-up of the target, and there are mostly two processors.
 */
final class EarlyRehearsal {
    private EarlyRehearsal() {}

    /** The control that the command is to use; made on another thread where a dump is asked for. */
    static Supplier<ProcessControl> begin(String... args) {
        if (!isUseful(List.of(args))) {
            return ProcessControl::ofThisMachine;
        }
        CompletableFuture<ProcessControl> control = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("mortem-early").start(() -> {
            try {
                ProcessControl made = ProcessControl.ofThisMachine();
                control.complete(made);
                made.rehearse();
            } catch (RuntimeException | Error failed) {
                control.completeExceptionally(failed);
            }
        });
        return () -> {
            try {
                return control.join();
            } catch (CompletionException failed) {
                return ProcessControl.ofThisMachine(); // fails here as there, where it is told
            }
        };
    }

    /** Whether the command line looks like that of a snapshot; a wrong guess costs a child's start. */
    static boolean isUseful(List<String> args) {
        if (args.size() < 2) {
            return false;
        }
        return switch (args.getFirst()) {
            case "dump" ->
                args.stream()
                        .map(argument -> argument.toLowerCase(Locale.ROOT))
                        .noneMatch(argument -> argument.equals("-h")
                                || argument.equals("--help")
                                || argument.endsWith("never"));
            case "procdump" -> args.stream().noneMatch(argument -> argument.matches("[-/]\\?"));
            default -> false;
        };
    }
}
