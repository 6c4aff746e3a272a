package dev.mortem.collect.trigger;

/** What a trigger remembers of one process from sample to sample; immutable, and its kind's own affair. */
public interface State {
    /** Nothing yet: where every trigger begins. */
    State ARMED = new State() {};
}
