package dev.mortem.os.linux.limit;

import static dev.mortem.os.linux.limit.FakeTree.PID;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.linux.limit.Watchdogs.TimeLimit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/** Who kills a process that stands too long, from environment, unit files and command lines. */
class WatchdogsTest {
    private static final String UNIT_FILE = "usr/lib/systemd/system/shop.service";

    @TempDir
    Path folder;

    private FakeTree shop() {
        return FakeTree.unified(folder, "/system.slice/shop.service");
    }

    private static List<TimeLimit> limits(FakeTree tree) {
        return new Watchdogs(tree.proc(), tree.systemRoot()).of(PID);
    }

    private static TimeLimit only(FakeTree tree) {
        assertThat(limits(tree)).hasSize(1);
        return limits(tree).getFirst();
    }

    private static FakeTree command(FakeTree tree, String words) {
        return tree.of("cmdline", words.replace(' ', '\0') + "\0");
    }

    @Test
    void moreThanAQuarterIsNear() {
        Duration limit = Duration.ofSeconds(10);
        assertThat(Watchdogs.near(Duration.ofMillis(2500), limit)).isFalse();
        assertThat(Watchdogs.near(Duration.ofMillis(2500).plusNanos(1), limit)).isTrue();
        assertThat(Watchdogs.near(Duration.ZERO, Duration.ZERO)).isFalse();
        assertThat(Watchdogs.near(Duration.ofNanos(1), Duration.ofSeconds(Long.MAX_VALUE)))
                .isFalse();
    }

