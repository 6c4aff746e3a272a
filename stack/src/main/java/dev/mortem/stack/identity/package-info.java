/**
 * What a file with code or symbols is: its kind, the ids that tell its build from any other, what is in
 * it, and where symbol stores keep it.
 *
 * <p>It looks for no files and answers no questions about addresses. Reading order: {@link
 * dev.mortem.stack.identity.FileIdentity}, {@link dev.mortem.stack.identity.FileKind}, {@link
 * dev.mortem.stack.identity.FileContent}, {@link dev.mortem.stack.identity.IdentityReader}.
 */
@org.jspecify.annotations.NullMarked
package dev.mortem.stack.identity;
