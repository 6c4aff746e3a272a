package dev.mortem.testkit.checks;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which package of ours refers to which. */
final class PackageGraph {
    private static final String OURS = "dev/mortem/";

    private final SortedMap<String, SortedSet<String>> targets = new TreeMap<>();

    static PackageGraph of(Collection<SourceUnit> units) {
        PackageGraph graph = new PackageGraph();
        for (SourceUnit unit : units) {
            ClassRules.references(unit)
                    .filter(name -> name.startsWith(OURS) && name.lastIndexOf('/') > 0)
                    .map(name -> name.substring(0, name.lastIndexOf('/')).replace('/', '.'))
                    .forEach(target -> graph.add(unit.packageName(), target));
        }
        return graph;
    }

    PackageGraph add(String from, String to) {
        if (!from.equals(to) && !from.isEmpty()) {
            targets.computeIfAbsent(from, none -> new TreeSet<>()).add(to);
        }
        return this;
    }

    SortedMap<String, SortedSet<String>> edges() {
        return targets;
    }

    /** The packages of a shortest cycle in order, the first of them again at the end. */
    Optional<List<String>> cycle() {
        return targets.keySet().stream()
                .flatMap(start -> pathBackTo(start).stream())
                .min((left, right) -> Integer.compare(left.size(), right.size()));
    }

    /** Breadth first: the shortest way from the package to itself. */
    private Optional<List<String>> pathBackTo(String start) {
        Deque<List<String>> open = new ArrayDeque<>(List.of(List.of(start)));
        Set<String> seen = new HashSet<>();
        while (!open.isEmpty()) {
            List<String> path = open.removeFirst();
            for (String next : targets.getOrDefault(path.getLast(), new TreeSet<>())) {
                List<String> longer = new ArrayList<>(path);
                longer.add(next);
                if (next.equals(start)) {
                    return Optional.of(List.copyOf(longer));
                }
                if (seen.add(next)) {
                    open.addLast(longer);
                }
            }
        }
        return Optional.empty();
    }
}
