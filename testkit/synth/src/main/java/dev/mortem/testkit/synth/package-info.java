/**
 * Builds small ELF files, PE images and cores for tests, field by field as the specifications say.
 * Builds small ELF files, cores and minidumps for tests, field by field as the specifications say.
 *
 * <p>It depends on no module of the product and shares no layout code with it: what both agree on,
 * two readings of the specification agree on. It builds broken files as willingly as sound ones and
 * does not check what it is told. It is no writer for users: everything is kept in the heap.
 *
 * <p>In reading order: {@link dev.mortem.testkit.synth.Label} is a number that becomes known later;
 * {@link dev.mortem.testkit.synth.Layout} is a run of bytes with labels in it; {@link
 * dev.mortem.testkit.synth.ElfTarget} says for which machine; {@link
 * dev.mortem.testkit.synth.ElfSynth} places {@link dev.mortem.testkit.synth.ElfSection}s and {@link
 * dev.mortem.testkit.synth.ElfSegment}s in a file; {@link dev.mortem.testkit.synth.ElfSymbols} and
 * {@link dev.mortem.testkit.synth.EhFrameSynth} fill sections; {@link
 * dev.mortem.testkit.synth.CoreSynth} makes a core of {@link dev.mortem.testkit.synth.CoreThread}s,
 * notes and memory; {@link dev.mortem.testkit.synth.NullPointerCrash} is a whole one, ready-made. {@link
 * dev.mortem.testkit.synth.PeSynth} places sections in a PE image, {@link
 * dev.mortem.testkit.synth.PeTables} fills them, {@link dev.mortem.testkit.synth.SmallPe} is whole ones.
 * notes and memory; {@link dev.mortem.testkit.synth.NullPointerCrash} is a whole one, ready-made.
 * {@link dev.mortem.testkit.synth.MinidumpBuilder} makes a minidump of streams, with registers of {@link
 * dev.mortem.testkit.synth.MinidumpContext} and the memory of {@link
 * dev.mortem.testkit.synth.WindowsBlocks}.
 */
@NullMarked
package dev.mortem.testkit.synth;

import org.jspecify.annotations.NullMarked;
