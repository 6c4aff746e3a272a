package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * MINIDUMP_HANDLE_DESCRIPTOR, 32 bytes, and _2, 40 bytes, of HandleDataStream (minidumpapiset.h), whose
 * header is SizeOfHeader, SizeOfDescriptor, NumberOfDescriptors, Reserved of 4 bytes each.
 *
 * <pre>
 *  0  Handle: 8 bytes
 *  8  TypeNameRva, ObjectNameRva, Attributes, GrantedAccess, HandleCount, PointerCount: 4 bytes each
 * 32  ObjectInfoRva, Reserved0: 4 bytes each
 * </pre>
 *
 * @param owner of a mutant: process and thread that hold it
 */
public record HandleEntry(
        long handle,
        Optional<String> type,
        Optional<String> name,
        long grantedAccess,
        long handleCount,
        long pointerCount,
        Optional<Owner> owner) {
    public static final int SIZE_BYTES = 32;
    public static final int SIZE_BYTES_2 = 40;

    /** MiniMutantInformation2: OwnerProcessId, OwnerThreadId. */
    public record Owner(long processId, long threadId) {
        private byte[] information() {
            return MinidumpHead.structure(OBJECT_INFORMATION_BYTES + 8)
                    .putInt(0)
                    .putInt((int) MUTANT_INFORMATION_2)
                    .putInt(8)
                    .putInt((int) processId)
                    .putInt((int) threadId)
                    .array();
        }
    }

    /** MINIDUMP_HANDLE_OBJECT_INFORMATION: NextInfoRva, InfoType, SizeOfInfo, then the information. */
    private static final int OBJECT_INFORMATION_BYTES = 12;

    private static final long MUTANT_INFORMATION_2 = 3;

    private static final int HEADER_BYTES = 16;

    /** In the dump's order; none where it has no such stream. */
    public static List<HandleEntry> readAll(MinidumpFile file) {
        List<HandleEntry> handles = new ArrayList<>();
        try {
            Optional<MinidumpFile.Sized> list = file.sized(
                    StreamType.HANDLE_DATA,
                    "Handles",
                    4,
                    SIZE_BYTES,
                    file.limits().max(MinidumpLimits.HANDLES));
            for (int index = 0; list.isPresent() && index < list.get().count(); index++) {
                handles.add(read(list.get().entry(index, "Handle"), file));
            }
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "the handles behind are not known");
        }
        return handles;
    }

    /**
     * How many the process had, also where the list is cut; empty without a list, and where it states
     * more than a process can have.
     */
    public static OptionalLong count(MinidumpFile file) {
        try {
            Optional<ByteSource> stream = file.stream(StreamType.HANDLE_DATA);
            if (stream.isEmpty()) {
                return OptionalLong.empty();
            }
            long stated = stream.get().u4("NumberOfDescriptors", 8);
            return file.limits().allows(MinidumpLimits.HANDLES, stated)
                    ? OptionalLong.of(stated)
                    : OptionalLong.empty();
        } catch (MalformedException cut) {
            return OptionalLong.empty();
        }
    }

    private static HandleEntry read(ByteSource entry, MinidumpFile file) throws MalformedException {
        long information = entry.sizeBytes() >= SIZE_BYTES_2 ? entry.u4("ObjectInfoRva", 32) : 0;
        return new HandleEntry(
                entry.u8("Handle", 0),
                file.text("HandleType", entry.u4("TypeNameRva", 8)),
                file.text("HandleName", entry.u4("ObjectNameRva", 12))
                        .filter(name -> !name.isEmpty()),
                entry.u4("GrantedAccess", 20),
                entry.u4("HandleCount", 24),
                entry.u4("PointerCount", 28),
                owner(information, file));
    }

    /** The blocks are a list; the limit ends one that goes in a circle. */
    private static Optional<Owner> owner(long first, MinidumpFile file) {
        long rva = first;
        long max = file.limits().max(MinidumpLimits.OBJECT_INFORMATION);
        try {
            for (int blocks = 0; rva != 0 && blocks < max; blocks++) {
                ByteSource block =
                        file.bytes().slice("ObjectInformation", rva, OBJECT_INFORMATION_BYTES);
                long type = block.u4("InfoType", 4);
                if (type == MUTANT_INFORMATION_2 && block.u4("SizeOfInfo", 8) >= 8) {
                    return Optional.of(mutantOwner(file, rva + OBJECT_INFORMATION_BYTES));
                }
                rva = block.u4("NextInfoRva", 0);
            }
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "who holds the object is not known");
        }
        return Optional.empty();
    }

    private static Owner mutantOwner(MinidumpFile file, long rva) throws MalformedException {
        ByteSource information = file.bytes().slice("MutantInformation2", rva, 8);
        return new Owner(information.u4("OwnerProcessId", 0), information.u4("OwnerThreadId", 4));
    }

    /** Puts the list, with descriptors of the second form. */
    public static void write(List<HandleEntry> handles, MinidumpHead head) {
        ByteBuffer list = MinidumpHead.structure(HEADER_BYTES + SIZE_BYTES_2 * handles.size());
        list.putInt(HEADER_BYTES).putInt(SIZE_BYTES_2).putInt(handles.size()).putInt(0);
        handles.forEach(handle -> handle.write(list, head));
        head.stream(StreamType.HANDLE_DATA, list);
    }

    private void write(ByteBuffer target, MinidumpHead head) {
        target.putLong(handle)
                .putInt(type.map(head::text).orElse(0))
                .putInt(name.map(head::text).orElse(0))
                .putInt(0)
                .putInt((int) grantedAccess)
                .putInt((int) handleCount)
                .putInt((int) pointerCount)
                .putInt(owner.map(known -> head.put(known.information()).rva()).orElse(0))
                .putInt(0);
    }
}
