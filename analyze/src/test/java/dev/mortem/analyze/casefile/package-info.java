/** Cases of literals, for the tests of rules. */
@NullMarked
package dev.mortem.analyze.casefile;

import org.jspecify.annotations.NullMarked;
