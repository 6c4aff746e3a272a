package dev.mortem.analyze.descriptor;

import dev.mortem.analyze.mask.CommandLineMask;
import dev.mortem.analyze.wait.Wait;
import dev.mortem.analyze.wait.Wait.Party;
import dev.mortem.analyze.wait.Wait.Role;
import dev.mortem.base.kernel.ChildProcess;
import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.FileDescriptor;
import dev.mortem.base.kernel.KernelObjects;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** wait4(2) and waitid(2), in words: which child, and what it does meanwhile. */
final class ChildWords {
    /** linux/wait.h, of waitid: any child, one by pid, one by pidfd. */
    private static final int P_ALL = 0;

    private static final int P_PID = 1;
    private static final int P_PIDFD = 3;

    private static final int COMMAND_CHARACTERS_MAX = 80;

    private final Optional<KernelObjects> objects;

    ChildWords(Optional<KernelObjects> objects) {
        this.objects = objects;
    }

    Optional<Wait> describe(Wait wait, Wait.Call call, Optional<FileDescriptor> target) {
        OptionalLong pid = pid(call);
        List<ChildProcess> children = objects.map(KernelObjects::children).orElse(List.of());
        if (pid.isPresent() && pid.getAsLong() > 0) {
            return objects.flatMap(known -> known.child(pid.getAsLong()))
                    .map(child -> one(wait, call, child))
                    .or(() -> Optional.of(wait.as(
                            wait.kind(),
                            "child " + pid.getAsLong() + " to end (" + call.text() + ")",
                            Optional.of(new Party(Role.PROCESS, "child " + pid.getAsLong())))));
        }
        if (pid.isEmpty() || pid.getAsLong() != -1 || children.isEmpty()) {
            return Optional.empty();
        }
        if (children.size() == 1) {
            return Optional.of(one(wait, call, children.getFirst()));
        }
        return Optional.of(wait.as(
                wait.kind(),
                "one of " + children.size() + " children to end: "
                        + OpenDescriptors.listed(
                                children.stream().map(ChildWords::name).toList())
                        + " (" + call.text() + ")",
                Optional.empty()));
    }

    private static Wait one(Wait wait, Wait.Call call, ChildProcess child) {
        return wait.as(
                wait.kind(),
                name(child) + " to end; it " + doing(child) + " (" + call.text() + ")",
                Optional.of(new Party(
                        Role.PROCESS, "child " + child.pid() + " (" + child.name() + ")")));
    }

    /** -1 for any; empty for a process group or an unknown one. */
    private OptionalLong pid(Wait.Call call) {
        OptionalLong first = call.argument(0);
        if (first.isEmpty()) {
            return first;
        }
        if (!call.name().equals("waitid")) {
            int pid = (int) first.getAsLong(); // pid_t: the register's upper half says nothing
            return OptionalLong.of(pid);
        }
        OptionalLong id = call.argument(1);
        return switch ((int) first.getAsLong()) {
            case P_ALL -> OptionalLong.of(-1);
            case P_PID -> id;
            case P_PIDFD -> id.isPresent() ? ofHandle((int) id.getAsLong()) : id;
            default -> OptionalLong.empty();
        };
    }

    private OptionalLong ofHandle(int descriptor) {
        return objects.flatMap(known -> known.descriptor(descriptor))
                .map(FileDescriptor::target)
                .filter(DescriptorTarget.ProcessReference.class::isInstance)
                .map(handle -> ((DescriptorTarget.ProcessReference) handle).pid())
                .orElse(OptionalLong.empty());
    }

    /** "child 4711 (sh -c …)", secrets masked. */
    private static String name(ChildProcess child) {
        String command = child.commandLine().isEmpty()
                ? child.name()
                : CommandLineMask.line(child.commandLine());
        return "child " + child.pid() + " ("
                + (command.length() <= COMMAND_CHARACTERS_MAX
                        ? command
                        : command.substring(0, COMMAND_CHARACTERS_MAX - 1) + "…")
                + ")";
    }

    private static String doing(ChildProcess child) {
        String in = child.waitChannel().map(call -> " in " + call).orElse("");
        return switch (child.state()) {
            case "R" -> "runs";
            case "S" -> "sleeps" + in;
            case "D" -> "waits for the disk or the kernel" + in;
            case "T", "t" -> "is stopped";
            case "Z", "X" -> "has ended already";
            default -> "is in state " + child.state();
        };
    }
}
