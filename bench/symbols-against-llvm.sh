#!/usr/bin/env bash
# functions, inlined chains, files and lines of 10,000 addresses of each file, against llvm-symbolizer's
#
# No times: how many answers are equal, and by which rule the others differ; one that no rule explains
# fails. The files are programs of gcc, clang, g++, clang++ (-O0 to -O3, -g1 to -g3, DWARF 2 to 5, split,
# packaged, shared by dwz), Rust, Go, libc, some of the corpus, and those that FILES names. It runs
# SymbolsAgainstLlvmTest of the module `stack` with all its builds, some minutes.
#
# ADDRESSES   of each file, default 10000
# FILES       more ELF files with symbols and DWARF, separated by commas
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
log=$(mktemp /var/tmp/mortem-symbols-XXXXXX)
trap 'rm -f "$log"' EXIT
status=0
"$project/build" -q -pl stack -am verify -Dtest=SymbolsAgainstLlvmTest \
  -Dsurefire.failIfNoSpecifiedTests=false -Dmortem.symbols.addresses="${ADDRESSES:-10000}" \
  -Dmortem.symbols.builds=all -Dmortem.symbols.files="${FILES:-}" >"$log" 2>&1 || status=$?
sed -n 's#^.*/\([^/]*/[^/]*: [0-9,]* addresses: \)#\1#p' "$log"
if [ "$status" -ne 0 ]; then
  grep -v ' addresses: ' "$log" | tail -n 40 >&2
  exit 1
fi
awk '{ for (i = 2; i <= NF; i++) { n = $(i - 1); gsub(",", "", n)
         if ($i == "addresses:") all += n; if ($i == "equal,") equal += n
         if ($i == "unexplained") left += n } }
  END { printf "\n{\"schema\":\"mortem.bench/1\",\"benchmark\":\"symbols-against-llvm\",\"addresses\":%d,\"equal\":%d,\"byRules\":%d,\"unexplained\":%d}\n",
          all, equal, all - equal - left, left }' < <(grep ' addresses: ' "$log")
