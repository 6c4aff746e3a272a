# Sourced by the benchmarks: what all of them share.
#
# A figure is the median of RUNS runs (default 9) of whole processes, in milliseconds of wall time.
# The contestants take turns within each round, so that what else the machine does meets all of them;
# one round before, not counted, fills the page cache. Figures of two machines, or of two days, are
# not comparable; the ratios of one run are. The last line of standard output is one JSON document.
#
# RUNS        counted rounds
# BENCH_TMP   folder for cores and dumps, default a new one under /var/tmp; what is made there is
#             removed at the end, however that comes
# MORTEM      the command to measure, default ./mortem, which is built before anything is measured
# SNAPSHOT    how the snapshot benchmarks ask for one, default "--snapshot prefer"; empty for a Mortem
#             that has no such option, or to measure the dump that stops the process

set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
project=$(cd "$bench/.." && pwd -P)
RUNS=${RUNS:-9}
MORTEM=${MORTEM:-$project/mortem}
# One JVM heap for all benchmarks, the default that is shipped.
export MORTEM_OPTS=${MORTEM_OPTS:--Xmx256m}
SNAPSHOT=${SNAPSHOT---snapshot prefer}
# No lookups in the network: they are not what is measured, and gdb and lldb would make them.
unset DEBUGINFOD_URLS
# Numbers with a point, whatever the user's language.
export LC_ALL=C

names=()
declare -A command_of samples
started=()
results_json=""

# bench_begin TITLE [HOW]: HOW stands beside the title, where the figures are not medians of RUNS runs.
bench_begin() {
  title=$1
  case $RUNS in
    "" | *[!0-9]* | 0) echo "bench: RUNS must be a number from 1, not $RUNS" >&2; exit 2 ;;
  esac
  if [ -n "${BENCH_TMP:-}" ]; then
    mkdir -p "$BENCH_TMP"
    work=$(mktemp -d "$BENCH_TMP/mortem-bench-XXXXXX")
  else
    work=$(mktemp -d /var/tmp/mortem-bench-XXXXXX)
  fi
  trap bench_end EXIT
  trap 'exit 130' INT TERM
  say "$title, ${2:-median of $RUNS runs}"
  # Builds first where that is due.
  "$MORTEM" --version >"$work/version" 2>"$work/version.err" \
    || { tail -n 5 "$work/version.err" >&2; die "$MORTEM does not start"; }
  print_machine
}

# Ends what was started, by its pid, and removes what was made.
bench_end() {
  local pid
  for pid in "${started[@]}"; do
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}

say() { printf '%s\n' "$*"; }
die() { echo "bench: $*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

need() {
  local tool
  for tool in "$@"; do
    have "$tool" || die "needs $tool"
  done
}

# Refuses before a disk is full: NEED_MIB in the working folder.
need_space() {
  local free
  free=$(df -Pm "$work" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "$1" ] || die "needs $1 MiB in $work, there are $free; set BENCH_TMP"
}

need_memory() {
  local free
  free=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
  [ "$free" -ge "$1" ] || die "needs $1 MiB of memory, there are $free"
}

# Whether there is DISK_MIB of space and MEMORY_MIB of memory; `lacking` says what there is not.
has_room() {
  lacking=$( (need_space "$1"; need_memory "$2") 2>&1 ) && return 0
  lacking=${lacking#bench: }
  return 1
}

first_line() { "$@" 2>/dev/null | sed -n '/./{p;q}'; }

print_machine() {
  fact_cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | sed -n 1p)
  fact_cores=$(nproc)
  fact_memory=$(awk '/^MemTotal/ { printf "%.1f GiB", $2 / 1048576 }' /proc/meminfo)
  fact_kernel=$(uname -sr)
  fact_jdk=$(first_line "$("$project/bin/find-jdk")/bin/java" -version 2>&1 || true)
  [ -n "$fact_jdk" ] || fact_jdk=$("$("$project/bin/find-jdk")/bin/java" -version 2>&1 | sed -n 1p)
  fact_mortem=$(sed -n '/./{p;q}' "$work/version")
  fact_gdb=$(have gdb && first_line gdb --version || echo none)
  fact_lldb=$(have lldb && first_line lldb --version || echo none)
  fact_load=$(cut -d' ' -f1 /proc/loadavg)
  local fact
  for fact in cpu cores memory kernel jdk mortem gdb lldb load; do
    local variable=fact_$fact
    printf '  %-8s %s\n' "$fact" "${!variable}"
  done
}

# contestant NAME COMMAND: a shell command; standard output and error go to out.NAME and err.NAME. One
# whose name begins with "mortem" has to succeed; a peer that fails in the uncounted round is left
# out, and the output says so.
contestant() {
  names+=("$1")
  command_of[$1]=$2
  samples[$1]=""
}

now_us() { local t=$EPOCHREALTIME; printf '%s' "${t/./}"; }

# One run of a contestant; gives its milliseconds in `elapsed`. A failed run is no figure: status 1.
run_once() {
  local name=$1 begun status=0
  begun=$(now_us)
  bash -c "exec ${command_of[$name]}" >"$work/out.$name" 2>"$work/err.$name" </dev/null || status=$?
  elapsed=$(awk -v a="$begun" -v b="$(now_us)" 'BEGIN { printf "%.1f", (b - a) / 1000 }')
  [ $status -eq 0 ]
}

refuse() {
  tail -n 5 "$work/err.$1" >&2
  die "$1 failed: ${command_of[$1]}"
}

# before_each NAME may be defined by a benchmark: it runs before each run, not measured; so does
# after_each NAME.
before_each() { :; }
after_each() { :; }

measure() {
  local round name able=()
  counted=0
  for name in "${names[@]}"; do
    before_each "$name"
    if run_once "$name"; then
      after_each "$name"
      able+=("$name")
    else
      case $name in mortem*) refuse "$name" ;; esac
      say "  $name cannot: $(grep . "$work/err.$name" | tail -n 1)"
    fi
  done
  names=("${able[@]}")
  counted=1
  for ((round = 1; round <= RUNS; round++)); do
    for name in "${names[@]}"; do
      before_each "$name"
      run_once "$name" || refuse "$name"
      samples[$name]+="$elapsed "
      after_each "$name"
    done
  done
}

