package dev.mortem.testkit.synth;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A whole small crash on x86-64: {@code main} calls {@code handle_request} calls {@code shop_total},
 * which reads a price through a null pointer at address 0x10. The program is a position-independent
 * executable of two pages whose first page, symbols and unwind tables included, is in the core; none
 * of its functions keeps a frame pointer, so only the unwind tables lead to the caller.
 */
public final class NullPointerCrash {
    /** Where the program's first page lies in the process. */
    public static final long BASE = 0x5555_5555_4000L;

    public static final int PID = 4711;
    public static final String PATH = "/srv/shop/bin/shop-worker";

    /** The address that could not be read. */
    public static final long FAULT_ADDRESS = 0x10;

    private static final int SIGSEGV = 11;
    private static final int SEGV_MAPERR = 1;
    private static final int PAGE_BYTES = 4096;
    private static final ElfTarget X64 = ElfTarget.X86_64;
    private static final byte[] BUILD_ID = {
        0x4d, 0x6f, 0x72, 0x74, 0x65, 0x6d, 0x20, 0x64, 0x65, 0x6d,
        0x6f, 0x20, 0x73, 0x68, 0x6f, 0x70, 0x20, 0x77, 0x6b, 0x31
    };

    /** Index of .text among the sections of {@link #image}. */
    private static final int TEXT_SECTION = 8;

    private final Label start = Label.unset();
    private final Label main = Label.unset();
    private final Label afterMain = Label.unset();
    private final Label handleRequest = Label.unset();
    private final Label afterHandleRequest = Label.unset();
    private final Label shopTotal = Label.unset();
    private final Label afterShopTotal = Label.unset();
    private final Label faultingRead = Label.unset();
    private final Label end = Label.unset();
    private final Layout code;

    public NullPointerCrash() {
        code = code();
    }

    /** The program's file. */
    public byte[] image() {
        ElfSynth elf = new ElfSynth(X64).type(ElfSynth.ET_DYN).entry(start);
        ElfSymbols symbols = symbols();
        Layout buildId = elf.buildIdNote(BUILD_ID);
        EhFrameSynth frames = frames(Label.of(0x600));
        Layout dynamic = dynamic(symbols);
        ElfSection strings = loaded(elf, ".dynstr", ElfSynth.SHT_STRTAB, symbols.strings(), 0x400);
        ElfSection table = loaded(elf, ".dynsym", ElfSynth.SHT_DYNSYM, symbols.entries(), 0x480);
        table.link(elf.indexOf(strings)).info(1).entrySize(24).align(8);
        loaded(elf, ".hash", ElfSynth.SHT_HASH, symbols.hashTable(), 0x540)
                .link(elf.indexOf(table));
        loaded(elf, ".note.gnu.build-id", ElfSynth.SHT_NOTE, buildId, 0x580).align(4);
        loaded(elf, ".eh_frame_hdr", ElfSynth.SHT_PROGBITS, frames.header(Label.of(0x5c0)), 0x5c0)
                .align(4);
        loaded(elf, ".eh_frame", ElfSynth.SHT_PROGBITS, frames.frames(), 0x600).align(8);
        loaded(elf, ".dynamic", ElfSynth.SHT_DYNAMIC, dynamic, 0x800)
                .link(elf.indexOf(strings))
                .entrySize(16)
                .align(8);
        ElfSection text = loaded(
                        elf,
                        ".text",
                        ElfSynth.SHT_PROGBITS,
                        X64.layout().bytes(code.build()),
                        0x1000)
                .align(16);
        long textEnd = 0x1000L + code.sizeBytes();
        elf.segment(over(ElfSynth.PT_LOAD, ElfSegment.READ, 0, 0x1000).align(PAGE_BYTES));
        elf.segment(over(
                        ElfSynth.PT_LOAD,
                        ElfSegment.READ | ElfSegment.EXECUTE,
                        0x1000,
                        textEnd - 0x1000)
                .align(PAGE_BYTES));
        elf.segment(over(ElfSynth.PT_DYNAMIC, ElfSegment.READ, 0x800, dynamic.sizeBytes()));
        elf.segment(over(ElfSynth.PT_NOTE, ElfSegment.READ, 0x580, buildId.sizeBytes()));
        elf.segment(
                over(ElfSynth.PT_GNU_EH_FRAME, ElfSegment.READ, 0x5c0, frames.headerSizeBytes()));
        if (elf.indexOf(text).value() != TEXT_SECTION) {
            throw new IllegalStateException(
                    ".text has moved to " + elf.indexOf(text).value());
        }
        return elf.build();
    }

    /** The core, as the kernel would have written it, with the program's pages in it. */
    public byte[] core() {
        byte[] pages = X64.layout().bytes(image()).align(PAGE_BYTES).build();
        CoreSynth core = new CoreSynth(X64).segmentAlign(16);
        core.processInfo(PID, "shop-worker", PATH + " --port 8080");
        core.fault(SIGSEGV, SEGV_MAPERR, FAULT_ADDRESS);
        core.auxiliary(auxiliary());
        core.mapped(BASE, BASE + PAGE_BYTES, 0, PATH);
        core.mapped(BASE + PAGE_BYTES, BASE + 2L * PAGE_BYTES, PAGE_BYTES, PATH);
        Layout stack = X64.layout(Label.of(0x7fff_ffff_e000L)).zeros(0xe00);
        CoreThread thread = core.thread(PID).signal(SIGSEGV).parent(1).times(20_000, 4_000);
        layOutStack(stack, thread);
        core.memory(BASE, ElfSegment.READ, Arrays.copyOf(pages, PAGE_BYTES));
        core.memory(
                BASE + PAGE_BYTES,
                ElfSegment.READ | ElfSegment.EXECUTE,
                Arrays.copyOfRange(pages, PAGE_BYTES, 2 * PAGE_BYTES));
        core.memory(ElfSegment.READ | ElfSegment.WRITE, stack);
        return core.build();
    }

