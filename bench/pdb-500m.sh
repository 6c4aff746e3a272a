#!/usr/bin/env bash
# 100,000 addresses of a PDB of 500 MB, and the first line of it
#
# testkit/synth's LargePdb writes the PDB: modules of a thousand functions, each with inlined ones, sixteen
# lines and what a compiler tells of its locals. Functions, inlined ones and lines of random addresses are
# looked up with -Xmx128m (bench/src/SymbolicatePdb.java; a plain JVM start without a start-up cache), then
# one address alone, each time in a new process. Every answer is compared with what the generator wrote.
#
# SIZE_MIB (of the modules' streams; default 437, which makes a file of 500 MiB with the names), ADDRESSES (default 100000), RUNS (default 9); SYNTH_CLASSES, the generator's.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
size_mib=${SIZE_MIB:-437}
addresses=${ADDRESSES:-100000}

bench_begin "pdb-500m"
need python3
need_space $((size_mib * 2))
need_memory 2048
jdk=$("$project/bin/find-jdk")
jars=${MORTEM_JARS:-$project/.cache/launch/current/jars}
compgen -G "$jars/mortem-format-*.jar" >/dev/null || die "no jars in $jars; set MORTEM_JARS"

synth=${SYNTH_CLASSES:-$project/testkit/synth/target/classes}
[ -d "$synth" ] || (cd "$project" && ./build package -q >&2)
mkdir "$work/classes"
functions=$("$jdk/bin/java" -Xmx1500m -cp "$synth" \
  dev.mortem.testkit.synth.LargePdb "$work/large.pdb" $((size_mib << 20)))
say ""
say "  $(stat -c %s "$work/large.pdb") bytes, $functions functions"

python3 - "$work" "$functions" "$addresses" <<'PYTHON'
import random, sys
work, functions, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random.seed(7)
rvas = [0x1000 + random.randrange(functions * 256) for _ in range(count)]
for name, chosen in (("many", rvas), ("one", rvas[:1])):
    with open(f"{work}/{name}", "w") as out:
        out.writelines(f"{rva:#x}\n" for rva in chosen)
PYTHON

"$jdk/bin/javac" -d "$work/classes" -cp "$jars/*" "$bench/src/SymbolicatePdb.java"
ours="'$jdk/bin/java' -Xmx128m -cp '$work/classes:$jars/*' SymbolicatePdb '$work/large.pdb'"
contestant mortem "$ours '$work/many'"
contestant mortem-first "$ours '$work/one'"
measure

print_results mortem
[ -s "$work/err.mortem" ] && die "Mortem reports: $(sed -n 1p "$work/err.mortem")"
right=$(python3 - "$work/many" "$work/out.mortem" <<'PYTHON'
import sys
right = total = 0
with open(sys.argv[2]) as answers:
    blocks = answers.read().split("\n\n")[:-1]
for line, block in zip(open(sys.argv[1]), blocks, strict=True):
    function, inside = divmod(int(line, 16) - 0x1000, 256)
    module = function // 1000
    wanted = []
    if 32 <= inside < 48:
        wanted += ["Cart::sum", "c:\\shop\\cart.h:20"]
    if 16 <= inside < 96:
        wanted += ["shop::price", f"c:\\shop\\price.h:{10 if inside < 32 else 11}"]
    wanted += [f"shop::M{module}::f{function}", f"c:\\shop\\m{module}.cc:{1 + function % 1000 + inside // 16}"]
    total += 1
    right += block.split("\n") == wanted
print(right, total)
PYTHON
)
read -r correct total <<<"$right"
say ""
say "  of $total addresses $correct have the functions, files and lines that were written"
[ "$correct" = "$total" ] || die "wrong answers"
print_json "\"addresses\":$total,\"correct\":$correct,\"functions\":$functions"
