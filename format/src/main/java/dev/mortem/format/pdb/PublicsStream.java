package dev.mortem.format.pdb;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.codeview.CodePlace;
import dev.mortem.format.codeview.PublicSymbol;
import dev.mortem.format.codeview.SymbolKind;
import dev.mortem.format.codeview.SymbolRecord;
import dev.mortem.format.msf.MsfStream;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The public symbols (LLVM documentation, "The PDB Public Symbol Stream"; microsoft-pdb, gsi.cpp).
 * Header, 28 bytes: 0 the size of the hash table, 4 that of the address map: u4 each. Behind the hash
 * table the address map: u4 each, offsets of records in the stream of symbol records, in the order of
 * the symbols' places. The hash table: {@link NameHash}. Read where they lie.
 */
final class PublicsStream {
    private static final int HEAD_BYTES = 28;

    /** Several symbols at one place: all that the linker folded into one. */
    private static final int EQUAL_MAX = 4096;

    private final MsfStream stream;
    private final MsfStream records;
    private final NameHash names;
    private final long mapAt;
    private final long count;

    private PublicsStream(
            MsfStream stream, MsfStream records, NameHash names, long mapAt, long count) {
        this.stream = stream;
        this.records = records;
        this.names = names;
        this.mapAt = mapAt;
        this.count = count;
    }

    static PublicsStream read(MsfStream stream, MsfStream records, boolean minimal)
            throws MalformedException {
        long hashBytes = stream.u4("SymHash", 0);
        long mapBytes = stream.u4("AddrMap", 4);
        long mapAt = HEAD_BYTES + hashBytes;
        stream.require("AddressMap", mapAt, mapBytes);
        NameHash names = NameHash.read(stream, HEAD_BYTES, minimal);
        return new PublicsStream(stream, records, names, mapAt, mapBytes / 4);
    }

    long count() {
        return count;
    }

    PublicSymbol symbol(long index) throws MalformedException {
        return PublicSymbol.read(record(index));
    }

    /** The symbol of that name, of code or of data. */
    Optional<PublicSymbol> named(String name) throws MalformedException {
        List<PublicSymbol> found = new ArrayList<>();
        names.find(name, offset -> {
            PublicSymbol symbol = PublicSymbol.read(recordAtOffset(offset));
            return symbol.name().equals(name) && found.add(symbol);
        });
        return found.stream().findFirst();
    }

    /** Of the symbols of code that begin last at or before a place, in its section, the first. */
    Optional<PublicSymbol> below(long key) throws MalformedException {
        long index = lastAtOrBefore(key);
        Optional<PublicSymbol> found = Optional.empty();
        for (int step = 0; step < EQUAL_MAX && index >= 0; step++, index--) {
            PublicSymbol symbol = symbol(index);
            boolean sameSection = symbol.place().section() == (int) (key >>> 32);
            boolean samePlace = found.isEmpty() || found.get().place().equals(symbol.place());
            if (!sameSection || !samePlace) {
                break;
            }
            if (symbol.code()) {
                found = Optional.of(symbol);
            }
        }
        return found;
    }

    private long lastAtOrBefore(long key) throws MalformedException {
        long low = 0;
        long high = count - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            if (key(middle) <= key) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    private long key(long index) throws MalformedException {
        long at = recordAt(index);
        return CodePlace.key(
                records.u2("seg", at + PublicSymbol.SECTION_AT),
                records.u4("off", at + PublicSymbol.OFFSET_AT));
    }

    private SymbolRecord record(long index) throws MalformedException {
        return recordAtOffset(recordAt(index));
    }

    private SymbolRecord recordAtOffset(long at) throws MalformedException {
        int head = records.s4("rectyp", at);
        int kind = SymbolRecord.kind(head);
        if (kind != SymbolKind.S_PUB32 && kind != SymbolKind.S_PUB32_ST) {
            throw records.malformed(
                    "rectyp", at, "0x" + Integer.toHexString(kind), "0x110e, S_PUB32");
        }
        ByteSource bytes =
                records.slice("PUBSYM32", at, SymbolRecord.sizeBytes(SymbolRecord.reclen(head)));
        return new SymbolRecord(kind, bytes);
    }

    private long recordAt(long index) throws MalformedException {
        return stream.u4("AddressMap", mapAt + 4 * index);
    }
}
