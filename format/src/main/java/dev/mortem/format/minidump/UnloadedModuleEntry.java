package dev.mortem.format.minidump;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * MINIDUMP_UNLOADED_MODULE, 24 bytes, of UnloadedModuleListStream (minidumpapiset.h).
 *
 * <pre>
 *  0  BaseOfImage: 8 bytes
 *  8  SizeOfImage, CheckSum, TimeDateStamp, ModuleNameRva: 4 bytes each
 * </pre>
 */
public record UnloadedModuleEntry(
        AddressRange range, long checkSum, long timeDateStamp, Optional<String> name) {
    public static final int SIZE_BYTES = 24;

    /** In the dump's order; none where it has no such stream. */
    public static List<UnloadedModuleEntry> readAll(MinidumpFile file) {
        List<UnloadedModuleEntry> modules = new ArrayList<>();
        try {
            Optional<MinidumpFile.Sized> list = file.sized(
                    StreamType.UNLOADED_MODULE_LIST,
                    "UnloadedModules",
                    4,
                    SIZE_BYTES,
                    file.limits().max(MinidumpLimits.MODULES));
            for (int index = 0; list.isPresent() && index < list.get().count(); index++) {
                ByteSource entry = list.get().entry(index, "UnloadedModule");
                modules.add(new UnloadedModuleEntry(
                        AddressRange.ofSize(entry.u8("BaseOfImage", 0), entry.u4("SizeOfImage", 8)),
                        entry.u4("CheckSum", 12),
                        entry.u4("TimeDateStamp", 16),
                        file.text("ModuleName", entry.u4("ModuleNameRva", 20))));
            }
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "modules that were unloaded are not known");
        }
        return modules;
    }

    /** Puts the list. */
    public static void write(List<UnloadedModuleEntry> modules, MinidumpHead head) {
        List<MinidumpHead.Entry> entries = new ArrayList<>();
        for (UnloadedModuleEntry module : modules) {
            int rva = module.name.map(head::text).orElse(0);
            entries.add(target -> module.write(target, rva));
        }
        head.sized(StreamType.UNLOADED_MODULE_LIST, 4, SIZE_BYTES, entries);
    }

    private void write(ByteBuffer target, int nameRva) {
        target.putLong(range.start())
                .putInt((int) range.sizeBytes())
                .putInt((int) checkSum)
                .putInt((int) timeDateStamp)
                .putInt(nameRva);
    }
}
