package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** CommentStreamA and CommentStreamW: text, perhaps with a NUL behind (minidumpapiset.h). */
public final class Comments {
    private Comments() {}

    /** Those that are there, without blanks around. */
    public static List<String> readAll(MinidumpFile file) {
        List<String> comments = new ArrayList<>();
        for (int type : new int[] {StreamType.COMMENT_W, StreamType.COMMENT_A}) {
            Optional<ByteSource> stream = file.stream(type);
            if (stream.isPresent()) {
                try {
                    String comment = read(stream.get(), type, file).strip();
                    if (!comment.isEmpty()) {
                        comments.add(comment);
                    }
                } catch (MalformedException cutWhileMapped) {
                    file.diagnostics().report(cutWhileMapped, "the comment is not known");
                }
            }
        }
        return comments;
    }

    private static String read(ByteSource stream, int type, MinidumpFile file)
            throws MalformedException {
        int sizeBytes =
                (int) Math.min(stream.sizeBytes(), file.limits().max(MinidumpLimits.COMMENT_BYTES));
        byte[] bytes = stream.bytes("Comment", 0, sizeBytes);
        if (type == StreamType.COMMENT_W) {
            return MinidumpFile.utf16(bytes);
        }
        // the writer's code page is not told; Latin-1 keeps every byte
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf('\0');
        return end >= 0 ? text.substring(0, end) : text;
    }

    /** Puts one comment for all; nothing where there is none. */
    public static void write(List<String> comments, MinidumpHead head) {
        if (!comments.isEmpty()) {
            String text = String.join("\n", comments) + "\0";
            head.stream(StreamType.COMMENT_W, text.getBytes(StandardCharsets.UTF_16LE));
        }
    }
}
