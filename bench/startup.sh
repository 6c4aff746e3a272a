#!/usr/bin/env bash
# Whole processes of mortem --help and mortem analyze of a small core, against gdb's and lldb's
#
# The small core is the one that `mortem demo` shows without a compiler: one thread, a null pointer.
# gdb and lldb print that thread's stack; their --help is timed too. What is timed is what a user
# waits for, the shell's exec to the last line.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
core=$project/cli/src/main/resources/dev/mortem/cli/demo/null-pointer.core

bench_begin "startup"
[ -f "$core" ] || die "no small core at $core"

contestant mortem-help "'$MORTEM' --help"
contestant mortem-analyze "'$MORTEM' analyze '$core'"
if have gdb; then
  contestant gdb-help "gdb -nx --help"
  contestant gdb-backtrace "gdb -nx -batch -ex bt -c '$core'"
fi
if have lldb; then
  contestant lldb-help "lldb --help"
  contestant lldb-backtrace "lldb --no-lldbinit --batch -c '$core' -o bt"
fi
measure
print_results mortem-analyze
print_json ""
