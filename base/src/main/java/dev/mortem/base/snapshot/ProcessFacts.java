package dev.mortem.base.snapshot;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What is known of the process as a whole. Unmasked: whoever shows a command line or the environment
 * masks it.
 *
 * @param pid in the process's own pid namespace
 * @param image the executable's file name, or what the kernel keeps of it
 * @param executable the executable's full path
 * @param commandLine the arguments, the program first; empty where unknown. A Linux core keeps 80 bytes
 * @param environment NAME=value lines; empty where unknown
 * @param takenAt when the snapshot was made
 */
public record ProcessFacts(
        OptionalLong pid,
        Optional<String> image,
        Optional<String> executable,
        List<String> commandLine,
        List<String> environment,
        Optional<String> user,
        Optional<String> host,
        Optional<Instant> startedAt,
        Optional<Instant> takenAt,
        Optional<String> osName,
        Optional<String> osVersion,
        OptionalInt cpuCount) {
    public ProcessFacts {
        commandLine = List.copyOf(commandLine);
        environment = List.copyOf(environment);
    }

    /** Whether the process ran on Windows: its modules are PE images and its faults exceptions. */
    public boolean isWindows() {
        return osName.filter("Windows"::equals).isPresent();
    }

    /** Nothing known yet. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that starts from these facts. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.pid = pid;
        builder.image = image;
        builder.executable = executable;
        builder.commandLine = commandLine;
        builder.environment = environment;
        builder.user = user;
        builder.host = host;
        builder.startedAt = startedAt;
        builder.takenAt = takenAt;
        builder.osName = osName;
        builder.osVersion = osVersion;
        builder.cpuCount = cpuCount;
        return builder;
    }

    /** Collects facts as they are found. Belongs to one thread. */
    public static final class Builder {
        private OptionalLong pid = OptionalLong.empty();
        private Optional<String> image = Optional.empty();
        private Optional<String> executable = Optional.empty();
        private List<String> commandLine = List.of();
        private List<String> environment = List.of();
        private Optional<String> user = Optional.empty();
        private Optional<String> host = Optional.empty();
        private Optional<Instant> startedAt = Optional.empty();
        private Optional<Instant> takenAt = Optional.empty();
        private Optional<String> osName = Optional.empty();
        private Optional<String> osVersion = Optional.empty();
        private OptionalInt cpuCount = OptionalInt.empty();

        private Builder() {}

        public Builder pid(long value) {
            pid = OptionalLong.of(value);
            return this;
        }

        public Builder image(String value) {
            image = Optional.of(value);
            return this;
        }

        public Builder executable(String value) {
            executable = Optional.of(value);
            return this;
        }

        public Builder commandLine(List<String> value) {
            commandLine = value;
            return this;
        }

        public Builder environment(List<String> value) {
            environment = value;
            return this;
        }

        public Builder user(String value) {
            user = Optional.of(value);
            return this;
        }

        public Builder host(String value) {
            host = Optional.of(value);
            return this;
        }

        public Builder startedAt(Instant value) {
            startedAt = Optional.of(value);
            return this;
        }

        public Builder takenAt(Instant value) {
            takenAt = Optional.of(value);
            return this;
        }

        public Builder os(String name, String version) {
            osName = Optional.of(name);
            osVersion = Optional.of(version);
            return this;
        }

        public Builder cpuCount(int value) {
            cpuCount = OptionalInt.of(value);
            return this;
        }

        public ProcessFacts build() {
            return new ProcessFacts(
                    pid,
                    image,
                    executable,
                    commandLine,
                    environment,
                    user,
                    host,
                    startedAt,
                    takenAt,
                    osName,
                    osVersion,
                    cpuCount);
        }
    }
}
