package dev.mortem.stack.fetch;

import dev.mortem.stack.fetch.HttpTransport.Answer;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** One file that servers may have, in the terms of their protocol. */
interface Question {
    /**
     * Where the cache keeps the file.
     *
     * @param folder a plain name
     * @param name of the file in it
     */
    record Place(String folder, String name) {}

    /** Gets what an address leads to into a file, with as many tries as are of use. */
    @FunctionalInterface
    interface Download {
        Answer get(URI from, Path target, long bytesMax) throws IOException, InterruptedException;
    }

    Place place(ServerUrl server);

    /** Completes "asking SERVER for …". */
    String words();

    /** Puts the server's file into {@code part}, which exists, by one request or several. */
    Answer fetch(ServerUrl server, Path part, Download download)
            throws IOException, InterruptedException;

    /** What is wrong with a file that came or was kept; empty where it is what was asked for. */
    Optional<String> problem(Path file) throws IOException;
}
