package dev.mortem.stack.fetch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * By whose certificates servers are believed over TLS: those of the JVM, or instead of them, as OpenSSL
 * has it (SSL_CTX_load_verify_locations(3)), those in the PEM file that {@code SSL_CERT_FILE} names. Safe
 * for any thread.
 */
public final class ServerTrust {
    /** The authorities of a system have some 200 KiB; what is behind is not read. */
    private static final int FILE_BYTES_MAX = 16 << 20;

    private static final String VARIABLE = "SSL_CERT_FILE";

    private final Optional<SSLContext> own;

    private ServerTrust(Optional<SSLContext> own) {
        this.own = own;
    }

    /** The authorities that the JVM came with, or was told of. */
    public static ServerTrust ofJvm() {
        return new ServerTrust(Optional.empty());
    }

    /** @throws IllegalArgumentException when the file cannot be used; the message says why */
    public static ServerTrust of(Map<String, String> environment) {
        String file = environment.getOrDefault(VARIABLE, "");
        return file.isEmpty() ? ofJvm() : new ServerTrust(Optional.of(context(file)));
    }

    void give(HttpClient.Builder client) {
        own.ifPresent(client::sslContext);
    }

    private static SSLContext context(String file) {
        try (InputStream pem = Files.newInputStream(Path.of(file))) {
            return context(certificates(pem.readNBytes(FILE_BYTES_MAX)));
        } catch (IOException | InvalidPathException unreadable) {
            throw unusable(file, "cannot be read", unreadable);
        } catch (GeneralSecurityException wrong) {
            throw unusable(file, "has no certificates in PEM form", wrong);
        }
    }

    private static Collection<? extends Certificate> certificates(byte[] pem)
            throws GeneralSecurityException {
        var found = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(pem));
        if (found.isEmpty()) {
            throw new GeneralSecurityException("no certificate");
        }
        return found;
    }

    private static SSLContext context(Collection<? extends Certificate> authorities)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (Certificate authority : authorities) {
            store.setCertificateEntry("authority " + store.size(), authority);
        }
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static IllegalArgumentException unusable(String file, String why, Exception cause) {
        return new IllegalArgumentException(
                VARIABLE + ": " + file + " " + why
                        + "; name a file with the certificates of the authorities to trust",
                cause);
    }
}
