package dev.mortem.stack.fetch;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.elf.ElfExtent;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfHeader;
import dev.mortem.stack.fetch.HttpTransport.Answer;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Asks debuginfod servers, in the order they were named, and keeps what they give (elfutils,
 * debuginfod(8): {@code /buildid/BUILDID/executable}, {@code /debuginfo}, {@code /source/PATH}). A file
 * whose build id is another one is deleted and reported. Safe for any thread while its session is open.
 */
public final class DebuginfodClient implements SymbolSource {
    static final Limit SOURCE_BYTES = new Limit(
            "a source from a symbol server",
            64L << 20,
            "bytes",
            "sqlite's single file has 9 MB, the largest generated parsers 30 MB");

    private static final int PATH_CHARS_MAX = 4096;

    private final FetchSession session;
    private final List<ServerUrl> servers;

    /**
     * @param session belongs to the caller
     * @param servers asked in this order
     */
    public DebuginfodClient(FetchSession session, List<ServerUrl> servers) {
        this.session = session;
        this.servers = List.copyOf(servers);
    }

    @Override
    public boolean asksNobody() {
        return servers.isEmpty();
    }

    @Override
    public Lookup executable(String buildId) {
        return ask(new FileOfBuild(buildId, "executable", session.limits()));
    }

    @Override
    public Lookup debugFile(String buildId) {
        return ask(new FileOfBuild(buildId, "debuginfo", session.limits()));
    }

    @Override
    public Lookup source(String buildId, String path) {
        if (!path.startsWith("/")
                || path.length() > PATH_CHARS_MAX
                || path.chars().anyMatch(Character::isISOControl)) {
            return new Lookup.Unsupported("nobody: servers know sources by absolute paths only");
        }
        return ask(new SourceOfBuild(buildId, path, session.limits()));
    }

    private sealed interface OfBuild extends Question {
        String buildId();
    }

    private Lookup ask(OfBuild question) {
        if (!question.buildId().matches("([0-9a-f]{2}){2,64}")) {
            return new Lookup.Unsupported("nobody: this is no build id that servers know");
        }
        return session.once(List.of(this, question), () -> {
            List<Lookup> answered = new ArrayList<>();
            for (ServerUrl server : servers) {
                Lookup answer = session.ask(question, server);
                if (answer instanceof Lookup.Found) {
                    return answer;
                }
                answered.add(answer);
            }
            return FetchSession.worst(answered);
        });
    }

    /** @param kind as it stands in the address: executable, debuginfo */
    private record FileOfBuild(String buildId, String kind, Limits limits) implements OfBuild {
        @Override
        public Place place(ServerUrl server) {
            return new Place(buildId, kind);
        }

        @Override
        public String words() {
            return "the " + kind + " of build id " + buildId;
        }

        @Override
        public Answer fetch(ServerUrl server, Path part, Download download)
                throws IOException, InterruptedException {
            return download.get(
                    server.of(buildId, kind), part, limits.max(FetchSession.FILE_BYTES));
        }

        @Override
        public Optional<String> problem(Path file) throws IOException {
            if (Files.size(file) == 0) {
                return Optional.of("an empty answer");
            }
            try (MappedFile mapped = MappedFile.open(file, ByteOrder.LITTLE_ENDIAN)) {
                if (!ElfHeader.isElf(mapped.source())) {
                    return Optional.of("no ELF file in the answer");
                }
                return problem(
                        ElfFile.read(mapped.source(), limits, _ -> {}),
                        mapped.source().sizeBytes());
            } catch (MalformedException malformed) {
                return Optional.of("answered with a broken ELF file: " + malformed.problem());
            }
        }

        private Optional<String> problem(ElfFile elf, long sizeBytes) throws MalformedException {
            Optional<ElfExtent> missing = ElfExtent.missing(elf);
            if (missing.isPresent()) {
                return Optional.of(
                        "answered with an ELF file that was cut off: its %s end at byte %s, it has %d"
                                .formatted(
                                        missing.get().what(),
                                        Long.toUnsignedString(missing.get().end()),
                                        sizeBytes));
            }
            Optional<String> found = elf.buildId();
            return found.filter(buildId::equals).isPresent()
                    ? Optional.empty()
                    : Optional.of("answered with build id " + found.orElse("none") + ", not "
                            + buildId + "; the file was deleted");
        }
    }

    /** What servers say of one path may differ, and nothing in a source tells its build. */
    private record SourceOfBuild(String buildId, String path, Limits limits) implements OfBuild {
        @Override
        public Place place(ServerUrl server) {
            return new Place(buildId, FetchCache.sourceName(server, path));
        }

        @Override
        public String words() {
            return "the " + path + " of build id " + buildId;
        }

        @Override
        public Answer fetch(ServerUrl server, Path part, Download download)
                throws IOException, InterruptedException {
            Answer answer =
                    download.get(server.ofSource(buildId, path), part, limits.max(SOURCE_BYTES));
            // a server that redirects strangers to a page
            return answer instanceof Answer.Whole whole && whole.isPage()
                    ? new Answer.Broken("a web page in place of the source")
                    : answer;
        }

        @Override
        public Optional<String> problem(Path file) {
            return Optional.empty();
        }
    }
}
