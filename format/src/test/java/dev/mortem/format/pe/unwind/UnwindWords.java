package dev.mortem.format.pe.unwind;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.unwind.Arm64UnwindCode.Marker;
import dev.mortem.format.pe.unwind.Arm64UnwindCode.RegisterFile;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Unwind information in the words of llvm-readobj, one line a function and one a code. */
public final class UnwindWords {
    private static final Pattern X64_CODE = Pattern.compile("0x([0-9A-F]{2}): ([A-Z_0-9]+.*)");

    private UnwindWords() {}

    /** What we read. */
    public static List<String> of(PeImage image, Diagnostics diagnostics)
            throws MalformedException {
        List<String> words = new ArrayList<>();
        Optional<X64FunctionTable> x64 = X64FunctionTable.read(image, diagnostics);
        for (long index = 0; x64.isPresent() && index < x64.get().count(); index++) {
            x64(x64.get(), x64.get().get(index), image.header().imageBase(), words);
        }
        Optional<Arm64FunctionTable> arm = Arm64FunctionTable.read(image, diagnostics);
        for (long index = 0; arm.isPresent() && index < arm.get().count(); index++) {
            Arm64Function function = arm.get().get(index);
            words.add("function " + (image.header().imageBase() + function.beginRva()));
            if (isSigned(function)) {
                signed(image, arm.get(), function, words);
                continue;
            }
            Arm64UnwindInfo info = arm.get().unwind(function);
            arm64(info, function.flag() != 0, image.header().imageBase(), words);
        }
        return words;
    }

    /**
     * How many epilogs version 2 tells of; fails at one whose last byte is no ret.
     */
    public static int epilogsThatReturn(PeImage image) throws MalformedException {
        int count = 0;
        Optional<X64FunctionTable> table = X64FunctionTable.read(image, entry -> {});
        for (long index = 0; table.isPresent() && index < table.get().count(); index++) {
            RuntimeFunction function = table.get().get(index);
            if (image.view("UNWIND_INFO", function.unwindRva(), 1).sizeBytes() == 0) {
                continue;
            }
            int version = image.bytes("UNWIND_INFO", function.unwindRva(), 1).u1("Version", 0) & 7;
            if (version == 2) {
                for (var epilog : table.get().unwind(function).getFirst().epilogs()) {
                    long start = function.endRva() - epilog.fromEndBytes();
                    int last = image.bytes("epilog", start, epilog.sizeBytes())
                            .u1("last byte", epilog.sizeBytes() - 1);
                    if (last != 0xc3) {
                        throw new AssertionError(epilog + " at " + start + " ends with " + last);
                    }
                    count++;
                }
            }
        }
        return count;
    }

    /** Packed, with CR 2: the judge, before LLVM 15, gives it the prolog of CR 0. */
    private static boolean isSigned(Arm64Function function) {
        return function.flag() == 1 && Arm64Packed.of(function.unwindData()).cr() == 2;
    }

    /** Judged by the code itself: it starts by signing lr, and stores fp and lr. */
    private static void signed(
            PeImage image, Arm64FunctionTable table, Arm64Function function, List<String> words)
            throws MalformedException {
        Arm64UnwindInfo info = table.unwind(function);
        words.add("bytes " + info.functionBytes());
        int last = info.prologInstructions() - 1;
        var code = image.bytes("code", function.beginRva(), 4L * last + 4);
        boolean signs = info.prolog().get(last) == Marker.SIGN_RETURN_ADDRESS;
        boolean agrees = signs
                && code.s4("pacibsp", 0) == 0xd503_237f
                && code.s4("mov x29, sp", 4L * last) == 0x9100_03fd;
        words.add(agrees ? "signed" : "not what the code does: " + info.prolog());
    }

    private static void x64(
            X64FunctionTable table, RuntimeFunction function, long base, List<String> words)
            throws MalformedException {
        UnwindInfo info = table.unwind(function).getFirst();
        words.add("function %d %d %d"
                .formatted(
                        base + function.beginRva(),
                        base + function.endRva(),
                        base + function.unwindRva()));
        words.add("prolog " + info.prologBytes() + " frame "
                + (info.frameRegister().isPresent()
                        ? x(info.frameRegister().getAsInt()) + " " + info.frameOffsetBytes() / 16
                        : "- -"));
        for (UnwindCode code : info.codes()) {
            words.add("%02X: %s".formatted(code.prologOffset(), x64(code, info)));
        }
        info.handlerRva().ifPresent(rva -> words.add("handler " + (base + rva)));
        info.chained()
                .ifPresent(to -> words.add("chained %d %d %d"
                        .formatted(
                                base + to.beginRva(), base + to.endRva(), base + to.unwindRva())));
    }

