package dev.mortem.os.linux;

import dev.mortem.os.Doctor;
import dev.mortem.os.Launcher;
import dev.mortem.os.Platform;
import dev.mortem.os.ProcessArrivals;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessList;
import dev.mortem.os.ProcessSampler;
import dev.mortem.os.linux.arrive.PolledArrivals;
import dev.mortem.os.linux.arrive.ProcConnector;
import dev.mortem.os.linux.inject.InjectionStep;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.sample.LinuxSampler;
import dev.mortem.os.linux.stop.Surroundings;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;

/** Linux on x86-64 and arm64. */
public final class LinuxPlatform implements Platform {
    private static final Set<String> ARCHITECTURES = Set.of("amd64", "x86_64", "aarch64");

    private final ProcFolder proc = new ProcFolder(Path.of("/proc"));

    /** Made by the service loader. */
    public LinuxPlatform() {}

    @Override
    public boolean serves(String osName, String architecture) {
        return osName.equals("Linux") && ARCHITECTURES.contains(architecture);
    }

    @Override
    public ProcessControl processControl() {
        return processControl(InjectionStep.Listener.none());
    }

    /** The control whose injections tell a test of their steps. */
    static LinuxProcessControl processControl(InjectionStep.Listener listener) {
        ProcFolder proc = new ProcFolder(Path.of("/proc"));
        return new LinuxProcessControl(
                new Surroundings(proc, Path.of("/sys/fs/cgroup"), Path.of("/")),
                Clock.systemUTC(),
                listener);
    }

    @Override
    public ProcessList processList() {
        return new LinuxProcessList(proc);
    }

    @Override
    public ProcessSampler processSampler() {
        return new LinuxSampler(
                proc, Path.of("/sys/fs/cgroup"), Path.of("/sys/devices/system/cpu/online"));
    }

    @Override
    public Doctor doctor() {
        return new LinuxDoctor(proc, processControl(), launcher());
    }

    @Override
    public ProcessArrivals processArrivals(Duration every) {
        return ProcConnector.open(proc).orElseGet(() -> new PolledArrivals(proc, every));
    }

    @Override
    public Launcher launcher() {
        return new PosixLauncher();
    }
}
