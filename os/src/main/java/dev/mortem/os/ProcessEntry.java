package dev.mortem.os;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One process as a list shows it. What could not be read is absent, never 0.
 *
 * @param pid as we see it
 * @param name the executable's file name; what the program calls itself where the file may not be seen
 * @param unit the systemd unit that it belongs to: "nginx.service"
 * @param container the id of its container, shortened to 12 digits as docker shows it
 * @param ports the TCP ports that it listens on, ascending; empty also where they may not be seen
 * @param cpuPercent of one core, over the list's window: two busy threads are 200
 * @param privateBytes memory that only this process uses
 * @param executable the path as the process sees it
 * @param commandLine unmasked: whoever shows it masks it
 */
public record ProcessEntry(
        long pid,
        OptionalLong parentPid,
        String name,
        Optional<String> user,
        RuntimeKind kind,
        Optional<String> unit,
        Optional<String> container,
        List<Integer> ports,
        OptionalDouble cpuPercent,
        OptionalLong privateBytes,
        OptionalInt threads,
        Optional<Instant> startedAt,
        Optional<Path> executable,
        List<String> commandLine) {
    public ProcessEntry {
        ports = List.copyOf(ports);
        commandLine = List.copyOf(commandLine);
    }
}
