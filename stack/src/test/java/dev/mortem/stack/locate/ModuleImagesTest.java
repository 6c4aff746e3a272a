package dev.mortem.stack.locate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.stack.OwnProcess;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

class ModuleImagesTest {
    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @TempDir
    Path folder;

    @BeforeEach
    void onLinux() {
        assumeTrue(Files.exists(Path.of("/proc/self/map_files")), "needs Linux's /proc");
    }

    @Test
    void filesOfThisMachineAreFoundByBuildId() throws IOException {
        try (OwnProcess process = OwnProcess.withBuildIds();
                ModuleImages images = images(process, ModuleSearch.ofThisMachine())) {
            LoadedModule libc = process.module("libc.so");
            ModuleImage image = images.image(libc);

            assertThat(image.filePath()).contains(libc.path());
            assertThat(image.bias()).hasValue(libc.base());
            assertThat(image.symbols()).isNotEqualTo(SymbolsState.NONE);
            assertThat(images.moduleAt(libc.base() + 1)).contains(libc);
            assertThat(images.image(libc)).isSameAs(image);
        }
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void withoutBuildIdsTheBytesDecide() throws IOException {
        try (OwnProcess process = OwnProcess.withoutBuildIds();
                ModuleImages images = images(process, ModuleSearch.ofThisMachine())) {
            for (String name : List.of("libc.so", "libjvm.so", "java", "ld-linux")) {
                LoadedModule module = process.module(name);
                assertThat(images.image(module).filePath()).contains(module.path());
            }
        }
    }

    @Test
    void aFileWithOtherBytesIsRefused() throws IOException {
        try (OwnProcess process = OwnProcess.withoutBuildIds()) {
            LoadedModule libc = process.module("libc.so");
            Path other = folder.resolve("libc.so.6");
            Files.copy(Path.of(libc.path()), other);
            byte[] bytes = Files.readAllBytes(other);
            bytes[0x300] ^= 1;
            Files.write(other, bytes);
            try (ModuleImages images = images(process, user(other))) {
                ModuleImage image = images.image(libc);
                assertThat(image.file()).isEmpty();
                assertThat(image.symbols()).isEqualTo(SymbolsState.EXPORTS);
                assertThat(image.symbolsFrom()).contains("memory");
                assertThat(image.missingWhy().orElseThrow())
                        .contains("has other bytes than the process at file offset 0x300");
            }
        }
    }

    @Test
    void aFileWithAnotherBuildIdIsRefused() throws IOException {
        try (OwnProcess process = OwnProcess.withBuildIds()) {
            LoadedModule libc = process.module("libc.so");
            Path other = folder.resolve("libc.so.6");
            Files.copy(Path.of(process.module("libjvm.so").path()), other);
            try (ModuleImages images = images(process, user(folder))) {
                ModuleImage image = images.image(libc);
                assertThat(image.file()).isEmpty();
                assertThat(image.debugFile()).isEmpty();
                assertThat(image.missingWhy().orElseThrow())
                        .contains("has build id", "not " + libc.buildId().orElseThrow());
            }
        }
    }

    @Test
    void aFolderOfTheUserMayHoldTheFileUnderAnyName() throws IOException {
        try (OwnProcess process = OwnProcess.withBuildIds()) {
            LoadedModule libc = process.module("libc.so");
            Path copy = folder.resolve("some-name");
            Files.copy(Path.of(libc.path()), copy, StandardCopyOption.REPLACE_EXISTING);
            Files.writeString(folder.resolve("README"), "no ELF file");
            try (ModuleImages images = images(process, user(folder))) {
                assertThat(images.image(libc).filePath()).contains(copy.toString());
            }
        }
    }

    @Test
    void theVdsoIsReadFromMemory() throws IOException {
        try (OwnProcess process = OwnProcess.withBuildIds();
                ModuleImages images = images(process, ModuleSearch.ofThisMachine())) {
            LoadedModule vdso = process.module("[vdso]");
            ModuleImage image = images.image(vdso);
            assertThat(image.bias()).hasValue(vdso.base());
            assertThat(image.file()).isPresent();
            assertThat(image.symbols()).isEqualTo(SymbolsState.EXPORTS);
        }
    }

    @Test
    void aPipeADeviceAndAFolderNeverHang() throws Exception {
        Path pipe = folder.resolve("pipe");
        assumeTrue(
                new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0,
                "needs mkfifo");
        try (OwnProcess process = OwnProcess.withBuildIds()) {
            LoadedModule real = process.module("libc.so");
            for (Path path : List.of(pipe, Path.of("/dev/zero"), folder)) {
                LoadedModule module = new LoadedModule(
                        real.range(), path.toString(), real.mappings(), real.buildId(), false);
                ModuleSearch noDebugFiles =
                        new ModuleSearch(List.of(), Optional.empty(), Optional.empty(), List.of());
                try (ModuleImages images = images(process, noDebugFiles)) {
                    ModuleImage image = images.image(module);
                    assertThat(image.file()).isEmpty();
                    assertThat(image.missingWhy().orElseThrow()).contains("is no regular file");
                }
            }
        }
    }

    @Test
    void aDeletedFileIsSaidToBeDeleted() throws IOException {
        try (OwnProcess process = OwnProcess.withBuildIds();
                ModuleImages images = images(process, ModuleSearch.nowhere())) {
            LoadedModule real = process.module("libc.so");
            LoadedModule module = new LoadedModule(
                    real.range(), "/gone/libx.so", real.mappings(), real.buildId(), true);
            ModuleImage image = images.image(module);
            assertThat(image.missingWhy().orElseThrow())
                    .contains("was deleted or replaced while it was mapped")
                    .contains(real.buildId().orElseThrow());
            assertThat(image.bias()).hasValue(real.base());
        }
    }

    @Test
    void pathsAreLookedUpBelowTheRoot() throws IOException {
        try (OwnProcess process = OwnProcess.withBuildIds()) {
            LoadedModule libc = process.module("libc.so");
            Path copy = folder.resolve(libc.path().substring(1));
            Files.createDirectories(copy.getParent());
            Files.copy(Path.of(libc.path()), copy);
            try (ModuleImages images = images(process, ModuleSearch.nowhere().withRoot(folder))) {
                assertThat(images.image(libc).filePath()).contains(copy.toString());
            }
        }
    }

    @Test
    void mapFilesLeadToTheFileOfALiveProcess() throws IOException {
        try (OwnProcess process = OwnProcess.withBuildIds()) {
            ModuleSearch search = new ModuleSearch(
                    List.of(),
                    Optional.of(Path.of("/nonexistent")),
                    Optional.of(Path.of("/proc/self")),
                    List.of());
            LoadedModule libc = process.module("libc.so");
            try (ModuleImages images = images(process, search)) {
                Optional<String> path = images.image(libc).filePath();
                assumeTrue(path.isPresent(), "needs the capability to follow map_files");
                assertThat(path.get()).startsWith("/proc/self/map_files/");
            }
        }
    }

    @Test
    void afterCloseNothingIsGivenOut() throws IOException {
        try (OwnProcess process = OwnProcess.withBuildIds()) {
            ModuleImages images = images(process, ModuleSearch.ofThisMachine());
            images.close();
            assertThatThrownBy(() -> images.image(process.module("libc.so")))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    private ModuleImages images(OwnProcess process, ModuleSearch search) {
        return ModuleImages.of(process, search, Limits.defaults(), diagnostics);
    }

    private static ModuleSearch user(Path path) {
        return ModuleSearch.nowhere().withSymbolPaths(List.of(path));
    }
}
