/** Tests of finding and reading sources. */
@org.jspecify.annotations.NullMarked
package dev.mortem.analyze.source;
