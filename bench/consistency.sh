#!/usr/bin/env bash
# Whether a dump of a running process is of one moment, and of an idle one equal to gcore's
#
# bench/src/counter.c adds one to PAGES pages in order, round and round, so that each of ROUNDS dumps shows
# whether it was torn; bench/src/check_counter.c reads the cores by itself. They are taken BATCH at a time
# and removed. Then the same program counts for a while and stops, Mortem and gcore dump it one after the
# other, and bench/src/compare_cores.c compares all memory page by page; what may differ it lists by rule.
# Ends with 1 if a dump was torn or a page differs.
#
# ROUNDS (default 200), BATCH (20), PAGES (8192). CANARY=1 reads cores that are torn on purpose, one in each
# batch, and changes a byte of a dump before the comparison: both must be found.
# Nothing is a median here.
RUNS=1
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
rounds=${ROUNDS:-200}
batch=${BATCH:-20}
pages=${PAGES:-8192}
canary=${CANARY:-}

bench_begin "consistency" "$rounds dumps"
need gdb gcore
compile counter
compile check_counter
compile compare_cores
mib=$((pages / 256 + 8))
need_space $((batch * mib + 64))
need_memory $((2 * mib + 512))

dump() {
  # Word splitting is wanted: SNAPSHOT is options.
  # shellcheck disable=SC2086
  "$MORTEM" dump "$target_pid" -o "$work/dumps" --keep-free 0 --max-pause 10m $SNAPSHOT --json "$@" \
    >"$work/out" 2>"$work/err" </dev/null || { tail -n 5 "$work/err" >&2; die "mortem failed"; }
}

# Writes another number into a page in the middle of a core: as if it had been copied later.
tear() {
  local core=$1 address=$2 segment
  segment=$(readelf -lW "$core" | awk -v at="$address" '
    function number(hex,   n, i) { n = 0; for (i = 3; i <= length(hex); i++)
        n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1; return n }
    $1 == "LOAD" { begin = number($3); a = number("0x" at)
        if (a >= begin && a < begin + number($5)) { printf "%d", number($2) + a - begin; exit } }')
  [ -n "$segment" ] || die "the canary does not find the counted pages"
  printf '\377' | dd of="$core" bs=1 seek=$((segment + pages / 2 * 4096)) conv=notrunc status=none
}

start_target counter "$pages"
read -r address _ page_size <<<"$greeting"
say ""
taken=0
consistent=0
methods=""
while [ "$taken" -lt "$rounds" ]; do
  now=$((rounds - taken < batch ? rounds - taken : batch))
  rm -rf "$work/dumps"
  mkdir "$work/dumps"
  dump --count "$now" --interval 0s
  methods+="$(grep -o '"method":"[^"]*"' "$work/out" | cut -d'"' -f4) "
  cores=("$work"/dumps/*.core)
  [ "${#cores[@]}" = "$now" ] || die "asked for $now dumps, there are ${#cores[@]}"
  [ "$canary" != 1 ] || tear "${cores[0]}" "$address"
  status=0
  "$work/check_counter" "$address" "$pages" "$page_size" "${cores[@]}" >"$work/checked" || status=$?
  [ "$status" -le 1 ] || die "a dump cannot be read"
  sed '$d; s|^.*/|  torn: |' "$work/checked"
  found=$(tail -n 1 "$work/checked")
  consistent=$((consistent + ${found%% *}))
  taken=$((taken + now))
  # It has to have counted while it was dumped, or nothing is shown.
  ask_target round
  [ "$reply" != "${round_before:-0}" ] || die "the process does not count"
  round_before=$reply
done
stop_target
by_method=$(tr ' ' '\n' <<<"$methods" | sed '/^$/d' | sort | uniq -c | awk '{ printf "%s%d %s", (NR > 1 ? ", " : ""), $1, $2 }')
say "  consistent $consistent of $taken ($by_method)"

rm -rf "$work/dumps"
mkdir "$work/dumps"
start_target counter "$pages" 3
# The kernel writes the number of its processor beside each thread (rseq): it must not change between
# the two dumps. Two dumps by gcore differ by that, too.
if have taskset; then
  taskset -acp 0 "$target_pid" >/dev/null
  kill -STOP "$target_pid"
  kill -CONT "$target_pid"
  sleep 0.3
fi
read -r address _ _ <<<"$greeting"
dump
method=$(json_member "$work/out" method)
gcore -o "$work/dumps/gcore" "$target_pid" >"$work/out.gcore" 2>&1 || die "gcore: $(tail -n 1 "$work/out.gcore")"
core=$(echo "$work"/dumps/*.core)
[ "$canary" != 1 ] || tear "$core" "$address"
status=0
"$work/compare_cores" "$core" "$work/dumps/gcore.$target_pid" "$target_pid" >"$work/compared" || status=$?
[ "$status" -le 1 ] || die "a dump cannot be read"
stop_target
say ""
say "  an idle process: mortem's dump ($method) and gcore's, pages by address"
sed 's/^/  /' "$work/compared"
counts=$(tail -n 1 "$work/compared" | tr -c '0-9\n' ' ' | awk '{ printf "\"equal\":%d,\"equalToProcess\":%d,\"zeros\":%d,\"byRule\":%d,\"wrong\":%d", $1, $2, $3, $4, $5 }')
print_json "\"dumps\":$taken,\"consistent\":$consistent,\"methods\":$(json_text "$by_method"),\"idle\":{$counts}"
if [ "$consistent" -lt "$taken" ] || [ "$status" != 0 ]; then exit 1; fi
