/**
 * What makes two dumps the same fault: a text of what happened and in whose function, and its hash.
 *
 * <p>Only what survives another compilation of the same source goes in: no addresses, no names
 * of clones that a compiler makes, no callers that it may remove. Read {@link
 * dev.mortem.analyze.signature.Signatures}.
 */
package dev.mortem.analyze.signature;
