package dev.mortem.format.breakpad;

import java.util.Optional;

/**
 * A STACK WIN record to be written; see {@link WinFrame} for what the numbers mean.
 *
 * @param program as its maker wrote it; empty where the sizes alone tell
 */
public record WinFrameRecord(
        long rva,
        long codeBytes,
        long prologBytes,
        long parameterBytes,
        long savedRegisterBytes,
        long localBytes,
        long maxStackBytes,
        Optional<String> program,
        boolean usesFramePointer) {
    String text() {
        StringBuilder text = new StringBuilder("STACK WIN ");
        text.append(program.isPresent() ? WinFrame.FRAME_DATA : WinFrame.FPO);
        long[] numbers = {
            rva,
            codeBytes,
            prologBytes,
            0, // of the epilog nothing is known
            parameterBytes,
            savedRegisterBytes,
            localBytes,
            maxStackBytes
        };
        for (long number : numbers) {
            text.append(' ').append(Long.toHexString(number));
        }
        text.append(program.map(words -> " 1 " + words.replace('\n', ' '))
                .orElse(usesFramePointer ? " 0 1" : " 0 0"));
        return text.toString();
    }
}
