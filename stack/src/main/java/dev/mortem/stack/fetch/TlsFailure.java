package dev.mortem.stack.fetch;

import dev.mortem.base.text.Escape;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;

import javax.net.ssl.SSLException;

/** Says in words of the user's why a secure connection did not come about. */
final class TlsFailure {
    /** Causes of causes; longer chains are no JDK's. */
    private static final int CAUSES_MAX = 16;

    private TlsFailure() {}

    static String words(SSLException failure) {
        Optional<String> why = Optional.empty();
        Throwable cause = failure;
        for (int depth = 0; depth < CAUSES_MAX && cause != null; depth++) {
            Optional<String> inner = why(cause);
            why = inner.isPresent() ? inner : why; // the innermost says most
            cause = cause.getCause();
        }
        return "no secure connection: " + why.orElseGet(() -> text(failure));
    }

    private static Optional<String> why(Throwable cause) {
        return switch (cause) {
            case CertPathBuilderException unknown ->
                Optional.of("its certificate is of no authority that is trusted here; name the"
                        + " file with its authority's by SSL_CERT_FILE");
            case CertificateExpiredException expired -> Optional.of("its certificate has expired");
            case CertificateNotYetValidException early ->
                Optional.of("its certificate is not valid yet");
            case CertificateException other ->
                Optional.of("its certificate is not believed: " + text(other));
            default -> Optional.empty();
        };
    }

    private static String text(Throwable failure) {
        return Escape.visible(Optional.ofNullable(failure.getMessage())
                .orElse(failure.getClass().getSimpleName()));
    }
}
