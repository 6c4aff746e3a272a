package dev.mortem.os;

/**
 * Reads what the kernel counts of processes, again and again, at a small and known cost: files stay open,
 * buffers are used again. Nothing of a process is stopped or changed. Belongs to one thread.
 */
public interface ProcessSampler {
    /** A sampler of the system that we run on. */
    static ProcessSampler ofThisMachine() {
        return Platform.ofThisMachine().processSampler();
    }

    /**
     * Begins with one process.
     *
     * @throws TargetException NOT_FOUND when there is none of that pid
     */
    SampledProcess open(long pid, SamplePlan plan) throws TargetException;

    /** One process that is sampled, and no later one of the same pid. Belongs to one thread. */
    interface SampledProcess extends AutoCloseable {
        long pid();

        /** Reads what the plan names; what cannot be read any more is absent. */
        ProcessSample sample();

        /** Whether it has ended: all its threads have, even if nobody has asked for its status yet. */
        boolean hasEnded();

        /** Whether its program is another one than when it was opened: it called exec. */
        boolean hasNewProgram();

        @Override
        void close();
    }
}
