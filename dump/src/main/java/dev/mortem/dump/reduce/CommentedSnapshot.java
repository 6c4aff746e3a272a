package dev.mortem.dump.reduce;

import dev.mortem.base.snapshot.DumpDetails;
import dev.mortem.base.snapshot.ProcessSnapshot;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A snapshot with one comment more: what somebody wants the reader of its dump to know. */
public final class CommentedSnapshot extends DelegatingSnapshot {
    private final String comment;

    private CommentedSnapshot(ProcessSnapshot below, String comment) {
        super(below);
        this.comment = comment;
    }

    /** The snapshot itself where there is no comment. Whoever made it closes it. */
    public static ProcessSnapshot of(ProcessSnapshot snapshot, Optional<String> comment) {
        return comment.isPresent() ? new CommentedSnapshot(snapshot, comment.get()) : snapshot;
    }

    @Override
    public DumpDetails details() {
        DumpDetails known = below().details();
        List<String> comments = new ArrayList<>(known.comments());
        comments.add(comment);
        return new DumpDetails(
                known.kind(),
                known.flags(),
                comments,
                known.annotations(),
                known.contents(),
                known.origin());
    }
}
