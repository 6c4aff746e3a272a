package dev.mortem.os.linux.sample;

import dev.mortem.os.linux.proc.Numbers;

import java.util.OptionalLong;

/** Lists of processors as the kernel prints them: "0-3,8" (cpuset(7), "List format"). */
final class CpuList {
    private CpuList() {}

    /** How many are on the list; empty for what is none. */
    static OptionalLong count(String list) {
        long count = 0;
        for (String part : list.strip().split(",", -1)) {
            String[] ends = part.split("-", 2);
            OptionalLong first = Numbers.parseUnsigned(ends[0]);
            OptionalLong last = Numbers.parseUnsigned(ends[ends.length - 1]);
            if (first.isEmpty() || last.isEmpty() || last.getAsLong() < first.getAsLong()) {
                return OptionalLong.empty();
            }
            count += last.getAsLong() - first.getAsLong() + 1;
        }
        return OptionalLong.of(count);
    }
}
