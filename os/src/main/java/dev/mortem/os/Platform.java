package dev.mortem.os;

import java.time.Duration;
import java.util.ServiceLoader;

/**
 * What one operating system offers. Found as a service, so that the contracts need not know the
 * systems that implement them.
 */
public interface Platform {
    /** The platform that we run on; on any other everything is refused as unsupported. */
    static Platform ofThisMachine() {
        String os = System.getProperty("os.name", "unknown");
        String architecture = System.getProperty("os.arch", "unknown");
        for (Platform platform :
                ServiceLoader.load(Platform.class, Platform.class.getClassLoader())) {
            if (platform.serves(os, architecture)) {
                return platform;
            }
        }
        throw new UnsupportedOperationException("Live processes are read on Linux (x86-64, arm64), "
                + "not on " + os + " (" + architecture + "); dump files are read everywhere");
    }

    /** Whether this is the platform of that os.name and os.arch. */
    boolean serves(String osName, String architecture);

    ProcessControl processControl();

    ProcessList processList();

    /** A new one: a sampler belongs to one thread. */
    ProcessSampler processSampler();

    Doctor doctor();

    Launcher launcher();

    /** Processes as they begin, looked for that often where the system does not tell of them. */
    ProcessArrivals processArrivals(Duration every);
}
