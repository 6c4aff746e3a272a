package dev.mortem.cli.procdump;

import dev.mortem.base.text.ShellWord;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Arguments that belong to Windows, or to whoever was to fill them in. */
final class Foreign {
    /** A drive's path, a share's, or one that the environment is to complete. */
    private static final Pattern WINDOWS_PATH =
            Pattern.compile("[A-Za-z]:([\\\\/].*)?|\\\\\\\\.+", Pattern.DOTALL);

    private static final Pattern PLACEHOLDER = Pattern.compile("%[A-Za-z0-9_]*%?");

    /** A folder that every system has and that outlasts a restart. */
    private static final String FOLDER = "/var/tmp/dumps";

    private Foreign() {}

    static void refuseIn(List<String> arguments) throws ProcDumpUsageException {
        for (int index = 0; index < arguments.size(); index++) {
            String argument = arguments.get(index);
            boolean isText = index > 0 && isTextOption(arguments.get(index - 1));
            if (!isText && PLACEHOLDER.matcher(argument).matches()) {
                throw new ProcDumpUsageException(
                        argument + " stands for the pid, and whoever starts this"
                                + " must put the pid there: failed-request tracing does it for %1%. By hand, write"
                                + " the pid; \"mortem ps\" lists those that run");
            }
            if (!isText && WINDOWS_PATH.matcher(argument).matches()) {
                throw new ProcDumpUsageException(
                        "%s is a path of Windows. On this system, for example:%n  mkdir -p %s && procdump %s"
                                .formatted(argument, FOLDER, here(arguments)));
            }
        }
    }

    private static boolean isTextOption(String option) {
        return ProcDumpOption.of(option)
                .filter(each -> each == ProcDumpOption.DC
                        || each == ProcDumpOption.F
                        || each == ProcDumpOption.FX
                        || each == ProcDumpOption.P
                        || each == ProcDumpOption.PL)
                .isPresent();
    }

    /** The same line with folders of this system. */
    private static String here(List<String> arguments) {
        List<String> line = new ArrayList<>();
        for (String argument : arguments) {
            line.add(ShellWord.quoted(
                    WINDOWS_PATH.matcher(argument).matches() ? placeFor(argument) : argument));
        }
        return String.join(" ", line);
    }

    /** A name of a file is kept, a folder is another one. */
    private static String placeFor(String windowsPath) {
        Matcher file = Pattern.compile("([^\\\\/:]+\\.(?:dmp|core))$", Pattern.CASE_INSENSITIVE)
                .matcher(windowsPath);
        return file.find() ? FOLDER + "/" + file.group(1) : FOLDER;
    }
}
