package dev.mortem.stack.fetch;

/**
 * Where files of Windows modules are asked for. Implementations are safe for any thread, bound the time
 * that a question takes, and never throw for what a server or a folder holds.
 */
public interface StoreSource {
    /** Asks nobody. */
    StoreSource NONE = new StoreSource() {
        @Override
        public boolean asksNobody() {
            return true;
        }

        @Override
        public Lookup find(StoreFile file) {
            return new Lookup.NotFound("nobody");
        }
    };

    /** Whether every question is in vain, so that none needs to be put. */
    default boolean asksNobody() {
        return false;
    }

    /** Whether others than folders of this machine are asked. */
    default boolean asksServers() {
        return !asksNobody();
    }

    /** The file, shown to be of that id. */
    Lookup find(StoreFile file);
}
