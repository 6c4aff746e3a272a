package dev.mortem.stack.locate;

import dev.mortem.base.snapshot.DebugId;

import java.nio.file.Path;
import java.util.List;

/**
 * PDBs on this machine that no folder of the user's holds: a cache of what symbol servers gave, for
 * example. Implementations are safe for any thread and never throw for what they find; asking opens no
 * connection.
 */
@FunctionalInterface
interface PdbFiles {
    /**
     * Files that may be the PDB of that name and id, likelier ones first. Whether one is, its reader
     * finds out: a file of another id is refused.
     *
     * @param debugFileName without its folder: "ntdll.pdb"
     */
    List<Path> candidates(String debugFileName, DebugId id);
}