# The smallest, median and largest of numbers on standard input.
spread() {
  tr ' ' '\n' | sed '/^$/d' | sort -n \
    | awk '{ v[NR] = $1 } END { if (NR) { m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
        printf "%.1f %.1f %.1f", v[1], m, v[NR] } }'
}

median_of() { spread <<<"$1" | cut -d' ' -f2; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else print "null" }'; }
json_text() { printf '"%s"' "$(sed 's/\\/\\\\/g; s/"/\\"/g' <<<"$1" | tr -d '\n')"; }

# print_results FIRST: a table with the ratio of each contestant to FIRST.
print_results() {
  local first=$1 name low mid high base
  base=$(median_of "${samples[$first]}")
  printf '\n  %-26s %12s %12s %12s %10s\n' "" "median ms" "least" "most" "x $first"
  results_json=""
  for name in "${names[@]}"; do
    read -r low mid high <<<"$(spread <<<"${samples[$name]}")"
    printf '  %-26s %12s %12s %12s %10s\n' "$name" "$mid" "$low" "$high" "$(ratio "$mid" "$base")"
    results_json+="${results_json:+,}{\"name\":$(json_text "$name"),\"medianMs\":$mid"
    results_json+=",\"leastMs\":$low,\"mostMs\":$high,\"ratio\":$(ratio "$mid" "$base")}"
  done
}

# print_json MORE: the last line. MORE is JSON members, or nothing.
print_json() {
  local fact machine=""
  for fact in cpu cores memory kernel jdk mortem gdb lldb load; do
    local variable=fact_$fact
    machine+="${machine:+,}\"$fact\":$(json_text "${!variable}")"
  done
  printf '\n{"schema":"mortem.bench/1","benchmark":%s,"runs":%s,"results":[%s]%s,"machine":{%s}}\n' \
    "$(json_text "$title")" "$RUNS" "$results_json" "${1:+,$1}" "$machine"
}

# A C program of bench/src, built into the working folder: compile NAME [OPTION...]
compile() {
  need cc
  cc -O2 -g -Wall -Wextra -pthread "${@:2}" -o "$work/$1" "$bench/src/$1.c"
}

# start_target NAME ARGUMENT...: starts a compiled program that says "ready" (what follows that word
# comes back in `greeting`) and then answers questions line by line. Gives `target_pid`.
start_target() {
  coproc TARGET { exec "$work/$1" "${@:2}" 2>"$work/err.target"; }
  target_pid=$TARGET_PID
  started+=("$target_pid")
  target_ask=${TARGET[1]}
  target_answer=${TARGET[0]}
  IFS= read -r -t 300 greeting <&"$target_answer" \
    || die "$1 did not start: $(tail -n 1 "$work/err.target")"
  case $greeting in
    ready*) greeting=${greeting#ready}; greeting=${greeting# } ;;
    *) die "$1 says: $greeting" ;;
  esac
}

# asks the target; its answer is one line, in `reply`.
ask_target() {
  echo "$1" >&"$target_ask"
  IFS= read -r -t 300 reply <&"$target_answer" || die "the target does not answer \"$1\""
}

# A target ends with its standard input.
stop_target() {
  eval "exec $target_ask>&-"
  wait "$target_pid" 2>/dev/null || true
  started=()
}

# A member of the JSON document in FILE, a number or a text: json_member FILE NAME
json_member() {
  grep -o "\"$2\" *: *\(\"[^\"]*\"\|[0-9.]*\)" "$1" | sed -n '1s/^[^:]*: *//p' | tr -d '"'
}

# start_worker THREADS MIB: builds and starts bench/src/worker.c, waits until its memory is full;
# gives `worker_pid`, and file descriptors to ask it with in `ask` and `answer`.
start_worker() {
  need cc
  cc -O1 -g -pthread -o "$work/worker" "$bench/src/worker.c"
  coproc WORKER { exec "$work/worker" "$1" "$2"; }
  worker_pid=$WORKER_PID
  started+=("$worker_pid")
  ask=${WORKER[1]}
  answer=${WORKER[0]}
  local line
  IFS= read -r -t 300 line <&"$answer" || die "the worker did not start"
  [ "$line" = ready ] || die "the worker says: $line"
}

# The worker ends when nobody can ask it any more.
stop_worker() {
  eval "exec $ask>&-"
  wait "$worker_pid" 2>/dev/null || true
  started=()
}

# The longest time in which the worker did not run since it was asked last, in ms.
worker_gap() {
  local line
  echo gap >&"$ask"
  IFS= read -r -t 60 line <&"$answer" || die "the worker does not answer"
  printf '%s' "$line"
}
