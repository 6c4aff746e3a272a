package dev.mortem.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What each kind of TARGET means, on a list that a test made. */
class TargetResolverTest {
    private static final long OWN_PID = 900;

    private final List<ProcessEntry> all = List.of(
            entry(1, 0, "systemd", "init.scope", "", List.of(), "/sbin/init"),
            entry(100, 1, "nginx", "nginx.service", "", List.of(80, 443), "nginx: master"),
            entry(200, 1, "shop", "shop.service", "", List.of(8080), "/srv/shop --port 8080"),
            entry(201, 200, "shop", "shop.service", "0123456789ab", List.of(), "/srv/shop worker"),
            entry(800, 1, "bash", "", "", List.of(), "bash", "./mortem", "dump", "command:*shop*"),
            entry(OWN_PID, 800, "java", "", "", List.of(), "java", "dev.mortem", "*shop*"));

    private final TargetResolver resolver = new TargetResolver(
            new ProcessList() {
                @Override
                public List<ProcessEntry> list(Duration cpuWindow) {
                    return all;
                }

                @Override
                public Optional<ProcessEntry> entry(long pid) {
                    return all.stream().filter(entry -> entry.pid() == pid).findFirst();
                }
            },
            OWN_PID);

    @Test
    void eachKindFindsItsProcess() throws TargetException {
        assertThat(pids("100")).containsExactly(100L);
        assertThat(pids("nginx")).containsExactly(100L);
        assertThat(pids("shop")).containsExactly(200L, 201L);
        assertThat(pids("unit:shop")).containsExactly(200L, 201L);
        assertThat(pids("unit:nginx.service")).containsExactly(100L);
        assertThat(pids("service:nginx")).containsExactly(100L);
        assertThat(pids("container:0123")).containsExactly(201L);
        assertThat(pids("container:0123456789abcdef0123")).containsExactly(201L);
        assertThat(pids("port:8080")).containsExactly(200L);
        assertThat(pids("command:*shop w?rker")).containsExactly(201L);
        assertThat(pids("command:shop")).isEmpty();
        assertThat(pids("77777")).isEmpty();
    }

    @Test
    void neverOurselvesNorTheLauncherAboveUs() throws TargetException {
        assertThat(pids("command:*shop*")).containsExactly(200L, 201L);
        assertThatThrownBy(() -> pids("900")).hasMessageContaining("Mortem itself");
    }

    @Test
    void severalAreListedAndNoneIsSaid() {
        assertThatThrownBy(() -> resolver.resolve(Target.parse("shop")))
                .isInstanceOfSatisfying(TargetException.class, refused -> {
                    assertThat(refused.kind()).isEqualTo(TargetException.Kind.AMBIGUOUS);
                    assertThat(refused.candidates())
                            .extracting(ProcessEntry::pid)
                            .containsExactly(200L, 201L);
                });
        assertThatThrownBy(() -> resolver.resolve(Target.parse("absent")))
                .hasMessageContaining("no process fits \"absent\"");
        assertThatThrownBy(() -> resolver.resolve(Target.parse("pool:Shop")))
                .hasMessageContaining("IIS");
    }

    @Test
    void whatIsNoTargetIsRefusedWithWhatIsAllowed() {
        assertThatThrownBy(() -> Target.parse("")).hasMessageContaining("unit:");
        assertThatThrownBy(() -> Target.parse("port:0")).hasMessageContaining("1 to 65535");
        assertThatThrownBy(() -> Target.parse("port:http")).hasMessageContaining("1 to 65535");
        assertThatThrownBy(() -> Target.parse("unit:")).hasMessageContaining("after the colon");
        assertThatThrownBy(() -> Target.parse("box:1")).hasMessageContaining("no kind of target");
        assertThat(Target.parse("99999999999")).isInstanceOf(Target.Name.class);
        for (String text : List.of("12", "sh", "unit:a", "port:1", "command:a b", "pool:p")) {
            assertThat(Target.parse(text).text()).isEqualTo(text);
        }
    }

    private List<Long> pids(String target) throws TargetException {
        return resolver.matches(Target.parse(target)).stream()
                .map(ProcessEntry::pid)
                .toList();
    }

    private static ProcessEntry entry(
            long pid,
            long parent,
            String name,
            String unit,
            String container,
            List<Integer> ports,
            String... command) {
        return new ProcessEntry(
                pid,
                OptionalLong.of(parent),
                name,
                Optional.empty(),
                RuntimeKind.NATIVE,
                unit.isEmpty() ? Optional.empty() : Optional.of(unit),
                container.isEmpty() ? Optional.empty() : Optional.of(container),
                ports,
                OptionalDouble.empty(),
                OptionalLong.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.of(Path.of("/opt", name)),
                List.of(command));
    }
}
