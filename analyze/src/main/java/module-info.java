/** From a snapshot with its stacks to findings, a signature and a report. */
@org.jspecify.annotations.NullMarked
module dev.mortem.analyze {
    requires transitive dev.mortem.base;
    requires transitive dev.mortem.stack;
    requires tools.jackson.core;
    requires static org.jspecify;

    exports dev.mortem.analyze;
    exports dev.mortem.analyze.blame;
    exports dev.mortem.analyze.mask;
    exports dev.mortem.analyze.report;
}
