/**
 * CodeView debug records: which debug information belongs to an image. The same records stand in the
 * debug directory of a PE image (Microsoft PE/COFF specification, "Debug Type") and in the module list
 * of a minidump (MINIDUMP_MODULE.CvRecord).
 *
 * <p>Opens no debug information. {@link dev.mortem.format.codeview.CodeViewRecord} is all there is.
 */
package dev.mortem.format.codeview;
