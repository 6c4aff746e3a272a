#!/usr/bin/env bash
# 100,000 addresses of a library with 1 GB of debug information, and the first line of it
#
# bench/src/units.cpp is compiled a few times with other types and linked many times over, each copy with
# code and debug information of its own (sections that a linker would fold are kept apart). Functions,
# inlined ones and lines of random addresses of its .text are looked up: by Mortem's DWARF reader with
# -Xmx512m (bench/src/Symbolicate.java; a plain JVM start without a start-up cache), and by
# llvm-symbolizer. Both get the same file of addresses in the same order and print demangled names.
# Mortem looks them up in ascending order, as its heap cannot hold all units at once.
#
# Then one address alone, each time in a new process. At the end, not measured, both print the names as
# the linker knows them, as the two demangle in different styles, and the answers are compared.
#
# VARIANTS (default 3) times COPIES (default 68) units, ADDRESSES (default 100000), RUNS (default 9).
# ORDER=ascending hands both the addresses sorted.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
variants=${VARIANTS:-3}
copies=${COPIES:-68}
addresses=${ADDRESSES:-100000}
order=${ORDER:-random}

bench_begin "dwarf-1g"
need g++ objcopy readelf llvm-symbolizer python3
need_space 2048
need_memory 4096
jdk=$("$project/bin/find-jdk")
jars=${MORTEM_JARS:-$project/.cache/launch/current/jars}
compgen -G "$jars/mortem-stack-*.jar" >/dev/null || die "no jars in $jars; set MORTEM_JARS"

objects=()
for ((variant = 1; variant <= variants; variant++)); do
  g++ -std=c++17 -O2 -g -fPIC -DUNIT="$variant" -c -o "$work/unit$variant.o" "$bench/src/units.cpp"
  # What is not in a group is not folded into one.
  objcopy --remove-section=.group "$work/unit$variant.o"
  for ((copy = 1; copy <= copies; copy++)); do objects+=("$work/unit$variant.o"); done
done
library=$work/units.so
g++ -shared -Wl,-z,muldefs -o "$library" "${objects[@]}"
python3 - "$library" "$addresses" "$order" "$work" <<'PYTHON'
import random, re, subprocess, sys
library, count, order, work = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
table = subprocess.run(["readelf", "-SW", library], capture_output=True, text=True, check=True).stdout
text = re.search(r"\.text +PROGBITS +([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+)", table)
start, size = int(text[1], 16), int(text[2], 16)
source = random.Random(1)
chosen = [start + source.randrange(size) for _ in range(count)]
for name, wanted in (("many", sorted(chosen) if order == "ascending" else chosen), ("one", chosen[:1])):
    with open(f"{work}/{name}", "w") as out:
        out.writelines(f"{address:#x}\n" for address in wanted)
debug = [int(at, 16) for at in re.findall(r"\.debug_\w+ +PROGBITS +\S+ +\S+ +([0-9a-f]+)", table)]
print(f"\n  debug sections {sum(debug):,} bytes, .text {size:,} bytes, {count:,} addresses, {order}")
PYTHON

mkdir "$work/classes"
"$jdk/bin/javac" -d "$work/classes" -cp "$jars/*" "$bench/src/Symbolicate.java"
ours="'$jdk/bin/java' -Xmx512m --enable-native-access=ALL-UNNAMED -cp '$work/classes:$jars/*' Symbolicate '$library'"
contestant mortem "$ours '$work/many'"
contestant llvm "llvm-symbolizer --obj='$library' --inlines <'$work/many'"
contestant mortem-first "$ours '$work/one'"
contestant llvm-first "llvm-symbolizer --obj='$library' --inlines <'$work/one'"
measure

print_results mortem
[ -s "$work/err.mortem" ] && die "Mortem reports: $(sed -n 1p "$work/err.mortem")"
bash -c "$ours '$work/many' raw" >"$work/raw.mortem"
llvm-symbolizer --obj="$library" --inlines --no-demangle <"$work/many" >"$work/raw.llvm"
same=$(python3 - "$work/raw.mortem" "$work/raw.llvm" <<'PYTHON'
import re, sys
def blocks(path):
    block = []
    for line in open(path, encoding="utf-8", errors="replace"):
        if line == "\n":
            yield block
            block = []
        else:
            block.append(line.rstrip("\n"))
def functions(block):
    # llvm-symbolizer takes the outermost name from the symbol table: GCC's copies of a function have a
    # suffix there, and of two constructors or destructors with the same code it is the other one.
    plain = [re.sub(r"(\.(isra|part|constprop|cold|lto_priv)(\.\d+)?)+$", "", name)
             for name in block[0::2]]
    return [re.sub(r"(?<=[CD])[12](?=E)", "2", name) for name in plain]
def places(block, columns):
    named = [re.sub(r":\d+$", "", place) if columns else place for place in block[1::2]]
    # Where the line table has a row without a line, llvm-symbolizer gives a file all the same.
    return [re.sub(r"^.*:0$", "no line", place) for place in named]
total = sameFunctions = samePlaces = 0
for ours, theirs in zip(blocks(sys.argv[1]), blocks(sys.argv[2]), strict=True):
    total += 1
    sameFunctions += functions(ours) == functions(theirs)
    samePlaces += places(ours, False) == places(theirs, True)
print(total, sameFunctions, samePlaces)
PYTHON
)
read -r total functions places <<<"$same"
say ""
say "  of $total addresses $functions have the same functions, $places the same files and lines"
print_json "\"addresses\":$total,\"sameFunctions\":$functions,\"samePlaces\":$places,\"order\":\"$order\""
