/**
 * JSON as Mortem's documents need it: {@link dev.mortem.base.json.JsonOutput} writes one as a stream,
 * with the spelling that all of them share (addresses in hex, times in UTC, durations in milliseconds,
 * unknown left out); {@link dev.mortem.base.json.JsonObject} reads a small one back. The library below
 * (Jackson's core) does the syntax.
 */
package dev.mortem.base.json;
