/** The mortem command: wiring only. */
@org.jspecify.annotations.NullMarked
module dev.mortem.cli {
    requires dev.mortem.analyze;
    requires dev.mortem.collect;
    requires dev.mortem.dump;
    requires dev.mortem.os;
    requires dev.mortem.stack;
    requires info.picocli;
    requires org.snakeyaml.engine;
    requires me.tongfei.progressbar;
    requires static org.jspecify;

    opens dev.mortem.cli to
            info.picocli;
}
