package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.stack.fetch.ServerUrl;
import dev.mortem.stack.fetch.StoreChain;
import dev.mortem.stack.fetch.StoreChain.Stage;
import dev.mortem.stack.fetch.SymbolPath;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class SymbolPlacesTest {
    private static final Stage MICROSOFT = new Stage.Server(ServerUrl.of(SymbolPath.MICROSOFT));

    @TempDir
    Path folder;

    @Test
    void msdlIsMicrosoftsServerAndNoDebuginfod() {
        SymbolPlaces places = SymbolPlaces.of(List.of("msdl"), Map.of());
        assertThat(places.stores()).containsExactly(new StoreChain(List.of(MICROSOFT)));
        assertThat(places.servers()).isEmpty();
        assertThat(places.hasServers()).isTrue();
    }

    @Test
    void anAddressMayBeOfEitherKind() {
        ServerUrl url = ServerUrl.of("https://symbols.example/s");
        SymbolPlaces places = SymbolPlaces.of(List.of("https://symbols.example/s/"), Map.of());
        assertThat(places.servers()).containsExactly(url);
        assertThat(places.stores()).containsExactly(new StoreChain(List.of(new Stage.Server(url))));
    }

    @Test
    void aFolderIsAStoreToo() throws IOException {
        Path odd = Files.createDirectory(folder.resolve("a;b"));
        SymbolPlaces places = SymbolPlaces.of(List.of(odd.toString()), Map.of());
        assertThat(places.paths()).containsExactly(odd);
        assertThat(places.stores()).containsExactly(new StoreChain(List.of(new Stage.Folder(odd))));
        assertThat(places.hasServers()).isFalse();
        assertThat(places.folders()).containsExactly(odd);
    }

    @Test
    void theVariablesAreLookedAtOnlyWhenTheyAreNamed() {
        Map<String, String> environment = Map.of(
                "_NT_SYMBOL_PATH",
                "cache*" + folder + ";srv*",
                "DEBUGINFOD_URLS",
                "https://d.example ima:enforcing");
        assertThat(SymbolPlaces.of(List.of(), environment).hasServers()).isFalse();
        StoreChain chain = new StoreChain(List.of(new Stage.Folder(folder), MICROSOFT));
        assertThat(SymbolPlaces.of(List.of("env"), environment).stores()).containsExactly(chain);
        assertThat(SymbolPlaces.of(List.of("_NT_SYMBOL_PATH"), environment).stores())
                .containsExactly(chain);
        assertThat(SymbolPlaces.of(List.of("debuginfod"), environment).servers())
                .containsExactly(ServerUrl.of("https://d.example"));
        assertThatThrownBy(() -> SymbolPlaces.of(List.of("env"), Map.of()))
                .hasMessageContaining("_NT_SYMBOL_PATH is not set");
    }

    @Test
    void whatIsNotThereIsNamed() {
        String absent = folder.resolve("absent").toString();
        for (String named : List.of(absent, "srv*" + absent, absent + ";msdl")) {
            assertThatThrownBy(() -> SymbolPlaces.of(List.of(named), Map.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(absent + ": no such");
        }
        // a nearer store is made when something is put into it
        assertThat(SymbolPlaces.of(List.of("srv*" + absent + "*https://h"), Map.of())
                        .stores())
                .hasSize(1);
    }
}
