package dev.mortem.analyze.descriptor;

import dev.mortem.analyze.wait.Wait;
import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.DescriptorTarget.Epoll;
import dev.mortem.base.kernel.FileDescriptor;
import dev.mortem.base.snapshot.MemoryReader;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** epoll, poll and select, in words: which descriptors they watch. */
final class EventWords {
    /** A person reads so many; the rest is counted. */
    private static final int NAMED_MAX = 4;

    /** Who polls more descriptors than this at once is told the first ones. */
    private static final int POLLED_MAX = 4096;

    /** FD_SETSIZE of libc. */
    private static final int SELECTED_MAX = 1024;

    /** struct pollfd (poll(2)): descriptor, wanted and found events. */
    private static final int POLLFD_BYTES = 8;

    private final OpenDescriptors open;
    private final MemoryReader memory;

    EventWords(OpenDescriptors open, MemoryReader memory) {
        this.open = open;
        this.memory = memory;
    }

    Optional<Wait> describe(Wait wait, Wait.Call call, Optional<FileDescriptor> target) {
        return switch (call.name()) {
            case "poll", "ppoll", "ppoll_time64" -> said(wait, call, polled(call));
            case "select", "pselect6", "pselect6_time64" -> said(wait, call, selected(call));
            default ->
                target.flatMap(descriptor -> switch (descriptor.target()) {
                    case Epoll epoll -> said(wait, call, watched(epoll));
                    case DescriptorTarget.Other other ->
                        Optional.of(wait.as(
                                wait.kind(),
                                "completions of " + other.kind() + " (" + call.text() + ")",
                                Optional.empty()));
                    default -> Optional.empty();
                });
        };
    }

    private Optional<Wait> said(Wait wait, Wait.Call call, List<String> watched) {
        if (watched.isEmpty()) {
            return Optional.empty();
        }
        String what = "events of " + watched.size()
                + (watched.size() == 1 ? " descriptor: " : " descriptors: ") + summary(watched);
        return Optional.of(wait.as(wait.kind(), what + " (" + call.text() + ")", Optional.empty()));
    }

    /** Each once, the first ones named. */
    private static String summary(List<String> names) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        names.forEach(name -> counts.merge(name, 1, Integer::sum));
        List<String> parts = new ArrayList<>();
        int rest = names.size();
        for (Map.Entry<String, Integer> entry : counts.entrySet()) {
            if (parts.size() < NAMED_MAX) {
                parts.add(entry.getKey()
                        + (entry.getValue() > 1 ? " (" + entry.getValue() + " times)" : ""));
                rest -= entry.getValue();
            }
        }
        return String.join(", ", parts) + (rest > 0 ? " and " + rest + " more" : "");
    }

    /** By number, as the kernel lists them in the order of its own memory; if still the same file. */
    private List<String> watched(Epoll epoll) {
        return epoll.watches().stream()
                .sorted(Comparator.comparingInt(DescriptorTarget.Watch::descriptor))
                .map(watch -> open.get(watch.descriptor())
                        .filter(now -> watch.inode().isEmpty()
                                || now.inode().isEmpty()
                                || now.inode().equals(watch.inode()))
                        .map(open::brief)
                        .orElse("one that is not open as descriptor " + watch.descriptor()))
                .toList();
    }

    /** poll(fds, nfds, …); a negative descriptor is passed over (poll(2)). */
    private List<String> polled(Wait.Call call) {
        List<String> names = new ArrayList<>();
        long count = Math.min(call.argument(1).orElse(0), POLLED_MAX);
        for (int index = 0; index < count && call.argument(0).isPresent(); index++) {
            OptionalLong descriptor =
                    memory.u4(call.argument(0).getAsLong() + (long) index * POLLFD_BYTES);
            if (descriptor.isEmpty()) {
                return List.of();
            }
            if ((int) descriptor.getAsLong() >= 0) {
                names.add(named((int) descriptor.getAsLong()));
            }
        }
        return names;
    }

    /** select(nfds, readfds, writefds, exceptfds, …): bit n of the sets is descriptor n. */
    private List<String> selected(Wait.Call call) {
        long count = Math.min(call.argument(0).orElse(0) & 0xffff_ffffL, SELECTED_MAX);
        List<String> names = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            boolean isIn = false;
            for (int set = 1; set <= 3; set++) {
                long address = call.argument(set).orElse(0);
                long bits = address == 0 ? 0 : memory.u1(address + number / 8).orElse(0);
                isIn |= (bits >> (number % 8) & 1) != 0;
            }
            if (isIn) {
                names.add(named(number));
            }
        }
        return names;
    }

    private String named(int number) {
        return open.get(number).map(open::brief).orElse("descriptor " + number);
    }
}
