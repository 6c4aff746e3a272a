package dev.mortem.testkit.synth;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A small PDB 7.0, stream by stream as LLVM's documentation "The PDB File Format" has them: one section of
 * code, modules, public symbols, names of inlined functions, and what rearranged images and 32-bit x86
 * have besides.
 */
public final class PdbSynth {
    /** The number of the only section. */
    public static final int CODE = 1;

    public static final int CODE_RVA = 0x1000;

    private static final int MACHINE_AMD64 = 0x8664;
    private static final int MACHINE_I386 = 0x14c;
    private static final int FIRST_TYPE = 0x1000;
    private static final int ABSENT = 0xffff;
    private static final int NAMES = 5;
    private static final int RECORDS = 6;
    private static final int PUBLICS = 7;

    private final String guid;
    private final int age;
    private final boolean x86;
    private final List<PdbModuleSynth> modules = new ArrayList<>();
    private final Layout texts = PdbModuleSynth.layout().u1(0);
    private final Map<String, Integer> textOffsets = new LinkedHashMap<>();
    private final Layout ids = PdbModuleSynth.layout();
    private final Layout types = PdbModuleSynth.layout();
    private Layout infos = PdbModuleSynth.layout();
    private Layout contributions = PdbModuleSynth.layout();
    private int moduleCount;
    private int idCount;
    private int typeCount;
    private final Layout publics = PdbModuleSynth.layout();
    private final List<Long> publicKeys = new ArrayList<>();
    private final List<Integer> publicOffsets = new ArrayList<>();
    private final List<String> publicNames = new ArrayList<>();
    private final Map<Integer, byte[]> debugStreams = new LinkedHashMap<>();
    private final List<String> namedStreams = new ArrayList<>(List.of("/names"));
    private final List<byte[]> namedContents = new ArrayList<>();
    private int blockBytes = 512;
    private int codeBytes = 0x10000;
    private int flags;
    private int feature = 20_140_508;
    private boolean scattered;

    /** @param guid 16 bytes in hex, as they lie in the file */
    private PdbSynth(String guid, int age, boolean x86) {
        this.guid = guid;
        this.age = age;
        this.x86 = x86;
    }

    public static PdbSynth x64(String guid, int age) {
        return new PdbSynth(guid, age, false);
    }

    public static PdbSynth x86(String guid, int age) {
        return new PdbSynth(guid, age, true);
    }

    public PdbSynth blockBytes(int bytes) {
        blockBytes = bytes;
        return this;
    }

    /** The blocks of each stream stand in the file last to first. */
    public PdbSynth scattered() {
        scattered = true;
        return this;
    }

    public PdbSynth codeBytes(int bytes) {
        codeBytes = bytes;
        return this;
    }

    /** Says of itself that it has public symbols alone. */
    public PdbSynth stripped() {
        flags |= 2;
        return this;
    }

    /** Says of itself that it was linked with /DEBUG:FASTLINK. */
    public PdbSynth fastLink() {
        feature = 0x494e_494d;
        return this;
    }

    /** An empty stream of that name. */
    public PdbSynth namedStream(String name) {
        return namedStream(name, new byte[0]);
    }

    public PdbSynth namedStream(String name, byte[] content) {
        namedStreams.add(name);
        namedContents.add(content);
        return this;
    }

    public PdbModuleSynth module(String name) {
        PdbModuleSynth module = new PdbModuleSynth(this, name);
        modules.add(module);
        return module;
    }

    /** S_PUB32 of code. */
    public PdbSynth publicFunction(String decorated, int offset) {
        publicKeys.add((long) offset);
        publicOffsets.add(publics.sizeBytes());
        publicNames.add(decorated);
        Layout fields = PdbModuleSynth.layout().u4(2).u4(offset).u2(CODE).cString(decorated);
        byte[] bytes = fields.align(4).build();
        publics.u2(2 + bytes.length).u2(0x110e).bytes(bytes);
        return this;
    }

    /** LF_FUNC_ID, in namespaces where {@code scope} is not empty; its id. */
    public int functionId(String scope, String name) {
        int scopeId =
                scope.isEmpty() ? 0 : id(0x1605, PdbModuleSynth.layout().u4(0).cString(scope));
        return id(0x1601, PdbModuleSynth.layout().u4(scopeId).u4(0).cString(name));
    }

    /** LF_MFUNC_ID of an LF_CLASS; its id. */
    public int memberId(String className, String name) {
        Layout fields = PdbModuleSynth.layout().u2(0).u2(0).u4(0).u4(0).u4(0).u2(0);
        type(types, 0x1504, fields.cString(className));
        int parent = FIRST_TYPE + typeCount++;
        return id(0x1602, PdbModuleSynth.layout().u4(parent).u4(0).cString(name));
    }

