package dev.mortem.format.minidump;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.codeview.CodeViewRecord;
import dev.mortem.format.minidump.MinidumpHead.Location;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * MINIDUMP_MODULE, 108 bytes, of ModuleListStream (minidumpapiset.h), with the fixed part of its version
 * resource (VS_FIXEDFILEINFO, verrsrc.h).
 *
 * <pre>
 *   0  BaseOfImage: 8 bytes
 *   8  SizeOfImage, CheckSum, TimeDateStamp, ModuleNameRva: 4 bytes each
 *  24  VersionInfo: dwSignature 0xfeef04bd, dwStrucVersion, dwFileVersionMS, …LS,
 *      dwProductVersionMS, …LS, then 7 more of 4 bytes
 *  76  CvRecord: DataSize 4, Rva 4
 *  84  MiscRecord: DataSize 4, Rva 4
 *  92  Reserved0, Reserved1: 8 bytes each
 * </pre>
 *
 * @param timeDateStamp of the image's header: seconds since 1970, or a hash of a reproducible build
 * @param name as the loader has it, mostly the whole path; empty where the dump lost it
 * @param fileVersion "10.0.19041.1"; empty where the image has no version resource
 * @param codeView how to find the debug file; empty where the module has none
 */
public record ModuleEntry(
        AddressRange range,
        long checkSum,
        long timeDateStamp,
        Optional<String> name,
        Optional<String> fileVersion,
        Optional<String> productVersion,
        Optional<CodeViewRecord> codeView) {
    public static final int SIZE_BYTES = 108;

    private static final long VERSION_SIGNATURE = 0xfeef_04bdL;

    /** The modules of the dump, in its order; none where it has no list. */
    public static List<ModuleEntry> readAll(MinidumpFile file) {
        List<ModuleEntry> modules = new ArrayList<>();
        try {
            ByteSource entries = file.counted(
                    StreamType.MODULE_LIST,
                    "Modules",
                    SIZE_BYTES,
                    file.limits().max(MinidumpLimits.MODULES));
            for (long at = 0; at < entries.sizeBytes(); at += SIZE_BYTES) {
                modules.add(read(entries.slice("Module", at, SIZE_BYTES), file));
            }
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "the modules behind are not known");
        }
        return modules;
    }

    private static ModuleEntry read(ByteSource entry, MinidumpFile file) throws MalformedException {
        boolean versioned = entry.u4("VersionInfo.dwSignature", 24) == VERSION_SIGNATURE;
        return new ModuleEntry(
                AddressRange.ofSize(entry.u8("BaseOfImage", 0), entry.u4("SizeOfImage", 8)),
                entry.u4("CheckSum", 12),
                entry.u4("TimeDateStamp", 16),
                file.text("ModuleName", entry.u4("ModuleNameRva", 20))
                        .filter(name -> !name.isEmpty()),
                versioned ? version(entry, "dwFileVersion", 32) : Optional.empty(),
                versioned ? version(entry, "dwProductVersion", 40) : Optional.empty(),
                codeView(entry, file));
    }

    private static Optional<String> version(ByteSource entry, String field, long offset)
            throws MalformedException {
        long most = entry.u4(field + "MS", offset);
        long least = entry.u4(field + "LS", offset + 4);
        if (most == 0 && least == 0) {
            return Optional.empty();
        }
        return Optional.of(
                "%d.%d.%d.%d".formatted(most >>> 16, most & 0xffff, least >>> 16, least & 0xffff));
    }

    private static Optional<CodeViewRecord> codeView(ByteSource entry, MinidumpFile file)
            throws MalformedException {
        Optional<ByteSource> record = file.located(entry, "CvRecord", 76);
        if (record.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(CodeViewRecord.read(record.get()));
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "the module's symbols cannot be told from others");
            return Optional.empty();
        }
    }

    /** Puts the list. */
    public static void write(List<ModuleEntry> modules, MinidumpHead head) {
        List<MinidumpHead.Entry> entries = new ArrayList<>();
        for (ModuleEntry module : modules) {
            int nameRva = head.text(module.name.orElse(""));
            Location record = module.codeView
                    .map(CodeViewRecord::write)
                    .filter(bytes -> bytes.length > 0)
                    .map(bytes -> head.put(bytes))
                    .orElse(Location.NONE);
            entries.add(target -> module.write(target, nameRva, record));
        }
        head.counted(StreamType.MODULE_LIST, SIZE_BYTES, entries);
    }

    private void write(ByteBuffer target, int nameRva, Location record) {
        int start = target.position();
        target.putLong(range.start())
                .putInt((int) Addresses.min(range.sizeBytes(), 0xffff_ffffL))
                .putInt((int) checkSum)
                .putInt((int) timeDateStamp)
                .putInt(nameRva);
        if (fileVersion.isPresent() || productVersion.isPresent()) {
            target.putInt((int) VERSION_SIGNATURE).putInt(0x1_0000);
            putVersion(target, fileVersion);
            putVersion(target, productVersion);
        }
        record.write(target.position(start + 76));
    }

    /** What is no version of four numbers is left out: there is no place for another. */
    private static void putVersion(ByteBuffer target, Optional<String> version) {
        int[] parts = new int[4];
        version.filter(text -> text.matches("\\d{1,5}([.]\\d{1,5}){3}")).ifPresent(text -> {
            String[] numbers = text.split("[.]", -1);
            for (int index = 0; index < parts.length; index++) {
                parts[index] = Integer.parseInt(numbers[index]);
            }
        });
        target.putInt(parts[0] << 16 | (parts[1] & 0xffff));
        target.putInt(parts[2] << 16 | (parts[3] & 0xffff));
    }
}
