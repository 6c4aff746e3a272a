package dev.mortem.os;

import java.time.Duration;

/**
 * How long a process will stand.
 *
 * @param pause the estimate
 * @param copyBytes what is copied meanwhile; also about the size of the dump
 * @param threads how many threads are stopped
 * @param copyBytesPerSecond the speed that the estimate rests on
 */
public record PauseEstimate(
        Duration pause, long copyBytes, long threads, long copyBytesPerSecond) {}
