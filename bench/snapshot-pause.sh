#!/usr/bin/env bash
# The pause that a dump makes as the process itself sees it, against gdb's gcore, by size and page size
#
# The process is bench/src/heart.c: a thread on each processor wakes every 100 us, and the longest time in
# which none of them ran is the pause, the same way for both. Beside it ("one") the longest time in which
# one of them did not: in a virtual machine that is also how long the host kept a processor to itself
# while the dump was written. Mortem and gcore take turns on the same running process, each dump
# is removed before the next, and before each the memory is made what it was (a copy splits huge pages
# where they are written). Beside it: Mortem's own figure (pauseMs), by which method it was taken, and how
# much slower another thread of the process works between the end of the pause and the end of the
# command, in units per second and in time per unit. That thread goes through WRITE_MIB_PER_S of pages;
# 0 is as fast as it can, and may double the process's memory while the copy is held.
#
# SIZES (default "1024 4096 8192", MiB), PAGES ("small huge"), THREADS (10), WRITE_MIB_PER_S (256).
# 8192 needs 9 GiB of disk and 11 GiB of memory; what does not fit is skipped, and the output says so.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
sizes=${SIZES:-1024 4096 8192}
kinds=${PAGES:-small huge}
threads=${THREADS:-10}
write_rate=${WRITE_MIB_PER_S:-256}
# How long the speed before a dump is measured.
BASELINE_S=1
# The copy is held for 10 s at the very most: what is written meanwhile exists twice.
HELD_S=10

bench_begin "snapshot-pause"
need gdb gcore
compile heart

rows_json=""
methods_seen=""

before_each() {
  rm -rf "$work/dumps"
  mkdir "$work/dumps"
  # What the last dump left to be written would be written in this one's time.
  sync
  ask_target settle
  ask_target work
  sleep "$BASELINE_S"
  ask_target work
  read -r units_before us_before _ _ <<<"$reply"
  ask_target gap
}

after_each() {
  local longest long units_during us_during size
  ask_target work
  read -r _ _ units_during us_during <<<"$reply"
  ask_target gap
  read -r longest long one <<<"$reply"
  size=$(find "$work/dumps" -type f \( -name '*.core' -o -name 'gcore.*' \) -printf '%s\n' | sort -n | tail -n 1)
  [ "${size:-0}" -ge $((mib << 20)) ] || die "$1 wrote ${size:-no} bytes"
  rm -rf "$work/dumps"
  [ "$counted" = 1 ] || return 0
  pause[$1]+="$longest "
  gaps[$1]+="$long "
  ones[$1]+="$one "
  [ "$1" = mortem ] || return 0
  stated+="$(json_member "$work/out.mortem" pauseMs) "
  method=$(json_member "$work/out.mortem" method)
  case " $methods_seen " in *" $method "*) ;; *) methods_seen+="${methods_seen:+ }$method" ;; esac
  slower_rate+="$(fine_ratio "$units_before" "$units_during") "
  slower_unit+="$(fine_ratio "$us_during" "$us_before") "
  before+="$units_before "
  during+="$units_during "
}

fine_ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.3f", a / b }'; }

# Like median_of, with the digits that a pause of a millisecond needs.
fine_median() {
  tr ' ' '\n' <<<"$1" | sed '/^$/d' | sort -n \
    | awk '{ v[NR] = $1 } END { if (NR) printf "%.2f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
        else printf "null" }'
}

