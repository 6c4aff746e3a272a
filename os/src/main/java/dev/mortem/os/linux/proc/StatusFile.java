package dev.mortem.os.linux.proc;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** /proc/PID/status (proc_pid_status(5)): names with values, some of them since some kernel. */
public final class StatusFile {
    private final Map<String, String> values;

    private StatusFile(Map<String, String> values) {
        this.values = values;
    }

    public static StatusFile parse(String text) {
        Map<String, String> values = new HashMap<>();
        for (String line : text.split("\n", -1)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                values.put(line.substring(0, colon), line.substring(colon + 1).trim());
            }
        }
        return new StatusFile(values);
    }

    public Optional<String> value(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** The first number of the value, in decimal. */
    public OptionalLong number(String name) {
        return first(name).map(Numbers::parseUnsigned).orElse(OptionalLong.empty());
    }

    /** A bit mask, printed in hex: SigCgt, CapEff. */
    public OptionalLong mask(String name) {
        return first(name).map(Numbers::parseHex).orElse(OptionalLong.empty());
    }

    /** A size, which the kernel prints in KiB. */
    public OptionalLong bytes(String name) {
        OptionalLong kib = number(name);
        return kib.isPresent() ? OptionalLong.of(kib.getAsLong() * 1024) : kib;
    }

    /** The id in the process's own pid namespace: NSpid's last, absent before Linux 4.1. */
    public OptionalLong innermostPid() {
        return value("NSpid")
                .map(all ->
                        all.substring(Math.max(all.lastIndexOf('\t'), all.lastIndexOf(' ')) + 1))
                .map(Numbers::parseUnsigned)
                .orElse(OptionalLong.empty());
    }

    /** Whether a mask that counts signals from 1 has one. */
    public boolean hasSignal(String maskName, int signal) {
        return (mask(maskName).orElse(0) >>> (signal - 1) & 1) != 0;
    }

    private Optional<String> first(String name) {
        return value(name).map(text -> text.split("\\s", 2)[0]);
    }
}
