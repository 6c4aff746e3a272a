/**
 * Files and sources from places that the user named: the client of debuginfod (elfutils, debuginfod(8),
 * "WEBAPI"), which knows files by build id, and that of symbol stores (SymStore, SymSrv), which knows them
 * by name and id; with a cache that the processes of a user share.
 *
 * <p>It decides for no module whether it needs a file, and asks no server of its own accord. Reading
 * order: {@link dev.mortem.stack.fetch.SymbolSource}, {@link dev.mortem.stack.fetch.StoreSource}, {@link
 * dev.mortem.stack.fetch.StoreFile}, {@link dev.mortem.stack.fetch.Lookup}, {@link
 * dev.mortem.stack.fetch.ServerUrl}, {@link dev.mortem.stack.fetch.SymbolPath}, {@link
 * dev.mortem.stack.fetch.StoreChain}, {@link dev.mortem.stack.fetch.FetchSession}, {@link
 * dev.mortem.stack.fetch.DebuginfodClient}, {@link dev.mortem.stack.fetch.SymbolStores}; then how: {@code
 * Question}, {@code StoreQuestion}, {@code StoreFolder}, {@code FilePointer}, {@code StoreFileCheck},
 * {@code FetchCache}, {@code HttpTransport}, {@code BodySink}, {@link
 * dev.mortem.stack.fetch.EnvironmentProxies}, {@link dev.mortem.stack.fetch.ServerTrust}.
 */
package dev.mortem.stack.fetch;
