package dev.mortem.stack.fetch;

import dev.mortem.stack.fetch.StoreChain.Stage;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A symbol path as {@code _NT_SYMBOL_PATH} has it (Microsoft, "Symbol path for Windows debuggers"):
 * elements with {@code ;} between, of which {@code srv*}, {@code symsrv*symsrv.dll*} and {@code cache*}
 * name stores with {@code *} between, the nearest first.
 */
public final class SymbolPath {
    /** Microsoft's public symbol server. */
    public static final String MICROSOFT = "https://msdl.microsoft.com/download/symbols";

    /** One element. */
    public sealed interface Element {
        /** Neither of stores nor a share: a file, a folder, an address or a word. */
        record Place(String text) implements Element {}

        record Stores(StoreChain chain) implements Element {}
    }

    private SymbolPath() {}

    /** @throws IllegalArgumentException for what cannot be used here; the message names it and says why */
    public static List<Element> parse(String text) {
        List<Element> elements = new ArrayList<>();
        Optional<Stage> cache = Optional.empty();
        for (String each : text.split(";", -1)) {
            String element = each.strip();
            if (element.isEmpty()) {
                continue;
            }
            refuseShare(element);
            String lower = element.toLowerCase(Locale.ROOT);
            if (lower.startsWith("cache*")) {
                cache = stages(element.substring("cache*".length())).stream().findFirst();
            } else if (lower.startsWith("srv*")) {
                elements.add(stores(element.substring("srv*".length()), cache));
            } else if (lower.startsWith("symsrv*")) {
                elements.add(stores(behindLibrary(element), cache));
            } else {
                elements.add(new Element.Place(element));
            }
        }
        return List.copyOf(elements);
    }

    /** {@code symsrv*LIBRARY*STORES}: only Microsoft's own library's protocol is spoken here. */
    private static String behindLibrary(String element) {
        String[] parts = element.split("\\*", 3);
        if (parts.length < 3 || !parts[1].equalsIgnoreCase("symsrv.dll")) {
            throw new IllegalArgumentException(element
                    + ": only symsrv*symsrv.dll*… can be asked; other libraries are programs of"
                    + " Windows");
        }
        return parts[2];
    }

    private static Element.Stores stores(String text, Optional<Stage> cache) {
        List<Stage> stages = stages(text);
        if (stages.isEmpty()) {
            stages.add(new Stage.Server(ServerUrl.of(MICROSOFT)));
        }
        boolean far = stages.stream().anyMatch(Stage.Server.class::isInstance);
        if (far && cache.isPresent()) {
            stages.addFirst(cache.get());
        }
        return new Element.Stores(new StoreChain(stages));
    }

    /** An empty stage is the debugger's own folder, which is our cache: it is there in any case. */
    private static List<Stage> stages(String text) {
        List<Stage> stages = new ArrayList<>();
        for (String each : text.split("\\*", -1)) {
            String stage = each.strip();
            if (!stage.isEmpty()) {
                stages.add(stage(stage));
            }
        }
        return stages;
    }

    private static Stage stage(String text) {
        refuseShare(text);
        if (text.matches("(?i)[a-z][a-z0-9+.-]*://.*")) {
            try {
                return new Stage.Server(ServerUrl.of(text));
            } catch (IllegalArgumentException unusable) {
                throw new IllegalArgumentException(
                        text.replaceFirst("//[^/@]*@", "//…@") + ": " + unusable.getMessage(),
                        unusable);
            }
        }
        if (text.matches("[A-Za-z]:.*")) {
            throw new IllegalArgumentException(
                    text + ": a folder of Windows; name one of this machine");
        }
        try {
            return new Stage.Folder(Path.of(text));
        } catch (InvalidPathException unusable) {
            throw new IllegalArgumentException(text + ": no name of a folder", unusable);
        }
    }

    private static void refuseShare(String text) {
        if (text.startsWith("\\\\")) {
            throw new IllegalArgumentException(text
                    + ": a Windows share, which cannot be opened by this name here; mount it and"
                    + " name the folder");
        }
    }
}
