/** The mortem command: wiring only. */
@org.jspecify.annotations.NullMarked
module dev.mortem.cli {
    requires dev.mortem.dump;
    requires dev.mortem.stack;
    requires dev.mortem.os;
    requires dev.mortem.analyze;
    requires info.picocli;
    requires static org.jspecify;
}
