package dev.mortem.testkit.synth;

/** One section of an {@link ElfSynth}: its header's fields and its bytes. */
public final class ElfSection {
    final String name;
    final int type;
    final long flags;
    final Layout content;
    final Label fileOffset = Label.unset();
    Label address = Label.of(0);
    Label sizeBytes;
    Label link = Label.of(0);
    long info;
    long align = 1;
    long entrySizeBytes;
    boolean placed;

    ElfSection(String name, int type, long flags, Layout content) {
        this.name = name;
        this.type = type;
        this.flags = flags;
        this.content = content;
        this.sizeBytes = Label.of(content::sizeBytes);
    }

    /** Where its bytes lie in the file; known once the file is built, or since {@link #at}. */
    public Label fileOffset() {
        return fileOffset;
    }

    /** Puts the bytes at this offset of the file, instead of after what came before. */
    public ElfSection at(long offset) {
        fileOffset.set(offset);
        placed = true;
        return this;
    }

    /** sh_addr. */
    public ElfSection address(Label svma) {
        address = svma;
        return this;
    }

    /** sh_link, as an index of a section. */
    public ElfSection link(Label index) {
        link = index;
        return this;
    }

    /** sh_info. */
    public ElfSection info(long value) {
        info = value;
        return this;
    }

    /** sh_addralign; also where the bytes are placed. */
    public ElfSection align(long bytes) {
        align = bytes;
        return this;
    }

    /** sh_entsize. */
    public ElfSection entrySize(long bytes) {
        entrySizeBytes = bytes;
        return this;
    }

    /** sh_size as stated, whatever the bytes there are. */
    public ElfSection claimSize(long bytes) {
        sizeBytes = Label.of(bytes);
        return this;
    }
}
