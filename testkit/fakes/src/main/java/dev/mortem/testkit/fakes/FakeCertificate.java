package dev.mortem.testkit.fakes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A key with a certificate that it signed itself, made by the JDK's keytool for one test. */
public final class FakeCertificate {
    private static final String PASSWORD = "no secret";
    private static final String ALIAS = "server";

    private final KeyStore store;

    private FakeCertificate(KeyStore store) {
        this.store = store;
    }

    /** Of this machine's own address, valid for a day. */
    public static FakeCertificate make(Path folder) throws IOException {
        return make(folder, "ip:127.0.0.1");
    }

    /**
     * Valid for a day.
     *
     * @param folder gets a file
     * @param host whose it is: "ip:127.0.0.1", "dns:elsewhere.example"
     */
    public static FakeCertificate make(Path folder, String host) throws IOException {
        Path file = Files.createTempDirectory(folder, "certificate").resolve("key.p12");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of("-J-XX:TieredStopAtLevel=1", "-genkeypair", "-alias", ALIAS));
        command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-ext", "san=" + host));
        command.addAll(List.of("-startdate", "-1H", "-validity", "1", "-dname", "CN=" + host));
        command.addAll(List.of("-keystore", file.toString(), "-storepass", PASSWORD));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (keytool.waitFor() != 0) {
                throw new IOException("keytool: " + said);
            }
            return new FakeCertificate(KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray()));
        } catch (GeneralSecurityException unreadable) {
            throw new IOException(unreadable);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IOException(stopped);
        }
    }

    /** As files of certificates have it. */
    public String pem() throws IOException {
        try {
            byte[] der = store.getCertificate(ALIAS).getEncoded();
            return "-----BEGIN CERTIFICATE-----\n"
                    + Base64.getMimeEncoder().encodeToString(der)
                    + "\n-----END CERTIFICATE-----\n";
        } catch (GeneralSecurityException unreadable) {
            throw new IOException(unreadable);
        }
    }

    SSLContext context() throws IOException {
        try {
            KeyManagerFactory keys =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, PASSWORD.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException unusable) {
            throw new IOException(unusable);
        }
    }
}
