package dev.mortem.testkit.synth;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Packs by LZX ([MS-PATCH], section 2): blocks of the kinds and sizes that a test names, in turn, with
 * Huffman codes made for each, matches found by hashing three bytes, and calls translated. It does not try
 * to be small.
 *
 * @param windowBits 15 to 21
 * @param kinds of the blocks in turn
 * @param blockBytes sizes of the blocks in turn
 * @param translateCalls whether the targets of x86 calls are made absolute
 */
public record LzxSynth(
        int windowBits, List<Kind> kinds, List<Integer> blockBytes, boolean translateCalls) {
    private static final int FRAME_BYTES = 32768;
    private static final int CODE_BITS_MAX = 16;
    private static final int MATCH_MAX = 257;

    /** What stands in a block. */
    public enum Kind {
        VERBATIM(1),
        ALIGNED(2),
        UNCOMPRESSED(3);

        private final int number;

        Kind(int number) {
            this.number = number;
        }
    }

    public LzxSynth {
        kinds = List.copyOf(kinds);
        blockBytes = List.copyOf(blockBytes);
    }

    /** Blocks of 60,000 bytes of that kind. */
    public static LzxSynth of(Kind kind) {
        return new LzxSynth(16, List.of(kind), List.of(60_000), false);
    }

    List<CabSynth.Block> blocks(byte[] content) {
        return new Packer(this, content).pack();
    }

    /** @param offset how far back; 0 for a literal, which {@code value} is; else that is the length */
    private record Token(int offset, int value) {}

    /** A symbol of the main tree with what follows it. */
    private record Coded(int main, int lengthSymbol, int footer, int footerBits) {}

    private static final class Packer {
        private final LzxSynth how;
        private final byte[] plain;
        private final int slots;
        private final List<CabSynth.Block> done = new ArrayList<>();
        private final Map<Integer, Integer> seen = new HashMap<>();
        private final byte[] mainLengths;
        private final byte[] lengthLengths = new byte[249];
        private int[] recent = {1, 1, 1};
        private Bits out = new Bits();
        private int frameStart;

        Packer(LzxSynth how, byte[] content) {
            this.how = how;
            this.plain = how.translateCalls ? translated(content) : content;
            this.slots = List.of(30, 32, 34, 36, 38, 42, 50).get(how.windowBits - 15);
            this.mainLengths = new byte[256 + 8 * slots];
        }

        List<CabSynth.Block> pack() {
            out.put(how.translateCalls ? 1 : 0, 1);
            if (how.translateCalls) {
                out.put(plain.length >>> 16, 16);
                out.put(plain.length & 0xffff, 16);
            }
            int number = 0;
            for (int at = 0; at < plain.length; number++) {
                int wanted = how.blockBytes.get(number % how.blockBytes.size());
                int size = Math.min(wanted, plain.length - at);
                Kind kind = how.kinds.get(number % how.kinds.size());
                out.put(kind.number, 3);
                out.put(size >>> 16, 8);
                out.put(size & 0xffff, 16);
                if (kind == Kind.UNCOMPRESSED) {
                    raw(at, size);
                } else {
                    coded(kind, at, size);
                }
                at += size;
            }
            if (frameStart < plain.length) {
                endFrame(plain.length);
            }
            return done;
        }

        private void endFrame(int end) {
            done.add(new CabSynth.Block(out.frame(), end - frameStart));
            out = new Bits();
            frameStart = end;
        }

        private void raw(int at, int size) {
            out.align();
            for (int offset : recent) {
                for (int shift = 0; shift < 32; shift += 8) {
                    out.raw(offset >>> shift);
                }
            }
            for (int index = at; index < at + size; index++) {
                out.raw(plain[index]);
                remember(index);
                if (index + 1 - frameStart == FRAME_BYTES) {
                    if (index + 1 == at + size && size % 2 == 1) {
                        out.raw(0);
                    }
                    endFrame(index + 1);
                }
            }
            if (size % 2 == 1 && at + size != frameStart) {
                out.raw(0);
            }
        }

        private void coded(Kind kind, int at, int size) {
            List<List<Token>> frames = tokens(at, size);
            int[] before = recent.clone();
            int[] mainCounts = new int[mainLengths.length];
            int[] lengthCounts = new int[249];
            int[] alignedCounts = new int[8];
            for (List<Token> frame : frames) {
                for (Token token : frame) {
                    Coded coded = code(token);
                    mainCounts[coded.main]++;
                    if (coded.lengthSymbol >= 0) {
                        lengthCounts[coded.lengthSymbol]++;
                    }
                    if (coded.footerBits >= 3) {
                        alignedCounts[coded.footer & 7]++;
                    }
                }
            }
            recent = before;
            byte[] aligned = codeLengths(alignedCounts, 7, true);
            if (kind == Kind.ALIGNED) {
                for (byte length : aligned) {
                    out.put(length, 3);
                }
            }
            byte[] main = codeLengths(mainCounts, CODE_BITS_MAX, true);
            writeLengths(mainLengths, main, 0, 256);
            writeLengths(mainLengths, main, 256, main.length);
            byte[] lengths = codeLengths(lengthCounts, CODE_BITS_MAX, false);
            writeLengths(lengthLengths, lengths, 0, 249);
            int[] mainCodes = codes(main);
            int[] lengthCodes = codes(lengths);
            int[] alignedCodes = codes(aligned);
            for (List<Token> frame : frames) {
                for (Token token : frame) {
                    Coded coded = code(token);
                    out.put(mainCodes[coded.main], main[coded.main]);
                    if (coded.lengthSymbol >= 0) {
                        out.put(lengthCodes[coded.lengthSymbol], lengths[coded.lengthSymbol]);
                    }
                    if (kind == Kind.ALIGNED && coded.footerBits >= 3) {
                        out.put(coded.footer >>> 3, coded.footerBits - 3);
                        out.put(alignedCodes[coded.footer & 7], aligned[coded.footer & 7]);
                    } else {
                        out.put(coded.footer, coded.footerBits);
                    }
                    at += token.offset == 0 ? 1 : token.value;
                }
                if (at - frameStart == FRAME_BYTES) {
                    endFrame(at);
                }
            }
        }

        /** Of each frame that the block has a part of; no match leads over its end. */
        private List<List<Token>> tokens(int at, int size) {
            List<List<Token>> frames = new ArrayList<>();
            int end = at + size;
            int position = at;
            while (position < end) {
                int stop = Math.min(end, (position / FRAME_BYTES + 1) * FRAME_BYTES);
                List<Token> frame = new ArrayList<>();
                while (position < stop) {
                    Token token = token(position, stop);
                    frame.add(token);
                    int covered = token.offset == 0 ? 1 : token.value;
                    for (int each = 0; each < covered; each++) {
                        remember(position++);
                    }
                }
                frames.add(frame);
            }
            return frames;
        }

        private Token token(int at, int stop) {
            int best = 0;
            int offset = 0;
            List<Integer> candidates = new ArrayList<>();
            for (int each : recent) {
                candidates.add(at - each);
            }
            if (at + 3 <= plain.length && seen.containsKey(hash(at))) {
                candidates.add(seen.get(hash(at)));
            }
            for (int from : candidates) {
                if (from < 0 || at - from > (1 << how.windowBits) - 3) {
                    continue;
                }
                int length = 0;
                while (at + length < stop
                        && length < MATCH_MAX
                        && plain[from + length] == plain[at + length]) {
                    length++;
                }
                if (length > best) {
                    best = length;
                    offset = at - from;
                }
            }
            return best < 3 ? new Token(0, plain[at] & 0xff) : new Token(offset, best);
        }

        private void remember(int at) {
            if (at + 3 <= plain.length) {
                seen.put(hash(at), at);
            }
        }

        private int hash(int at) {
            return (plain[at] & 0xff) | (plain[at + 1] & 0xff) << 8 | (plain[at + 2] & 0xff) << 16;
        }

        private Coded code(Token token) {
            if (token.offset == 0) {
                return new Coded(token.value, -1, 0, 0);
            }
            int slot = recentSlot(token.offset);
            int footer = 0;
            int footerBits = 0;
            if (slot < 0) {
                int formatted = token.offset + 2;
                slot = 3;
                int base = 3;
                while (base + (1 << extra(slot)) <= formatted) {
                    base += 1 << extra(slot);
                    slot++;
                }
                footer = formatted - base;
                footerBits = extra(slot);
                recent = new int[] {token.offset, recent[0], recent[1]};
            }
            int header = Math.min(7, token.value - 2);
            return new Coded(
                    256 + 8 * slot + header,
                    header == 7 ? token.value - 9 : -1,
                    footer,
                    footerBits);
        }

        private int recentSlot(int offset) {
            for (int slot = 0; slot < recent.length; slot++) {
                if (recent[slot] == offset) {
                    recent[slot] = recent[0];
                    recent[0] = offset;
                    return slot;
                }
            }
            return -1;
        }

        private static int extra(int slot) {
            return slot < 4 ? 0 : Math.min(17, slot / 2 - 1);
        }

        /** As differences from the block before, with runs of zeros and of one length packed. */
        private void writeLengths(byte[] before, byte[] now, int from, int to) {
            List<int[]> parts = new ArrayList<>();
            int[] counts = new int[20];
            for (int at = from; at < to; ) {
                int run = 1;
                while (at + run < to && now[at + run] == now[at]) {
                    run++;
                }
                int delta = Math.floorMod(before[at] - now[at], 17);
                int[] part;
                if (now[at] == 0 && run >= 20) {
                    run = Math.min(run, 51);
                    part = new int[] {18, run - 20, 5};
                } else if (now[at] == 0 && run >= 4) {
                    run = Math.min(run, 19);
                    part = new int[] {17, run - 4, 4};
                } else if (run >= 4) {
                    run = Math.min(run, 5);
                    part = new int[] {19, run - 4, 1, delta};
                } else {
                    run = 1;
                    part = new int[] {delta, 0, 0};
                }
                parts.add(part);
                counts[part[0]]++;
                if (part.length == 4) {
                    counts[part[3]]++;
                }
                at += run;
            }
            System.arraycopy(now, from, before, from, to - from);
            byte[] lengths = codeLengths(counts, 15, true);
            int[] codes = codes(lengths);
            for (byte length : lengths) {
                out.put(length, 4);
            }
            for (int[] part : parts) {
                out.put(codes[part[0]], lengths[part[0]]);
                out.put(part[1], part[2]);
                if (part.length == 4) {
                    out.put(codes[part[3]], lengths[part[3]]);
                }
            }
        }
    }

    /** Huffman's; where a code becomes too long, with flatter counts. A lone symbol gets a companion. */
    private static byte[] codeLengths(int[] counts, int bitsMax, boolean needed) {
        int[] used = counts.clone();
        if (Arrays.stream(used).allMatch(count -> count == 0) && !needed) {
            return new byte[used.length];
        }
        for (int symbol = 0; Arrays.stream(used).filter(count -> count > 0).count() < 2; symbol++) {
            used[symbol] = Math.max(1, used[symbol]);
        }
        while (true) {
            byte[] lengths = huffman(used);
            int longest = 0;
            for (byte length : lengths) {
                longest = Math.max(longest, length);
            }
            if (longest <= bitsMax) {
                return lengths;
            }
            for (int symbol = 0; symbol < used.length; symbol++) {
                used[symbol] = used[symbol] == 0 ? 0 : used[symbol] / 2 + 1;
            }
        }
    }

    private record Tree(long weight, List<Integer> symbols) {}

    private static byte[] huffman(int[] counts) {
        PriorityQueue<Tree> trees = new PriorityQueue<>(Comparator.comparingLong(Tree::weight)
                .thenComparing(tree -> tree.symbols.getFirst()));
        for (int symbol = 0; symbol < counts.length; symbol++) {
            if (counts[symbol] > 0) {
                trees.add(new Tree(counts[symbol], List.of(symbol)));
            }
        }
        byte[] lengths = new byte[counts.length];
        while (trees.size() > 1) {
            Tree one = trees.remove();
            Tree other = trees.remove();
            List<Integer> both = new ArrayList<>(one.symbols);
            both.addAll(other.symbols);
            both.forEach(symbol -> lengths[symbol]++);
            trees.add(new Tree(one.weight + other.weight, both));
        }
        return lengths;
    }

    private static int[] codes(byte[] lengths) {
        int[] codes = new int[lengths.length];
        int next = 0;
        for (int length = 1; length <= CODE_BITS_MAX; length++) {
            next <<= 1;
            for (int symbol = 0; symbol < lengths.length; symbol++) {
                if (lengths[symbol] == length) {
                    codes[symbol] = next++;
                }
            }
        }
        return codes;
    }

    /** The targets of calls counted from the file's start, where they come back as they were. */
    private static byte[] translated(byte[] content) {
        byte[] bytes = content.clone();
        for (int frame = 0; frame < bytes.length; frame += FRAME_BYTES) {
            int end = Math.min(bytes.length, frame + FRAME_BYTES) - 10;
            for (int at = frame; at < end; at++) {
                if ((bytes[at] & 0xff) != 0xe8) {
                    continue;
                }
                int target = 0;
                for (int index = 3; index >= 0; index--) {
                    target = target << 8 | (bytes[at + 1 + index] & 0xff);
                }
                int absolute = target;
                if (target >= -at && target < bytes.length - at) {
                    absolute = target + at;
                } else if (target >= bytes.length - at && target < bytes.length) {
                    absolute = target - bytes.length;
                }
                for (int index = 0; index < 4; index++) {
                    bytes[at + 1 + index] = (byte) (absolute >>> (8 * index));
                }
                at += 4;
            }
        }
        return bytes;
    }

    /** Bits into 16-bit words, and whole bytes between them. */
    private static final class Bits {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int word;
        private int used;

        void put(int value, int count) {
            for (int bit = count - 1; bit >= 0; bit--) {
                word = word << 1 | (value >>> bit & 1);
                if (++used == 16) {
                    flush();
                }
            }
        }

        private void flush() {
            bytes.write(word);
            bytes.write(word >>> 8);
            word = 0;
            used = 0;
        }

        /** 1 to 16 bits of nothing. */
        void align() {
            put(0, 16 - used);
        }

        void raw(int value) {
            bytes.write(value);
        }

        byte[] frame() {
            if (used > 0) {
                align();
            }
            return bytes.toByteArray();
        }
    }
}
