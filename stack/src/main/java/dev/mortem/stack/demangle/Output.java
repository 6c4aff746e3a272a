package dev.mortem.stack.demangle;

/** The text being written, with its length and the work spent on it bounded. */
final class Output {
    private final StringBuilder text = new StringBuilder();
    private final int lengthMax;
    private final int depthMax;
    private long workLeft;
    private int depth;
    private char last;

    Output(int lengthMax, int depthMax, long workMax) {
        this.lengthMax = lengthMax;
        this.depthMax = depthMax;
        this.workLeft = workMax;
    }

    void append(String more) throws UnreadableNameException {
        if (more.isEmpty()) {
            return;
        }
        if (more.length() > lengthMax - text.length()) {
            throw new UnreadableNameException("written out, the name is too long");
        }
        text.append(more);
        last = more.charAt(more.length() - 1);
    }

    void append(char one) throws UnreadableNameException {
        append(String.valueOf(one));
    }

    /** The character appended last, even if it was cut off since; 0 where there is none. */
    char last() {
        return last;
    }

    int length() {
        return text.length();
    }

    /**
     * Forgets what was written after a length. {@link #last()} stays: c++filt does so too, hence
     * its {@code f<A<int>>} without a space where an empty pack follows.
     */
    void cutTo(int length) {
        text.setLength(length);
    }

    /** One more node visited. */
    void work() throws UnreadableNameException {
        if (--workLeft < 0) {
            throw new UnreadableNameException("writing the name out takes too long");
        }
    }

    void enter() throws UnreadableNameException {
        work();
        if (++depth > depthMax) {
            throw new UnreadableNameException("nested too deeply");
        }
    }

    void leave() {
        depth--;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