    @Test
    void theEnvironmentComesBeforeTheUnit() {
        FakeTree tree = shop().system(UNIT_FILE, "[Service]\nWatchdogSec=30\n");
        tree.of("environ", "A=b\0WATCHDOG_USEC=10000000\0");
        assertThat(only(tree))
                .isEqualTo(new TimeLimit(
                        Duration.ofSeconds(10), "the service manager's WATCHDOG_USEC is 10 s"));
        tree.of("environ", "WATCHDOG_USEC=1500000\0WATCHDOG_PID=4711\0");
        assertThat(only(tree).limit()).isEqualTo(Duration.ofMillis(1500));
        // inherited from a parent that has to feed it
        tree.of("environ", "WATCHDOG_USEC=1500000\0WATCHDOG_PID=4700\0");
        assertThat(only(tree).limit()).isEqualTo(Duration.ofSeconds(30));
        // the number that a manager inside of the container knows
        tree.of("status", "NSpid:\t4711\t17\n")
                .of("environ", "WATCHDOG_USEC=1500000\0WATCHDOG_PID=17\0");
        assertThat(only(tree).limit()).isEqualTo(Duration.ofMillis(1500));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "x", "99999999999999999999"})
    void garbageInTheEnvironmentIsNoLimit(String value) {
        assertThat(limits(shop().of("environ", "WATCHDOG_USEC=" + value + "\0")))
                .isEmpty();
        assertThat(limits(shop().of("environ", "WATCHDOG_USEC"))).isEmpty();
    }

    @Test
    void theUnitSaysItInItsFile() {
        FakeTree tree = shop().system(UNIT_FILE, """
                [Unit]
                WatchdogSec=1
                # WatchdogSec=2
                [Service]
                ExecStart=/bin/shop \\
                  WatchdogSec=3
                WatchdogSec = 10
                ; WatchdogSec=4
                """);
        assertThat(only(tree))
                .isEqualTo(new TimeLimit(
                        Duration.ofSeconds(10), "systemd's WatchdogSec of shop.service is 10 s"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "infinity", "10 parsecs", "-5", "10s 5x"})
    void noTimeIsNoLimit(String value) {
        FakeTree tree = shop().system(UNIT_FILE, "[Service]\nWatchdogSec=10\nWatchdogSec=" + value);
        assertThat(limits(tree)).isEmpty();
    }

    @Test
    void theFolderOfTheAdministratorHidesTheVendors() {
        FakeTree tree = shop().system("lib/systemd/system/shop.service", watchdog(1));
        assertThat(only(tree).limit()).isEqualTo(Duration.ofSeconds(1));
        int seconds = 2;
        for (String place : new String[] {
            "usr/lib/systemd/system",
            "usr/local/lib/systemd/system",
            "run/systemd/system",
            "etc/systemd/system",
            "run/systemd/transient"
        }) {
            tree.system(place + "/shop.service", watchdog(seconds));
            assertThat(only(tree).limit()).isEqualTo(Duration.ofSeconds(seconds));
            seconds++;
        }
    }

    private static String watchdog(int seconds) {
        return "[Service]\nWatchdogSec=" + seconds + "\n";
    }

    @Test
    void dropInsFollowInTheOrderOfTheirNames() {
        FakeTree tree = shop().system(UNIT_FILE, watchdog(1))
                .system(UNIT_FILE + ".d/20-b.conf", watchdog(20))
                .system("etc/systemd/system/shop.service.d/10-a.conf", watchdog(10))
                .system("etc/systemd/system/shop.service.d/30.txt", watchdog(30));
        assertThat(only(tree).limit()).isEqualTo(Duration.ofSeconds(20));
        // the same name in a folder that comes first hides it
        tree.system("etc/systemd/system/shop.service.d/20-b.conf", "[Service]\nWatchdogSec=\n");
        assertThat(limits(tree)).isEmpty();
        // a more special folder hides it as well, whichever place it is in
        tree.system("etc/systemd/system/service.d/40.conf", watchdog(40));
        assertThat(only(tree).limit()).isEqualTo(Duration.ofSeconds(40));
        tree.system(UNIT_FILE + ".d/40.conf", watchdog(41));
        assertThat(only(tree).limit()).isEqualTo(Duration.ofSeconds(41));
        tree.unreadable(tree.systemRoot().resolve(UNIT_FILE + ".d/40.conf"));
        assertThat(limits(tree)).isEmpty();
    }

    @Test
    void aTemplateServesItsInstances() {
        FakeTree tree = FakeTree.unified(folder, "/system.slice/a-b@x.service")
                .system("usr/lib/systemd/system/a-b@.service", watchdog(3));
        assertThat(only(tree).what()).isEqualTo("systemd's WatchdogSec of a-b@x.service is 3 s");
        tree.system("etc/systemd/system/a-.service.d/x.conf", watchdog(4));
        assertThat(only(tree).limit()).isEqualTo(Duration.ofSeconds(4));
        tree.system("etc/systemd/system/a-b@.service.d/x.conf", watchdog(5));
        assertThat(only(tree).limit()).isEqualTo(Duration.ofSeconds(5));
        tree.system("etc/systemd/system/a-b@x.service.d/x.conf", watchdog(6));
        assertThat(only(tree).limit()).isEqualTo(Duration.ofSeconds(6));
        tree.unreadable(tree.systemRoot().resolve("etc/systemd/system/a-b@x.service.d/x.conf"))
                .system("usr/lib/systemd/system/a-b@x.service", watchdog(7));
        assertThat(only(tree).limit()).isEqualTo(Duration.ofSeconds(7));
    }

    @ParameterizedTest
    @CsvSource({
        "30, 30000",
        "30s, 30000",
        "1min 30s, 90000",
        "1min30s, 90000",
        "500ms, 500",
        "1.5s, 1500",
        ".5, 500",
        "2 hours, 7200000",
        "3000us, 3",
        "3000µs, 3",
        "1d, 86400000",
        "1M, 2629800000",
        "1y, 31557600000"
    })
    void timeSpans(String text, long millis) {
        assertThat(TimeSpan.parse(text)).contains(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "infinity",
                "s",
                "1 2x",
                "1e5",
                "999999999 years",
                "5,3",
                "5.",
                "1..5s"
            })
    void noTimeSpans(String text) {
        assertThat(TimeSpan.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "shop.service, '', true",
        "shop.service, OOMPolicy=continue, false",
        "shop.service, OOMPolicy=kill, true",
        "shop.service, Delegate=yes, false",
        "shop.service, Delegate=cpu memory, false",
        "shop.service, Delegate=no, true",
        "run-1.scope, '', true",
        "run-1.scope, Delegate=1, false",
        "data.mount, OOMPolicy=kill, false"
    })
    void oomPolicyOfUnits(String unit, String line, boolean ends) {
        String section = unit.endsWith("scope") ? "[Scope]" : "[Service]";
        FakeTree tree = new FakeTree(folder)
                .system("run/systemd/transient/" + unit, section + "\n" + line + "\n");
        assertThat(new SystemdUnits(tree.systemRoot()).endsWithOneKill(unit)).isEqualTo(ends);
    }

    @Test
    void defaultOomPolicyIsTheManagers() {
        FakeTree tree = new FakeTree(folder)
                .system("etc/systemd/system.conf", "[Manager]\nDefaultOOMPolicy=continue\n");
        SystemdUnits units = new SystemdUnits(tree.systemRoot());
        assertThat(units.endsWithOneKill("shop.service")).isFalse();
        tree.system("usr/lib/systemd/system.conf.d/a.conf", "[Manager]\nDefaultOOMPolicy=stop\n");
        assertThat(units.endsWithOneKill("shop.service")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "/usr/bin/gunicorn shop:app, 30",
        "/usr/bin/python3 /usr/bin/gunicorn --timeout 5 shop:app, 5",
        "python3.12 -X dev -u -m gunicorn --timeout=6 shop:app, 6",
        "python3 -m gunicorn.app.wsgiapp -t 7 --graceful-timeout 99, 7",
        "gunicorn -t8 -t 9 --timeout, 9",
        "gunicorn --timeout x, 30",
        "gunicorn: worker [shop:app], 30",
        "uwsgi --harakiri 11 --mule-harakiri 99, 11",
        "/opt/uwsgi --harakiri=12, 12",
        "uwsgi -t 13, 13",
        "python3 /usr/bin/celery -A shop worker --time-limit=300.5, 300",
        "/usr/lib/erlang/erts/bin/beam.smp -- -root /usr -heart, 60"
    })
    void serversWatchTheirWorkers(String words, long seconds) {
        TimeLimit limit = only(command(new FakeTree(folder), words));
        assertThat(limit.limit()).isEqualTo(Duration.ofSeconds(seconds));
        assertThat(limit.what()).endsWith(" is " + seconds + " s");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "gunicorn --timeout 0",
                "gunicorn --timeout 99999999999999999",
                "vi gunicorn",
                "sh -c gunicorn",
                "python3 shop.py gunicorn",
                "python3 -m gunicornish",
                "python3 -m",
                "python3",
                "uwsgi --ini shop.ini",
                "celery beat --time-limit 5",
                "erl -heart",
                "python3 -c x --multiprocessing-fork"
            })
    void othersDoNot(String words) {
        assertThat(limits(command(new FakeTree(folder), words))).isEmpty();
    }

    @Test
    void serversReadTheEnvironmentToo() {
        FakeTree tree = command(new FakeTree(folder), "gunicorn shop:app");
        tree.of("environ", "GUNICORN_CMD_ARGS=--bind=[::] --timeout '120'\0");
        assertThat(only(tree).what())
                .isEqualTo("gunicorn's --timeout in GUNICORN_CMD_ARGS is 120 s");
        command(tree, "gunicorn --timeout 4 shop:app");
        assertThat(only(tree).what()).isEqualTo("gunicorn's --timeout is 4 s");
        command(tree, "uwsgi").of("environ", "UWSGI_HARAKIRI=21\0");
        assertThat(only(tree).what()).isEqualTo("uwsgi's UWSGI_HARAKIRI is 21 s");
        command(tree, "beam.smp -heart").of("environ", "HEART_BEAT_TIMEOUT=30\0");
        assertThat(only(tree).what()).isEqualTo("Erlang's HEART_BEAT_TIMEOUT is 30 s");
    }

    @Test
    void aWorkerOfUvicornIsWatchedByItsParent() {
        FakeTree tree = command(new FakeTree(folder), "python3 -c x --multiprocessing-fork")
                .of("status", "PPid:\t4700\n")
                .proc("4700/cmdline", "python3\0/usr/bin/uvicorn\0--workers\0002\0shop:app\0");
        assertThat(only(tree).what()).isEqualTo("uvicorn's --timeout-worker-healthcheck is 5 s");
        tree.proc("4700/cmdline", "uvicorn\0--timeout-worker-healthcheck\00050\0");
        assertThat(only(tree).limit()).isEqualTo(Duration.ofSeconds(50));
    }

    @Test
    void noMutationThrows() {
        String sound = "[Service]\nWatchdogSec=1min 30s\nOOMPolicy=kill\nExecStart=a \\\n b\n";
        SplittableRandom random = new SplittableRandom(3);
        for (int round = 0; round < 500; round++) {
            byte[] bad = sound.getBytes(StandardCharsets.UTF_8);
            for (int change = 0; change < 4; change++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            String text = new String(bad, StandardCharsets.ISO_8859_1);
            FakeTree tree = shop().system(UNIT_FILE, text)
                    .of("cmdline", "gunicorn\0" + text)
                    .of("environ", "WATCHDOG_USEC=" + text);
            assertThat(limits(tree)).hasSizeLessThan(3);
            tree.of("cgroup", "0::/" + text + ".service\n").of("environ", "");
            assertThat(limits(tree)).hasSizeLessThan(3);
        }
    }
}
