package dev.mortem.stack.unwind;

import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.cfi.FrameBases;
import dev.mortem.format.dwarf.cfi.FrameSection;
import dev.mortem.format.dwarf.cfi.FrameTable;
import dev.mortem.format.pe.PeHeader;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeSection;
import dev.mortem.stack.locate.PeModule;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The call frame information that compilers of the GNU kind put into images: {@code .eh_frame}, by which
 * C++ of mingw on 32-bit x86 throws its exceptions, and {@code .debug_frame}. Stateless.
 *
 * <p>A loader that moves an image relocates the pointers of {@code .eh_frame}; whether the addresses are
 * those that the image was linked for or those where it lies, its header then says the same. Where a dump
 * has no file and the header tells another place than the module's, nothing is believed.
 */
final class PeFrames {
    /** The second is what is left of the first where the linker keeps names to eight letters. */
    private static final List<String> EH_FRAME = List.of(".eh_frame", ".eh_fram");

    private PeFrames() {}

    static FrameTable of(PeModule module, long moduleBase, Limits limits, Diagnostics diagnostics) {
        PeImage image = module.image();
        List<FrameSection> sections = new ArrayList<>();
        boolean isFile = module.file().isPresent();
        if (isFile || image.header().imageBase() == moduleBase) {
            EH_FRAME.stream()
                    .flatMap(name -> find(module, name))
                    .findFirst()
                    .ifPresent(section ->
                            sections.add(read(image, section, FrameSection.Kind.EH_FRAME)));
        }
        if (isFile) {
            find(module, ".debug_frame")
                    .forEach(section ->
                            sections.add(read(image, section, FrameSection.Kind.DEBUG_FRAME)));
        }
        return FrameTable.of(Optional.empty(), sections, limits, diagnostics);
    }

    private static Stream<PeSection> find(PeModule module, String name) {
        return module.sectionNamed(name).stream();
    }

    private static FrameSection read(PeImage image, PeSection section, FrameSection.Kind kind) {
        int addressBytes = image.header().machine() == PeHeader.MACHINE_AMD64 ? 8 : 4;
        long svma = image.header().imageBase() + section.rva();
        return new FrameSection(kind, image.content(section), FrameBases.of(svma, addressBytes));
    }
}
