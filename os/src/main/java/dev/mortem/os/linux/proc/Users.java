package dev.mortem.os.linux.proc;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Names of users by number, from passwd(5). Users that only a directory service knows stay numbers. */
public final class Users {
    private final Map<String, String> names;

    private Users(Map<String, String> names) {
        this.names = names;
    }

    public static Users ofFile(Path passwd) {
        Map<String, String> names = new HashMap<>();
        for (String line : ProcFolder.text(passwd).orElse("").split("\n", -1)) {
            List<String> fields = List.of(line.split(":", -1));
            if (fields.size() > 2) {
                names.putIfAbsent(fields.get(2), fields.get(0));
            }
        }
        return new Users(names);
    }

    /** The user's name, or the number itself. */
    public String name(String uid) {
        return names.getOrDefault(uid, uid);
    }
}
