package dev.mortem.base.snapshot;

import java.util.Optional;

/**
 * Who wrote a dump and why, as the tool's comment in it says.
 *
 * @param tool "ProcDump"
 * @param commandLine how the tool was started. Unmasked: whoever shows it masks secrets
 * @param reason what made it write: a trigger, a user, the system on a crash
 */
public record DumpOrigin(String tool, String commandLine, Optional<String> reason) {}
