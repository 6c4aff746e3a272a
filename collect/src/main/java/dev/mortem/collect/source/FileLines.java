package dev.mortem.collect.source;

import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.LineSource;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;

/**
 * Lines that are appended to a file from now on. Follows it when it is renamed away and begun anew, or cut:
 * what a rotation leaves unread of the old file is read first.
 */
public final class FileLines implements EventSource {
    private static final int CHUNK_BYTES = 1 << 16;

    /** A longer line is told in pieces: a file without line ends must not fill the memory. */
    private static final int LINE_BYTES_MAX = 1 << 16;

    /** What is read at once at most; the rest comes the next time. */
    private static final int ROUND_BYTES_MAX = 4 << 20;

    private final LineSource source;
    private final Path path;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private @Nullable FileChannel channel;
    private @Nullable Object key;
    private long position;

    private FileLines(LineSource source, Path path) {
        this.source = source;
        this.path = path;
    }

    /** From the end of the file as it is now; one that does not exist yet is read from its start. */
    public static FileLines fromNow(LineSource source, Path path) {
        FileLines lines = new FileLines(source, path);
        lines.open();
        lines.position = lines.size();
        return lines;
    }

    @Override
    public void drainTo(List<Event> events) {
        if (channel == null) {
            open();
        }
        read(events);
        if (isReplaced()) {
            close();
            open();
            read(events);
        }
    }

    private void open() {
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
            position = 0;
        } catch (IOException notYet) {
            channel = null; // it may come
        }
    }

    private long size() {
        try {
            return channel == null ? 0 : channel.size();
        } catch (IOException gone) {
            return 0;
        }
    }

    private boolean isReplaced() {
        if (channel == null) {
            return false;
        }
        try {
            return !Objects.equals(
                    key, Files.readAttributes(path, BasicFileAttributes.class).fileKey());
        } catch (IOException gone) {
            return false; // between the old name and the new file
        }
    }

    private void read(List<Event> events) {
        FileChannel file = channel;
        if (file == null) {
            return;
        }
        if (size() < position) {
            position = 0; // it was cut
            line.reset();
        }
        try {
            for (int done = 0; done < ROUND_BYTES_MAX; ) {
                chunk.clear();
                int came = file.read(chunk, position);
                if (came <= 0) {
                    return;
                }
                position += came;
                done += came;
                split(chunk.flip(), events);
            }
        } catch (IOException unreadable) {
            close(); // opened anew the next time
        }
    }

    private void split(ByteBuffer bytes, List<Event> events) {
        while (bytes.hasRemaining()) {
            byte each = bytes.get();
            if (each != '\n') {
                line.write(each);
            }
            if (each == '\n' || line.size() >= LINE_BYTES_MAX) {
                String text = line.toString(StandardCharsets.UTF_8);
                events.add(new Event.LineCame(
                        source, text.endsWith("\r") ? text.substring(0, text.length() - 1) : text));
                line.reset();
            }
        }
    }

    @Override
    public void close() {
        FileChannel file = channel;
        channel = null;
        line.reset();
        if (file != null) {
            try {
                file.close();
            } catch (IOException failed) {
                // nothing was written to it
            }
        }
    }
}
