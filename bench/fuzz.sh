#!/usr/bin/env bash
# Fuzzes one parser: NAME SECONDS [SEED]; without a name, says which there are.
#
# Every build runs all targets for a second or two; this is for hours. It ends with exit code 1 and the
# input, in hex, where a parser did what it must not: an unchecked exception, or too long for one input.
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
jdk=$("$project/bin/find-jdk")
cd "$project"
if [ ! -d testkit/checks/target/classes ] || ! compgen -G 'cli/target/app/*.jar' >/dev/null; then
  ./build package -q
fi
exec "$jdk/bin/java" -Xmx1g --enable-native-access=ALL-UNNAMED \
  -cp "testkit/checks/target/classes:testkit/synth/target/classes:cli/target/app/*" \
  dev.mortem.testkit.checks.FuzzRegistry "$@"
