package dev.mortem.os.linux.limit;

import dev.mortem.os.linux.proc.Numbers;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Where one cgroup says how much CPU time it may have in a period: cpu.max, or version 1's two files. */
record QuotaFiles(SmallFile quota, Optional<SmallFile> period) {
    static List<QuotaFiles> of(Optional<CgroupChain> chain) {
        return chain.map(found -> found.levels().stream()
                        .map(level -> of(level.folder(), found.isUnified()))
                        .toList())
                .orElse(List.of());
    }

    private static QuotaFiles of(Path folder, boolean isUnified) {
        return isUnified
                ? new QuotaFiles(new SmallFile(folder.resolve("cpu.max")), Optional.empty())
                : new QuotaFiles(
                        new SmallFile(folder.resolve("cpu.cfs_quota_us")),
                        Optional.of(new SmallFile(folder.resolve("cpu.cfs_period_us"))));
    }

    /** Thousandths of a processor; empty for "max", -1, and what cannot be read. */
    OptionalLong millicores() {
        String text = quota.text().orElse("")
                + period.flatMap(SmallFile::text).map(value -> " " + value).orElse("");
        String[] numbers = text.strip().split("\\s+", -1);
        if (numbers.length < 2) {
            return OptionalLong.empty();
        }
        OptionalLong micros = Numbers.parseUnsigned(numbers[0]);
        OptionalLong periodMicros = Numbers.parseUnsigned(numbers[1]);
        return micros.isPresent() && periodMicros.orElse(0) > 0
                ? OptionalLong.of(micros.getAsLong() * 1000 / periodMicros.getAsLong())
                : OptionalLong.empty();
    }
}
