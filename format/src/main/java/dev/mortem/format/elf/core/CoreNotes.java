package dev.mortem.format.elf.core;

/**
 * Owners and types of the notes in a Linux core (include/uapi/linux/elf.h, "Notes used in
 * ET_CORE").
 */
public final class CoreNotes {
    public static final String OWNER_CORE = "CORE";
    public static final String OWNER_LINUX = "LINUX";

    public static final long NT_PRSTATUS = 1;
    public static final long NT_FPREGSET = 2;
    public static final long NT_PRPSINFO = 3;
    public static final long NT_TASKSTRUCT = 4;
    public static final long NT_AUXV = 6;
    public static final long NT_SIGINFO = 0x5349_4749;
    public static final long NT_FILE = 0x4649_4c45;
    public static final long NT_PRXFPREG = 0x46e6_2b7f;
    public static final long NT_386_TLS = 0x200;
    public static final long NT_X86_XSTATE = 0x202;
    public static final long NT_ARM_VFP = 0x400;
    public static final long NT_ARM_TLS = 0x401;

    private CoreNotes() {}
}
