/**
 * From a path that a compiler recorded to the lines of that file: in folders that the user named, else
 * from a server. It never leaves those folders, and where several files fit, it shows none. Reading
 * order: {@link dev.mortem.analyze.source.SourceLines}, {@code SourceFolders}, {@code SourceText}.
 */
package dev.mortem.analyze.source;
