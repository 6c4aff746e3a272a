package dev.mortem.cli;

/** Mortem's messages for somebody who knows ProcDump's options only. */
final class ProcDumpWords {
    private ProcDumpWords() {}

    static String of(String message) {
        return message.replace(", or take every one with --all", "")
                .replace("--wait awaits one", "-w NAME awaits one")
                .replaceAll("--max-pause( [0-9.]+ ?[a-z]+)?", "-at SECONDS")
                .replace("with -o", "behind the process")
                .replace(
                        "--keep-free",
                        "keep-free in the section procdump of the configuration file")
                .replace("--snapshot never", "\"mortem dump --snapshot never\"");
    }

    static CommandFailure of(CommandFailure failure) {
        return new CommandFailure(
                failure.exitCode(), of(String.valueOf(failure.getMessage())), failure);
    }
}
