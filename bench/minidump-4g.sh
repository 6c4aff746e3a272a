#!/usr/bin/env bash
# mortem analyze of a 4.5 GB full minidump, against lldb's backtraces of all threads
#
# The dump is a full one of a Windows process from the corpus (MORTEM_CORPUS, default ../shared/corpus
# beside the project; DUMP names another), to which bench/src/GrowMinidump.java adds private memory in
# some 4,000 ranges until the file has BYTES (default 4500000000). One page in sixteen of that is not
# zero and takes room on the disk, the others are holes. Mortem writes its whole report as JSON with a heap
# of 256 MB (MORTEM_OPTS=-Xmx256m); lldb prints its stacks. The most memory that each had resident
# (as the kernel counts it; mapped pages of the dump count) is of RUNS more starts, which are not timed.
#
# RUNS (default 5).
RUNS=${RUNS:-5}
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
corpus=${MORTEM_CORPUS:-$project/../shared/corpus}
bytes=${BYTES:-4500000000}
small=${DUMP:-$corpus/wine/pdb/deadlock3.full.dmp.xz}

bench_begin "minidump-4g"
need xz python3
[ -f "$small" ] || die "no dump $small; set MORTEM_CORPUS or DUMP"
# Where holes take room after all, all of it is needed.
need_space $((bytes / 1000000 + 512))

case $small in
  *.xz) xz -dc "$small" >"$work/small.dmp" ;;
  *) ln -s "$(realpath "$small")" "$work/small.dmp" ;;
esac
dump=$work/large.dmp
jdk=$("$project/bin/find-jdk")
"$jdk/bin/java" "$bench/src/GrowMinidump.java" "$work/small.dmp" "$dump" "$bytes"
say ""
say "  dump     $(stat -c %s "$dump") bytes, $(($(stat -c %b "$dump") / 2048)) MiB of them on the disk"

"$MORTEM" analyze --format json "$work/small.dmp" >"$work/small.json"
contestant mortem "'$MORTEM' analyze --format json '$dump'"
if have lldb; then
  contestant lldb "lldb --no-lldbinit --batch -o 'target create --core $dump' -o 'bt all'"
fi
measure

# The stacks have to be those of the dump that it was made of, and every thread has to have one.
threads=$(python3 - "$work/small.json" "$work/out.mortem" <<'PYTHON'
import json, sys
small, large = (json.load(open(name)) for name in sys.argv[1:])
def stacks(report):
    return {thread: [frame.get("address") for frame in stack["frames"]]
            for stack in report["stacks"] for thread in stack["threadIds"]}
found = stacks(large)
if found != stacks(small) or len(found) != len(large["threads"]) or not all(found.values()):
    sys.exit("the stacks of the large dump are not those of the small one")
print(len(found))
PYTHON
) || die "mortem did not unwind all threads"

# The most that a command had resident, in MiB.
peak_of() {
  python3 - "$1" <<'PYTHON'
import os, subprocess, sys
quiet = subprocess.DEVNULL
process = subprocess.Popen(["bash", "-c", "exec " + sys.argv[1]], stdin=quiet, stdout=quiet, stderr=quiet)
print(os.wait4(process.pid, 0)[2].ru_maxrss // 1024)
PYTHON
}
print_results mortem
say ""
peaks_json=""
for name in "${names[@]}"; do
  peaks=""
  for ((round = 1; round <= RUNS; round++)); do peaks+="$(peak_of "${command_of[$name]}") "; done
  read -r low mid high <<<"$(spread <<<"$peaks")"
  say "  $name has at most $mid MiB resident (least $low, most $high)"
  peaks_json+="${peaks_json:+,}\"$name\":$mid"
done
print_json "\"dumpBytes\":$(stat -c %s "$dump"),\"threads\":$threads,\"peakResidentMib\":{$peaks_json}"
