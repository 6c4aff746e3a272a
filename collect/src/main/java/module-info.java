/** When to take a dump of a running process, and what to do then. */
@org.jspecify.annotations.NullMarked
module dev.mortem.collect {
    requires transitive dev.mortem.base;
    requires transitive dev.mortem.os;
    requires static org.jspecify;

    exports dev.mortem.collect.source;
    exports dev.mortem.collect.trigger;
    exports dev.mortem.collect.watch;
    exports dev.mortem.collect.when;
}
