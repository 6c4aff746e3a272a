package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * MinidumpCrashpadInfo (crashpad, minidump/minidump_extensions.h): what a program told its crash reporter.
 *
 * <pre>
 *  0  version: 4 bytes; report_id, client_id: 16 bytes each
 * 36  simple_annotations, module_list: DataSize 4, Rva 4 each
 * </pre>
 *
 * A module's entry is minidump_module_list_index 4 and a location of MinidumpModuleCrashpadInfo: version,
 * then locations of list_annotations, simple_annotations and annotation_objects. A dictionary is a count
 * and entries of two RVAs, a list a count and RVAs, an object name RVA 4, type 2, reserved 2, value RVA 4;
 * text there is MinidumpUTF8String: its length, then UTF-8.
 */
public final class CrashpadInfo {
    private static final int OBJECT_OF_TEXT = 1;

    private final MinidumpFile file;
    private final SortedMap<String, String> annotations = new TreeMap<>();

    private CrashpadInfo(MinidumpFile file) {
        this.file = file;
    }

    /** Annotations by name, those of modules too; none where the dump has no such stream. */
    public static SortedMap<String, String> annotations(MinidumpFile file) {
        CrashpadInfo info = new CrashpadInfo(file);
        Optional<ByteSource> stream = file.stream(StreamType.CRASHPAD_INFO);
        if (stream.isPresent()) {
            try {
                info.read(stream.get());
            } catch (MalformedException broken) {
                file.diagnostics().report(broken, "the annotations behind are not known");
            }
        }
        return info.annotations;
    }

    private void read(ByteSource stream) throws MalformedException {
        dictionary(file.located(stream, "simple_annotations", 36));
        Optional<ByteSource> modules = file.located(stream, "module_list", 44);
        if (modules.isEmpty()) {
            return;
        }
        ByteSource entries = entries(modules.get(), "modules", 12);
        for (long at = 0; at < entries.sizeBytes(); at += 12) {
            Optional<ByteSource> module = file.located(entries, "module", at + 4);
            if (module.isPresent()) {
                readModule(module.get());
            }
        }
    }

    private void readModule(ByteSource module) throws MalformedException {
        list(file.located(module, "list_annotations", 4));
        dictionary(file.located(module, "simple_annotations", 12));
        if (module.sizeBytes() >= 28) {
            objects(file.located(module, "annotation_objects", 20));
        }
    }

    private void dictionary(Optional<ByteSource> dictionary) throws MalformedException {
        if (dictionary.isEmpty()) {
            return;
        }
        ByteSource entries = entries(dictionary.get(), "simple_annotations", 8);
        for (long at = 0; at < entries.sizeBytes(); at += 8) {
            put(text(entries.u4("key", at)), text(entries.u4("value", at + 4)));
        }
    }

    private void list(Optional<ByteSource> list) throws MalformedException {
        if (list.isEmpty()) {
            return;
        }
        ByteSource entries = entries(list.get(), "list_annotations", 4);
        for (long at = 0; at < entries.sizeBytes(); at += 4) {
            put("annotation " + (annotations.size() + 1), text(entries.u4("value", at)));
        }
    }

    private void objects(Optional<ByteSource> objects) throws MalformedException {
        if (objects.isEmpty()) {
            return;
        }
        ByteSource entries = entries(objects.get(), "annotation_objects", 12);
        for (long at = 0; at < entries.sizeBytes(); at += 12) {
            if (entries.u2("type", at + 4) == OBJECT_OF_TEXT) {
                put(text(entries.u4("name", at)), text(entries.u4("value", at + 8)));
            }
        }
    }

    private ByteSource entries(ByteSource list, String name, int entryBytes)
            throws MalformedException {
        return file.entries(
                list,
                name,
                4,
                list.u4(name + ".count", 0),
                entryBytes,
                file.limits().max(MinidumpLimits.ANNOTATIONS));
    }

    /** Modules may name the same annotation; the program's own, which come first, stay. */
    private void put(String name, String value) {
        if (annotations.size() < file.limits().max(MinidumpLimits.ANNOTATIONS)) {
            annotations.putIfAbsent(name, value);
        }
    }

    private String text(long rva) throws MalformedException {
        return file.utf8("MinidumpUTF8String", rva);
    }
}
