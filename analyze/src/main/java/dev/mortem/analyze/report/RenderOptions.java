package dev.mortem.analyze.report;

import java.time.ZoneId;

/**
 * How a report is to look. Immutable.
 *
 * @param zone times are shown in it, with their offset; JSON stays UTC
 * @param verbose text: all modules, whole stacks of all groups, addresses; HTML has them anyway
 * @param colour text: ANSI colours, only for a terminal that wants them
 * @param unicode text: box characters and other scripts; otherwise nothing but ASCII is written
 * @param oneLine JSON: the document on one line, for a stream of them; the rest is for the others
 * @param fullNames functions with all template arguments; JSON has both names anyway
 */
public record RenderOptions(
        ZoneId zone,
        boolean verbose,
        boolean colour,
        boolean unicode,
        boolean oneLine,
        boolean fullNames) {

    /** Normal length, no colour, Unicode. */
    public static RenderOptions plain(ZoneId zone) {
        return new RenderOptions(zone, false, false, true, false, false);
    }

    public RenderOptions withVerbose(boolean wanted) {
        return new RenderOptions(zone, wanted, colour, unicode, oneLine, fullNames);
    }

    public RenderOptions withColour(boolean wanted) {
        return new RenderOptions(zone, verbose, wanted, unicode, oneLine, fullNames);
    }

    public RenderOptions withUnicode(boolean wanted) {
        return new RenderOptions(zone, verbose, colour, wanted, oneLine, fullNames);
    }

    public RenderOptions withOneLine(boolean wanted) {
        return new RenderOptions(zone, verbose, colour, unicode, wanted, fullNames);
    }

    public RenderOptions withFullNames(boolean wanted) {
        return new RenderOptions(zone, verbose, colour, unicode, oneLine, wanted);
    }
}
