package dev.mortem.dump.sidecar;

import dev.mortem.base.kernel.ChildProcess;
import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.Endpoint;
import dev.mortem.base.kernel.FileDescriptor;
import dev.mortem.base.kernel.FileDescriptor.Access;
import dev.mortem.base.kernel.FileId;
import dev.mortem.base.kernel.FileLock;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.kernel.ProcessName;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** A process that holds one of everything. */
final class SampleObjects {
    private static final FileId FILE = new FileId("fe:00", 77);
    private static final ProcessName BACKUP = new ProcessName(812, "backup");

    static final KernelObjects ALL_KINDS = new KernelObjects(
            Optional.of(Instant.parse("2026-01-01T01:00:00.480Z")),
            OptionalLong.of(12),
            OptionalLong.of(1024),
            List.of(
                    open(
                            0,
                            Access.READ,
                            new DescriptorTarget.File("/dev/null", false, Optional.empty())),
                    new FileDescriptor(
                            1,
                            Access.READ_WRITE,
                            OptionalLong.of(77),
                            new DescriptorTarget.File("/var/lib/db.lock", true, Optional.of(FILE))),
                    open(
                            2,
                            Access.WRITE,
                            new DescriptorTarget.Pipe(
                                    Optional.empty(),
                                    List.of(new DescriptorTarget.PipeEnd(BACKUP, Access.READ)))),
                    open(
                            3,
                            Access.READ_WRITE,
                            new DescriptorTarget.Socket(
                                    Optional.of("tcp"),
                                    Optional.of(new Endpoint("10.0.0.7", OptionalInt.of(51514))),
                                    Optional.of(new Endpoint("10.0.0.5", OptionalInt.of(5432))),
                                    Optional.of("ESTABLISHED"),
                                    OptionalLong.of(0),
                                    OptionalLong.of(17),
                                    Optional.of(BACKUP))),
                    open(4, Access.READ_WRITE, unknownSocket()),
                    open(
                            5,
                            Access.READ_WRITE,
                            new DescriptorTarget.Epoll(List.of(
                                    new DescriptorTarget.Watch(3, 0x19, OptionalLong.of(99))))),
                    open(
                            6,
                            Access.READ_WRITE,
                            new DescriptorTarget.EventCounter(OptionalLong.of(2))),
                    open(
                            7,
                            Access.READ_WRITE,
                            new DescriptorTarget.Timer(
                                    Optional.of(Duration.ofSeconds(5)),
                                    Optional.of(Duration.ZERO))),
                    open(8, Access.READ_WRITE, new DescriptorTarget.Signals(OptionalLong.of(-1))),
                    open(9, Access.READ, new DescriptorTarget.FileWatch(3)),
                    open(
                            10,
                            Access.READ_WRITE,
                            new DescriptorTarget.ProcessReference(OptionalLong.of(4711))),
                    open(11, Access.READ_WRITE, new DescriptorTarget.Other("io_uring")),
                    new FileDescriptor(
                            12,
                            Access.READ,
                            OptionalLong.of(77),
                            new DescriptorTarget.Pipe(
                                    Optional.of(new DescriptorTarget.File(
                                            "/run/orders", true, Optional.of(FILE))),
                                    List.of(new DescriptorTarget.PipeEnd(BACKUP, Access.WRITE))))),
            List.of(new FileLock(
                    "posix",
                    true,
                    FILE,
                    5,
                    OptionalLong.of(14),
                    Optional.of(BACKUP),
                    List.of(new ProcessName(42, "worker")))),
            List.of(new ChildProcess(
                    4711, "sh", "S", List.of("sh", "-c", "sleep 9"), Optional.of("wait4"))),
            List.of("one absence"));

    private SampleObjects() {}

    static DescriptorTarget.Socket unknownSocket() {
        return new DescriptorTarget.Socket(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty());
    }

    private static FileDescriptor open(int number, Access access, DescriptorTarget target) {
        return new FileDescriptor(number, access, OptionalLong.empty(), target);
    }
}
