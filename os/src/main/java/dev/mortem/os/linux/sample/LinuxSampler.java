package dev.mortem.os.linux.sample;

import dev.mortem.os.ProcessSampler;
import dev.mortem.os.SamplePlan;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.NativeFunction;
import dev.mortem.os.linux.proc.ProcFolder;

import java.nio.file.Path;

/**
 * Processes by what proc(5) and cgroups(7) say of them. One kernel interface and one buffer for all; belongs
 * to the thread that made it.
 */
public final class LinuxSampler implements ProcessSampler {
    private final Kernel kernel = new Kernel();
    private final KernelText text = new KernelText();
    private final ProcFolder proc;
    private final Path cgroupRoot;
    private final boolean hasSwap;
    private final long machineCores;
    private final long pageBytes;

    /**
     * @param cgroupRoot what is /sys/fs/cgroup
     * @param coresOnline what is /sys/devices/system/cpu/online
     */
    public LinuxSampler(ProcFolder proc, Path cgroupRoot, Path coresOnline) {
        this.proc = proc;
        this.cgroupRoot = cgroupRoot;
        this.hasSwap = ProcFolder.text(proc.root().resolve("swaps"))
                .map(swaps -> swaps.lines().count() > 1)
                .orElse(false);
        this.machineCores = CpuList.count(ProcFolder.text(coresOnline).orElse(""))
                .orElse(Runtime.getRuntime().availableProcessors());
        // an int: the upper half of the register means nothing
        this.pageBytes = NativeFunction.find("getpagesize")
                .map(function -> (long) (int) function.call(0, 0, 0, 0, 0, 0))
                .orElse(4096L);
    }

    @Override
    public SampledProcess open(long pid, SamplePlan plan) throws TargetException {
        long pidfd = kernel.pidfdOpen(pid);
        if (pidfd == -Errno.EMFILE || pidfd == -Errno.ENFILE) {
            throw new TargetException(
                    Kind.UNSUPPORTED,
                    "process " + pid + ": no file descriptor is left; watch fewer, or raise"
                            + " \"ulimit -n\"");
        }
        if (pidfd < 0) {
            throw new TargetException(Kind.NOT_FOUND, "there is no process " + pid);
        }
        return new LinuxSampledProcess(this, pid, pidfd, plan);
    }

    Kernel kernel() {
        return kernel;
    }

    KernelText text() {
        return text;
    }

    ProcFolder proc() {
        return proc;
    }

    Path cgroupRoot() {
        return cgroupRoot;
    }

    /** Without swap nothing can be swapped out, and a smaller file tells the private memory. */
    boolean hasSwap() {
        return hasSwap;
    }

    /** What statm counts in: 4 KiB on x86-64, up to 64 KiB on arm64. */
    long pageBytes() {
        return pageBytes;
    }

    long machineCores() {
        return machineCores;
    }
}
