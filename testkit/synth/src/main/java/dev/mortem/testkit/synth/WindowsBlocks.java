package dev.mortem.testkit.synth;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * What Windows keeps in a process: PEB, parameters, the loader's list and TEBs, as the public symbols of
 * ntdll lay them out for pointers of 8 and of 4 bytes. All of it lies in two pages' worth of addresses
 * from a base on; {@link #forEach} gives the pieces. Belongs to one thread.
 */
public final class WindowsBlocks {
    /** A module of the loader's list. */
    public record Loaded(long base, long sizeBytes, String path, long timeDateStamp) {}

    private static final int TEB_BYTES = 0x1490;

    private final int pointerBytes;
    private final long base;
    private final List<Loaded> loaded = new ArrayList<>();
    private final List<Long> heaps = new ArrayList<>();
    private final List<Layout> tebs = new ArrayList<>();
    private String commandLine = "";
    private String image = "";
    private String currentDirectory = "";
    private String desktop = "";
    private final List<String> environment = new ArrayList<>();

    /**
     * @param pointerBytes 8 or 4
     * @param base address of the PEB
     */
    public WindowsBlocks(int pointerBytes, long base) {
        this.pointerBytes = pointerBytes;
        this.base = base;
    }

    public long peb() {
        return base;
    }

    public WindowsBlocks commandLine(String value) {
        commandLine = value;
        return this;
    }

    public WindowsBlocks image(String value) {
        image = value;
        return this;
    }

    public WindowsBlocks currentDirectory(String value) {
        currentDirectory = value;
        return this;
    }

    public WindowsBlocks desktop(String value) {
        desktop = value;
        return this;
    }

    public WindowsBlocks environment(String... variables) {
        environment.addAll(List.of(variables));
        return this;
    }

    public WindowsBlocks heap(long address) {
        heaps.add(address);
        return this;
    }

    public WindowsBlocks loaded(long moduleBase, long sizeBytes, String path, long timeStamp) {
        loaded.add(new Loaded(moduleBase, sizeBytes, path, timeStamp));
        return this;
    }

    /** A TEB at an address; its thread's stack from {@code stackLimit} to {@code stackBase}. */
    public WindowsBlocks teb(
            long address, long stackLimit, long stackBase, long lastError, long lastStatus) {
        Layout teb = at(address);
        teb.word(0).word(stackBase).word(stackLimit).word(0).word(0).word(0).word(address);
        teb.fillTo(pick(0x60, 0x30)).word(base).u4(lastError);
        teb.fillTo(pick(0x1250, 0xbf4)).u4(lastStatus).fillTo(TEB_BYTES);
        tebs.add(teb);
        return this;
    }

    /** A TEB of 64 bits whose second TLS slot points to the registers of 32-bit code. */
    public WindowsBlocks tebOf32BitThread(long address, long cpuReserved) {
        Layout teb = at(address);
        teb.word(address + 0x2000).fillTo(0x30).word(address).fillTo(0x60).word(base);
        tebs.add(teb.fillTo(0x1488).word(cpuReserved));
        return this;
    }

    /** Each piece with its address. */
    public void forEach(BiConsumer<Long, byte[]> piece) {
        long parameters = base + 0x1000;
        long loader = base + 0x2000;
        long heapList = base + 0x3000;
        Layout peb = at(base);
        peb.fillTo(pick(0x10, 0x08)).word(0x40_0000).word(loader).word(parameters);
        peb.fillTo(pick(0x30, 0x18)).word(heaps.isEmpty() ? 0 : heaps.getFirst());
        peb.fillTo(pick(0xe8, 0x88)).u4(heaps.size()).u4(16).word(heapList).fillTo(0x200);
        piece.accept(base, peb.build());
        Layout list = at(heapList);
        heaps.forEach(list::word);
        piece.accept(heapList, list.fillTo(0x100).build());
        piece.accept(parameters, parameters(parameters));
        piece.accept(loader, loader(loader));
        tebs.forEach(teb -> piece.accept(teb.start().value(), teb.build()));
    }

    private byte[] parameters(long address) {
        Layout out = at(address);
        Layout texts = at(address + 0x200);
        text(out.fillTo(pick(0x38, 0x24)), texts, currentDirectory);
        text(out.fillTo(pick(0x60, 0x38)), texts, image);
        text(out, texts, commandLine);
        Label variables = texts.here();
        environment.forEach(entry -> wide(texts, entry).u2(0));
        texts.u2(0).u2(0);
        out.word(environment.isEmpty() ? Label.of(0) : variables);
        text(out.fillTo(pick(0xc0, 0x78)), texts, desktop);
        return out.fillTo(0x200).append(texts).build();
    }

    /** PEB_LDR_DATA with the list by load order, and its entries 0x100 bytes apart. */
    private byte[] loader(long address) {
        int head = pick(0x10, 0x0c);
        Layout out = at(address).u4(0x58).u4(1).fillTo(head);
        out.word(entry(address, head, 0)).word(entry(address, head, loaded.size() - 1));
        Layout texts = at(address + 0x100 * (1L + loaded.size()));
        for (int index = 0; index < loaded.size(); index++) {
            Loaded module = loaded.get(index);
            out.fillTo(0x100 * (1 + index));
            out.word(entry(address, head, index + 1)).word(entry(address, head, index - 1));
            out.fillTo(0x100 * (1 + index) + pick(0x30, 0x18));
            out.word(module.base).word(module.base + 0x1000);
            out.u4(module.sizeBytes).align(pointerBytes);
            text(out, texts, module.path);
            text(out, texts, module.path.substring(1 + module.path.lastIndexOf('\\')));
            out.fillTo(0x100 * (1 + index) + pick(0x80, 0x44)).u4(module.timeDateStamp);
        }
        return out.fillTo(0x100 * (1 + loaded.size())).append(texts).build();
    }

    /** Where an entry of the list begins; before the first and behind the last is its head. */
    private long entry(long address, int head, int index) {
        return index < 0 || index >= loaded.size()
                ? address + head
                : address + 0x100 * (1L + index);
    }

    /** UNICODE_STRING. */
    private void text(Layout out, Layout texts, String text) {
        int sizeBytes = 2 * text.length();
        out.u2(sizeBytes).u2(sizeBytes + 2).align(pointerBytes);
        out.word(text.isEmpty() ? Label.of(0) : texts.here());
        wide(texts, text).u2(0);
    }

    private static Layout wide(Layout out, String text) {
        return out.bytes(text.getBytes(StandardCharsets.UTF_16LE));
    }

    private int pick(int in64, int in32) {
        return pointerBytes == 8 ? in64 : in32;
    }

    private Layout at(long address) {
        return new Layout(ByteOrder.LITTLE_ENDIAN, pointerBytes, Label.of(address));
    }
}
