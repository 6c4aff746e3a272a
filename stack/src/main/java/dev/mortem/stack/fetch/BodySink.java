package dev.mortem.stack.fetch;

import dev.mortem.stack.fetch.HttpTransport.Answer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Puts an answer's content into a file while it comes, as far as the limit. For one request. */
final class BodySink implements AutoCloseable {
    /** Deflate makes a thousand bytes of one at most; what is unpacked is counted as it is written. */
    private static final int CHUNK_BYTES = 128 * 1024;

    /** More came, or was announced, than is allowed. */
    static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1L;

        private final String why;

        TooLargeException(String found, long bytesMax) {
            this.why = found + ", at most " + bytesMax + " are allowed";
        }

        String why() {
            return why;
        }
    }

    /** The file could not be written: no fault of the server's. */
    static final class UnwritableException extends IOException {
        private static final long serialVersionUID = 1L;

        private final IOException failure;

        UnwritableException(IOException failure) {
            super(failure);
            this.failure = failure;
        }

        IOException failure() {
            return failure;
        }
    }

    private final FileChannel channel;
    private final long bytesMax;
    private final AtomicLong received = new AtomicLong();

    BodySink(Path target, long bytesMax) throws IOException {
        this.channel = FileChannel.open(
                target,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING,
                LinkOption.NOFOLLOW_LINKS);
        this.bytesMax = bytesMax;
    }

    /** Bytes that have come so far. */
    long received() {
        return received.get();
    }

    /** Only the content of a file is read; what a server says beside an error is not. */
    HttpResponse.BodySubscriber<Void> accept(HttpResponse.ResponseInfo info) {
        if (info.statusCode() != 200) {
            return new Content(false, Optional.empty());
        }
        Optional<String> length = info.headers().firstValue("Content-Length");
        boolean tooLong = length.filter(text -> text.matches("[0-9]+"))
                .filter(text -> text.length() > 18 || Long.parseLong(text) > bytesMax)
                .isPresent();
        return new Content(
                !tooLong,
                tooLong
                        ? Optional.of(new TooLargeException(length.orElse("") + " bytes", bytesMax))
                        : Optional.empty());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Unpacks a file in its place; empty when that went well. */
    static Optional<Answer> inflate(Path target, long bytesMax) throws IOException {
        Path packed = Files.move(target, target.resolveSibling(target.getFileName() + ".gz"));
        try (InputStream file = Files.newInputStream(packed, LinkOption.NOFOLLOW_LINKS);
                OutputStream out = PrivateFolder.create(target)) {
            InputStream unpacked = new GZIPInputStream(file, CHUNK_BYTES);
            byte[] chunk = new byte[CHUNK_BYTES];
            long total = 0;
            for (int count = unpacked.read(chunk); count >= 0; count = unpacked.read(chunk)) {
                total += count;
                if (total > bytesMax) {
                    return Optional.of(
                            new Answer.Refused("more than " + bytesMax + " bytes when unpacked"));
                }
                out.write(chunk, 0, count);
            }
            return Optional.empty();
        } catch (EOFException cut) {
            return Optional.of(new Answer.Interrupted("cut off: gzip without its end", true));
        } catch (ZipException noGzip) {
            return Optional.of(new Answer.Broken("its gzip encoding is broken"));
        } finally {
            Files.deleteIfExists(packed);
        }
    }

    private final class Content implements HttpResponse.BodySubscriber<Void> {
        private final CompletableFuture<Void> whole = new CompletableFuture<>();
        private final boolean wanted;
        private final Optional<IOException> refusal;
        private Optional<Flow.Subscription> subscription = Optional.empty();

        Content(boolean wanted, Optional<IOException> refusal) {
            this.wanted = wanted;
            this.refusal = refusal;
        }

        @Override
        public CompletionStage<Void> getBody() {
            return whole;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = Optional.of(given);
            if (wanted) {
                given.request(1);
                return;
            }
            given.cancel();
            refusal.ifPresentOrElse(whole::completeExceptionally, () -> whole.complete(null));
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            try {
                for (ByteBuffer buffer : buffers) {
                    if (received.addAndGet(buffer.remaining()) > bytesMax) {
                        throw new TooLargeException("more than " + bytesMax + " bytes", bytesMax);
                    }
                    write(buffer);
                }
                subscription.ifPresent(open -> open.request(1));
            } catch (IOException failed) {
                subscription.ifPresent(Flow.Subscription::cancel);
                whole.completeExceptionally(failed);
            }
        }

        @Override
        public void onError(Throwable failure) {
            whole.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            whole.complete(null);
        }

        private void write(ByteBuffer buffer) throws UnwritableException {
            try {
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            } catch (IOException failed) {
                throw new UnwritableException(failed);
            }
        }
    }
}
