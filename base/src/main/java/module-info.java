/**
 * What every other part of Mortem stands on: bounded bytes, limits with reasons, diagnostics,
 * unsigned addresses, and the neutral model of one process at one moment.
 */
@org.jspecify.annotations.NullMarked
module dev.mortem.base {
    requires static org.jspecify;
    requires tools.jackson.core;

    exports dev.mortem.base.address;
    exports dev.mortem.base.bytes;
    exports dev.mortem.base.diagnostic;
    exports dev.mortem.base.json;
    exports dev.mortem.base.kernel;
    exports dev.mortem.base.limit;
    exports dev.mortem.base.snapshot;
    exports dev.mortem.base.text;
    exports dev.mortem.base.windows;
}
