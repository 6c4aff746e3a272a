package dev.mortem.dump.copy;

import dev.mortem.dump.container.ChannelOutput;
import dev.mortem.dump.container.DirectOutput;
import dev.mortem.dump.container.FileOutput;
import dev.mortem.dump.write.PartialFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** The file of a dump; its failures say what a person can do. Belongs to one thread at a time. */
final class DumpOutput implements FileOutput {
    private final FileOutput output;
    private final PartialFile file;

    private DumpOutput(FileOutput output, PartialFile file) {
        this.output = output;
        this.file = file;
    }

    /** @param channel the file's own; a test has one that fails */
    static DumpOutput of(PartialFile file, FileChannel channel, boolean direct) throws IOException {
        if (!direct) {
            return new DumpOutput(new ChannelOutput(channel), file);
        }
        long blockBytes = file.blockBytes();
        if (!DirectOutput.allows(blockBytes)) {
            throw file.withoutDirect();
        }
        return new DumpOutput(new DirectOutput(channel, (int) blockBytes), file);
    }

    @Override
    public void write(ByteBuffer bytes, long fileOffset) throws IOException {
        try {
            output.write(bytes, fileOffset);
        } catch (IOException failed) {
            throw file.explained(failed, output.allocatedBytes());
        }
    }

    @Override
    public void finish(long sizeBytes) throws IOException {
        try {
            output.finish(sizeBytes);
        } catch (IOException failed) {
            throw file.explained(failed, output.allocatedBytes());
        }
    }

    @Override
    public int holeBytesMin() {
        return output.holeBytesMin();
    }

    @Override
    public long allocatedBytes() {
        return output.allocatedBytes();
    }

    @Override
    public void close() {
        output.close();
    }
}
