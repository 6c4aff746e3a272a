package dev.mortem.analyze.report;

import java.time.ZoneId;

/**
 * How a report is to look; JSON heeds none of it. Immutable.
 *
 * @param zone times are shown in it, with their offset; JSON stays UTC
 * @param verbose text: all modules, whole stacks of all groups, addresses; HTML has them anyway
 * @param colour text: ANSI colours, only for a terminal that wants them
 * @param unicode text: box characters and other scripts; otherwise nothing but ASCII is written
 */
public record RenderOptions(ZoneId zone, boolean verbose, boolean colour, boolean unicode) {

    /** Normal length, no colour, Unicode. */
    public static RenderOptions plain(ZoneId zone) {
        return new RenderOptions(zone, false, false, true);
    }

    public RenderOptions withVerbose(boolean wanted) {
        return new RenderOptions(zone, wanted, colour, unicode);
    }

    public RenderOptions withColour(boolean wanted) {
        return new RenderOptions(zone, verbose, wanted, unicode);
    }

    public RenderOptions withUnicode(boolean wanted) {
        return new RenderOptions(zone, verbose, colour, wanted);
    }
}
