package dev.mortem.stack.fetch;

/**
 * Where files are asked for by build id. Implementations are safe for any thread, bound the time that a
 * question takes, and never throw for what a server does.
 */
public interface SymbolSource {
    /** Asks nobody. */
    SymbolSource NONE = new SymbolSource() {
        @Override
        public boolean asksNobody() {
            return true;
        }

        @Override
        public Lookup executable(String buildId) {
            return new Lookup.NotFound("nobody");
        }

        @Override
        public Lookup debugFile(String buildId) {
            return new Lookup.NotFound("nobody");
        }

        @Override
        public Lookup source(String buildId, String path) {
            return new Lookup.NotFound("nobody");
        }
    };

    /** Whether every question is in vain, so that none needs to be put. */
    default boolean asksNobody() {
        return false;
    }

    /** @param buildId lower-case hex */
    Lookup executable(String buildId);

    /** The separate debug file. */
    Lookup debugFile(String buildId);

    /** @param path of the source file, as the compiler recorded it with its directory */
    Lookup source(String buildId, String path);
}
