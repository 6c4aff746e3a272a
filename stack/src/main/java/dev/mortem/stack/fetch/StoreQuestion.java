package dev.mortem.stack.fetch;

import dev.mortem.base.limit.Limits;
import dev.mortem.base.text.Escape;
import dev.mortem.stack.fetch.HttpTransport.Answer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A file of a symbol store over HTTP, as symsrv asks for it: {@code NAME/ID/FILE}, packed as {@code
 * NAME/ID/FIL_}, and {@code NAME/ID/file.ptr}; where the server has two tiers, below the first two
 * letters of the name.
 *
 * @param tiers what is known of servers' tiers
 */
record StoreQuestion(StoreFile file, StoreTiers tiers, FilePointer pointers, Limits limits)
        implements Question {
    @Override
    public Place place(ServerUrl server) {
        return place(file);
    }

    /** The same wherever it came from: what stands in the file shows that it is right. */
    static Place place(StoreFile file) {
        String name = file.name().toLowerCase(Locale.ROOT);
        return new Place(
                name + "-" + file.id().toUpperCase(Locale.ROOT),
                file.fileName().toLowerCase(Locale.ROOT));
    }

    @Override
    public String words() {
        return file.toString();
    }

    @Override
    public Answer fetch(ServerUrl server, Path part, Download download)
            throws IOException, InterruptedException {
        Answer flat = fetch(server, "", part, download);
        // trees of symbol files never have tiers
        boolean sym = file.kind() == StoreFile.Kind.SYM;
        if (!isAbsent(flat) || sym || !tiers.hasTwo(server, part, download)) {
            return flat;
        }
        return fetch(server, StoreFolder.firstTier(file.name()) + "/", part, download);
    }

    private Answer fetch(ServerUrl server, String prefix, Path part, Download download)
            throws IOException, InterruptedException {
        Answer answer = new Answer.Broken("not asked");
        for (String path : plainPaths()) {
            answer = download.get(
                    server.ofStore(prefix + path), part, limits.max(FetchSession.FILE_BYTES));
            if (!isAbsent(answer)) {
                return page(answer);
            }
        }
        if (file.kind() == StoreFile.Kind.SYM) {
            return answer; // no tree has them in another form
        }
        String folder = prefix + file.name() + "/" + file.id() + "/";
        Answer packed = download.get(
                server.ofStore(folder + file.packedName()),
                part,
                limits.max(FetchSession.FILE_BYTES));
        if (!isAbsent(packed)) {
            return packed instanceof Answer.Whole && page(packed) instanceof Answer.Whole
                    ? Unpacking.inPlace(part, limits)
                    : page(packed);
        }
        Answer pointer = download.get(
                server.ofStore(folder + StoreFolder.POINTER), part, FilePointer.BYTES_MAX);
        return page(pointer) instanceof Answer.Whole ? follow(part) : answer;
    }

    private Set<String> plainPaths() {
        return new LinkedHashSet<>(List.of(file.path(), file.lowerCase().path()));
    }

    private Answer follow(Path part) throws IOException {
        String text = Files.readString(part, StandardCharsets.ISO_8859_1);
        return switch (pointers.read(text)) {
            case FilePointer.Target.File target -> {
                PrivateFolder.fill(part, target.path());
                yield new Answer.Whole(Optional.empty());
            }
            case FilePointer.Target.Nowhere nowhere -> new Answer.Refused(nowhere.why());
        };
    }

    private Answer page(Answer answer) {
        return answer instanceof Answer.Whole whole && whole.isPage()
                ? new Answer.Broken("a web page in place of " + Escape.visible(file.toString()))
                : answer;
    }

    /** Stores in clouds say 403 of what is not there to those who may not list it. */
    private static boolean isAbsent(Answer answer) {
        return answer instanceof Answer.Status status
                && (status.code() == 404 || status.code() == 403 || status.code() == 410);
    }

    @Override
    public Optional<String> problem(Path came) throws IOException {
        return StoreFileCheck.problem(file, came, limits);
    }
}
