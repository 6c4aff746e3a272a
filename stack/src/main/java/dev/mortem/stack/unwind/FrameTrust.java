package dev.mortem.stack.unwind;

/** How a frame was found, best first: what its reader may believe. */
public enum FrameTrust {
    /** The thread's own registers, or those that the kernel saved when a signal interrupted it. */
    CONTEXT("context"),
    /** Call frame information of the compiler: DWARF, or what a symbol file has of it. */
    CFI("cfi"),
    /** Windows unwind information. */
    UNWIND_INFO("unwindInfo"),
    /**
     * The chain of saved frame pointers; in a prologue or a leaf function, what its instructions and the
     * link register tell.
     */
    FRAME_POINTER("framePointer"),
    /** A word on the stack that looks like a return address behind a call. */
    SCAN("scan"),
    /**
     * Not found on the stack: the debug information says that the compiler put it into the next frame's
     * function. It is as sure as that frame.
     */
    INLINE("inline"),
    /**
     * Not found on the stack: it left by a jump, and the debug information's call sites allow no other way
     * from the next frame to the one before. It is as sure as those.
     */
    CALL_SITE("callSite");

    private final String label;

    FrameTrust(String label) {
        this.label = label;
    }

    /** As reports print it. */
    public String label() {
        return label;
    }
}
