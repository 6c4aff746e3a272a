package dev.mortem.cli;

import dev.mortem.dump.reduce.DumpKind;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Refuses options of dumps that contradict each other. */
final class DumpOptionChecks {
    private final CommandSpec spec;

    DumpOptionChecks(CommandSpec spec) {
        this.spec = spec;
    }

    /** A file's name must not promise another format: .dmp is always a minidump, .core an ELF core. */
    void requireFormat(Path output, Optional<DumpFormat> wanted) {
        Optional<DumpFormat> named =
                Files.isDirectory(output) ? Optional.empty() : DumpFormat.of(output);
        if (named.isPresent() && wanted.isPresent() && !named.equals(wanted)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--format %s does not go with the name %s; a name with .%s does"
                            .formatted(
                                    wanted.get().label(),
                                    output.getFileName(),
                                    wanted.get().extension(false)));
        }
    }

    /** Whoever asks for a heap that is redacted would get none. */
    void requireKindOfRedacted(boolean redact, DumpKind kind) {
        boolean asked = spec.commandLine().getParseResult().hasMatchedOption("--kind");
        if (redact && asked && (kind == DumpKind.FULL || kind == DumpKind.HEAP)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--redact keeps nothing but stacks; leave --kind %s away, or --redact"
                            .formatted(kind.label()));
        }
    }
}