    /** Each function's frame, innermost first, as its instructions have left it. */
    private void layOutStack(Layout stack, CoreThread thread) {
        thread.register("rip", afterStart(faultingRead)).register("rsp", stack.here());
        thread.register("rdi", 0).register("rbx", 42).register("eflags", 0x10246);
        thread.register("cs", 0x33).register("ss", 0x2b).register("orig_rax", -1L);
        stack.zeros(24).word(afterStart(afterShopTotal));
        stack.zeros(32).word(7).word(afterStart(afterHandleRequest));
        stack.zeros(24).word(afterStart(afterMain));
        stack.word(2);
        Label arguments = stack.here().plus(32);
        stack.word(arguments).word(arguments.plus(PATH.length() + 1)).word(0).word(0);
        stack.cString(PATH).cString("--port=8080").fillTo(PAGE_BYTES);
    }

    private static Label afterStart(Label svma) {
        return svma.plus(BASE);
    }

    /** elf.h: AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_BASE, AT_ENTRY, AT_UID and so on. */
    private Map<Integer, Long> auxiliary() {
        Map<Integer, Long> entries = new LinkedHashMap<>();
        entries.put(3, BASE + 64);
        entries.put(4, 56L);
        entries.put(5, 5L);
        entries.put(6, (long) PAGE_BYTES);
        entries.put(7, 0L);
        entries.put(9, BASE + start.value());
        entries.put(11, 33L);
        entries.put(12, 33L);
        return entries;
    }

    private Layout code() {
        Layout out = X64.layout(Label.of(0x1000));
        out.mark(start).hex("31 ed").hex("48 89 e6"); // xor ebp, ebp; mov rsi, rsp
        call(out, main).mark(afterMain).hex("0f 0b").align(16); // call main; ud2
        out.mark(main).hex("48 83 ec 18").hex("31 ff"); // sub rsp, 24; xor edi, edi
        call(out, handleRequest).mark(afterHandleRequest);
        out.hex("31 c0").hex("48 83 c4 18").hex("c3").align(16); // xor eax, eax; add rsp, 24; ret
        out.mark(handleRequest).hex("53").hex("48 89 fb"); // push rbx; mov rbx, rdi
        out.hex("48 83 ec 20"); // sub rsp, 32
        call(out, shopTotal).mark(afterShopTotal);
        out.hex("48 83 c4 20").hex("5b").hex("c3").align(16); // add rsp, 32; pop rbx; ret
        out.mark(shopTotal).hex("48 83 ec 18"); // sub rsp, 24
        out.mark(faultingRead).hex("48 8b 47 10"); // mov rax, [rdi + 0x10]
        out.hex("48 03 47 18").hex("48 83 c4 18").hex("c3"); // add rax, [rdi + 0x18]; add rsp, 24
        return out.mark(end);
    }

    /** E8 with the distance from its end. */
    private static Layout call(Layout out, Label function) {
        out.u1(0xe8);
        return out.u4(function.minus(out.here().plus(4)));
    }

    /** DW_CFA_advance_loc, DW_CFA_def_cfa_offset and, for rbx, DW_CFA_offset. */
    private EhFrameSynth frames(Label at) {
        EhFrameSynth frames = EhFrameSynth.x86Amd64(at);
        // _start: DW_CFA_undefined of the return address: nobody called it
        frames.function(start, main.minus(start), X64.layout().hex("07 10"));
        frames.function(main, handleRequest.minus(main), X64.layout().hex("44 0e 20"));
        frames.function(
                handleRequest,
                shopTotal.minus(handleRequest),
                X64.layout().hex("41 0e 10 83 02 47 0e 30"));
        frames.function(shopTotal, end.minus(shopTotal), X64.layout().hex("44 0e 20"));
        return frames;
    }

    private ElfSymbols symbols() {
        ElfSymbols symbols = new ElfSymbols(X64);
        function(symbols, "_start", start, main);
        function(symbols, "main", main, handleRequest);
        function(symbols, "handle_request", handleRequest, shopTotal);
        function(symbols, "shop_total", shopTotal, end);
        return symbols;
    }

    private static void function(ElfSymbols symbols, String name, Label from, Label to) {
        symbols.add(name, from, to.minus(from), ElfSymbols.GLOBAL_FUNCTION, TEXT_SECTION);
    }

    /** DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SYMENT, DT_NULL. */
    private static Layout dynamic(ElfSymbols symbols) {
        Layout out = X64.layout().word(4).word(0x540).word(5).word(0x400);
        out.word(6).word(0x480).word(10).word(symbols.strings().sizeBytes());
        return out.word(11).word(24).word(0).word(0);
    }

    private static ElfSection loaded(
            ElfSynth elf, String name, int type, Layout content, long address) {
        long flags = ElfSynth.SHF_ALLOC | (address >= 0x1000 ? ElfSynth.SHF_EXECINSTR : 0);
        return elf.section(name, type, flags, content).at(address).address(Label.of(address));
    }

    private static ElfSegment over(int type, int flags, long offset, long sizeBytes) {
        return ElfSegment.over(
                type, flags, Label.of(offset), Label.of(offset), Label.of(sizeBytes));
    }
}
