/**
 * Files and sources by build id from servers that the user named: the client of debuginfod (elfutils,
 * debuginfod(8), "WEBAPI"), with a cache that the processes of a user share.
 *
 * <p>It decides for no module whether it needs a file, and asks no server of its own accord. Reading
 * order: {@link dev.mortem.stack.fetch.SymbolSource}, {@link dev.mortem.stack.fetch.Lookup}, {@link
 * dev.mortem.stack.fetch.ServerUrl}, {@link dev.mortem.stack.fetch.DebuginfodClient}; then how: {@code
 * FetchCache}, {@code HttpTransport}, {@code BodySink}.
 */
package dev.mortem.stack.fetch;
