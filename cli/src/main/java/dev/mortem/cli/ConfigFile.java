package dev.mortem.cli;

import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Defaults that a machine's or a user's configuration file sets: a section per command, in it the long
 * names of its options. The command line wins over the user's file, and that over the machine's.
 *
 * <pre>{@code
 * dump:
 *   output: /var/dumps
 *   max-pause: 500ms
 * }</pre>
 */
final class ConfigFile implements IDefaultValueProvider {
    /** A configuration has a hundred lines; more is no configuration. */
    private static final long SIZE_BYTES_MAX = 1 << 20;

    private final Map<String, Map<String, String>> sections;

    private ConfigFile(Map<String, Map<String, String>> sections) {
        this.sections = sections;
    }

    /** Where the files are looked for, the weaker first. */
    static List<Path> places(Map<String, String> environment) {
        Path home = Path.of(environment.getOrDefault("HOME", "/"));
        Path user = Path.of(environment.getOrDefault(
                "XDG_CONFIG_HOME", home.resolve(".config").toString()));
        return List.of(
                Path.of("/etc/mortem/mortem.yaml"), user.resolve("mortem").resolve("mortem.yaml"));
    }

    /** Reads the files that exist; a later one wins. */
    static ConfigFile read(List<Path> files, CommandLine commands) throws CommandFailure {
        Map<String, Map<String, String>> sections = new HashMap<>();
        for (Path file : files) {
            if (Files.isRegularFile(file)) {
                sections(file, commands)
                        .forEach((command, values) -> sections.computeIfAbsent(
                                        command, unset -> new HashMap<>())
                                .putAll(values));
            }
        }
        return new ConfigFile(sections);
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)) {
            return null;
        }
        return sections.getOrDefault(option.command().name(), Map.of())
                .get(bare(option.longestName()));
    }

    private static Map<String, Map<String, String>> sections(Path file, CommandLine commands)
            throws CommandFailure {
        Map<String, Map<String, String>> sections = new TreeMap<>();
        for (Map.Entry<?, ?> section : mapping(file, "the file", load(file)).entrySet()) {
            String command = String.valueOf(section.getKey());
            CommandLine known = commands.getSubcommands().get(command);
            if (known == null) {
                throw wrong(
                        file,
                        "'" + command + "' is no command",
                        "one of "
                                + String.join(
                                        ", ", new TreeMap<>(commands.getSubcommands()).keySet()));
            }
            Map<String, String> values = new TreeMap<>();
            for (Map.Entry<?, ?> value : mapping(
                            file, command, Optional.ofNullable(section.getValue()))
                    .entrySet()) {
                String option = String.valueOf(value.getKey());
                requireOption(file, known.getCommandSpec(), option);
                values.put(option, String.valueOf(value.getValue()));
            }
            sections.put(command, values);
        }
        return sections;
    }

    private static Optional<Object> load(Path file) throws CommandFailure {
        try {
            if (Files.size(file) > SIZE_BYTES_MAX) {
                throw wrong(file, Files.size(file) + " bytes", "at most " + SIZE_BYTES_MAX);
            }
            LoadSettings settings = LoadSettings.builder()
                    .setLabel(file.toString())
                    .setMaxAliasesForCollections(0)
                    .build();
            return Optional.ofNullable(new Load(settings).loadFromString(Files.readString(file)));
        } catch (YamlEngineException | IOException malformed) {
            throw new CommandFailure(
                    ExitCode.WRONG_USAGE,
                    file + " cannot be read: " + malformed.getMessage(),
                    malformed);
        }
    }

    private static Map<?, ?> mapping(Path file, String place, Optional<Object> value)
            throws CommandFailure {
        if (value.isEmpty()) {
            return Map.of();
        }
        if (value.get() instanceof Map<?, ?> mapping) {
            return mapping;
        }
        throw wrong(file, place + " holds '" + value.get() + "'", "names with values");
    }

    private static void requireOption(Path file, CommandSpec command, String name)
            throws CommandFailure {
        OptionSpec option = command.findOption("--" + name);
        if (option == null || !bare(option.longestName()).equals(name)) {
            throw wrong(
                    file,
                    command.name() + "." + name + " is no option",
                    "the long options that 'mortem " + command.name()
                            + " --help' lists, without hyphens");
        }
    }

    private static String bare(String option) {
        return option.replaceFirst("^-+", "");
    }

    private static CommandFailure wrong(Path file, String found, String allowed) {
        return new CommandFailure(
                ExitCode.WRONG_USAGE, file + ": " + found + "; allowed: " + allowed);
    }
}
