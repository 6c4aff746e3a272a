package dev.mortem.os;

/** What a user may name as a target; TARGET in the command line's help. */
public sealed interface Target {
    /** As the user writes it. */
    String text();

    /** A process id. */
    record Pid(long pid) implements Target {
        @Override
        public String text() {
            return Long.toString(pid);
        }
    }

    /** An executable's file name: "nginx". */
    record Name(String name) implements Target {
        @Override
        public String text() {
            return name;
        }
    }

    /** A systemd unit, with or without ".service". */
    record Unit(String unit) implements Target {
        @Override
        public String text() {
            return "unit:" + unit;
        }
    }

    /** A service: on Linux the systemd unit of that name. */
    record Service(String service) implements Target {
        @Override
        public String text() {
            return "service:" + service;
        }
    }

    /** An IIS application pool: on Windows only. */
    record Pool(String pool) implements Target {
        @Override
        public String text() {
            return "pool:" + pool;
        }
    }

    /** A container's id, or the first digits of it. */
    record Container(String id) implements Target {
        @Override
        public String text() {
            return "container:" + id;
        }
    }

    /** A TCP port that the process listens on. */
    record Port(int port) implements Target {
        @Override
        public String text() {
            return "port:" + port;
        }
    }

    /** A glob (* and ?) that the whole command line matches. */
    record Command(String glob) implements Target {
        @Override
        public String text() {
            return "command:" + glob;
        }
    }

    /**
     * Reads what the user wrote.
     *
     * @throws IllegalArgumentException for an empty name, an unknown kind or a port that is none; the
     *     message says what is allowed
     */
    static Target parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            return parseBare(text);
        }
        String kind = text.substring(0, colon);
        String rest = text.substring(colon + 1);
        if (rest.isBlank()) {
            throw new IllegalArgumentException("target \"" + text + "\": nothing after the colon");
        }
        return switch (kind) {
            case "unit" -> new Unit(rest);
            case "service" -> new Service(rest);
            case "pool" -> new Pool(rest);
            case "container" -> new Container(rest);
            case "port" -> new Port(parsePort(text, rest));
            case "command" -> new Command(rest);
            case "name" -> new Name(rest);
            default ->
                throw new IllegalArgumentException("target \"" + text + "\": \"" + kind
                        + "\" is no kind of target; a pid, an executable's name, unit:, service:,"
                        + " pool:, container:, port: or command: are");
        };
    }

    private static Target parseBare(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("the target is empty; a pid, an executable's name, "
                    + "unit:, container:, port: or command: name one");
        }
        boolean digits = text.chars().allMatch(c -> c >= '0' && c <= '9');
        // more digits than any pid has: a file may well be called like that
        return digits && text.length() <= 10 ? new Pid(Long.parseLong(text)) : new Name(text);
    }

    private static int parsePort(String text, String number) {
        boolean digits = number.chars().allMatch(c -> c >= '0' && c <= '9');
        int port = digits && number.length() <= 5 ? Integer.parseInt(number) : 0;
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException(
                    "target \"" + text + "\": a port is a number from 1 to 65535");
        }
        return port;
    }
}
