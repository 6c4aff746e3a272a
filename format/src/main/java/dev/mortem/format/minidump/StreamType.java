package dev.mortem.format.minidump;

/**
 * MINIDUMP_STREAM_TYPE: the numbers of the streams (minidumpapiset.h; minidump_format.h of Breakpad;
 * minidump_extensions.h of Crashpad). An int, because a file may hold any number.
 */
public final class StreamType {
    public static final int UNUSED = 0;
    public static final int THREAD_LIST = 3;
    public static final int MODULE_LIST = 4;
    public static final int MEMORY_LIST = 5;
    public static final int EXCEPTION = 6;
    public static final int SYSTEM_INFO = 7;
    public static final int THREAD_EX_LIST = 8;
    public static final int MEMORY_64_LIST = 9;
    public static final int COMMENT_A = 10;
    public static final int COMMENT_W = 11;
    public static final int HANDLE_DATA = 12;
    public static final int FUNCTION_TABLE = 13;
    public static final int UNLOADED_MODULE_LIST = 14;
    public static final int MISC_INFO = 15;
    public static final int MEMORY_INFO_LIST = 16;
    public static final int THREAD_INFO_LIST = 17;
    public static final int HANDLE_OPERATION_LIST = 18;
    public static final int TOKEN = 19;
    public static final int JAVASCRIPT_DATA = 20;
    public static final int SYSTEM_MEMORY_INFO = 21;
    public static final int PROCESS_VM_COUNTERS = 22;
    public static final int IPT_TRACE = 23;
    public static final int THREAD_NAMES = 24;

    public static final int BREAKPAD_INFO = 0x4767_0001;
    public static final int ASSERTION_INFO = 0x4767_0002;
    public static final int LINUX_CPU_INFO = 0x4767_0003;
    public static final int LINUX_PROC_STATUS = 0x4767_0004;
    public static final int LINUX_LSB_RELEASE = 0x4767_0005;
    public static final int LINUX_CMD_LINE = 0x4767_0006;
    public static final int LINUX_ENVIRON = 0x4767_0007;
    public static final int LINUX_AUXV = 0x4767_0008;
    public static final int LINUX_MAPS = 0x4767_0009;
    public static final int LINUX_DSO_DEBUG = 0x4767_000a;

    public static final int CRASHPAD_INFO = 0x4350_0001;
    /** Mortem's own: docs/minidump.md describes them. */
    public static final int MORTEM_NOTES = 0x4d4f_0001;

    public static final int MORTEM_REGIONS = 0x4d4f_0002;
    public static final int MORTEM_MAPPINGS = 0x4d4f_0003;
    public static final int MORTEM_FACTS = 0x4d4f_0004;

    private StreamType() {}

    /** The name that the headers give it, without "Stream"; its number in hex where they give none. */
    public static String name(int type) {
        return switch (type) {
            case UNUSED -> "Unused";
            case 1 -> "Reserved0";
            case 2 -> "Reserved1";
            case THREAD_LIST -> "ThreadList";
            case MODULE_LIST -> "ModuleList";
            case MEMORY_LIST -> "MemoryList";
            case EXCEPTION -> "Exception";
            case SYSTEM_INFO -> "SystemInfo";
            case THREAD_EX_LIST -> "ThreadExList";
            case MEMORY_64_LIST -> "Memory64List";
            case COMMENT_A -> "CommentA";
            case COMMENT_W -> "CommentW";
            case HANDLE_DATA -> "HandleData";
            case FUNCTION_TABLE -> "FunctionTable";
            case UNLOADED_MODULE_LIST -> "UnloadedModuleList";
            case MISC_INFO -> "MiscInfo";
            case MEMORY_INFO_LIST -> "MemoryInfoList";
            case THREAD_INFO_LIST -> "ThreadInfoList";
            case HANDLE_OPERATION_LIST -> "HandleOperationList";
            case TOKEN -> "Token";
            case JAVASCRIPT_DATA -> "JavaScriptData";
            case SYSTEM_MEMORY_INFO -> "SystemMemoryInfo";
            case PROCESS_VM_COUNTERS -> "ProcessVmCounters";
            case IPT_TRACE -> "IptTrace";
            case THREAD_NAMES -> "ThreadNames";
            case BREAKPAD_INFO -> "BreakpadInfo";
            case ASSERTION_INFO -> "AssertionInfo";
            case LINUX_CPU_INFO -> "LinuxCpuInfo";
            case LINUX_PROC_STATUS -> "LinuxProcStatus";
            case LINUX_LSB_RELEASE -> "LinuxLsbRelease";
            case LINUX_CMD_LINE -> "LinuxCmdLine";
            case LINUX_ENVIRON -> "LinuxEnviron";
            case LINUX_AUXV -> "LinuxAuxv";
            case LINUX_MAPS -> "LinuxMaps";
            case LINUX_DSO_DEBUG -> "LinuxDsoDebug";
            case CRASHPAD_INFO -> "CrashpadInfo";
            case MORTEM_NOTES -> "MortemNotes";
            case MORTEM_REGIONS -> "MortemRegions";
            case MORTEM_MAPPINGS -> "MortemMappings";
            case MORTEM_FACTS -> "MortemFacts";
            case 0x4b6b_0002 -> "ChromiumStabilityReport";
            case 0x4d7a_0001 -> "MozMacosCrashInfo";
            case 0x4d7a_0002 -> "MozMacosBootargs";
            case 0x4d7a_0003 -> "MozLinuxLimits";
            case 0x4d7a_0004 -> "MozSoftErrors";
            default -> ofRange(type);
        };
    }

    private static String ofRange(int type) {
        String number = "0x" + Integer.toHexString(type);
        boolean windowsCe = type >= 0x8000 && type <= 0x800c;
        return windowsCe ? "WindowsCE " + number : number;
    }
}
