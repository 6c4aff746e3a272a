package dev.mortem.format.pdb;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.codeview.TypeRecord;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Names of inlined functions by their ids: LF_FUNC_ID with the namespaces it stands in, LF_MFUNC_ID with
 * its class. Before Visual C++ 11.0 they stood in the TPI stream.
 */
final class FunctionIds {
    private final Optional<TypeStream> types;
    private final Optional<TypeStream> ids;

    FunctionIds(Optional<TypeStream> types, Optional<TypeStream> ids) {
        this.types = types;
        this.ids = ids.or(() -> types);
    }

    /** "shop::Cart::checkout"; empty where there is no such id. */
    Optional<String> name(long id) throws MalformedException {
        Optional<TypeRecord> record = record(ids, id);
        Optional<String> name = record.isPresent() ? record.get().name() : Optional.empty();
        if (name.isEmpty()) {
            return Optional.empty();
        }
        OptionalLong scope = record.get().scopeId();
        OptionalLong parent = record.get().parentType();
        Optional<String> around = Optional.empty();
        if (scope.isPresent()) {
            around = nameOf(record(ids, scope.getAsLong()));
        } else if (parent.isPresent()) {
            around = nameOf(record(types, parent.getAsLong()));
        }
        return Optional.of(around.map(outer -> outer + "::").orElse("") + name.get());
    }

    private static Optional<TypeRecord> record(Optional<TypeStream> stream, long index)
            throws MalformedException {
        return stream.isPresent() ? stream.get().record(index) : Optional.empty();
    }

    private static Optional<String> nameOf(Optional<TypeRecord> record) throws MalformedException {
        return record.isPresent() ? record.get().name() : Optional.empty();
    }
}
