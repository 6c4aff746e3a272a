package dev.mortem.stack.demangle;

/** What can stand after a type, or after the parameters of a function. */
enum Modifier {
    POINTER("*", Place.TYPE),
    REFERENCE("&", Place.TYPE),
    RVALUE_REFERENCE("&&", Place.TYPE),
    CONST(" const", Place.TYPE),
    VOLATILE(" volatile", Place.TYPE),
    RESTRICT(" restrict", Place.TYPE),
    COMPLEX(" _Complex", Place.TYPE),
    IMAGINARY(" _Imaginary", Place.TYPE),
    VENDOR(" ", Place.TYPE),
    CONST_THIS(" const", Place.FUNCTION),
    VOLATILE_THIS(" volatile", Place.FUNCTION),
    RESTRICT_THIS(" restrict", Place.FUNCTION),
    REFERENCE_THIS(" &", Place.FUNCTION),
    RVALUE_REFERENCE_THIS(" &&", Place.FUNCTION),
    TRANSACTION_SAFE(" transaction_safe", Place.FUNCTION),
    NOEXCEPT(" noexcept", Place.FUNCTION),
    THROW(" throw", Place.FUNCTION);

    private enum Place {
        TYPE,
        FUNCTION
    }

    private final String text;
    private final Place place;

    Modifier(String text, Place place) {
        this.text = text;
        this.place = place;
    }

    String text() {
        return text;
    }

    /** Written after a function's parameters, not inside its parentheses. */
    boolean qualifiesFunction() {
        return place == Place.FUNCTION;
    }

    boolean isCv() {
        return this == CONST || this == VOLATILE || this == RESTRICT;
    }

    boolean isReference() {
        return this == REFERENCE || this == RVALUE_REFERENCE;
    }

    boolean isIndirection() {
        return this == POINTER || isReference();
    }

    boolean isRefQualifier() {
        return this == REFERENCE_THIS || this == RVALUE_REFERENCE_THIS;
    }

    /** The same qualifier where it stands for the object of a member function. */
    Modifier ofThis() {
        return switch (this) {
            case CONST -> CONST_THIS;
            case VOLATILE -> VOLATILE_THIS;
            case RESTRICT -> RESTRICT_THIS;
            case POINTER,
                    REFERENCE,
                    RVALUE_REFERENCE,
                    COMPLEX,
                    IMAGINARY,
                    VENDOR,
                    CONST_THIS,
                    VOLATILE_THIS,
                    RESTRICT_THIS,
                    REFERENCE_THIS,
                    RVALUE_REFERENCE_THIS,
                    TRANSACTION_SAFE,
                    NOEXCEPT,
                    THROW -> this;
        };
    }
}
