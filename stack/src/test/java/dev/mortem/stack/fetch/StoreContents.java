package dev.mortem.stack.fetch;

import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.testkit.synth.SmallPe;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Files of stores, as small as they can be, and what they are called. */
final class StoreContents {
    private static final byte[] IMAGE = SmallPe.x64().file();
    static final DebugId DEBUG_ID = DebugId.ofGuid(HexFormat.of().parseHex(SmallPe.GUID), 1);
    static final DebugId OTHER_ID = DebugId.ofGuid(HexFormat.of().parseHex(SmallPe.GUID), 2);

    private StoreContents() {}

    static byte[] image() {
        return IMAGE.clone();
    }

    static StoreFile imageFile() {
        ByteBuffer bytes = ByteBuffer.wrap(IMAGE).order(ByteOrder.LITTLE_ENDIAN);
        int header = bytes.getInt(0x3c);
        CodeId id = new CodeId(bytes.getInt(header + 8), bytes.getInt(header + 24 + 56));
        return StoreFile.image("small.dll", id).orElseThrow();
    }

    static StoreFile pdbFile() {
        return StoreFile.pdb("small.pdb", DEBUG_ID).orElseThrow();
    }

    static StoreFile symFile() {
        return StoreFile.sym("small.pdb", DEBUG_ID).orElseThrow();
    }

    static byte[] sym(DebugId id) {
        return ("MODULE windows x86_64 " + id + " small.pdb\nPUBLIC 1000 0 main\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Of no streams but the one with the id, in blocks of 512 bytes; the age makes it another build. */
    static byte[] pdb(int age) {
        return pdb(age, 6);
    }

    /** @param blocks at least 6; those behind are of nothing */
    static byte[] pdb(int age, int blocks) {
        ByteBuffer out = ByteBuffer.allocate(blocks * 512).order(ByteOrder.LITTLE_ENDIAN);
        out.put("Microsoft C/C++ MSF 7.00\r\n\u001aDS\0\0\0".getBytes(StandardCharsets.ISO_8859_1));
        out.putInt(512).putInt(1).putInt(blocks).putInt(4 * 6).putInt(0).putInt(3);
        out.putInt(3 * 512, 4);
        out.position(4 * 512);
        out.putInt(4).putInt(0).putInt(48).putInt(0).putInt(0).putInt(5);
        out.position(5 * 512);
        out.putInt(20_000_404).putInt(0).putInt(age).put(HexFormat.of().parseHex(SmallPe.GUID));
        return out.array();
    }
}