    private static String x64(UnwindCode code, UnwindInfo info) {
        return switch (code) {
            case UnwindCode.Push push -> "PUSH_NONVOL reg=" + x(push.register());
            case UnwindCode.Allocate allocate -> "ALLOC size=" + allocate.bytes();
            case UnwindCode.SetFrame _ ->
                "SET_FPREG reg=%s, offset=0x%X"
                        .formatted(x(info.frameRegister().orElseThrow()), info.frameOffsetBytes());
            case UnwindCode.Save save ->
                "SAVE_NONVOL reg=%s, offset=0x%X".formatted(x(save.register()), save.bytes());
            case UnwindCode.SaveXmm save ->
                "SAVE_XMM128 reg=XMM%d, offset=0x%X".formatted(save.xmm(), save.bytes());
            case UnwindCode.PushMachineFrame frame ->
                "PUSH_MACHFRAME errcode=" + (frame.hasErrorCode() ? "yes" : "no");
            case UnwindCode.Spare _ -> "SPARE";
        };
    }

    private static String x(int register) {
        return Cpu.X86_64.registerNames().get(register).toUpperCase(Locale.ROOT);
    }

    /** The judge gives no epilog of the packed form. */
    private static void arm64(
            Arm64UnwindInfo info, boolean isPacked, long base, List<String> words) {
        words.add("bytes " + info.functionBytes());
        info.prolog().forEach(code -> words.add("prolog " + arm64(code, true)));
        if (isPacked) {
            words.add("packed");
            return;
        }
        info.epilogs().forEach(epilog -> {
            words.add("epilog at " + epilog.start());
            epilog.codes().forEach(code -> words.add("epilog " + arm64(code, false)));
        });
        info.handlerRva().ifPresent(rva -> words.add("handler " + (base + rva)));
    }

    private static String arm64(Arm64UnwindCode code, boolean prolog) {
        return switch (code) {
            case Arm64UnwindCode.Allocate allocate ->
                (prolog ? "sub" : "add") + " sp, #" + allocate.bytes();
            case Arm64UnwindCode.Save save -> save(save, prolog);
            case Arm64UnwindCode.SetFrame _ -> prolog ? "mov fp, sp" : "mov sp, fp";
            case Arm64UnwindCode.AddFrame add ->
                (prolog ? "add fp, sp" : "sub sp, fp") + ", #" + add.bytes();
            case Marker marker ->
                switch (marker) {
                    case NOP -> "nop";
                    case END -> "end";
                    case END_CHAINED -> "end_c";
                    case SIGN_RETURN_ADDRESS -> prolog ? "pacibsp" : "autibsp";
                    case TRAP_FRAME -> "trap frame";
                    case MACHINE_FRAME -> "machine frame";
                    case CONTEXT -> "context";
                    case EC_CONTEXT -> "EC context";
                    case CLEAR_UNWOUND_TO_CALL -> "clear unwound to call";
                };
            case Arm64UnwindCode.AllocateVectors _, Arm64UnwindCode.SaveScalable _ ->
                code.toString();
        };
    }

    private static String save(Arm64UnwindCode.Save save, boolean prolog) {
        String letter = save.file() == RegisterFile.X ? "x" : "d";
        String registers = letter + save.registers().getFirst();
        if (save.registers().size() == 2) {
            registers += ", " + letter + save.registers().getLast();
        }
        String operation =
                (prolog ? "st" : "ld") + (save.registers().size() == 2 ? "p " : "r ") + registers;
        if (!save.preIndexed()) {
            return operation + ", [sp, #" + save.bytes() + "]";
        }
        return prolog
                ? operation + ", [sp, #-" + save.bytes() + "]!"
                : operation + ", [sp], #" + save.bytes();
    }

    /** What the judge says, in the same words. */
    public static List<String> judged(String text) {
        List<String> words = new ArrayList<>();
        for (String function : text.split("RuntimeFunction \\{", -1)) {
            if (function.contains("UnwindInfo {")) {
                judgedX64(function, words);
            } else if (function.contains("Function: ")) {
                judgedArm64(function, words);
            }
        }
        return words;
    }

    private static void judgedX64(String function, List<String> words) {
        words.add("function %d %d %d"
                .formatted(
                        address(function, "StartAddress"),
                        address(function, "EndAddress"),
                        address(function, "UnwindInfoAddress")));
        words.add("prolog " + value(function, "PrologSize") + " frame "
                + value(function, "FrameRegister").replaceAll(" \\(.*", "") + " "
                + frameOffset(function));
        String own = function.split("Chained \\{", -1)[0];
        Matcher code = X64_CODE.matcher(own);
        while (code.find()) {
            String operation = code.group(2)
                    .replaceAll("^ALLOC_(SMALL|LARGE)", "ALLOC")
                    .replaceAll("^SAVE_(NONVOL|XMM128)_FAR", "SAVE_$1");
            words.add(code.group(1) + ": " + operation);
        }
        if (own.contains(" Handler: ")) {
            words.add("handler " + address(own, "Handler"));
        }
        if (function.contains("Chained {")) {
            String chained = function.substring(function.indexOf("Chained {"));
            words.add("chained %d %d %d"
                    .formatted(
                            address(chained, "StartAddress"),
                            address(chained, "EndAddress"),
                            address(chained, "UnwindInfoAddress")));
        }
    }

