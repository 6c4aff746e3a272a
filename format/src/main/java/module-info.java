/** Bytes to structures of one published format, and back; no policy, no files of its own. */
@org.jspecify.annotations.NullMarked
module dev.mortem.format {
    requires transitive dev.mortem.base;
    requires com.github.luben.zstd_jni;
    requires org.tukaani.xz;
    requires static org.jspecify;

    exports dev.mortem.format.breakpad;
    exports dev.mortem.format.cab;
    exports dev.mortem.format.codeview;
    exports dev.mortem.format.dwarf.cfi;
    exports dev.mortem.format.dwarf.expression;
    exports dev.mortem.format.dwarf.function;
    exports dev.mortem.format.dwarf.info;
    exports dev.mortem.format.dwarf.line;
    exports dev.mortem.format.ehabi;
    exports dev.mortem.format.elf;
    exports dev.mortem.format.elf.core;
    exports dev.mortem.format.go;
    exports dev.mortem.format.minidump;
    exports dev.mortem.format.msf;
    exports dev.mortem.format.pdb;
    exports dev.mortem.format.pe;
    exports dev.mortem.format.pe.unwind;
    exports dev.mortem.format.perfmap;
}
