package dev.mortem.testkit.synth;

import java.util.Optional;

/** One program header of an {@link ElfSynth}, with bytes of its own or over bytes placed otherwise. */
public final class ElfSegment {
    /** p_flags. */
    public static final int EXECUTE = 1;

    public static final int WRITE = 2;
    public static final int READ = 4;

    final int type;
    final int flags;
    final Optional<Layout> content;
    Label fileOffset;
    Label address;
    Label fileSizeBytes;
    Label memorySizeBytes;
    long align = 1;

    private ElfSegment(int type, int flags, Optional<Layout> content, Label address, Label size) {
        this.type = type;
        this.flags = flags;
        this.content = content;
        this.address = address;
        this.fileOffset = Label.unset();
        this.fileSizeBytes = size;
        this.memorySizeBytes = size;
    }

    /** A segment with bytes of its own, which {@link ElfSynth} places. */
    public static ElfSegment of(int type, int flags, Layout content) {
        Label size = Label.of(content::sizeBytes);
        return new ElfSegment(type, flags, Optional.of(content), content.start(), size);
    }

    /** A segment over a part of the file whose bytes come from elsewhere, for instance sections. */
    public static ElfSegment over(
            int type, int flags, Label fileOffset, Label address, Label size) {
        ElfSegment segment = new ElfSegment(type, flags, Optional.empty(), address, size);
        segment.fileOffset = fileOffset;
        return segment;
    }

    /** p_align; also where the bytes are placed. */
    public ElfSegment align(long bytes) {
        align = bytes;
        return this;
    }

    /** p_memsz: more than the file holds is zero in a program and absent in a core. */
    public ElfSegment memorySize(long bytes) {
        memorySizeBytes = Label.of(bytes);
        return this;
    }

    /** p_filesz as stated, whatever the bytes there are. */
    public ElfSegment claimFileSize(long bytes) {
        fileSizeBytes = Label.of(bytes);
        return this;
    }

    /** p_offset as stated, wherever the bytes are. */
    public ElfSegment claimFileOffset(long offset) {
        fileOffset = Label.of(offset);
        return this;
    }

    /** p_vaddr as stated. */
    public ElfSegment claimAddress(long stated) {
        address = Label.of(stated);
        return this;
    }
}