print_row() {
  local m g s o held_before held_during by_rate by_unit wall_m wall_g
  m=$(fine_median "${pause[mortem]}")
  g=$(fine_median "${pause[gcore]}")
  s=$(fine_median "$stated")
  o=$(fine_median "${ones[mortem]}")
  held_before=$(fine_median "$before")
  held_during=$(fine_median "$during")
  by_rate=$(fine_median "$slower_rate")
  by_unit=$(fine_median "$slower_unit")
  wall_m=$(median_of "${samples[mortem]}")
  wall_g=$(median_of "${samples[gcore]:-}")
  printf '  %5d %-6s %-13s %9s %9s %9s %9s %7s %9s %9s %10.0f %10.0f %8s %8s\n' "$mib" "$kind" "$method" \
    "$m" "$o" "$s" "$g" "$(ratio_or_none "$g" "$m")" "$wall_m" "${wall_g:-null}" "$held_before" "$held_during" \
    "$by_rate" "$by_unit"
  rows_json+="${rows_json:+,}{\"mib\":$mib,\"pages\":\"$kind\",\"hugeMib\":${greeting% *},\"method\":\"$method\""
  rows_json+=",\"pauseMs\":{\"mortem\":$m,\"mortemOneThread\":$o,\"mortemStated\":$s,\"gcore\":$g,\"ratio\":$(ratio_or_none "$g" "$m")}"
  rows_json+=",\"gapsAboveHalfMs\":{\"mortem\":$(fine_median "${gaps[mortem]}"),\"gcore\":$(fine_median "${gaps[gcore]}")}"
  rows_json+=",\"wallMs\":{\"mortem\":$wall_m,\"gcore\":${wall_g:-null}}"
  rows_json+=",\"held\":{\"unitsPerSecondBefore\":$held_before,\"unitsPerSecondDuring\":$held_during"
  rows_json+=",\"slowerByRate\":$by_rate,\"slowerPerUnit\":$by_unit}}"
}

ratio_or_none() { if [ "$1" = null ] || [ "$2" = null ]; then echo null; else ratio "$1" "$2"; fi; }

say ""
say "  pause in ms as the process saw it; wall in ms; work of the process in units per second, and how"
say "  much slower it was while the copy was held: by rate, and in time per unit"
printf '  %27s%38s %7s %19s %21s %17s\n' "" "pause" "gcore/" "wall" "work" "slower"
printf '  %5s %-6s %-13s %9s %9s %9s %9s %7s %9s %9s %10s %10s %8s %8s\n' MiB pages method mortem one stated gcore mortem \
  mortem gcore before during rate unit
for mib in $sizes; do
  for kind in $kinds; do
    written=$((write_rate * HELD_S))
    if [ "$write_rate" = 0 ] || [ "$written" -gt "$mib" ]; then written=$mib; fi
    if ! has_room $((mib + 1024)) $((mib + written + 512)); then
      say "  $mib $kind skipped: $lacking"
      rows_json+="${rows_json:+,}{\"mib\":$mib,\"pages\":\"$kind\",\"skipped\":$(json_text "$lacking")}"
      continue
    fi
    start_target heart "$threads" "$mib" "$kind" "$write_rate"
    case $greeting in
      *fifo) ;;
      *) say "  $mib $kind: the beating thread runs at ordinary priority, and waits for others too" ;;
    esac
    if [ "$kind" = huge ] && [ "${greeting% *}" -lt $((mib * 9 / 10)) ]; then
      say "  $mib huge: only ${greeting% *} MiB are in huge pages"
    fi
    names=()
    samples=()
    declare -A pause=([mortem]="" [gcore]="") gaps=([mortem]="" [gcore]="") ones=([mortem]="" [gcore]="")
    stated=""
    method=none
    slower_rate=""
    slower_unit=""
    before=""
    during=""
    # The disk keeps what it needs by need_space above; 10 % of a large one would be refused.
    contestant mortem "'$MORTEM' dump $target_pid -o '$work/dumps' --max-pause 10m --keep-free 0 $SNAPSHOT --json"
    contestant gcore "gcore -o '$work/dumps/gcore' $target_pid"
    measure
    print_row
    stop_target
  done
done
say ""
say "  taken by the method: ${methods_seen:-none}"
print_json "\"writeMibPerSecond\":$write_rate,\"rows\":[$rows_json]"
