#!/usr/bin/env bash
# How much slower a program works that handles signals while it is watched for them, against strace and gdb
#
# bench/src/faulting.c handles 10,000 SIGSEGVs a second when left alone, or as many as it can; bench/src/NullLoad.java is a
# JVM under load that reads through null now and then. Each works through the same again, watched by: nobody; Mortem for
# fatal signals only; Mortem with first chances told (as shipped: a thread that storms is left alone for nine tenths of the
# time); the same without that rest; strace (-f -e signal=SIGSEGV -e trace=none); gdb (handle SIGSEGV nostop noprint pass).
# strace prints a line for each signal, to /dev/null; gdb and Mortem count.
# FAULTS (default 10000) are worked through for a figure, ROUNDS (30000) by each thread of the JVM. The watchers start anew
# each time, and are given a fifth of that first, which is not counted.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
faults=${FAULTS:-10000}

bench_begin "signals"
[ "$(uname -m)" = x86_64 ] || die "the C target knows the registers of x86-64 only"
jdk=$("$project/bin/find-jdk")
jars=${MORTEM_JARS:-$project/.cache/launch/current/jars}
compgen -G "$jars/mortem-os-*.jar" >/dev/null || die "no jars in $jars; set MORTEM_JARS"
cp -r "$jars" "$work/jars"
mkdir "$work/watch"
"$jdk/bin/javac" -d "$work/watch" -cp "$work/jars/*" "$bench/src/WatchEvents.java"
"$jdk/bin/javac" -d "$work" "$bench/src/NullLoad.java"
compile faulting
watch=("$jdk/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xmx64m
  --enable-native-access=ALL-UNNAMED -cp "$work/watch:$work/jars/*" WatchEvents)
printf '#!/bin/sh\nexec "%s" -Xmx128m -cp "%s" NullLoad\n' "$jdk/bin/java" "$work" >"$work/nullload"
chmod +x "$work/nullload"

watchers=(nobody mortem-fatal mortem-first mortem-no-rest)
for tool in strace gdb; do
  if have "$tool"; then watchers+=("$tool"); else say "  $tool cannot: it is not on this machine"; fi
done

# Whether somebody traces the target, and it runs.
is_watched() {
  local status
  status=$(cat "/proc/$target_pid/status")
  ! grep -q '^TracerPid:.0$' <<<"$status" && ! grep -q '^State:.t' <<<"$status"
}

wait_until() {
  local count=0
  until "$@"; do
    count=$((count + 1))
    [ "$count" -lt 400 ] || die "$who does not attach: $(tail -n 1 "$work/err.$who")"
    sleep 0.025
  done
}

attach() {
  who=$1
  case $1 in
    nobody) watcher=; return ;;
    mortem-fatal) "${watch[@]}" "$target_pid" quiet >"$work/out.$1" 2>"$work/err.$1" & ;;
    mortem-first) "${watch[@]}" "$target_pid" first quiet >"$work/out.$1" 2>"$work/err.$1" & ;;
    mortem-no-rest) "${watch[@]}" "$target_pid" first norest quiet >"$work/out.$1" 2>"$work/err.$1" & ;;
    strace) strace -f -e signal=SIGSEGV -e trace=none -o /dev/null -p "$target_pid" >"$work/out.$1" 2>"$work/err.$1" & ;;
    gdb)
      gdb -nx -q -batch -ex 'handle SIGSEGV nostop noprint pass' -ex continue -p "$target_pid" \
        >"$work/out.$1" 2>"$work/err.$1" </dev/null &
      ;;
  esac
  watcher=$!
  started+=("$watcher")
  wait_until is_watched
  sleep 0.3 # gdb attaches thread by thread, and stops all once more
  wait_until is_watched
}

detach() {
  [ -n "$watcher" ] || return 0
  kill -INT "$watcher" 2>/dev/null || true
  sleep 0.1
  kill -TERM "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  grep -q '^TracerPid:.0$' "/proc/$target_pid/status" || die "$who is still there"
}

# scene NAME WORD NUMBER: all watchers take turns on one target; a fifth of the work is not counted.
scene() {
  local round who
  names=()
  for who in "${watchers[@]}"; do
    names+=("$1/$who")
    samples[$1/$who]=""
  done
  for ((round = 0; round <= RUNS; round++)); do
    for who in "${watchers[@]}"; do
      attach "$who"
      ask_target "$2 $(($3 / 5))"
      ask_target "$2 $3"
      [ "$round" = 0 ] || samples[$1/$who]+="$reply "
      detach
    done
  done
  print_results "$1/nobody"
  all_json+="${all_json:+,}$results_json"
}

all_json=""
start_target faulting 10000
scene "10,000 a second" run "$faults"
scene "as many as it can" fast "$faults"
stop_target
start_target nullload
scene "JVM" run "${ROUNDS:-30000}"
stop_target
results_json=$all_json
print_json "\"faults\":$faults"