    private int id(int leaf, Layout fields) {
        type(ids, leaf, fields);
        return FIRST_TYPE + idCount++;
    }

    private static void type(Layout to, int leaf, Layout fields) {
        byte[] bytes = fields.align(4).build();
        to.u2(2 + bytes.length).u2(leaf).bytes(bytes);
    }

    /** FRAMEDATA; {@code program} is empty where sizes alone tell. */
    public PdbSynth frameData(
            int rva, int sizeBytes, int locals, int parameters, int saved, String program) {
        Layout record = PdbModuleSynth.layout().u4(rva).u4(sizeBytes).u4(locals).u4(parameters);
        record.u4(0).u4(text(program)).u2(0).u2(saved).u4(0);
        return debug(9, record.build());
    }

    /** FPO_DATA; sizes in words. */
    public PdbSynth fpo(
            int rva, int sizeBytes, int locals, int parameters, int saved, boolean usesBp) {
        Layout record = PdbModuleSynth.layout().u4(rva).u4(sizeBytes).u4(locals).u2(parameters);
        return debug(0, record.u1(0).u1(saved | (usesBp ? 0x10 : 0)).build());
    }

    /** Pairs of rva and other rva, from the image to the linker's and back, and the linker's section. */
    public PdbSynth rearranged(int[] toSource, int[] fromSource, int linkedRva) {
        debug(3, pairs(toSource));
        debug(4, pairs(fromSource));
        return debug(10, section(linkedRva));
    }

    private static byte[] pairs(int... numbers) {
        Layout entries = PdbModuleSynth.layout();
        for (int number : numbers) {
            entries.u4(number);
        }
        return entries.build();
    }

    private PdbSynth debug(int kind, byte[] more) {
        debugStreams.merge(
                kind,
                more,
                (before, behind) ->
                        PdbModuleSynth.layout().bytes(before).bytes(behind).build());
        return this;
    }

    private byte[] section(int rva) {
        return PdbModuleSynth.layout()
                .text(".text", 8)
                .u4(codeBytes)
                .u4(rva)
                .u4(codeBytes)
                .u4(0x400)
                .zeros(12)
                .u4(0x6000_0020)
                .build();
    }

    /** misc.h, LHashPbCb: four bytes at a time, what is left as two and one. */
    private static int bucket(String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        long hash = 0;
        int whole = text.length / 4 * 4;
        for (int at = 0; at < text.length; at++) {
            int place = at < whole ? at % 4 : (at - whole) % 2;
            hash ^= (text[at] & 0xffL) << (8 * place);
        }
        hash |= 0x2020_2020L;
        hash ^= hash >> 11;
        return (int) ((hash ^ hash >> 16) % 0x1000);
    }

    int text(String text) {
        return textOffsets.computeIfAbsent(text, key -> {
            int offset = texts.sizeBytes();
            texts.cString(key);
            return offset;
        });
    }

    /** The file. */
    public byte[] build() {
        MsfSynth file = MsfSynth.inMemory(blockBytes);
        if (scattered) {
            file.scattered();
        }
        begin(file);
        modules.forEach(module -> emit(file, module));
        finish(file);
        return file.bytes();
    }

    /** The streams that have fixed numbers here come last. */
    void begin(MsfSynth file) {
        for (int stream = 0; stream <= PUBLICS; stream++) {
            file.reserve();
        }
        infos = PdbModuleSynth.layout();
        contributions = PdbModuleSynth.layout().u4(0xf12e_ba2d);
        moduleCount = 0;
    }

    /** Writes a module's stream; nothing of it is needed any more then. */
    void emit(MsfSynth file, PdbModuleSynth module) {
        infos.bytes(module.info(file.stream(module.stream())));
        contributions.bytes(module.contributions(moduleCount++));
    }

    void finish(MsfSynth file) {
        Map<Integer, byte[]> streams = new LinkedHashMap<>(debugStreams);
        streams.put(5, section(CODE_RVA));
        Layout debugHeader = PdbModuleSynth.layout();
        for (int kind = 0; kind < 11; kind++) {
            byte[] content = streams.getOrDefault(kind, new byte[0]);
            debugHeader.u2(content.length == 0 ? ABSENT : file.stream(content));
        }
        int firstNamed =
                file.stream(namedContents.isEmpty() ? new byte[0] : namedContents.getFirst());
        namedContents.stream().skip(1).forEach(file::stream);
        file.fill(1, info(firstNamed));
        file.fill(2, typeStream(types, typeCount));
        file.fill(3, dbi(debugHeader));
        file.fill(4, typeStream(ids, idCount));
        file.fill(NAMES, nameTable());
        file.fill(RECORDS, publics.build());
        file.fill(PUBLICS, publicStream());
        file.finish();
    }

