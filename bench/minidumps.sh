#!/usr/bin/env bash
# All minidumps of the corpus in one warm process, and some as a whole process against lldb's backtraces
#
# The corpus is MORTEM_CORPUS (default ../shared/corpus beside the project); its minidumps are those of
# the folders minidump and wine that begin with MDMP, the compressed ones unpacked beforehand. They are
# analysed by bench/src/Minidumps.java in one process (open, unwind, name, judge, write JSON to nowhere): 10
# rounds that are not counted, then RUNS rounds; a file's figure is the median of its times. Twice: with
# what this machine has ("bare"), and with a symbol store of all that the corpus has ("with symbols"): its
# Breakpad trees, and what `mortem symbols pack` makes of its images and PDBs.
#
# The peer is minidump-stackwalk, started once for each file with JSON, without symbols and with the same
# store, of which it reads the Breakpad files alone; its figure is the sum over all files, its process
# starts included. Where it is not installed the script says so and prints only ours.
#
# Then dumps as a whole process: `mortem analyze` of what `./build dist` makes (built first where it is
# not there; DIST names another), with its start-up cache: of a mini and a full dump of one program, and
# lldb's backtraces of the full one. lldb takes no part where it cannot read minidumps.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
corpus=${MORTEM_CORPUS:-$project/../shared/corpus}
warm=10

bench_begin "minidumps"
need xz
[ -d "$corpus/minidump" ] && [ -d "$corpus/wine" ] || die "no corpus at $corpus; set MORTEM_CORPUS"
need_space 512
jdk=$("$project/bin/find-jdk")
jars=${MORTEM_JARS:-$project/.cache/launch/current/jars}
compgen -G "$jars/mortem-analyze-*.jar" >/dev/null || die "no jars in $jars; set MORTEM_JARS"

mkdir "$work/dumps" "$work/classes"
count=0
while IFS= read -r file; do
  plain=$work/dumps/$(printf '%03d' $((count + 1)))-$(basename "${file%.xz}")
  case $file in
    *.xz) xz -dc "$file" >"$plain" ;;
    *) ln -s "$(realpath "$file")" "$plain" ;;
  esac
  if [ "$(head -c 4 "$plain" | tr -d '\0')" = MDMP ]; then
    count=$((count + 1))
  else
    rm "$plain"
  fi
done < <(find "$corpus/minidump" "$corpus/wine" -type f | sort)
[ "$count" -gt 0 ] || die "no minidumps under $corpus"
say ""
say "  minidumps    $count"

mini=$corpus/wine/pdb/deadlock3.normal.dmp
for file in "$work"/dumps/*-deadlock3.full.dmp; do full=$file; done
[ -f "$mini" ] && [ -f "$full" ] || die "no dumps of deadlock3 in $corpus/wine/pdb"

store=$work/store
for folder in wine minidump; do
  "$MORTEM" symbols pack "$corpus/$folder" -o "$store" >"$work/out.pack" 2>&1 ||
    die "no store: $(tail -n 1 "$work/out.pack")"
done
while IFS= read -r tree; do
  cp -r "$tree/." "$store"
done < <(find "$corpus/symbols" -type d -name symbols)
find "$store" -name '*.xz' -exec xz -d {} +

"$jdk/bin/javac" -d "$work/classes" -cp "$jars/*" "$bench/src/Minidumps.java"

# in_one_process NAME [SYMBOLS...]: the figures of one process, and the files that took longest.
in_one_process() {
  local name=$1 status=0
  shift
  # shellcheck disable=SC2086
  "$jdk/bin/java" $MORTEM_OPTS --enable-native-access=ALL-UNNAMED -cp "$work/classes:$jars/*" \
    Minidumps "$work/dumps" "$warm" "$RUNS" "$@" >"$work/out.$name" 2>"$work/err.$name" || status=$?
  [ "$status" = 0 ] || { tail -n 5 "$work/err.$name" >&2; die "Mortem failed on the minidumps"; }
  read -r _ file_median file_most file_sum round_cpu <<<"$(tail -n 1 "$work/out.$name")"
  say ""
  say "  in one process, $name: median $file_median ms a file, most $file_most ms"
  say "  all files $file_sum ms, of the processor $round_cpu ms; longest:"
  sed '$d; s/^/  /' "$work/out.$name"
}
in_one_process bare
warm_json="\"files\":$count,\"bare\":{\"medianMs\":$file_median,\"mostMs\":$file_most,\"sumMs\":$file_sum}"
bare_sum=$file_sum
in_one_process "with symbols" "$store"
store_sum=$file_sum
warm_json+=",\"withSymbols\":{\"medianMs\":$file_median,\"mostMs\":$file_most,\"sumMs\":$file_sum}"

# One process a file: what it cannot read it ends with an error, which takes time too.
each_by_stackwalk() {
  local file begun
  begun=$(now_us)
  for file in "$work"/dumps/*; do
    minidump-stackwalk --json "$@" "$file" >"$work/out.stackwalk" 2>"$work/err.stackwalk" </dev/null || true
  done
  awk -v a="$begun" -v b="$(now_us)" 'BEGIN { printf "%.1f", (b - a) / 1000 }'
}
# by_stackwalk NAME KEY OURS [OPTION...]: the peer's figure, and its ratio to ours.
by_stackwalk() {
  local name=$1 key=$2 ours=$3 sums="" round peer
  shift 3
  each_by_stackwalk "$@" >/dev/null
  for ((round = 1; round <= RUNS; round++)); do sums+="$(each_by_stackwalk "$@") "; done
  peer=$(median_of "$sums")
  say "  minidump-stackwalk, a process a file, $name: all files $peer ms, $(ratio "$peer" "$ours") times ours"
  warm_json+=",\"$key\":$peer"
}
say ""
if have minidump-stackwalk; then
  by_stackwalk bare stackwalkSumMs "$bare_sum"
  by_stackwalk "with symbols" stackwalkWithSymbolsSumMs "$store_sum" --symbols-path "$store"
else
  say "  minidump-stackwalk is not installed: only ours"
fi

# The start-up cache is made by the first start, in the background.
dist_ready() {
  local tries place
  place=$(cd "$(dirname "$1")/../app" && pwd -P)
  "$1" --version >/dev/null
  for ((tries = 0; tries < 600; tries++)); do
    if [ -f "$place/prepared-for" ]; then return 0; fi
    sleep 0.1
  done
  say "  no start-up cache beside $1"
}
built_dist() {
  compgen -G "$project/cli/target/dist/mortem-*-linux-*/bin/mortem" | head -n 1 || true
}
dist=${DIST:-$(built_dist)}
if [ -z "$dist" ]; then
  "$project/build" dist >"$work/dist.log" 2>&1 || { tail -n 5 "$work/dist.log" >&2; die "no dist"; }
  dist=$(built_dist)
fi
dist_ready "$dist"

contestant mortem-mini "'$dist' analyze '$mini'"
contestant mortem-full "'$dist' analyze '$full'"
if have lldb; then
  contestant lldb-full "lldb --no-lldbinit --batch -o 'target create --core $full' -o 'bt all'"
fi
measure
# An answer that is none would win.
for name in "${names[@]}"; do
  grep -qE '#0' "$work/out.$name" || die "$name did not find a stack"
done
print_results mortem-full
print_json "$warm_json"
