#!/usr/bin/env bash
# Kills Mortem at random moments while it takes snapshots, KILLS times, and looks whether the target is harmed
#
# bench/src/SnapshotLoop.java takes snapshots of a target, one after the other; bench/src/kill_driver.c kills it with
# SIGKILL up to WITHIN_MS (or one round) after its second one, every second time aimed at a moment when the
# target is traced, and looks: the target lives and gets on within 2 s; no
# thread of it is traced or stands; it has the threads it had, with the signal masks they had; threads that
# wait are in the same call, with the same stack pointer, pc and arguments; all threads of bench/src/victim.c
# hold the values they held in their general, vector and mask registers; no second process of its image is
# left. One zombie child a kill and a call broken off by EINTR are allowed, and counted. The targets: C
# programs of 1, 50 and 1000 threads, and Java, Go, Node and Python programs that check what they compute.
# Ends with 1 on harm.
#
# KILLS (default 2000, over all targets), WITHIN_MS (30), SEED (default: the time), JOBS (targets at a time, 2),
# TARGETS (default "c1 c50 c1000 java go node python").
# CANARY=1 lets the driver itself do harm of each kind that it knows, and each has to be reported; the script
# ends with 1 if one is not. CANARY=stop (death, child, trace, register, vector, mask, thread) is that one
# among ordinary kills: it ends with 1, for there is harm.
# Nothing is a median here.
RUNS=1
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
kills=${KILLS:-2000}
within_ms=${WITHIN_MS:-30}
seed=${SEED:-$(date +%s)}
jobs=${JOBS:-2}
wanted=${TARGETS:-c1 c50 c1000 java go node python}
canary=${CANARY:-none}
all_canaries="stop death child trace register vector mask thread"

bench_begin "kill-safety" "$kills kills, seed $seed"
[ "$(uname -m)" = x86_64 ] || die "the C target knows the registers of x86-64 only"
jdk=$("$project/bin/find-jdk")
jars=${MORTEM_JARS:-$project/.cache/launch/current/jars}
compgen -G "$jars/mortem-os-*.jar" >/dev/null || die "no jars in $jars; set MORTEM_JARS"
# A build by somebody else must not change the program while it is measured.
cp -r "$jars" "$work/jars"
compile victim
compile kill_driver
mkdir "$work/loop" "$work/busy"
"$jdk/bin/javac" -d "$work/loop" --module-path "$work/jars" --add-modules dev.mortem.os "$bench/src/SnapshotLoop.java"
"$jdk/bin/jar" --create --file "$work/loop.jar" -C "$work/loop" .

# Many starts: a small JVM, and a cache of its classes where that can be made.
tracer=("$jdk/bin/java" -Xlog:disable -Xlog:all=error:stderr "-Xlog:aot*=off:stderr" "-Xlog:cds*=off:stderr"
  -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xmx64m
  --module-path "$work/jars" --add-modules dev.mortem.os --enable-native-access=dev.mortem.os -cp "$work/loop.jar")
start_target victim 1 cache
"${tracer[@]:0:5}" -XX:AOTCacheOutput="$work/loop.aot" "${tracer[@]:5}" SnapshotLoop "$target_pid" 3 \
  >"$work/cache.out" 2>&1 || true
stop_target
grep -q '^ready' "$work/cache.out" || { tail -n 5 "$work/cache.out" >&2; die "no snapshot can be taken at all"; }
if [ -f "$work/loop.aot" ]; then tracer=("${tracer[@]:0:5}" -XX:AOTCache="$work/loop.aot" "${tracer[@]:5}"); fi
tracer+=(SnapshotLoop)

# prepare NAME: gives the command of a target in `command` and its kind; status 1 if it cannot run here.
prepare() {
  kind=runtime
  case $1 in
    c*)
      kind=c
      command=("$work/victim" "${1#c}" "$1-$$")
      ;;
    java)
      "$jdk/bin/javac" -d "$work/busy" "$bench/src/Busy.java"
      # As many threads as at the start, so that a lost one is noticed.
      command=("$jdk/bin/java" -Xmx64m -XX:+UseSerialGC -XX:-UseDynamicNumberOfCompilerThreads
        -cp "$work/busy" Busy "$1-$$")
      ;;
    go)
      have go || return 1
      GOTOOLCHAIN=local GO111MODULE=off go build -o "$work/busy-go" "$bench/src/busy.go"
      command=("$work/busy-go" "$1-$$")
      ;;
    node)
      have node || return 1
      command=(node "$bench/src/busy.js" "$1-$$")
      ;;
    python)
      have python3 || return 1
      command=(python3 "$bench/src/busy.py" "$1-$$")
      ;;
    *) die "no target is called $1" ;;
  esac
}

