#!/usr/bin/env bash
# mortem analyze of all cores of the corpus in one process, against one gdb process that opens them all
#
# The corpus is MORTEM_CORPUS (default ../shared/corpus beside the project): the cores of LLDB's and
# elfutils' tests and our own, many CPUs, some compressed. Mortem reads them as they are; gdb gets
# them unpacked beforehand, as it cannot unpack, and prints the stacks of each core's threads. Three
# figures of Mortem: the whole process; that divided by the number of cores; and the median of the
# milliseconds that the reports themselves state (`durationMs`), which leaves out the start of the
# JVM and in which the one large core does not weigh more than the others.
#
# Then those cores again whose executables are in the corpus too, with their symbols: the median of
# what their reports state. They are unpacked beforehand, executables and cores. Those of CPUs whose
# stacks nobody walks are left out: their symbols are never needed, which would flatter the median.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
corpus=${MORTEM_CORPUS:-$project/../shared/corpus}

bench_begin "corpus"
need gdb bzip2 xz
[ -d "$corpus/core" ] || die "no corpus at $corpus; set MORTEM_CORPUS"

mkdir "$work/cores" "$work/plain"
count=0
while IFS= read -r file; do
  base=$(basename "$file")
  count=$((count + 1))
  number=$(printf '%02d' "$count")
  ln -s "$(realpath "$file")" "$work/cores/$number-$base"
  case $file in
    *.bz2) bzip2 -dc "$file" >"$work/plain/$number-${base%.bz2}" ;;
    *.xz) xz -dc "$file" >"$work/plain/$number-${base%.xz}" ;;
    *) ln -s "$(realpath "$file")" "$work/plain/$number-$base" ;;
  esac
done < <(find "$corpus/core" "$corpus/own" -type f \
  \( -name '*.core' -o -name '*.core.bz2' -o -name 'core.*' \) | sort)
[ "$count" -gt 0 ] || die "no cores under $corpus"
say ""
say "  cores    $count"

# with_symbols CORE EXECUTABLE: a pair, unpacked.
mkdir "$work/named" "$work/executables"
named=0
with_symbols() {
  [ -f "$1" ] && [ -f "$2" ] || return 0
  case ${1##*/} in
    *s390* | *sparc* | *mips* | *ppc*) return 0 ;;
  esac
  named=$((named + 1))
  unpack "$1" >"$work/named/$(printf '%02d' "$named").core"
  unpack "$2" >"$work/executables/$(basename "${2%.bz2}")" # one without a build id goes by name
}
unpack() {
  case $1 in
    *.bz2) bzip2 -dc "$1" ;;
    *.xz) xz -dc "$1" ;;
    *) cat "$1" ;;
  esac
}
for file in "$corpus"/core/sourceware-org__elfutils/tests/*.core.bz2; do
  with_symbols "$file" "${file%.core.bz2}.exec.bz2"
  with_symbols "$file" "${file%.core.bz2}.bz2"
done
for file in "$corpus"/own/linux/core.*; do
  with_symbols "$file" "$corpus/own/linux/crashlin"
done
while IFS= read -r file; do
  with_symbols "$file" "${file%.core}.out"
done < <(find "$corpus/core/llvm-mirror__lldb" -name '*.core' | sort)
say "  of these with their executables    $named"

for file in "$work"/plain/*; do
  printf 'core-file %s\nthread apply all bt\n' "$file"
done >"$work/script.gdb"
# An error ends a script of gdb's, and not all cores are of CPUs that it knows: each on its own.
sed -i 's/.*/python\ntry: gdb.execute("&")\nexcept gdb.error: pass\nend/' "$work/script.gdb"

# Exit 8: some cores are of CPUs whose stacks nobody walks, which is part of the work.
contestant mortem "bash -c \"'$MORTEM' analyze --format json '$work/cores'; test \\\$? -eq 0 -o \\\$? -eq 8\""
contestant mortem-named "bash -c \"'$MORTEM' analyze --format json --symbols '$work/executables' '$work/named'; test \\\$? -eq 0 -o \\\$? -eq 8\""
contestant gdb "gdb -nx -batch -x '$work/script.gdb'"

each=""
each_named=""
after_each() {
  [ "$counted" = 1 ] || return 0
  case $1 in
    mortem) each+="$(stated_median "$1") " ;;
    mortem-named) each_named+="$(stated_median "$1") " ;;
  esac
}
# The median of what the reports of a run state.
stated_median() {
  grep -o '"durationMs" *: *[0-9.]*' "$work/out.$1" | grep -o '[0-9.]*$' \
    | tr '\n' ' ' | spread | cut -d' ' -f2
}
measure

print_results mortem
opened=$(grep -c '^#0 ' "$work/out.gdb" || true)
whole=$(median_of "${samples[mortem]}")
per_core=$(awk -v a="$whole" -v n="$count" 'BEGIN { printf "%.1f", a / n }')
stated=$(median_of "$each")
say ""
say "  gdb shows                  $opened stacks of threads"
say "  mortem, process / cores    $per_core ms"
stated_named=$(median_of "$each_named")
say "  mortem, median of reports  ${stated:-unknown} ms"
say "  of those with symbols      ${stated_named:-unknown} ms"
print_json "\"cores\":$count,\"perCoreMs\":$per_core,\"medianOfReportsMs\":${stated:-null},\"coresWithSymbols\":$named,\"medianOfReportsWithSymbolsMs\":${stated_named:-null}"
