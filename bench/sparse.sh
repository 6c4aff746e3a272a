#!/usr/bin/env bash
# mortem dump of a process that reserved 8 GiB and touched 256 MiB of it, against gdb's gcore
#
# The pages that bench/src/sparse.c touched lie all over what it reserved. What takes time is to find them, and
# not to write what is not there. Wall time of whole processes; beside it what the files hold on disk.
#
# RESERVE_MIB (default 8192), TOUCH_MIB (default 256).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
reserve=${RESERVE_MIB:-8192}
touched=${TOUCH_MIB:-256}

bench_begin "sparse"
need gdb gcore
# Reading a page that was never touched may cost gcore's target a page table; writing zeros costs disk.
need_space $((reserve + 1024))
need_memory $((touched + 1024))
compile sparse
start_target sparse "$reserve" "$touched"
say ""
say "  resident $greeting MiB of $reserve"

contestant mortem "'$MORTEM' dump $target_pid -o '$work/dumps' --max-pause 10m --keep-free 0 $SNAPSHOT --json"
contestant gcore "gcore -o '$work/dumps/gcore' $target_pid"

declare -A on_disk=([mortem]=0 [gcore]=0) length=([mortem]=0 [gcore]=0)
stated=""
before_each() {
  rm -rf "$work/dumps"
  mkdir "$work/dumps"
  # What the last dump left to be written would be written in this one's time.
  sync
}
after_each() {
  read -r length[$1] on_disk[$1] < <(find "$work/dumps" -type f \( -name '*.core' -o -name 'gcore.*' \) -printf '%s %k\n')
  [ "${on_disk[$1]:-0}" -ge $((touched * 1024)) ] || die "$1 wrote ${on_disk[$1]:-no} KiB"
  if [ "$1" = mortem ] && [ "$counted" = 1 ]; then
    stated+="$(json_member "$work/out.mortem" pauseMs) "
    method=$(json_member "$work/out.mortem" method)
  fi
}
measure
stop_target

print_results mortem
say ""
for name in "${names[@]}"; do
  say "  $name wrote $((on_disk[$name] / 1024)) MiB on disk of a file of $((length[$name] / 1048576)) MiB"
done
say "  mortem's method $method, the process stood for $(median_of "$stated") ms as stated"
more="\"reserveMib\":$reserve,\"touchMib\":$touched,\"method\":\"$method\""
print_json "$more,\"pauseMsStated\":$(median_of "$stated"),\"onDiskKib\":{\"mortem\":${on_disk[mortem]},\"gcore\":${on_disk[gcore]}}"
