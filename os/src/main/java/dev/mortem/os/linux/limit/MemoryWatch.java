package dev.mortem.os.linux.limit;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Looks, while a copy is held, whether there is still room for it, in every limited memory cgroup of the
 * target and in the machine. Has no thread and no clock: whoever holds the copy asks every few
 * milliseconds, and kills the copy when there is an answer. Belongs to one thread.
 */
public final class MemoryWatch {
    private final List<Watched> watched;

    private record Watched(MemoryPlace place, long watermarkBytes) {}

    /**
     * What one look found.
     *
     * @param place as it stands in a sentence: "memory of cgroup /shop"
     * @param watermarkBytes so much must stay free
     */
    record Sample(String place, long limitBytes, long headroomBytes, long watermarkBytes) {}

    private MemoryWatch(List<Watched> watched) {
        this.watched = List.copyOf(watched);
    }

    static MemoryWatch of(List<? extends MemoryPlace> places, boolean allDie) {
        return new MemoryWatch(places.stream()
                .map(place -> new Watched(place, MemoryMargin.ofLimit(place.limitBytes(), allDie)))
                .toList());
    }

    /** The decision: why the copy must go, or empty while it may stay. */
    static Optional<String> giveUp(Sample sample) {
        if (sample.headroomBytes >= sample.watermarkBytes) {
            return Optional.empty();
        }
        return Optional.of(
                "%s is down to %s free of %s, and %s are kept free so that nobody is killed"
                        .formatted(
                                sample.place,
                                Wording.bytes(sample.headroomBytes),
                                Wording.bytes(sample.limitBytes),
                                Wording.bytes(sample.watermarkBytes)));
    }

    /** Why the copy must go now; a cgroup that cannot be read any more says nothing. */
    public Optional<String> poll() {
        for (Watched each : watched) {
            MemoryPlace place = each.place;
            OptionalLong headroom = place.headroomBytes(each.watermarkBytes);
            if (headroom.isPresent() && headroom.getAsLong() < each.watermarkBytes) {
                return giveUp(new Sample(
                        place.name(),
                        place.limitBytes(),
                        headroom.getAsLong(),
                        each.watermarkBytes));
            }
        }
        return Optional.empty();
    }
}
