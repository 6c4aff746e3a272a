/**
 * What is known of one dump before any rule ran: its threads with named stacks, what each waits
 * for, the
 * decoded fault, the locks and who waits for whom.
 *
 * <p>Rules see only this, so that a test builds a case from literals. Nothing here judges. Read
 * {@link
 * dev.mortem.analyze.casefile.CaseFile}, then {@link dev.mortem.analyze.casefile.CaseThread}.
 */
package dev.mortem.analyze.casefile;
