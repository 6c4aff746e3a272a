package dev.mortem.stack.demangle;

import java.util.ArrayList;
import java.util.List;

/**
 * What digits stand for: the first ten different names and parameter types. Arguments of a template have
 * their own.
 */
final class MsvcBackReferences {
    private static final int COUNT_MAX = 10;

    private final List<String> keys = new ArrayList<>();
    private final List<MsvcNode.Part> names = new ArrayList<>();
    private final List<MsvcNode.Type> types = new ArrayList<>();

    /** @param mangled as it stands: what is the same there is one name */
    void add(String mangled, MsvcNode.Part name) {
        if (keys.size() < COUNT_MAX && !keys.contains(mangled)) {
            keys.add(mangled);
            names.add(name);
        }
    }

    void add(MsvcNode.Type type) {
        if (types.size() < COUNT_MAX) {
            types.add(type);
        }
    }

    MsvcNode.Part name(MsvcText in) throws UnreadableNameException {
        return get(names, in);
    }

    MsvcNode.Type type(MsvcText in) throws UnreadableNameException {
        return get(types, in);
    }

    private static <T> T get(List<T> known, MsvcText in) throws UnreadableNameException {
        int index = in.next() - '0';
        if (index >= known.size()) {
            throw in.unreadable("a back reference to something before it expected");
        }
        return known.get(index);
    }
}
