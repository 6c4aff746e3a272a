#!/usr/bin/env bash
# mortem analyze of a 4 GiB core of 200 threads, against gdb's and lldb's backtraces of all threads
#
# The core is of bench/src/worker.c: 4 GiB of data without zero pages, 200 threads of about 20
# frames. It is taken by `mortem dump`, or by gdb's gcore with CORE_BY=gcore. Mortem writes its whole
# report as JSON with a heap of 256 MB (MORTEM_OPTS=-Xmx256m); gdb and lldb print their stacks. All
# have the executable with its debug information, and the core in the page cache where it fits.
#
# MIB (default 4096) and THREADS (default 200) make a smaller core, to try the script.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
mib=${MIB:-4096}
threads=${THREADS:-200}

bench_begin "analyze-4g"
need gdb
need_space $((mib + 512))
need_memory $((mib + 1024))

start_worker "$threads" "$mib"
core=$work/worker.core
if [ "${CORE_BY:-mortem}" = gcore ]; then
  gcore -o "$work/taken" "$worker_pid" >"$work/gcore.log" 2>&1 || die "$(tail -n 1 "$work/gcore.log")"
  mv "$work/taken.$worker_pid" "$core"
else
  mkdir "$work/taken"
  "$MORTEM" dump "$worker_pid" -o "$work/taken" --max-pause 10m >"$work/dump.log" 2>&1 \
    || die "$(tail -n 3 "$work/dump.log")"
  mv "$work"/taken/*.core "$core"
fi
stop_worker
say ""
say "  core     $(stat -c %s "$core") bytes, $threads threads, by ${CORE_BY:-mortem}"

contestant mortem "'$MORTEM' analyze --format json '$core'"
contestant gdb "gdb -nx -batch -ex 'thread apply all bt' '$work/worker' '$core'"
if have lldb; then
  contestant lldb "lldb --no-lldbinit --batch -c '$core' -o 'bt all' '$work/worker'"
fi
measure

# A fast answer that is none would win: each must have found the function that all threads are in.
for name in "${names[@]}"; do
  grep -q handle_request "$work/out.$name" || die "$name did not find the threads' stacks"
done
print_results mortem
print_json "\"coreBytes\":$(stat -c %s "$core"),\"threads\":$threads"
