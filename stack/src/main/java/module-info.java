/** From a snapshot to call stacks with names: module files, unwinding, symbols. */
@org.jspecify.annotations.NullMarked
module dev.mortem.stack {
    requires transitive dev.mortem.format;
    requires transitive dev.mortem.base;
    requires java.net.http;
    requires static org.jspecify;

    exports dev.mortem.stack.locate;
    exports dev.mortem.stack.demangle;
    exports dev.mortem.stack.fetch;
    exports dev.mortem.stack.identity;
    exports dev.mortem.stack.symbol;
    exports dev.mortem.stack.symfile;
    exports dev.mortem.stack.unwind;
}
