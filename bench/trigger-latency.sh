#!/usr/bin/env bash
# From a condition that becomes true to the first byte of the dump, at ten samples a second
#
# The target (bench/src/onset.c) sleeps, and at a moment of its own allocates or spins; it writes that
# moment, by the monotonic clock, to a file. The first byte is when the dump's unfinished file appears in
# the folder: a second process (onset watch) waits for it with inotify and writes that moment. Each run is
# a new target and a new `mortem watch`. The condition for memory is met at once, that for CPU when it was
# busy for more than half of the time between two samples.
#
# RUNS (9); INTERVAL (100ms)
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
interval=${INTERVAL:-100ms}

bench_begin "trigger-latency"
export MORTEM_STATE=$work/state
compile onset

# once MOVE CONDITION: gives `elapsed` in ms
once() {
  local folder
  folder=$(mktemp -d "$work/dumps-XXXX")
  "$work/onset" await "$folder" >"$work/seen" &
  local waiter=$!
  started+=("$waiter")
  "$work/onset" "$1" >"$work/began" &
  local target=$!
  started+=("$target")
  : >"$work/err"
  "$MORTEM" watch "$target" --when "$2" --interval "$interval" --kind mini --keep-free 0 --at-most 60s \
    -o "$folder" >"$work/out" 2>"$work/err" </dev/null &
  local watcher=$!
  started+=("$watcher")
  until grep -q ' Watching ' "$work/err"; do
    kill -0 "$watcher" 2>/dev/null || die "the watch ended: $(tail -n 1 "$work/err")"
    sleep 0.05
  done
  # some samples first, and the onset at no fixed distance from one
  sleep "1.$((RANDOM % 10))$((RANDOM % 10))"
  kill -USR1 "$target"
  wait "$watcher" || die "no dump: $(tail -n 1 "$work/err")"
  wait "$waiter" || die "nothing was seen in the folder"
  kill -KILL "$target"
  wait "$target" 2>/dev/null || true
  elapsed=$(awk -v a="$(cat "$work/began")" -v b="$(cat "$work/seen")" 'BEGIN { printf "%.1f", (b - a) / 1e6 }')
  rm -rf "$folder"
  started=()
}

rows_json=""
measure_kind() {
  local name=$1 round all="" low mid high
  once "$2" "$3"
  for ((round = 1; round <= RUNS; round++)); do
    once "$2" "$3"
    all+="$elapsed "
  done
  read -r low mid high <<<"$(spread <<<"$all")"
  printf '  %-30s %10s %10s %10s\n' "$name" "$mid" "$low" "$high"
  rows_json+="${rows_json:+,}{\"name\":$(json_text "$name"),\"medianMs\":$mid,\"leastMs\":$low,\"mostMs\":$high}"
}

say ""
say "  from the condition to the first byte, in ms, samples every $interval"
printf '  %-30s %10s %10s %10s\n' "" median least most
measure_kind "memory > 50MB" leak 'memory > 50MB'
measure_kind "cpu > 50% of core" spin 'cpu > 50% of core'
results_json=""
print_json "\"interval\":$(json_text "$interval"),\"rows\":[$rows_json]"
