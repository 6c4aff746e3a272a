package dev.mortem.analyze.rule;

import dev.mortem.analyze.reason.Fault;
import dev.mortem.analyze.reason.FaultDecoder;
import dev.mortem.base.address.Addresses;

import java.util.ArrayList;
import java.util.List;

/** How sentences tell a fault: "it read 4 bytes through a null pointer (rax), offset 0x10". */
public final class FaultWording {
    private FaultWording() {}

    /** What the thread did, without its subject. */
    public static String deed(Fault fault) {
        String verb = fault.access()
                .map(access -> switch (access) {
                    case "read" -> "read" + bytes(fault);
                    case "write" -> "wrote" + bytes(fault);
                    default -> "jumped";
                })
                .orElse("used memory");
        boolean jumped = verb.equals("jumped");
        return verb
                + switch (fault.place()) {
                    case NULL_PAGE -> throughNull(fault, jumped);
                    case UNMAPPED ->
                        (jumped ? " to " : " at ") + where(fault) + ", where nothing is mapped";
                    case NO_PERMISSION ->
                        (jumped ? " to " : " at ") + where(fault) + ", which may not be "
                                + participle(fault);
                    case NON_CANONICAL ->
                        (jumped ? " to " : " through ") + where(fault)
                                + ", which is no valid address";
                    case GUARD ->
                        (jumped ? " to " : " at ") + where(fault)
                                + ", in memory that is reserved or a guard page";
                    case KERNEL ->
                        (jumped ? " to " : " at ") + where(fault) + ", an address of the kernel";
                    case MISALIGNED ->
                        " at " + where(fault)
                                + ", which is not aligned as the instruction needs it";
                    case MAPPED -> (jumped ? " to " : " at ") + where(fault);
                    case UNKNOWN -> " that it may not use";
                };
    }

    private static String bytes(Fault fault) {
        return fault.accessBytes().isEmpty()
                ? ""
                : " " + Wording.count(fault.accessBytes().getAsInt(), "byte");
    }

    private static String participle(Fault fault) {
        return fault.access()
                .map(access -> switch (access) {
                    case "write" -> "written";
                    case "execute" -> "executed";
                    default -> "read";
                })
                .orElse("used so");
    }

    private static String throughNull(Fault fault, boolean jumped) {
        long address = fault.address().orElse(0);
        String register =
                fault.pointer().map(pointer -> " (" + pointer.register() + ")").orElse("");
        String offset = address == 0 ? "" : ", offset " + Addresses.hex(address);
        boolean pointerIsNull = fault.pointer()
                .map(pointer ->
                        Long.compareUnsigned(pointer.value(), FaultDecoder.NULL_PAGE_BYTES) < 0)
                .orElse(true);
        String through = jumped ? " through a null function pointer" : " through a null pointer";
        return pointerIsNull
                ? through + register + offset
                : " at " + Addresses.hex(address) + ", in the null page" + held(fault);
    }

    private static String where(Fault fault) {
        String address = fault.address().isPresent()
                ? Addresses.hex(fault.address().getAsLong())
                : "an address";
        return address + held(fault);
    }

    private static String held(Fault fault) {
        return fault.pointer()
                .map(pointer ->
                        " (" + pointer.register() + " = " + Addresses.hex(pointer.value()) + ")")
                .orElse("");
    }

    /** Signal, code, address, instruction: a line each. */
    public static List<String> evidence(Fault fault) {
        List<String> lines = new ArrayList<>();
        lines.add(fault.name()
                + fault.code()
                        .map(code -> ", " + code.name() + ": " + code.meaning())
                        .orElse(
                                fault.signalCode().isPresent()
                                        ? ", code " + fault.signalCode().getAsInt()
                                        : "")
                + (fault.address().isPresent()
                        ? ", address " + Addresses.hex(fault.address().getAsLong())
                        : ""));
        if (fault.operand().isPresent() && fault.access().isPresent()) {
            lines.add(
                    "the instruction " + (fault.access().get().equals("write") ? "writes" : "reads")
                            + bytes(fault) + " at " + fault.operand().get()
                            + fault.pointer()
                                    .map(pointer -> ", " + pointer.register() + " = "
                                            + Addresses.hex(pointer.value()))
                                    .orElse(""));
        }
        fault.region().ifPresent(region -> lines.add("the address lies in " + region));
        return lines;
    }
}