    /** A module that is not kept: see {@link #emit}. */
    PdbModuleSynth detached(String name) {
        return new PdbModuleSynth(this, name);
    }

    private byte[] info(int firstNamed) {
        Layout stream = PdbModuleSynth.layout().u4(20_000_404).u4(0).u4(age);
        stream.bytes(HexFormat.of().parseHex(guid));
        Layout texts = PdbModuleSynth.layout();
        Layout entries = PdbModuleSynth.layout();
        for (int named = 0; named < namedStreams.size(); named++) {
            entries.u4(texts.sizeBytes()).u4(named == 0 ? NAMES : firstNamed + named - 1);
            texts.cString(namedStreams.get(named));
        }
        int count = namedStreams.size();
        byte[] text = texts.build();
        stream.u4(text.length).bytes(text).u4(count).u4(2L * count - 1);
        return stream.u4(1)
                .u4((1L << count) - 1)
                .u4(0)
                .bytes(entries.build())
                .u4(feature)
                .build();
    }

    private static byte[] typeStream(Layout records, int count) {
        byte[] bytes = records.build();
        Layout stream = PdbModuleSynth.layout().u4(20_040_203).u4(56).u4(FIRST_TYPE);
        stream.u4(FIRST_TYPE + count).u4(bytes.length).u2(ABSENT).u2(ABSENT);
        return stream.u4(4).u4(0x3ffff).zeros(24).bytes(bytes).build();
    }

    private byte[] dbi(Layout debugHeader) {
        Layout stream = PdbModuleSynth.layout().u4(-1).u4(19_990_903).u4(age);
        stream.u2(ABSENT).u2(0x8e00).u2(PUBLICS).u2(0).u2(RECORDS).u2(0);
        // no source files of any module
        Layout files = PdbModuleSynth.layout().u2(moduleCount).u2(0).zeros(4 * moduleCount);
        stream.u4(infos.sizeBytes()).u4(contributions.sizeBytes()).u4(0).u4(files.sizeBytes());
        stream.u4(0).u4(0);
        stream.u4(debugHeader.sizeBytes()).u4(0).u2(flags).u2(x86 ? MACHINE_I386 : MACHINE_AMD64);
        return stream.u4(0)
                .bytes(infos.build())
                .bytes(contributions.build())
                .bytes(files.build())
                .bytes(debugHeader.build())
                .build();
    }

    private byte[] nameTable() {
        byte[] bytes = texts.build();
        Layout stream = PdbModuleSynth.layout().u4(0xeffe_effe).u4(1).u4(bytes.length);
        return stream.bytes(bytes).u4(1).u4(0).u4(textOffsets.size()).build();
    }

    /** Hash records by their buckets; the address map in order. */
    private byte[] publicStream() {
        int count = publicOffsets.size();
        TreeMap<Integer, List<Integer>> buckets = new TreeMap<>();
        for (int index = 0; index < count; index++) {
            buckets.computeIfAbsent(bucket(publicNames.get(index)), key -> new ArrayList<>())
                    .add(publicOffsets.get(index));
        }
        Layout hash =
                PdbModuleSynth.layout().u4(-1).u4(0xeffe_0000L + 19_990_810).u4(8L * count);
        hash.u4(516 + 4L * buckets.size());
        buckets.values()
                .forEach(
                        offsets -> offsets.forEach(offset -> hash.u4(offset + 1).u4(1)));
        byte[] present = new byte[516];
        buckets.keySet().forEach(bucket -> present[bucket / 8] |= (byte) (1 << bucket % 8));
        hash.bytes(present);
        int first = 0;
        for (List<Integer> offsets : buckets.values()) {
            hash.u4(12L * first);
            first += offsets.size();
        }
        Layout map = PdbModuleSynth.layout();
        IntStream.range(0, count)
                .boxed()
                .sorted(Comparator.comparing(publicKeys::get))
                .forEach(index -> map.u4(publicOffsets.get(index)));
        Layout stream = PdbModuleSynth.layout().u4(hash.sizeBytes()).u4(map.sizeBytes());
        return stream.zeros(20).bytes(hash.build()).bytes(map.build()).build();
    }
}
