package dev.mortem.analyze.reason;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** HRESULTs of .NET exceptions (corerror.h of the .NET runtime); several types may share one. */
public final class ClrErrors {
    /** HRESULT in hex, then the types without "System." and "Exception". */
    private static final String TABLE = """
            80131014 AppDomainUnloaded
            80131500 Exception HttpRequest
            80131501 System
            80131502 ArgumentOutOfRange
            80131503 ArrayTypeMismatch
            80131505 Timeout
            80131506 ExecutionEngine
            80131507 FieldAccess
            80131508 IndexOutOfRange
            80131509 InvalidOperation Net.Web
            8013150a Security.Security
            8013150c Runtime.Serialization.Serialization
            80131510 MethodAccess
            80131511 MissingField
            80131512 MissingMember
            80131513 MissingMethod
            80131515 NotSupported
            80131516 Overflow
            80131517 Rank
            80131518 Threading.SynchronizationLock
            80131519 Threading.ThreadInterrupted
            80131520 Threading.ThreadState
            80131522 TypeLoad
            80131523 EntryPointNotFound
            80131524 DllNotFound
            80131527 Runtime.InteropServices.InvalidComObject
            8013152d Threading.AbandonedMutex
            80131530 Threading.ThreadAbort
            80131534 TypeInitialization
            80131537 Format
            80131539 PlatformNotSupported
            8013153a InvalidProgram
            8013153b OperationCanceled
            8013153d InsufficientMemory
            80131577 Collections.Generic.KeyNotFound
            80131578 InsufficientExecutionStack
            80131600 Application
            80131604 Reflection.TargetInvocation
            80131620 IO.IO
            80131621 IO.FileLoad
            80131622 ObjectDisposed
            80131623 FailFast
            80131904 Data.SqlClient.Sql
            80004001 NotImplemented
            80004002 InvalidCast
            80004003 NullReference AccessViolation ArgumentNull
            80004005 Runtime.InteropServices.COM Runtime.InteropServices.External ComponentModel.Win32
            80020012 DivideByZero
            80070002 IO.FileNotFound
            80070003 IO.DirectoryNotFound
            80070005 UnauthorizedAccess
            8007000b BadImageFormat
            8007000e OutOfMemory
            80070026 IO.EndOfStream
            80070057 Argument
            800700ce IO.PathTooLong
            80070216 Arithmetic
            800703e9 StackOverflow
            """;

    private static final Map<Long, List<String>> TYPES = parse();

    private ClrErrors() {}

    /** "System.NullReferenceException" and others that share the HRESULT, the likeliest first. */
    public static List<String> types(long result) {
        return TYPES.getOrDefault(result, List.of());
    }

    private static Map<Long, List<String>> parse() {
        Map<Long, List<String>> types = new HashMap<>();
        TABLE.lines().forEach(line -> {
            String[] words = line.split(" ", -1);
            types.put(
                    Long.parseLong(words[0], 16),
                    Arrays.stream(words).skip(1).map(ClrErrors::type).toList());
        });
        return Map.copyOf(types);
    }

    private static String type(String name) {
        return switch (name) {
            case "Exception" -> "System.Exception";
            case "FailFast" -> "Environment.FailFast";
            case "HttpRequest" -> "System.Net.Http.HttpRequestException";
            default -> "System." + name + "Exception";
        };
    }
}
