#!/usr/bin/env bash
# mortem dump of a 1 GiB process, against gdb's gcore: wall time, and the pause of the process
#
# The process is bench/src/worker.c with 16 threads and 1 GiB of data without zero pages. The pause is
# measured by the process itself, the same way for both: the longest time in which a thread that
# wakes every millisecond did not run. Mortem's own figure (`pauseMs`) stands beside it. Both write
# to the same folder; each dump is removed before the next.
#
# MIB (default 1024) and THREADS (default 16) make a smaller process, to try the script.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
mib=${MIB:-1024}
threads=${THREADS:-16}

bench_begin "dump-1g"
need gdb gcore
need_space $((2 * mib + 512))
need_memory $((mib + 512))
start_worker "$threads" "$mib"

contestant mortem "'$MORTEM' dump $worker_pid -o '$work/dumps' --max-pause 10m --json"
contestant gcore "gcore -o '$work/dumps/gcore' $worker_pid"

pauses_mortem=""
pauses_gcore=""
stated=""
before_each() {
  rm -rf "$work/dumps"
  mkdir "$work/dumps"
  # What the last dump left to be written would be written in this one's time.
  sync
  worker_gap >/dev/null
}
after_each() {
  local gap size
  gap=$(worker_gap)
  size=$(find "$work/dumps" -type f \( -name '*.core' -o -name 'gcore.*' \) -printf '%s\n' | sort -n | tail -n 1)
  [ "${size:-0}" -ge $((mib << 20)) ] || die "$1 wrote ${size:-no} bytes"
  [ "$counted" = 1 ] || return 0
  case $1 in
    mortem)
      pauses_mortem+="$gap "
      stated+="$(grep -o '"pauseMs" *: *[0-9.]*' "$work/out.mortem" | grep -o '[0-9.]*$') "
      ;;
    gcore) pauses_gcore+="$gap " ;;
  esac
}
measure

print_results mortem
pause_mortem=$(median_of "$pauses_mortem")
pause_gcore=$(median_of "$pauses_gcore")
pause_stated=$(median_of "$stated")
say ""
say "  pause by mortem   $pause_mortem ms as the process saw it, ${pause_stated:-none} ms as stated"
say "  pause by gcore    $pause_gcore ms as the process saw it"
print_json "\"pauseMs\":{\"mortem\":$pause_mortem,\"mortemStated\":${pause_stated:-null},\"gcore\":$pause_gcore}"
