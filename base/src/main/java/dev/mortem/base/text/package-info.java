/**
 * Text that comes from a dump or from another process and is shown to people: {@link
 * dev.mortem.base.text.Escape} makes it inert. Quoting for a format (JSON, HTML) is not done here; it
 * belongs to whoever writes that format.
 */
package dev.mortem.base.text;
