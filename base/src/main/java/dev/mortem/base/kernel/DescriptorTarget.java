package dev.mortem.base.kernel;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What stands behind a descriptor (proc_pid_fd(5), proc_pid_fdinfo(5)). */
public sealed interface DescriptorTarget {
    /** As documents and counts name the kind: "file", "pipe", "socket", "epoll", "eventfd" … */
    String kind();

    /**
     * A file, folder or device: anything with a path but named pipes.
     *
     * @param path in the process's own mount namespace, without the kernel's " (deleted)"
     */
    record File(String path, boolean deleted, Optional<FileId> id) implements DescriptorTarget {
        @Override
        public String kind() {
            return "file";
        }
    }

    /**
     * A pipe.
     *
     * @param file where it stands, if it has a name (fifo(7))
     * @param others who else has it open, as far as that could be seen
     */
    record Pipe(Optional<File> file, List<PipeEnd> others) implements DescriptorTarget {
        public Pipe {
            others = List.copyOf(others);
        }

        @Override
        public String kind() {
            return "pipe";
        }
    }

    /** Another process's hold of a pipe. */
    record PipeEnd(ProcessName process, FileDescriptor.Access access) {}

    /**
     * A socket; of one that its network namespace's tables do not list, only that it is one.
     *
     * @param protocol "tcp", "udp" or "unix"
     * @param state as netstat(8) names it: "ESTABLISHED", "LISTEN", "CLOSE_WAIT"
     * @param sendQueueBytes written and not yet acknowledged by the other side
     * @param receiveQueue bytes that wait to be read; of a listening socket, connections to be accepted
     * @param peer who holds the other end, where that is on this machine and could be seen
     */
    record Socket(
            Optional<String> protocol,
            Optional<Endpoint> local,
            Optional<Endpoint> remote,
            Optional<String> state,
            OptionalLong sendQueueBytes,
            OptionalLong receiveQueue,
            Optional<ProcessName> peer)
            implements DescriptorTarget {
        public static final String LISTEN = "LISTEN";

        @Override
        public String kind() {
            return "socket";
        }

        public boolean isListening() {
            return state.filter(LISTEN::equals).isPresent();
        }
    }

    /** epoll(7) with the descriptors that it watches. */
    record Epoll(List<Watch> watches) implements DescriptorTarget {
        public Epoll {
            watches = List.copyOf(watches);
        }

        @Override
        public String kind() {
            return "epoll";
        }
    }

    /**
     * @param descriptor its number when the watch was set; another file may have it now
     * @param events EPOLLIN and others, as a mask
     * @param inode of what is watched
     */
    record Watch(int descriptor, long events, OptionalLong inode) {}

    /** eventfd(2) with its counter. */
    record EventCounter(OptionalLong count) implements DescriptorTarget {
        @Override
        public String kind() {
            return "eventfd";
        }
    }

    /**
     * timerfd_create(2).
     *
     * @param remaining until it fires; zero where it is not set
     * @param interval zero where it fires once
     */
    record Timer(Optional<Duration> remaining, Optional<Duration> interval)
            implements DescriptorTarget {
        @Override
        public String kind() {
            return "timerfd";
        }
    }

    /** signalfd(2) with the set of signals, signal n in bit n - 1. */
    record Signals(OptionalLong mask) implements DescriptorTarget {
        @Override
        public String kind() {
            return "signalfd";
        }
    }

    /** inotify(7) with how many files and folders it watches. */
    record FileWatch(long watches) implements DescriptorTarget {
        @Override
        public String kind() {
            return "inotify";
        }
    }

    /** pidfd_open(2); no pid where the process has ended. */
    record ProcessReference(OptionalLong pid) implements DescriptorTarget {
        @Override
        public String kind() {
            return "pidfd";
        }
    }

    /** Something else without a path; {@code kind} is the kernel's name for it: "io_uring". */
    record Other(String kind) implements DescriptorTarget {}
}
