package dev.mortem.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Columns of text, as wide as their widest cell. Belongs to one thread. */
final class Table {
    private final List<String[]> rows = new ArrayList<>();
    private final Set<Integer> rightAligned = new HashSet<>();

    Table(String... headings) {
        rows.add(headings);
    }

    void alignRight(Integer... columns) {
        rightAligned.addAll(List.of(columns));
    }

    void row(String... cells) {
        if (cells.length != rows.getFirst().length) {
            throw new IllegalArgumentException(
                    cells.length + " cells in a table of " + rows.getFirst().length + " columns");
        }
        rows.add(cells);
    }

    void writeTo(PrintWriter out) {
        int[] widths = new int[rows.getFirst().length];
        for (String[] row : rows) {
            for (int column = 0; column < row.length; column++) {
                widths[column] = Math.max(
                        widths[column], row[column].codePointCount(0, row[column].length()));
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.length; column++) {
                int padding = widths[column] - row[column].codePointCount(0, row[column].length());
                boolean right = rightAligned.contains(column);
                line.append(
                                right
                                        ? " ".repeat(padding) + row[column]
                                        : row[column] + " ".repeat(padding))
                        .append("  ");
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
