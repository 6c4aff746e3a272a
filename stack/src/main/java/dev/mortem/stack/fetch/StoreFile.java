package dev.mortem.stack.fetch;

import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.DebugId;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * A file as symbol stores know it: {@code NAME/ID/FILE} (SymStore, "symbol store folder tree"; of {@code
 * .sym} files the tree that Breakpad's symupload makes).
 *
 * @param name of the folder: the image's own, or that of the debug file
 * @param id as the store spells it: the code id, or the debug id
 */
public record StoreFile(Kind kind, String name, String id) {
    /** A name has to fit into a file's name together with its id and more: 255 bytes on Linux. */
    private static final int NAME_BYTES_MAX = 150;

    private static final String FORBIDDEN = "/\\:*?\"<>|";

    /** What kind of file it is. */
    public enum Kind {
        IMAGE("image"),
        PDB("PDB"),
        SYM("symbol file");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** As messages call it. */
        public String label() {
            return label;
        }
    }

    public StoreFile {
        if (!isPlain(name) || !id.matches("[0-9A-Fa-f]{2,48}")) {
            throw new IllegalArgumentException("no store has " + name + " of id " + id);
        }
    }

    /** The image of that name; empty where no file can have the name. */
    public static Optional<StoreFile> image(String name, CodeId id) {
        return of(Kind.IMAGE, name, id.toString());
    }

    /** @param debugFile the PDB's name without folders; empty where no file can have it */
    public static Optional<StoreFile> pdb(String debugFile, DebugId id) {
        return of(Kind.PDB, debugFile, id.toString());
    }

    /** @param debugFile what the module's debug file is called, without folders */
    public static Optional<StoreFile> sym(String debugFile, DebugId id) {
        return of(Kind.SYM, debugFile, id.toString().toUpperCase(Locale.ROOT));
    }

    private static Optional<StoreFile> of(Kind kind, String name, String id) {
        return isPlain(name) ? Optional.of(new StoreFile(kind, name, id)) : Optional.empty();
    }

    /** Dumps name modules as they like; nothing that leads out of a folder becomes a part of a path. */
    private static boolean isPlain(String name) {
        return !name.isBlank()
                && !name.startsWith(".")
                && name.getBytes(StandardCharsets.UTF_8).length <= NAME_BYTES_MAX
                && name.chars()
                        .noneMatch(one -> Character.isISOControl(one)
                                || Character.isSurrogate((char) one)
                                || FORBIDDEN.indexOf(one) >= 0);
    }

    /** The last part of the path; of a {@code .sym} file without the ending {@code .pdb}. */
    public String fileName() {
        if (kind != Kind.SYM) {
            return name;
        }
        boolean pdb = name.toLowerCase(Locale.ROOT).endsWith(".pdb");
        return (pdb ? name.substring(0, name.length() - ".pdb".length()) : name) + ".sym";
    }

    /** As it is called where it is packed into a cabinet: the last letter is {@code _}. */
    public String packedName() {
        return fileName().substring(0, fileName().length() - 1) + "_";
    }

    /** {@code NAME/ID/FILE}. */
    public String path() {
        return name + "/" + id + "/" + fileName();
    }

    /** The same with all names in lower case, as some servers have them. */
    StoreFile lowerCase() {
        return new StoreFile(kind, name.toLowerCase(Locale.ROOT), id);
    }

    /** "the image ntdll.dll 5AB38077a1000". */
    @Override
    public String toString() {
        return "the " + kind.label() + " " + fileName() + " " + id;
    }
}
