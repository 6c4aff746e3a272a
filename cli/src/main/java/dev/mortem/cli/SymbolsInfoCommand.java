package dev.mortem.cli;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.json.JsonOutput;
import dev.mortem.base.limit.Limits;
import dev.mortem.dump.DumpFiles;
import dev.mortem.stack.identity.FileContent;
import dev.mortem.stack.identity.FileIdentity;
import dev.mortem.stack.identity.FileKind;
import dev.mortem.stack.identity.IdentityReader;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** {@code mortem symbols info}: what files are, and what is in them. */
@Command(
        name = "info",
        description =
                "Shows which build files are of, what is in them, and where stores" + " keep them.",
        footer = {
            "",
            "Files: PE images, ELF files, PDBs, Breakpad symbol files; of a dump its modules are"
                    + " shown.",
            "Exit code 7 where the file is none, 8 where one of several is none."
        })
final class SymbolsInfoCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files to look at.")
    List<Path> files = List.of();

    private final Console console;

    SymbolsInfoCommand(Console console) {
        this.console = console;
    }

    private record Described(Path path, FileIdentity identity) {}

    @Override
    public Integer call() throws CommandFailure {
        List<Described> described = new ArrayList<>();
        List<DumpModules> dumps = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        ExitCode lastFailure = ExitCode.DONE;
        for (Path file : files) {
            try {
                if (DumpFiles.mayBeDump(file)) {
                    dumps.add(DumpModules.of(file));
                } else {
                    described.add(new Described(file, identity(file)));
                }
            } catch (CommandFailure failure) {
                failures.add(failure.getMessage());
                lastFailure = failure.exitCode();
            }
        }
        if (common.json) {
            writeJson(described, dumps);
        } else {
            described.forEach(this::write);
            dumps.forEach(this::write);
        }
        if (failures.isEmpty()) {
            return ExitCode.DONE.number();
        }
        throw new CommandFailure(
                files.size() == 1 ? lastFailure : ExitCode.SOME_FAILED,
                String.join("\n", failures));
    }

    private static FileIdentity identity(Path file) throws CommandFailure {
        try (MappedFile mapped = MappedFile.open(file, ByteOrder.LITTLE_ENDIAN)) {
            String name = String.valueOf(file.getFileName());
            return new IdentityReader(Limits.defaults(), new DiagnosticLog())
                    .read(name, mapped.source())
                    .orElseThrow(() -> new CommandFailure(
                            ExitCode.NOT_A_DUMP,
                            file + " is neither a PE image nor an ELF file, PDB or Breakpad"
                                    + " symbol file"));
        } catch (MalformedException broken) {
            throw new CommandFailure(
                    ExitCode.NOT_A_DUMP, file + " is broken: " + broken.getMessage(), broken);
        } catch (IOException unreadable) {
            throw CommandFailure.unreadable(file, unreadable);
        }
    }

    private void write(Described file) {
        FileIdentity identity = file.identity();
        console.out().println(Shown.oneLine(file.path().toString()));
        line(
                "kind",
                Optional.of(identity.kind().label()
                        + identity.operatingSystem().map(os -> ", " + os).orElse("")
                        + identity.cpu().map(cpu -> ", " + cpu).orElse("")));
        line("code id", identity.codeId().map(String::valueOf));
        line("build id", identity.buildId());
        line("debug id", identity.debugId().map(String::valueOf));
        line("debug file", identity.debugFile());
        line("contents", Optional.of(contents(identity)).filter(text -> !text.isEmpty()));
        line("store path", identity.storePath());
        line("sym path", symPath(identity));
    }

    private void write(DumpModules dump) {
        console.out().println(Shown.oneLine(dump.path().toString()));
        Table table = new Table("  MODULE", "CODE ID OR BUILD ID", "DEBUG ID", "DEBUG FILE");
        for (DumpModules.Module module : dump.modules()) {
            table.row(
                    "  " + Shown.oneLine(module.name()),
                    module.codeId().or(module::buildId).orElse("-"),
                    module.debugId().map(String::valueOf).orElse("-"),
                    module.debugFile().map(Shown::oneLine).orElse("-"));
        }
        table.writeTo(console.out());
    }

    /** Of a Breakpad file it is the store path; Breakpad knows no portable PDBs. */
    private static Optional<String> symPath(FileIdentity identity) {
        boolean has =
                identity.kind() != FileKind.BREAKPAD && identity.kind() != FileKind.PORTABLE_PDB;
        return has ? identity.symPath() : Optional.empty();
    }

    private static String contents(FileIdentity identity) {
        return identity.contents().stream()
                .map(FileContent::label)
                .collect(Collectors.joining(", "));
    }

    private void line(String what, Optional<String> value) {
        value.ifPresent(text -> console.out()
                .println("  " + what + " ".repeat(12 - what.length()) + Shown.oneLine(text)));
    }

    private static void write(DumpModules dump, JsonOutput json) {
        json.beginObject().text("path", dump.path().toString()).beginArray("modules");
        for (DumpModules.Module module : dump.modules()) {
            json.beginObject()
                    .text("name", module.name())
                    .text("codeId", module.codeId())
                    .text("buildId", module.buildId())
                    .text("debugId", module.debugId().map(String::valueOf))
                    .text("debugFile", module.debugFile())
                    .text("storePath", module.storePath())
                    .text("symPath", module.symPath())
                    .endObject();
        }
        json.endArray().endObject();
    }

    private void writeJson(List<Described> files, List<DumpModules> dumps) {
        try (JsonOutput json = JsonOutput.indented(console.out())) {
            json.beginObject()
                    .text("schema", "mortem.symbols/1")
                    .text("tool", Version.tool())
                    .beginArray("files");
            for (Described file : files) {
                FileIdentity identity = file.identity();
                json.beginObject()
                        .text("path", file.path().toString())
                        .text("kind", identity.kind().jsonName())
                        .text("name", identity.name())
                        .text("os", identity.operatingSystem())
                        .text("cpu", identity.cpu())
                        .text("codeId", identity.codeId().map(String::valueOf))
                        .text("buildId", identity.buildId())
                        .text("debugId", identity.debugId().map(String::valueOf))
                        .text("debugFile", identity.debugFile())
                        .texts(
                                "contents",
                                identity.contents().stream()
                                        .map(FileContent::jsonName)
                                        .toList())
                        .text("storePath", identity.storePath())
                        .text("symPath", symPath(identity))
                        .endObject();
            }
            json.endArray().beginArray("dumps");
            dumps.forEach(dump -> write(dump, json));
            json.endArray().endObject();
        }
        console.out().println();
    }
}
