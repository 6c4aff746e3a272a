package dev.mortem.analyze.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.List;

class CommandLineMaskTest {
    private static String masked(String line) {
        return String.join(" ", CommandLineMask.mask(List.of(line.split(" ", -1))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "app --password=hunter2 | app --password=***",
                "app --password hunter2 --port 80 | app --password *** --port 80",
                "app --db-password hunter2 | app --db-password ***",
                "app --token abc.def | app --token ***",
                "app --api-key=abc | app --api-key=***",
                "app --apiKey abc | app --apiKey ***",
                "app --client-secret abc | app --client-secret ***",
                "app -token abc | app -token ***",
                "app /password:abc | app /password:***",
                "mysql -uroot -phunter2 shop | mysql -uroot -p*** shop",
                "java -Ddb.password=x -jar a.jar | java -Ddb.password=*** -jar a.jar",
                "env PGPASSWORD=x psql | env PGPASSWORD=*** psql",
                "app AWS_SECRET_ACCESS_KEY=x/y+z | app AWS_SECRET_ACCESS_KEY=***",
                "psql postgres://shop:hunter2@db:5432/x | psql postgres://shop:***@db:5432/x",
                "app redis://:hunter2@cache | app redis://:***@cache",
                "curl https://x/?a=1&token=abc&b=2 | curl https://x/?a=1&token=***&b=2",
                "app Server=x;Password=abc;Port=1 | app Server=x;Password=***;Port=1",
                "app AccountKey=abc== | app AccountKey=***",
                "app --header Authorization:Bearer_x | app --header Authorization:***",
                "app eyJhbGciOiJI.eyJzdWIi.c2ln | app ***",
                "app ghp_0123456789abcdefghijABCD | app ***",
                "app AKIAIOSFODNN7EXAMPLE | app ***",
            })
    void secretsAreMasked(String line, String expected) {
        assertThat(masked(line)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "app --port 8080 --verbose",
                "nginx -p /etc/nginx -c nginx.conf",
                "app -p 8080",
                "app -p8080",
                "app --password-file /run/secrets/db",
                "app --max-tokens 512",
                "app --tokenizer bert",
                "app --secret-path=/run/x",
                "app --key-file=/etc/x.pem",
                "java -Xmx1g -jar shop.jar --spring.profiles.active=prod",
                "curl https://example.org/a?b=c",
                "find . -print -path x",
                "app user@host:/path",
                "app --compass north --passive",
            })
    void everythingElseStays(String line) {
        assertThat(masked(line)).isEqualTo(line);
    }

    @Test
    void headersInOneArgumentAreMasked() {
        assertThat(CommandLineMask.mask(List.of("curl", "-H", "Authorization: Bearer abc.def.ghi")))
                .containsExactly("curl", "-H", "Authorization: ***");
        assertThat(CommandLineMask.mask(List.of("x", "use Bearer abcdefgh now")))
                .containsExactly("x", "use Bearer *** now");
    }

    @Test
    void anOptionAfterASecretOptionIsNotItsValue() {
        assertThat(masked("app --password --verbose")).isEqualTo("app --password --verbose");
    }

    @Test
    void aLineQuotesWhatHasBlanks() {
        assertThat(CommandLineMask.line(List.of("app", "a b", "", "--token=x")))
                .isEqualTo("app \"a b\" \"\" --token=***");
    }

    @Test
    void environmentsAreMaskedByNameAndShape() {
        assertThat(CommandLineMask.environment(List.of(
                        "PATH=/bin",
                        "DB_PASSWORD=x",
                        "DATABASE_URL=postgres://a:b@c/d",
                        "GITHUB_TOKEN=x",
                        "LANG=C",
                        "TOKEN_FILE=/run/t",
                        "broken")))
                .containsExactly(
                        "PATH=/bin",
                        "DB_PASSWORD=***",
                        "DATABASE_URL=postgres://a:***@c/d",
                        "GITHUB_TOKEN=***",
                        "LANG=C",
                        "TOKEN_FILE=/run/t",
                        "broken");
    }

    @Test
    void longHostileArgumentsAreMaskedInTime() {
        List<String> hostile = List.of(
                "a".repeat(200_000),
                "a=".repeat(100_000),
                "eyJ".repeat(60_000),
                "://".repeat(60_000),
                "password".repeat(30_000),
                "bearer ".repeat(30_000),
                " ".repeat(100_000),
                "a:".repeat(100_000));
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> CommandLineMask.mask(hostile));
    }
}