# drive NAME KILLS SEED CANARY, with `command` and `kind`: its output goes to out.NAME.
drive() {
  "$work/kill_driver" "$1" "$2" "$3" "$within_ms" "$kind" "$4" -- "${command[@]}" -- "${tracer[@]}" \
    >"$work/out.$1" 2>"$work/err.$1" </dev/null
}

if [ "$canary" = 1 ]; then
  say ""
  noticed=0
  count=0
  for one in $all_canaries; do
    prepare c50
    status=0
    drive "$one" 4 "$seed" "$one" || status=$?
    count=$((count + 1))
    # The third kill's, where it was done: harm at another one is none of the canary's.
    if [ "$status" = 1 ] && [ "$(grep -c '^harm' "$work/out.$one")" = 1 ] && grep -q '^harm: .*, kill 3:' "$work/out.$one"; then
      noticed=$((noticed + 1))
      say "  canary $(sed -n 's/^harm: \([^,]*\), kill 3/\1/p' "$work/out.$one")"
    else
      say "  canary $one WAS NOT NOTICED: $(cat "$work/out.$one" "$work/err.$one" | tail -n 1)"
    fi
  done
  say ""
  say "  canaries noticed: $noticed of $count"
  print_json "\"canaries\":$count,\"noticed\":$noticed"
  [ "$noticed" = "$count" ]
  exit
fi

able=()
declare -A kinds commands
for name in $wanted; do
  if prepare "$name"; then
    able+=("$name")
    kinds[$name]=$kind
    commands[$name]=$(printf '%q ' "${command[@]}")
  else
    say "  $name skipped: it is not on this machine"
  fi
done
[ "${#able[@]}" -gt 0 ] || die "no target can run here"
# The first ones take what does not divide.
each=$((kills / ${#able[@]}))
rest=$((kills % ${#able[@]}))
say ""
say "  $jobs targets at a time; the longest ones take minutes"

declare -A job=()
running=0
number=0
for name in "${able[@]}"; do
  mine=$each
  if [ "$rest" -gt 0 ]; then
    mine=$((each + 1))
    rest=$((rest - 1))
  fi
  [ "$mine" -gt 0 ] || continue
  while [ "$running" -ge "$jobs" ]; do
    wait -n || true
    running=$((running - 1))
  done
  kind=${kinds[$name]}
  eval "command=(${commands[$name]})"
  number=$((number + 1))
  : >"$work/out.$name"
  : >"$work/err.$name"
  drive "$name" "$mine" "$((seed + number))" "$canary" &
  job[$name]=$!
  started+=("$!")
  running=$((running + 1))
done
wait

say ""
printf '  %-8s %6s %6s %7s %10s %9s %9s  %s\n' target kills harm EINTR unreaped traced stood method
rows_json=""
total_kills=0
total_harm=0
total_stopped=0
broken=""
for name in "${able[@]}"; do
  [ -n "${job[$name]:-}" ] || continue
  result=$(grep '^result' "$work/out.$name" || true)
  if [ -z "$result" ]; then
    broken+="  $name: $(tail -n 1 "$work/err.$name")"$'\n'
    continue
  fi
  read -r _ _ done_kills harm eintr unreaped attached stopped method <<<"$result"
  shown_eintr=$eintr
  # Only the C targets can say which calls were broken off.
  [ "${kinds[$name]}" = c ] || shown_eintr=-
  printf '  %-8s %6d %6d %7s %10d %9d %9d  %s\n' "$name" "$done_kills" "$harm" "$shown_eintr" "$unreaped" "$attached" \
    "$stopped" "$method"
  total_kills=$((total_kills + done_kills))
  total_harm=$((total_harm + harm))
  total_stopped=$((total_stopped + stopped))
  rows_json+="${rows_json:+,}{\"target\":\"$name\",\"kills\":$done_kills,\"harm\":$harm,\"eintr\":${shown_eintr/-/null}"
  rows_json+=",\"unreaped\":$unreaped,\"traced\":$attached,\"stood\":$stopped,\"method\":\"$method\"}"
done
say ""
for name in "${able[@]}"; do
  [ -n "${job[$name]:-}" ] && sed -n 's/^note: /  /p' "$work/out.$name"
done
say ""
say "  $total_kills kills, $total_stopped of them while the target stood"
if [ -n "$broken" ]; then
  printf '%s' "$broken"
  say "  not all targets could be tried"
fi
if [ "$total_harm" = 0 ]; then
  say "  harm done: none"
else
  say "  harm done: $total_harm"
  for name in "${able[@]}"; do
    [ -n "${job[$name]:-}" ] && sed -n 's/^harm: /    /p' "$work/out.$name"
  done
fi
print_json "\"kills\":$total_kills,\"seed\":$seed,\"withinMs\":$within_ms,\"stood\":$total_stopped,\"harm\":$total_harm,\"targets\":[$rows_json]"
[ "$total_harm" = 0 ] && [ -z "$broken" ]
