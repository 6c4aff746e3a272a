package dev.mortem.cli.procdump;

import dev.mortem.cli.procdump.ProcDumpRequest.Collect;
import dev.mortem.cli.procdump.ProcDumpRequest.Conditions;
import dev.mortem.cli.procdump.ProcDumpRequest.CounterThreshold;
import dev.mortem.cli.procdump.ProcDumpRequest.ExceptionWatch;
import dev.mortem.cli.procdump.ProcDumpRequest.Launched;
import dev.mortem.collect.trigger.Compare;
import dev.mortem.collect.trigger.CountTrigger;
import dev.mortem.collect.trigger.CpuAmount;
import dev.mortem.collect.trigger.CpuTrigger;
import dev.mortem.collect.trigger.EndTrigger;
import dev.mortem.collect.trigger.LineSource;
import dev.mortem.collect.trigger.LineTrigger;
import dev.mortem.collect.trigger.MemoryKind;
import dev.mortem.collect.trigger.MemoryTrigger;
import dev.mortem.collect.trigger.ModuleTrigger;
import dev.mortem.collect.trigger.NameGlob;
import dev.mortem.collect.trigger.SignalTrigger;
import dev.mortem.collect.trigger.ThreadTrigger;
import dev.mortem.collect.trigger.Trigger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** ProcDump's conditions as Mortem's own. */
public final class ProcDumpTriggers {
    private static final long MIB = 1L << 20;

    private final Conditions conditions;
    private final Duration holdFor;
    private final LineSource lines;
    private final List<Trigger> triggers = new ArrayList<>();

    private ProcDumpTriggers(Collect asked) {
        this.conditions = asked.conditions();
        this.holdFor = asked.rhythm().seconds();
        this.lines = asked.subject() instanceof Launched
                ? new LineSource.OfStandardError()
                : new LineSource.OfJournal();
    }

    /** Each acts by itself; none where dumps are wanted at once. */
    public static List<Trigger> of(Collect asked) {
        return new ProcDumpTriggers(asked).all();
    }

    private List<Trigger> all() {
        cpu(Compare.AT_LEAST, conditions.cpuAbove());
        cpu(Compare.BELOW, conditions.cpuBelow());
        memory(Compare.AT_LEAST, conditions.memoryAbove());
        memory(Compare.BELOW, conditions.memoryBelow());
        count(CountTrigger.Kind.THREADS, conditions.threads());
        count(CountTrigger.Kind.DESCRIPTORS, conditions.descriptors());
        conditions.counters().forEach(this::counter);
        conditions.signals().forEach(name -> triggers.add(new SignalTrigger(name, true)));
        exceptions();
        if (conditions.end()) {
            triggers.add(new EndTrigger());
        }
        if (conditions.moduleLoad()) {
            modules(true);
        }
        if (conditions.moduleUnload()) {
            modules(false);
        }
        if (conditions.threadStart()) {
            triggers.add(new ThreadTrigger(true));
        }
        if (conditions.threadEnd()) {
            triggers.add(new ThreadTrigger(false));
        }
        if (conditions.log()) {
            triggers.add(new LineTrigger(conditions.filter().includedRegex(), lines));
        }
        return triggers;
    }

    private void cpu(Compare compare, OptionalDouble percent) {
        CpuAmount.Unit unit = conditions.perCore()
                ? CpuAmount.Unit.PERCENT_OF_CORE
                : CpuAmount.Unit.PERCENT_OF_MACHINE;
        percent.ifPresent(value ->
                triggers.add(new CpuTrigger(compare, new CpuAmount(value, unit), holdFor)));
    }

    private void memory(Compare compare, OptionalLong mib) {
        mib.ifPresent(value ->
                triggers.add(new MemoryTrigger(MemoryKind.PRIVATE, compare, value * MIB, holdFor)));
    }

    private void count(CountTrigger.Kind kind, OptionalLong count) {
        count.ifPresent(
                value -> triggers.add(new CountTrigger(kind, Compare.AT_LEAST, value, holdFor)));
    }

    private void counter(CounterThreshold asked) {
        Compare compare = asked.below() ? Compare.BELOW : Compare.AT_LEAST;
        triggers.add(asked.counter().trigger(compare, asked.threshold(), holdFor));
    }

    /**
     * Those of crashes, fatal or, with {@code -e 1}, handled. Which of them are wanted is decided when they
     * come, for all are shown.
     */
    private void exceptions() {
        if (conditions.exceptions() != ExceptionWatch.NONE) {
            triggers.add(new SignalTrigger(
                    SignalTrigger.ANY, conditions.exceptions() == ExceptionWatch.FIRST_CHANCE));
        }
    }

    /** One per name that is wanted; those to be left out are left out when they come. */
    private void modules(boolean loaded) {
        List<String> names = conditions.filter().includes();
        if (names.isEmpty()) {
            triggers.add(new ModuleTrigger(loaded, NameGlob.ANY));
        }
        names.forEach(
                name -> triggers.add(new ModuleTrigger(loaded, new NameGlob("*" + name + "*"))));
    }
}
