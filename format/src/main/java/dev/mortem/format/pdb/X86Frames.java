package dev.mortem.format.pdb;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.breakpad.PostfixProgram;
import dev.mortem.format.breakpad.WinFrame;
import dev.mortem.format.breakpad.WinFrameRecord;
import dev.mortem.format.msf.MsfStream;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * How 32-bit x86 code keeps its frames. The stream of new FPO data (microsoft-pdb, cvinfo.h: FRAMEDATA),
 * 32 bytes each: 0 ulRvaStart, 4 cbBlock, 8 cbLocals, 12 cbParams, 16 cbStkMax, 20 frameFunc, the offset
 * of its program in the string table: u4 each; 24 cbProlog, 26 cbSavedRegs: u2 each; 28 flags u4. That of
 * old FPO data (winnt.h: FPO_DATA), 16 bytes each: 0 ulOffStart, 4 cbProcSize, 8 cdwLocals: u4 each; 12
 * cdwParams u2, 14 cbProlog u1, 15 in 3, 1, 1, 1 and 2 bits cbRegs, fHasSEH, fUseBP, reserved, cbFrame.
 * Both in ascending order; read where they lie.
 */
final class X86Frames {
    private static final int FRAME_DATA_BYTES = 32;
    private static final int FPO_BYTES = 16;
    private static final int WORD_BYTES = 4;

    /**
     * Programs of Visual C++ 2013 and later name the saved registers by their numbers (microsoft-pdb,
     * cvconst.h: CV_HREG_e), from 17 on: "$20 $T0 4 - ^ =".
     */
    private static final List<String> REGISTERS_FROM_17 =
            List.of("eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi");

    private static final Pattern NUMBERED = Pattern.compile("\\$(1[7-9]|2[0-4])(?= |$)");

    /** Frame data of a part of a function stands behind that of the function, which may be long. */
    private static final int STEPS_BACK_MAX = 16;

    private final Optional<MsfStream> frameData;
    private final Optional<MsfStream> fpo;
    private final StringTable names;
    private final Limits limits;

    X86Frames(
            Optional<MsfStream> frameData,
            Optional<MsfStream> fpo,
            StringTable names,
            Limits limits) {
        this.frameData = frameData;
        this.fpo = fpo;
        this.names = names;
        this.limits = limits;
    }

    boolean isEmpty() {
        return frameData.isEmpty() && fpo.isEmpty();
    }

    /** What holds at an rva, the better first: of frame data the smallest, then what has sizes alone. */
    List<WinFrame> at(long rva) throws MalformedException {
        List<WinFrame> frames = new ArrayList<>();
        if (frameData.isPresent()) {
            long at = covering(frameData.get(), FRAME_DATA_BYTES, rva);
            if (at >= 0) {
                frames.add(frameData(frameData.get(), at));
            }
        }
        if (fpo.isPresent()) {
            long at = covering(fpo.get(), FPO_BYTES, rva);
            if (at >= 0) {
                frames.add(fpo(fpo.get(), at));
            }
        }
        return frames;
    }

    /** Gives out all of both kinds. */
    void forEach(Consumer<WinFrameRecord> taker) throws MalformedException {
        if (frameData.isPresent()) {
            MsfStream stream = frameData.get();
            for (long at = 0; at + FRAME_DATA_BYTES <= stream.sizeBytes(); at += FRAME_DATA_BYTES) {
                taker.accept(record(stream, at));
            }
        }
        if (fpo.isPresent()) {
            MsfStream stream = fpo.get();
            for (long at = 0; at + FPO_BYTES <= stream.sizeBytes(); at += FPO_BYTES) {
                WinFrame frame = fpo(stream, at);
                taker.accept(new WinFrameRecord(
                        frame.rva(),
                        frame.codeBytes(),
                        stream.u2("cbProlog", at + 14) & 0xff,
                        frame.parameterBytes(),
                        frame.savedRegisterBytes(),
                        frame.localBytes(),
                        0,
                        Optional.empty(),
                        frame.usesFramePointer()));
            }
        }
    }

    private WinFrameRecord record(MsfStream stream, long at) throws MalformedException {
        return new WinFrameRecord(
                stream.u4("ulRvaStart", at),
                stream.u4("cbBlock", at + 4),
                stream.u2("cbProlog", at + 24),
                stream.u4("cbParams", at + 12),
                stream.u2("cbSavedRegs", at + 26),
                stream.u4("cbLocals", at + 8),
                stream.u4("cbStkMax", at + 16),
                names.text(stream.u4("frameFunc", at + 20)).filter(text -> !text.isBlank()),
                false);
    }

    /** Of those that cover an rva the one that begins last; -1 for none. */
    private static long covering(MsfStream stream, int entryBytes, long rva)
            throws MalformedException {
        long low = 0;
        long high = stream.sizeBytes() / entryBytes - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            if (stream.u4("start", middle * entryBytes) <= rva) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        for (int step = 0; step < STEPS_BACK_MAX && high >= 0; step++, high--) {
            long at = high * entryBytes;
            if (rva - stream.u4("start", at) < stream.u4("size", at + 4)) {
                return at;
            }
        }
        return -1;
    }

    private WinFrame frameData(MsfStream stream, long at) throws MalformedException {
        Optional<String> program = names.text(stream.u4("frameFunc", at + 20));
        return new WinFrame(
                stream.u4("ulRvaStart", at),
                stream.u4("cbBlock", at + 4),
                stream.u4("cbParams", at + 12),
                stream.u2("cbSavedRegs", at + 26),
                stream.u4("cbLocals", at + 8),
                program.filter(text -> !text.isBlank())
                        .map(text -> PostfixProgram.parse(withNames(text), limits)),
                false);
    }

    private static String withNames(String program) {
        return NUMBERED.matcher(program)
                .replaceAll(number ->
                        "\\$" + REGISTERS_FROM_17.get(Integer.parseInt(number.group(1)) - 17));
    }

    private static WinFrame fpo(MsfStream stream, long at) throws MalformedException {
        int bits = stream.u2("attributes", at + 14) >>> 8;
        return new WinFrame(
                stream.u4("ulOffStart", at),
                stream.u4("cbProcSize", at + 4),
                (long) WORD_BYTES * stream.u2("cdwParams", at + 12),
                (long) WORD_BYTES * (bits & 7),
                WORD_BYTES * stream.u4("cdwLocals", at + 8),
                Optional.empty(),
                (bits & 0x10) != 0);
    }
}
