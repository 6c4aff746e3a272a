package dev.mortem.stack.symbol;

import dev.mortem.stack.symbol.LlvmSymbolizer.Place;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/**
 * The chains of functions that two symbolizers give for the same addresses of a file. A difference is
 * explained by a rule, which has a name and is counted, or it is a fault.
 */
final class ChainComparison {
    private static final int SHOWN_MAX = 12;

    /** Whether two names are of symbols with one svma. */
    private final BiPredicate<String, String> sameSymbol;

    private final Map<String, Integer> rules = new TreeMap<>();
    private final List<String> unexplained = new ArrayList<>();
    private int addresses;
    private int equal;
    private int faults;

    ChainComparison(BiPredicate<String, String> sameSymbol) {
        this.sameSymbol = sameSymbol;
    }

    void add(long svma, List<Place> theirs, List<Place> ours) {
        addresses++;
        List<String> used = new ArrayList<>();
        if (theirs.equals(ours)) {
            equal++;
        } else if (!explained(theirs, ours, used)) {
            faults++;
            if (unexplained.size() < SHOWN_MAX) {
                unexplained.add(difference(svma, theirs, ours));
            }
        } else {
            used.stream().distinct().forEach(rule -> rules.merge(rule, 1, Integer::sum));
        }
    }

    int addresses() {
        return addresses;
    }

    int faults() {
        return faults;
    }

    /** "900 of 1000 equal, 100 by rules {…}, 0 unexplained". */
    String summary() {
        return "%,d addresses: %,d equal, %,d by rules %s, %,d unexplained"
                .formatted(addresses, equal, addresses - equal - faults, rules, faults);
    }

    String unexplained() {
        return String.join("\n", unexplained);
    }

    private boolean explained(List<Place> theirs, List<Place> ours, List<String> used) {
        if (theirs.size() != ours.size()) {
            return false;
        }
        for (int index = 0; index < theirs.size(); index++) {
            boolean concrete = index == theirs.size() - 1;
            if (!function(theirs.get(index).function(), ours.get(index).function(), concrete, used)
                    || !place(theirs.get(index), ours.get(index), used)) {
                return false;
            }
        }
        return true;
    }

    private boolean function(String theirs, String ours, boolean concrete, List<String> used) {
        if (theirs.equals(ours)) {
            return true;
        }
        if (concrete && SymbolName.withoutVersion(theirs).equals(ours)) {
            used.add("a symbol's version is left out");
            return true;
        }
        if (concrete && sameSymbol.test(SymbolName.withoutVersion(theirs), ours)) {
            used.add("another name of the same symbol");
            return true;
        }
        if (!theirs.isEmpty() && ours.endsWith("::" + theirs)) {
            used.add("a function without a linkage name has its namespaces and classes before it");
            return true;
        }
        if (concrete && theirs.startsWith(ours + ".") && !ours.isEmpty()) {
            used.add("a part moved away has its function's name");
            return true;
        }
        return false;
    }

    /** The first functions of the chains that differ; the chains' lengths where those do. */
    private static String difference(long svma, List<Place> theirs, List<Place> ours) {
        int index = 0;
        while (index < Math.min(theirs.size(), ours.size()) - 1
                && theirs.get(index).equals(ours.get(index))) {
            index++;
        }
        return "0x%x, function %d: llvm (of %d) %s, ours (of %d) %s"
                .formatted(
                        svma,
                        index,
                        theirs.size(),
                        index < theirs.size() ? theirs.get(index) : "nothing",
                        ours.size(),
                        index < ours.size() ? ours.get(index) : "nothing");
    }

    private static boolean place(Place theirs, Place ours, List<String> used) {
        if (theirs.file().equals(ours.file()) && theirs.line() == ours.line()) {
            return true;
        }
        if (theirs.line() == ours.line() && samePath(theirs.file(), ours.file())) {
            used.add("another spelling of the path");
            return true;
        }
        if (theirs.line() == ours.line() && isDoubled(theirs.file(), ours.file())) {
            used.add("a relative compilation directory stands once in the path");
            return true;
        }
        if (theirs.line() == 0 && ours.line() == 0 && ours.file().isEmpty()) {
            used.add("code of no line has no file either");
            return true;
        }
        return false;
    }

    /** "./posix/./posix/regexec.c" for "./posix/regexec.c": directory 0 is that of the compilation. */
    private static boolean isDoubled(String theirs, String ours) {
        if (theirs.isEmpty() || ours.isEmpty()) {
            return false;
        }
        Path whole = Path.of(theirs).normalize();
        Path once = Path.of(ours).normalize();
        int more = whole.getNameCount() - once.getNameCount();
        return more > 0
                && !whole.isAbsolute()
                && whole.endsWith(once)
                && once.startsWith(whole.subpath(0, more));
    }

    private static boolean samePath(String one, String other) {
        return !one.isEmpty()
                && !other.isEmpty()
                && Path.of(one).normalize().equals(Path.of(other).normalize());
    }
}
