package dev.mortem.dump.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.dump.FullDisk;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A failure says what to do, and leaves no file. */
class PartialFileTest {
    private static final String NO_DIRECT = "has no direct I/O; leave the option for it away";

    @TempDir
    Path folder;

    @AfterEach
    void nothingIsLeft() throws Exception {
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    /** As open(2) does with O_DIRECT: the file is there already when it is refused. */
    @Test
    void aFileSystemThatRefusesDirectIoIsNamed() {
        PartialFile.Opener refuses = (path, options, attributes) -> {
            assertThat(options).extracting(Object::toString).contains("DIRECT");
            Files.createFile(path);
            throw new FileSystemException(path.toString(), null, "Invalid argument");
        };
        assertThatThrownBy(() -> PartialFile.create(target(), true, refuses))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("the file system of " + folder)
                .hasMessageContaining(NO_DIRECT);
    }

    @Test
    void aJavaWithoutDirectIoIsToldTheSame() {
        PartialFile.Opener refuses = (path, options, attributes) -> {
            throw new UnsupportedOperationException("DirectIO");
        };
        assertThatThrownBy(() -> PartialFile.create(target(), true, refuses))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(NO_DIRECT);
        assertThatThrownBy(() -> PartialFile.create(target(), false, refuses))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void invalidArgumentSpeaksOfDirectIoOnlyWhereThatWasWanted() throws Exception {
        IOException invalid = new IOException("Invalid argument");
        try (PartialFile file = create(true, false)) {
            assertThat(file.explained(invalid, 0)).hasMessageContaining(NO_DIRECT);
        }
        try (PartialFile file = create(false, false)) {
            assertThat(file.explained(invalid, 0)).isSameAs(invalid);
        }
    }

    @Test
    void aDiskWithoutRoomForTheNameIsFull() {
        PartialFile.Opener full = (path, options, attributes) -> {
            throw new FileSystemException(path.toString(), null, "No space left on device");
        };
        assertThatThrownBy(() -> PartialFile.create(target(), false, full))
                .hasMessageContaining("the disk is full after 0 bytes");
    }

    @Test
    void aDiskThatSaysOnlyOnClosingThatItIsFullLeavesNoDump() throws Exception {
        try (PartialFile file = create(false, true)) {
            assertThatThrownBy(file::complete)
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining("the disk is full after 0 bytes");
        }
    }

    @Test
    void otherRefusalsAreLeftAsTheyAre() {
        AccessDeniedException denied = new AccessDeniedException("dump.core");
        PartialFile.Opener denies = (path, options, attributes) -> {
            throw denied;
        };
        assertThatThrownBy(() -> PartialFile.create(target(), true, denies)).isSameAs(denied);
    }

    private Path target() {
        return folder.resolve("dump.core");
    }

    /** On the folder's own file system, which need not know direct I/O. */
    private PartialFile create(boolean direct, boolean fullOnClosing) throws IOException {
        return PartialFile.create(target(), direct, (path, options, attributes) -> {
            options.removeIf(option -> option.toString().equals("DIRECT"));
            FileChannel channel = FileChannel.open(path, options, attributes);
            return fullOnClosing ? FullDisk.atTheEnd(channel) : channel;
        });
    }
}
