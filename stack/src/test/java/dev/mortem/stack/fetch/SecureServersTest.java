package dev.mortem.stack.fetch;

import static dev.mortem.stack.fetch.StoreContents.pdb;
import static dev.mortem.stack.fetch.StoreContents.pdbFile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.limit.Limits;
import dev.mortem.testkit.fakes.FakeCertificate;
import dev.mortem.testkit.fakes.FakeProxy;
import dev.mortem.testkit.fakes.FakeServer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/** Stores and debuginfod over TLS, directly and through proxies, as the environment says. */
class SecureServersTest {
    private static final String PDB = "/" + pdbFile().path();
    private static final String BUILD_ID = "0123456789abcdef0123456789abcdef01234567";
    private static final String UNTRUSTED = ": no secure connection: its certificate is of no"
            + " authority that is trusted here; name the file with its authority's by"
            + " SSL_CERT_FILE";

    /** Of this machine, and of another. Made once: it takes keytool half a second. */
    private static List<FakeCertificate> certificates = List.of();

    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>();

    @BeforeAll
    static void make(@TempDir Path keys) throws IOException {
        certificates = List.of(
                FakeCertificate.make(keys), FakeCertificate.make(keys, "dns:elsewhere.example"));
    }

    @BeforeEach
    void trust() throws IOException {
        environment.put("SSL_CERT_FILE", pemFile(certificates.getFirst()));
    }

    @Test
    void aStoreWhoseCertificateIsTrustedIsRead() throws IOException {
        try (FakeServer server = secure()) {
            server.on(PDB, FakeServer.file(pdb(1)));
            Path near = folder.resolve("near");
            Lookup answer = find("srv*" + near + "*" + server.url() + "/");
            assertThat(answer).isInstanceOf(Lookup.Found.class);
            assertThat(near.resolve(pdbFile().path())).hasBinaryContent(pdb(1));
        }
    }

    @Test
    void soIsDebuginfod() throws IOException {
        try (FakeServer server = secure()) {
            server.on(
                    "/buildid/" + BUILD_ID + "/debuginfo",
                    FakeServer.file(DebuginfodClientTest.elf(BUILD_ID, 100)));
            try (FetchSession session = session()) {
                DebuginfodClient client =
                        new DebuginfodClient(session, List.of(ServerUrl.of(server.url())));
                assertThat(client.debugFile(BUILD_ID)).isInstanceOf(Lookup.Found.class);
            }
        }
    }

    @Test
    void oneThatIsNotTrustedIsToldInALine() throws IOException {
        environment.clear();
        try (FakeServer server = secure()) {
            assertThat(find(server.url())).isEqualTo(new Lookup.TimedOut(server.url() + UNTRUSTED));
            assertThat(server.requests()).isEmpty();
        }
        environment.put("SSL_CERT_FILE", pemFile(certificates.getLast()));
        try (FakeServer server = secure()) {
            assertThat(find(server.url()).answer()).isEqualTo(server.url() + UNTRUSTED);
        }
    }

    @Test
    void aCertificateIsForItsHostAlone() throws IOException {
        environment.put("SSL_CERT_FILE", pemFile(certificates.getLast()));
        try (FakeServer server = FakeServer.startSecure(certificates.getLast())) {
            assertThat(find(server.url()).answer())
                    .startsWith(server.url() + ": no secure connection: its certificate is not"
                            + " believed: ")
                    .contains("127.0.0.1")
                    .doesNotContain("\n");
        }
    }

    @Test
    void redirectionsLeadToTlsAndNotOutOfIt() throws IOException {
        try (FakeServer server = secure();
                FakeServer plain = FakeServer.start()) {
            server.on(PDB, FakeServer.redirect(plain.url() + PDB));
            plain.on(PDB, FakeServer.file(pdb(1)));
            assertThat(find(server.url()).answer())
                    .contains("a redirection from https to http, not followed");
            assertThat(plain.requests()).isEmpty();
            server.on(PDB, FakeServer.file(pdb(1)));
            plain.on(PDB, FakeServer.redirect(server.url() + PDB));
            assertThat(find(plain.url())).isInstanceOf(Lookup.Found.class);
        }
    }

