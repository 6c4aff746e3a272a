#!/usr/bin/env bash
# What watching 200 idle processes of ten threads costs the machine: share of a core, and memory
#
# One `mortem watch NAME --all` at its usual pace of a second, with conditions that are never met. What is
# measured is the watching process's own CPU time (/proc/PID/stat) over SECONDS, begun WARM_S after all are
# watched, and its peak of resident memory (VmHWM): process CPU and private memory, as most conditions need
# them; beside them the CPU of each thread, and memory page by page, each apart. Runs of one kind differ in
# what the JVM has compiled by then: RUNS of each, the median counts.
#
# PROCESSES (200), THREADS (10), SECONDS_EACH (30), WARM_S (10), RUNS (3)
RUNS=${RUNS:-3}
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# The heap that a watch gets by itself.
unset MORTEM_OPTS
processes=${PROCESSES:-200}
threads=${THREADS:-10}
seconds=${SECONDS_EACH:-30}
warm=${WARM_S:-10}
ticks_per_second=$(getconf CLK_TCK)

bench_begin "watch-cost" "median of $RUNS runs of $seconds s"
export MORTEM_STATE=$work/state
compile idlers
start_target idlers "$processes" "$threads"

cpu_ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

# watch_once CONDITION...: gives `percent` of a core and `peak` MB.
watch_once() {
  local arguments=() condition before after
  for condition in "$@"; do arguments+=(--when "$condition"); done
  : >"$work/err"
  "$MORTEM" watch idlers --all --at-most 10m --do run:true "${arguments[@]}" >"$work/out" 2>"$work/err" </dev/null &
  watcher=$!
  started+=("$watcher")
  local deadline=$((SECONDS + 60))
  until [ "$(grep -c ' Watching ' "$work/err")" -ge "$processes" ]; do
    kill -0 "$watcher" 2>/dev/null || die "the watch ended: $(tail -n 1 "$work/err")"
    [ $SECONDS -lt $deadline ] || die "not all $processes are watched after 60 s"
    sleep 0.2
  done
  sleep "$warm"
  before=$(cpu_ticks "$watcher")
  sleep "$seconds"
  after=$(cpu_ticks "$watcher")
  percent=$(awk -v a="$before" -v b="$after" -v t="$ticks_per_second" -v s="$seconds" \
    'BEGIN { printf "%.3f", 100 * (b - a) / t / s }')
  peak=$(awk '/^VmHWM/ { printf "%.1f", $2 / 1000 }' "/proc/$watcher/status")
  kill -TERM "$watcher"
  wait "$watcher" 2>/dev/null || true
}

rows_json=""
# measure_kind NAME CONDITION...
measure_kind() {
  local name=$1 round percents="" peaks=""
  shift
  for ((round = 1; round <= RUNS; round++)); do
    watch_once "$@"
    percents+="$percent "
    peaks+="$peak "
  done
  local sorted median memory
  median=$(tr ' ' '\n' <<<"$percents" | sed '/^$/d' | sort -n | sed -n "$(((RUNS + 1) / 2))p")
  memory=$(tr ' ' '\n' <<<"$peaks" | sed '/^$/d' | sort -n | sed -n "$(((RUNS + 1) / 2))p")
  printf '  %-30s %10s %12s\n' "$name" "$median" "$memory"
  rows_json+="${rows_json:+,}{\"name\":$(json_text "$name"),\"percentOfCore\":$median,\"peakMb\":$memory}"
}

say ""
say "  $processes processes of $threads threads, a sample a second"
printf '  %-30s %10s %12s\n' "" "% of core" "peak RSS MB"
measure_kind "cpu and private memory" 'cpu > 90%' 'memory > 1TB'
measure_kind "cpu of each thread" 'cpu(thread) > 99% of core for 1h'
measure_kind "memory page by page" 'memory(unique) > 1TB'
stop_target
results_json=""
print_json "\"processes\":$processes,\"threads\":$threads,\"rows\":[$rows_json]"