    private static String frameOffset(String function) {
        String offset = value(function, "FrameOffset");
        return offset.startsWith("0x")
                ? String.valueOf(Integer.parseInt(offset.substring(2), 16))
                : offset;
    }

    private static void judgedArm64(String function, List<String> words) {
        String start = "function " + hex(value(function, "Function"));
        words.add(start);
        words.add("bytes " + value(function, "FunctionLength"));
        boolean isPacked = function.contains("RegF: ");
        if (function.contains("CR: 2") && function.contains("Fragment: No")) {
            words.add("signed");
            return;
        }
        boolean epilogInHeader = function.contains("EpiloguePacked: Yes");
        List<String> epilog = new ArrayList<>();
        String where = "prolog ";
        for (String line : function.split("\n", -1)) {
            String stripped = line.strip();
            if (stripped.equals("Epilogue [") || stripped.equals("Opcodes [")) {
                where = "epilog ";
            } else if (stripped.startsWith("StartOffset: ")) {
                epilog.add("epilog at " + 4 * Long.parseLong(stripped.substring(13)));
            } else if (stripped.startsWith("0x") && stripped.contains("; ")) {
                String code = stripped.substring(stripped.indexOf("; ") + 2);
                if (stripped.startsWith("0xfc ") && code.equals("Bad opcode!")) {
                    // pac_sign_lr, which the judge knows from LLVM 15 on
                    code = where.equals("prolog ") ? "pacibsp" : "autibsp";
                }
                (where.equals("prolog ") ? words : epilog).add(where + code);
            } else if (isPacked && stripped.matches("(mov|st|sub|nop|end|pac|add).*")) {
                words.add("prolog " + packed(stripped));
            }
        }
        if (epilogInHeader && value(function, "EpilogueOffset").equals("0")) {
            epilog.clear(); // it shares all of the prolog's codes, which the judge does not repeat
            words.stream()
                    .skip(words.lastIndexOf(start) + 1L)
                    .filter(word -> word.startsWith("prolog "))
                    .forEach(word -> epilog.add("epilog " + mirrored(word.substring(7))));
        }
        if (epilogInHeader) {
            long size = epilog.size();
            long bytes = Long.parseLong(value(function, "FunctionLength"));
            words.add("epilog at " + (bytes - 4 * size));
        }
        if (isPacked) {
            words.add("packed");
        }
        words.addAll(epilog);
        if (function.contains("Routine: ")) {
            words.add("handler " + hex(value(function, "Routine")));
        }
    }

    /** What undoes an instruction of a prolog. */
    private static String mirrored(String instruction) {
        return instruction
                .replaceAll("^st([pr])(.*), \\[sp, #-(\\d+)\\]!", "ld$1$2, [sp], #$3")
                .replaceAll("^st([pr])", "ld$1")
                .replace("sub sp, #", "add sp, #")
                .replace("mov fp, sp", "mov sp, fp")
                .replace("add fp, sp,", "sub sp, fp,")
                .replace("pacibsp", "autibsp");
    }

    /** The packed form is printed in other words than the full one. */
    private static String packed(String instruction) {
        return instruction
                .replace("mov x29, sp", "mov fp, sp")
                .replace("sub sp, sp, ", "sub sp, ")
                .replaceAll("\\blr\\b", "x30")
                .replaceAll("stp x[0-7], x[0-7], \\[sp, #\\d+\\]$", "nop")
                .replaceAll("stp x0, x1, \\[sp, #-(\\d+)\\]!", "sub sp, #$1");
    }

    private static long address(String text, String name) {
        Matcher found = Pattern.compile("\\b" + name + ": \\(?[^(\\n]*\\(?0x([0-9A-F]+)\\)?")
                .matcher(text);
        if (!found.find()) {
            throw new IllegalStateException(name + " is not in " + text);
        }
        return Long.parseUnsignedLong(found.group(1), 16);
    }

    private static long hex(String value) {
        Matcher found = Pattern.compile("0x([0-9A-F]+)").matcher(value);
        if (!found.find()) {
            throw new IllegalStateException(value + " holds no number");
        }
        return Long.parseUnsignedLong(found.group(1), 16);
    }

    private static String value(String text, String name) {
        Matcher found = Pattern.compile("\\b" + name + ": (.*)").matcher(text);
        if (!found.find()) {
            throw new IllegalStateException(name + " is not in " + text);
        }
        return found.group(1);
    }
}