    @Test
    void aProxyTunnelsWhatItDoesNotSee() throws IOException {
        try (FakeServer server = secure();
                FakeProxy proxy = FakeProxy.start()) {
            server.on(PDB, FakeServer.file(pdb(1)));
            environment.put("https_proxy", proxy.url());
            assertThat(find(server.url())).isInstanceOf(Lookup.Found.class);
            int port = URI.create(server.url()).getPort();
            assertThat(proxy.asked()).containsExactly("CONNECT 127.0.0.1:" + port + " HTTP/1.1");
            assertThat(server.requests()).containsExactly(PDB);
        }
    }

    @Test
    void aProxyIsNotAskedForWhatIsExcepted() throws IOException {
        try (FakeServer server = secure();
                FakeProxy proxy = FakeProxy.start()) {
            server.on(PDB, FakeServer.file(pdb(1)));
            environment.put("HTTPS_PROXY", proxy.url());
            environment.put("no_proxy", "example.com,127.0.0.1");
            assertThat(find(server.url())).isInstanceOf(Lookup.Found.class);
            assertThat(proxy.asked()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "407, '407, the proxy wants to know who asks'",
        "403, the proxy opens no tunnel: 403"
    })
    void aProxyThatRefusesIsTold(int status, String words) throws IOException {
        try (FakeServer server = secure();
                FakeProxy proxy = FakeProxy.refusing(status)) {
            environment.put("https_proxy", proxy.url());
            assertThat(find(server.url()).answer()).isEqualTo(server.url() + ": " + words);
            assertThat(proxy.asked()).hasSize(1);
            assertThat(server.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"absent.pem", "text.pem", "empty.pem", "", "half.pem"})
    void whatHasNoCertificatesIsRefused(String name) throws IOException {
        Files.writeString(folder.resolve("text.pem"), "no certificate");
        Files.writeString(folder.resolve("empty.pem"), "");
        String pem = certificates.getFirst().pem();
        Files.writeString(folder.resolve("half.pem"), pem.substring(0, pem.length() / 2));
        String file = folder.resolve(name).toString();
        assertThatThrownBy(() -> ServerTrust.of(Map.of("SSL_CERT_FILE", file)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("SSL_CERT_FILE: " + file + " ")
                .hasMessageContaining("name a file with the certificates");
    }

    @Test
    void whatIsWrongWithACertificateIsToldWithoutJavasWords() {
        assertThat(TlsFailure.words(because(new CertificateExpiredException("NotAfter: then"))))
                .isEqualTo("no secure connection: its certificate has expired");
        assertThat(TlsFailure.words(because(new CertificateNotYetValidException("NotBefore"))))
                .isEqualTo("no secure connection: its certificate is not valid yet");
        assertThat(TlsFailure.words(new SSLException("bad\nrecord")))
                .startsWith("no secure connection: bad")
                .doesNotContain("\n");
    }

    private static SSLException because(Exception cause) {
        SSLException failure = new SSLHandshakeException("(certificate_unknown) PKIX");
        failure.initCause(cause);
        return failure;
    }

    private static FakeServer secure() throws IOException {
        return FakeServer.startSecure(certificates.getFirst());
    }

    private String pemFile(FakeCertificate certificate) throws IOException {
        return Files.writeString(folder.resolve("authorities.pem"), certificate.pem())
                .toString();
    }

    /** With a session and a cache of its own. */
    private Lookup find(String place) throws IOException {
        try (FetchSession session = session()) {
            StoreChain chain =
                    SymbolPath.parse(place.startsWith("srv*") ? place : "srv*" + place).stream()
                            .map(element -> ((SymbolPath.Element.Stores) element).chain())
                            .findFirst()
                            .orElseThrow();
            return new SymbolStores(session, List.of(chain), List.of(), InstantSource.system())
                    .find(pdbFile());
        }
    }

    private FetchSession session() throws IOException {
        return FetchSession.of(new FetchSession.Setup(
                Files.createTempDirectory(folder, "cache"),
                false,
                "mortem/test",
                InstantSource.system(),
                FetchTimes.defaults(),
                time -> {},
                EnvironmentProxies.of(environment),
                ServerTrust.of(environment),
                Limits.defaults(),
                sentence -> {}));
    }
}
