#!/usr/bin/env bash
# What a dump does to threads that wait in system calls, 34 kinds of them, against gdb's gcore
#
# bench/src/blocked.c has a thread for each call; what the calls return is seen by the program itself. One
# dump is taken of a fresh process each, by Mortem and by gcore, PASSED_S after the calls began. A program
# that is left alone sees nothing: calls without a time limit wait on, those with one return in time. EINTR is
# what a call gives that was broken off; "restarted" is one whose limit began again from the start.
#
# LIMIT_S (default 6) is the calls' limit, PASSED_S (default 2) when the dump is taken. CONTROL=1 takes no
# dump at all: nothing may be seen then.
# Nothing is a median here.
RUNS=1
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
limit=${LIMIT_S:-6}
passed=${PASSED_S:-2}

bench_begin "blocked-calls" "one dump by each"
need gdb gcore
need_space 256
compile blocked

by=(mortem gcore)
if [ "${CONTROL:-}" = 1 ]; then by+=(nobody); fi
declare -A outcome count

take() {
  case $1 in
    mortem)
      # Word splitting is wanted: SNAPSHOT is options.
      # shellcheck disable=SC2086
      "$MORTEM" dump "$target_pid" -o "$work/dumps" --keep-free 0 $SNAPSHOT --json
      ;;
    gcore) gcore -o "$work/dumps/gcore" "$target_pid" ;;
    nobody) ;;
  esac >"$work/out.$1" 2>"$work/err.$1" </dev/null || refuse_dump "$1"
}

refuse_dump() {
  tail -n 5 "$work/err.$1" >&2
  die "$1 failed"
}

calls=()
for who in "${by[@]}"; do
  mkdir -p "$work/dumps" "$work/folder.$who"
  start_target blocked "$limit" "$work/folder.$who"
  sleep "$passed"
  ask_target before
  take "$who"
  rm -rf "$work/dumps"
  echo report >&"$target_ask"
  calls=()
  for word in EINTR restarted late returned; do count[$who,$word]=0; done
  while IFS=$'\t' read -r -t 120 name result <&"$target_answer"; do
    case $name in
      .) break ;;
      "SIGCHLD "*) count[$who,SIGCHLD]=${name#* } ;;
      "children "*) count[$who,children]=${name#* } ;;
      *)
        calls+=("$name")
        outcome[$who,$name]=$result
        word=${result%% *}
        case $word in
          waits | intime) ;;
          *) count[$who,$word]=$((count[$who,$word] + 1)) ;;
        esac
        ;;
    esac
  done
  [ "$name" = . ] || die "no report after the dump by $who: the process is gone"
  stop_target
done

method=$(json_member "$work/out.mortem" method)
say ""
say "  mortem dumped by the method: $method"
print_line() { printf "  %-28s$(printf ' | %%-42s%.0s' "${by[@]}")\n" "$@"; }
print_line call "${by[@]}"
rows_json=""
for name in "${calls[@]}"; do
  cells=()
  row="{\"call\":$(json_text "$name")"
  for who in "${by[@]}"; do
    cells+=("${outcome[$who,$name]}")
    row+=",\"$who\":$(json_text "${outcome[$who,$name]}")"
  done
  print_line "$name" "${cells[@]}"
  rows_json+="${rows_json:+,}$row}"
done
say ""
counts_json=""
for word in EINTR restarted late returned SIGCHLD children; do
  cells=()
  for who in "${by[@]}"; do cells+=("${count[$who,$word]}"); done
  case $word in
    EINTR) print_line "broken off by EINTR" "${cells[@]}" ;;
    restarted) print_line "time limits started again" "${cells[@]}" ;;
    late) print_line "late by another time" "${cells[@]}" ;;
    returned) print_line "returned otherwise" "${cells[@]}" ;;
    SIGCHLD) print_line "SIGCHLD to the process" "${cells[@]}" ;;
    children) print_line "children it did not make" "${cells[@]}" ;;
  esac
done
for who in "${by[@]}"; do
  member="\"$who\":{"
  for word in EINTR restarted late returned SIGCHLD children; do
    member+="${member:+$([ "${member: -1}" = "{" ] || echo ,)}\"$word\":${count[$who,$word]}"
  done
  counts_json+="${counts_json:+,}$member}"
done
names_again=""
for name in "${calls[@]}"; do
  case ${outcome[mortem,$name]} in restarted*) names_again+="${names_again:+; }$name" ;; esac
done
say ""
say "  limits that Mortem's dump started again: ${names_again:-none}"
print_json "\"method\":$(json_text "$method"),\"calls\":${#calls[@]},\"counts\":{$counts_json},\"rows\":[$rows_json]"
