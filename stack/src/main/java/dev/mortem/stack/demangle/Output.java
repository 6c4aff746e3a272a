package dev.mortem.stack.demangle;

import java.util.ArrayList;
import java.util.List;

/**
 * The text being written, with its length and the work spent on it bounded, and marks that say what
 * its stretches are: {@link ShortName} reads them.
 */
final class Output {
    /** What a stretch of the text is. */
    enum Part {
        /** A template's or generic item's name with its arguments. */
        INSTANCE,
        /** The arguments with their brackets. */
        ARGUMENTS,
        /** One of them; a pack is one, and may be none. */
        ARGUMENT,
        /** Only of interest where two names have to be told apart. */
        NOISE,
        /** People have another word for it. */
        ALIAS
    }

    /**
     * Where a part begins or ends.
     *
     * @param alias what people say instead of an {@link Part#ALIAS}, else empty
     */
    record Mark(int position, Part part, boolean opens, String alias) {}

    /** A place to go back to. */
    record Place(int length, int marks) {}

    private final StringBuilder text = new StringBuilder();
    private final List<Mark> marks = new ArrayList<>();
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

    /** Takes over what was written elsewhere. */
    void append(Output other) throws UnreadableNameException {
        int start = text.length();
        append(other.toString());
        for (Mark mark : other.marks) {
            marks.add(new Mark(start + mark.position(), mark.part(), mark.opens(), mark.alias()));
        }
    }

    void open(Part part) {
        marks.add(new Mark(text.length(), part, true, ""));
    }

    void openAlias(String alias) {
        marks.add(new Mark(text.length(), Part.ALIAS, true, alias));
    }

    void close(Part part) {
        marks.add(new Mark(text.length(), part, false, ""));
    }

    /** The character appended last, even if it was cut off since; 0 where there is none. */
    char last() {
        return last;
    }

    int length() {
        return text.length();
    }

    Place place() {
        return new Place(text.length(), marks.size());
    }

    /**
     * Forgets what was written after a place. {@link #last()} stays: c++filt does so too, hence
     * its {@code f<A<int>>} without a space where an empty pack follows.
     */
    void cutTo(Place place) {
        text.setLength(place.length());
        marks.subList(place.marks(), marks.size()).clear();
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

    List<Mark> marks() {
        return marks;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
