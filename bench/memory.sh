#!/usr/bin/env bash
# The memory that Mortem itself takes while it dumps a 4 GiB process
#
# A look into /proc every EVERY_MS (default 20) while `mortem dump` runs on bench/src/heart.c: the peak of
# all its resident memory (VmHWM, which the kernel keeps) and of what is its own of that (RssAnon: heap,
# buffers, stacks; the rest is the JVM's files). The copy of the target is a child of the target, and not
# counted.
#
# MIB (default 4096), PAGES (huge or small, default huge), RUNS (default 9).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
mib=${MIB:-4096}
kind=${PAGES:-huge}
every_ms=${EVERY_MS:-20}

bench_begin "memory"
need_space $((mib + 1024))
need_memory $((mib + 2048))
compile heart
start_target heart 10 "$mib" "$kind" 64
# A pipe that nobody writes to: waiting on it needs no process, unlike sleep.
mkfifo "$work/silence"
exec {silence}<>"$work/silence"
tick=$(awk -v ms="$every_ms" 'BEGIN { printf "%.3f", ms / 1000 }')

# One dump; gives `peak_all`, `peak_own` and `samples_taken`, in KiB.
dump_and_watch() {
  local name value status=0
  rm -rf "$work/dumps"
  mkdir "$work/dumps"
  sync
  # Word splitting is wanted: SNAPSHOT is options. The launcher replaces itself by the JVM: one pid.
  # shellcheck disable=SC2086
  "$MORTEM" dump "$target_pid" -o "$work/dumps" --max-pause 10m --keep-free 0 $SNAPSHOT --json \
    >"$work/out" 2>"$work/err" </dev/null &
  local pid=$!
  peak_all=0
  peak_own=0
  samples_taken=0
  while [ -r "/proc/$pid/status" ]; do
    local seen_all=0 seen_own=0
    while read -r name value _; do
      case $name in
        VmHWM:) seen_all=$value ;;
        RssAnon:) seen_own=$value ;;
      esac
    done 2>/dev/null <"/proc/$pid/status" || true
    [ "$seen_all" -gt 0 ] || break
    samples_taken=$((samples_taken + 1))
    if [ "$seen_all" -gt "$peak_all" ]; then peak_all=$seen_all; fi
    if [ "$seen_own" -gt "$peak_own" ]; then peak_own=$seen_own; fi
    read -r -t "$tick" -u "$silence" || true
  done
  wait "$pid" || status=$?
  [ "$status" = 0 ] || { tail -n 5 "$work/err" >&2; die "mortem failed"; }
}

all=""
own=""
looks=""
dump_and_watch
for ((round = 1; round <= RUNS; round++)); do
  dump_and_watch
  all+="$((peak_all / 1024)) "
  own+="$((peak_own / 1024)) "
  looks+="$samples_taken "
done
method=$(json_member "$work/out" method)
stop_target

read -r all_least all_median all_most <<<"$(spread <<<"$all")"
read -r own_least own_median own_most <<<"$(spread <<<"$own")"
say ""
printf '  %-26s %12s %12s %12s\n' "peak in MiB" median least most
printf '  %-26s %12s %12s %12s\n' "all resident (VmHWM)" "$all_median" "$all_least" "$all_most"
printf '  %-26s %12s %12s %12s\n' "its own (RssAnon)" "$own_median" "$own_least" "$own_most"
say ""
say "  target of $mib MiB, method $method, $(median_of "$looks") looks in each run, options $MORTEM_OPTS"
print_json "\"mib\":$mib,\"method\":\"$method\",\"peakMib\":{\"resident\":$all_median,\"anonymous\":$own_median}"
