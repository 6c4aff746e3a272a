package dev.mortem.stack.fetch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Stores that are asked one after the other: {@code srv*NEAR*FAR} of a symbol path. What a far one has is
 * copied into the folders before it.
 *
 * @param stages the nearest first
 */
public record StoreChain(List<Stage> stages) {
    /** One store. */
    public sealed interface Stage {
        /** A folder that the user named; it need not be there yet. */
        record Folder(Path path) implements Stage {}

        record Server(ServerUrl url) implements Stage {}
    }

    public StoreChain {
        stages = List.copyOf(stages);
    }

    /** This chain with a folder before it, which then gets copies of all that is found. */
    public StoreChain behind(Path folder) {
        List<Stage> longer = new ArrayList<>(stages);
        longer.addFirst(new Stage.Folder(folder));
        return new StoreChain(longer);
    }

    /** Whether connections are opened for it. */
    public boolean hasServers() {
        return stages.stream().anyMatch(Stage.Server.class::isInstance);
    }
}
