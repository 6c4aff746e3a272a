/**
 * Text that comes from a dump or from another process and is shown to people: {@link
 * dev.mortem.base.text.Escape} makes it inert; and words of commands that people paste: {@link
 * dev.mortem.base.text.ShellWord}. Quoting for a format (JSON, HTML) is not done here; it belongs to
 * whoever writes that format.
 */
package dev.mortem.base.text;
