package dev.mortem.os.linux.event;

import dev.mortem.os.EventFilter.Decision;
import dev.mortem.os.EventOptions;
import dev.mortem.os.ProcessEvent;
import dev.mortem.os.ProcessEvents.Told;
import dev.mortem.os.linux.proc.Mapping;
import dev.mortem.os.linux.proc.ProcFolder;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Sees modules come and go by comparing /proc/PID/maps: mmap(2) tells no tracer, and stopping a process at
 * each of its system calls would cost it half of its speed. What was mapped for less than the time between
 * two looks is not seen. Nothing of the target stands.
 */
final class ModuleWatch {
    private final ProcFolder proc;
    private final Clock clock;
    private final long pid;
    private final EventOptions options;
    private final Consumer<Told> listener;
    private final BooleanSupplier isOver;
    private byte[] maps;
    private Map<String, Long> modules;

    ModuleWatch(
            ProcFolder proc,
            Clock clock,
            long pid,
            EventOptions options,
            Consumer<Told> listener,
            BooleanSupplier isOver) {
        this.proc = proc;
        this.clock = clock;
        this.pid = pid;
        this.options = options;
        this.listener = listener;
        this.isOver = isOver;
        this.maps = read();
        this.modules = modules(maps);
    }

    void start() {
        Thread.ofPlatform().name("mortem-modules-" + pid).daemon().start(this::run);
    }

    private void run() {
        long nanos = options.modulesEvery().orElseThrow().toNanos();
        while (!isOver.getAsBoolean()) {
            LockSupport.parkNanos(nanos);
            look();
        }
    }

    private void look() {
        byte[] now = read();
        if (now.length == 0 || Arrays.equals(now, maps)) {
            return; // gone, or as it was
        }
        maps = now;
        Map<String, Long> before = modules;
        modules = modules(now);
        for (ProcessEvent event : changes(before, modules)) {
            if (options.filter().decide(event) != Decision.PASS) {
                listener.accept(new Told(event, false));
            }
        }
    }

    private byte[] read() {
        return ProcFolder.bytes(proc.of(pid).resolve("maps")).orElse(new byte[0]);
    }

    /** Files of which code is mapped, with the lowest address of any of their mappings. */
    static Map<String, Long> modules(byte[] maps) {
        Map<String, Long> starts = new TreeMap<>();
        Map<String, Long> executable = new TreeMap<>();
        for (Mapping mapping : Mapping.parseAll(maps)) {
            if (mapping.isFile() && mapping.path().isPresent()) {
                String path = mapping.path().get();
                starts.putIfAbsent(path, mapping.range().start());
                if (mapping.permissions().contains("x")) {
                    executable.put(path, starts.getOrDefault(path, 0L));
                }
            }
        }
        return executable;
    }

    private List<ProcessEvent> changes(Map<String, Long> before, Map<String, Long> after) {
        List<ProcessEvent> events = new ArrayList<>();
        before.forEach((path, start) -> {
            if (!after.containsKey(path)) {
                events.add(new ProcessEvent.ModuleUnloaded(clock.instant(), path, start));
            }
        });
        after.forEach((path, start) -> {
            if (!before.containsKey(path)) {
                events.add(new ProcessEvent.ModuleLoaded(clock.instant(), path, start));
            }
        });
        return events;
    }
}
