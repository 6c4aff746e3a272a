package dev.mortem.stack.demangle;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The codes behind {@code ?} that stand for a function's name. */
final class MsvcOperators {
    private static final Map<String, String> NAMES = names();

    private MsvcOperators() {}

    /** Takes the code; empty where none begins here. */
    static Optional<String> take(MsvcText in) {
        for (int length = 3; length > 0; length--) {
            StringBuilder code = new StringBuilder();
            for (int index = 0; index < length; index++) {
                code.append(in.peek(index));
            }
            String name = NAMES.get(code.toString());
            if (name != null) {
                in.skip(length);
                return Optional.of(name);
            }
        }
        return Optional.empty();
    }

    private static Map<String, String> names() {
        Map<String, String> names = new HashMap<>();
        put(names, "", "2 new|3 delete", "operator ");
        put(
                names,
                "",
                "4 =|5 >>|6 <<|7 !|8 ==|9 !=|A []|C ->|D *|E ++|F --|G -|H +|I &|J ->*|K /|L %|M <"
                        + "|N <=|O >|P >=|Q ,|R ()|S ~|T ^|X *=|Y +=|Z -=",
                "operator");
        names.put("U", "operator|");
        names.put("V", "operator&&");
        names.put("W", "operator||");
        put(names, "_", "0 /=|1 %=|2 >>=|3 <<=|4 &=|6 ^=", "operator");
        names.put("_5", "operator|=");
        put(names, "_", "U new[]|V delete[]", "operator ");
        put(names, "__", "L co_await", "operator ");
        put(names, "__", "M <=>", "operator");
        quote(
                names,
                "_",
                "D vbase dtor|E vector deleting dtor|F default ctor closure|G scalar deleting"
                        + " dtor|H vector ctor iterator|I vector dtor iterator|J vector vbase ctor"
                        + " iterator|K virtual displacement map|L eh vector ctor iterator|M eh vector"
                        + " dtor iterator|N eh vector vbase ctor iterator|O copy ctor closure|T local"
                        + " vftable ctor closure");
        quote(
                names,
                "__",
                "A managed vector ctor iterator|B managed vector dtor iterator"
                        + "|C EH vector copy ctor iterator|D EH vector vbase copy ctor iterator"
                        + "|G vector copy ctor iterator|H vector vbase copy constructor iterator"
                        + "|I managed vector vbase copy constructor iterator");
        return Map.copyOf(names);
    }

    private static void put(Map<String, String> names, String prefix, String list, String before) {
        for (String each : list.split("\\|", -1)) {
            names.put(prefix + each.charAt(0), before + each.substring(2));
        }
    }

    private static void quote(Map<String, String> names, String prefix, String list) {
        for (String each : list.split("\\|", -1)) {
            names.put(prefix + each.charAt(0), "`" + each.substring(2) + "'");
        }
    }
}
