package dev.mortem.cli;

import dev.mortem.stack.fetch.Lookup;
import dev.mortem.stack.fetch.StoreFile;
import dev.mortem.stack.fetch.StoreSource;
import dev.mortem.stack.fetch.SymbolSource;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Sources that keep what was asked and answered; those of programs are not asked for. Any thread. */
final class HeardSources {
    /**
     * A file that was asked for.
     *
     * @param kind "image", "PDB", "symbol file", "executable", "debuginfo"
     * @param name of the file; empty where it is known by its id alone
     * @param id code id, debug id or build id
     */
    record Wanted(String kind, String name, String id) {
        static Wanted of(StoreFile file) {
            return new Wanted(file.kind().label(), file.fileName(), file.id());
        }
    }

    /** With its answer. */
    record Heard(Wanted wanted, Lookup answer) {
        boolean found() {
            return answer instanceof Lookup.Found;
        }
    }

    private final SymbolServers servers;
    private final Consumer<Heard> listener;
    private final Map<Wanted, Lookup> answers = new ConcurrentHashMap<>();

    /** @param listener hears each answer once, from any thread */
    HeardSources(SymbolServers servers, Consumer<Heard> listener) {
        this.servers = servers;
        this.listener = listener;
    }

    SymbolSource symbols() {
        SymbolSource source = servers.source();
        return new SymbolSource() {
            @Override
            public boolean asksNobody() {
                return source.asksNobody();
            }

            @Override
            public Lookup executable(String buildId) {
                return hear(new Wanted("executable", "", buildId), source.executable(buildId));
            }

            @Override
            public Lookup debugFile(String buildId) {
                return hear(new Wanted("debuginfo", "", buildId), source.debugFile(buildId));
            }

            @Override
            public Lookup source(String buildId, String path) {
                return new Lookup.NotFound("nobody");
            }
        };
    }

    StoreSource stores() {
        StoreSource source = servers.stores();
        return new StoreSource() {
            @Override
            public boolean asksNobody() {
                return source.asksNobody();
            }

            @Override
            public Lookup find(StoreFile file) {
                return hear(Wanted.of(file), source.find(file));
            }
        };
    }

    private Lookup hear(Wanted wanted, Lookup answer) {
        if (answers.putIfAbsent(wanted, answer) == null) {
            listener.accept(new Heard(wanted, answer));
        }
        return answer;
    }

    /** In the order of their names. */
    List<Heard> all() {
        List<Heard> all = new ArrayList<>();
        answers.forEach((wanted, answer) -> all.add(new Heard(wanted, answer)));
        all.sort(Comparator.comparing((Heard heard) -> heard.wanted.name)
                .thenComparing(heard -> heard.wanted.id)
                .thenComparing(heard -> heard.wanted.kind));
        return all;
    }
}
