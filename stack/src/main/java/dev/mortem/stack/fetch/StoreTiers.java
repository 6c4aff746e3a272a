package dev.mortem.stack.fetch;

import dev.mortem.stack.fetch.HttpTransport.Answer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which servers keep their files in two tiers; each is asked once. Safe for any thread. */
final class StoreTiers {
    private static final int INDEX_BYTES_MAX = 1 << 20;

    private final Map<ServerUrl, Boolean> known = new ConcurrentHashMap<>();

    /** @param scratch is written over */
    boolean hasTwo(ServerUrl server, Path scratch, Question.Download download)
            throws IOException, InterruptedException {
        Boolean before = known.get(server);
        if (before != null) {
            return before;
        }
        Answer answer =
                download.get(server.ofStore(StoreFolder.TWO_TIERS), scratch, INDEX_BYTES_MAX);
        boolean two = answer instanceof Answer.Whole whole && !whole.isPage();
        known.put(server, two);
        return two;
    }
}
