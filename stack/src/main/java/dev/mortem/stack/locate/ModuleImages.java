package dev.mortem.stack.locate;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.dwarf.function.DwarfCompanions;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The modules of one snapshot with their files: looked for when first asked for, each file opened once.
 * Safe for any thread. The opener closes it before the snapshot; what it gave out is then closed too.
 */
public final class ModuleImages implements AutoCloseable {
    private final AddressMap<LoadedModule> modules;
    private final OpenFiles files;
    private final ModuleLocator locator;
    private final JitMaps jitMaps;
    private final Map<LoadedModule, ModuleImage> images = new ConcurrentHashMap<>();

    private ModuleImages(
            AddressMap<LoadedModule> modules,
            OpenFiles files,
            ModuleLocator locator,
            JitMaps jitMaps) {
        this.modules = modules;
        this.files = files;
        this.locator = locator;
        this.jitMaps = jitMaps;
    }

    /** Opens nothing yet. */
    public static ModuleImages of(
            ProcessSnapshot snapshot, ModuleSearch search, Limits limits, Diagnostics diagnostics) {
        OpenFiles files = new OpenFiles(snapshot.machine().order(), limits, diagnostics);
        return new ModuleImages(
                AddressMap.of(snapshot.modules(), LoadedModule::range),
                files,
                new ModuleLocator(snapshot, search, files, limits),
                new JitMaps(snapshot, search, limits, diagnostics));
    }

    /**
     * All that is found of a module. What fails on the way is said in {@link ModuleImage#missingWhy};
     * files that are broken are reported as diagnostics.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public ModuleImage image(LoadedModule module) {
        files.requireOpen();
        return images.computeIfAbsent(module, locator::locate);
    }

    /**
     * The files that a module's debug information refers to, each looked for when it is asked for.
     */
    public DwarfCompanions companions(LoadedModule module) {
        return locator.companions(image(module));
    }

    /**
     * Asks the servers of the search for what is missing of these modules, several at a time: for the
     * file where neither this machine nor memory has it, and for the debug file where functions or
     * lines have no names. Each is asked for once.
     *
     * @return whether something came: what was read with the modules before is then out of date
     */
    public boolean fetch(Collection<LoadedModule> wanting) {
        files.requireOpen();
        List<ModuleImage> lacking = wanting.stream()
                .distinct()
                .map(this::image)
                .filter(image -> image.missingWhy().isPresent())
                .toList();
        boolean came = locator.fetch(lacking);
        lacking.forEach(image -> images.remove(image.module()));
        return came;
    }

    /** The module that covers the address. */
    public Optional<LoadedModule> moduleAt(long address) {
        return modules.at(address);
    }

    /**
     * The names of code that is in no module, where the process wrote them down; read when first asked
     * for.
     */
    public Optional<JitMap> jitMap() {
        return jitMaps.map();
    }

    /** Where broken files are reported to. */
    public Diagnostics diagnostics() {
        return files.diagnostics();
    }

    @Override
    public void close() {
        files.close();
        locator.close();
    }
}
