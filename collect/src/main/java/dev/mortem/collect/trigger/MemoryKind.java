package dev.mortem.collect.trigger;

import dev.mortem.os.Figure;

/** Which memory of a process. */
public enum MemoryKind {
    /** Anonymous memory, swapped out or not: what leaks. Costs next to nothing to read. */
    PRIVATE("private", Figure.PRIVATE_BYTES),
    /** All of it that is in RAM, files and shared memory too. */
    RESIDENT("rss", Figure.RESIDENT_BYTES),
    /** Its address space. */
    VIRTUAL("virtual", Figure.VIRTUAL_BYTES),
    /** What only this process has mapped, page by page: some 20 ms a GiB at each sample. */
    UNIQUE("unique", Figure.UNIQUE_BYTES),
    /** What its cgroup is charged for. */
    CGROUP("cgroup", Figure.CGROUP_BYTES);

    private final String label;
    private final Figure figure;

    MemoryKind(String label, Figure figure) {
        this.label = label;
        this.figure = figure;
    }

    /** As the condition language names it. */
    public String label() {
        return label;
    }

    public Figure figure() {
        return figure;
    }
}
