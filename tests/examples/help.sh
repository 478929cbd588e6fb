#!/bin/bash
# What --help promises, of every program:  help.sh PROGRAM…
#   options in the groups Data, Network, Learning and Output, each with a sentence; an example; one name for one thing.
set -u
failures=0
fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}
for program; do
  name=$(basename "$program")
  help=$("$program" --help) || fail "$name --help"
  grep -q "^Example: build/examples/$name " <<<"$help" || fail "$name gives no example"
  groups=$(grep -E '^[A-Za-z]+:$' <<<"$help" | tr -d '\n')
  grep -qxE '(Positionals:)?Options:(Data:)?(Network:)?(Learning:)?(Output:)?' <<<"$groups" || fail "$name: groups $groups"
  [ "$(sed -n '/^Options:/,/^$/p' <<<"$help" | grep -c '^  -')" -eq 1 ] || fail "$name has options without a group"
  # Names of other programs for the same thing.
  for other in held-out hidden neurons raster png rate-strength index-base scale test test-set iter shift-time shift-channels; do
    grep -qE "^ +--$other( |,|$)" <<<"$help" && fail "$name has --$other"
  done
done
for program; do "$program" --help; done | grep -oE '^ +--[a-z-]+' | sort | uniq -c | sort -rn | head -n 5
if [ $failures -ne 0 ]; then
  echo "$failures failures"
  exit 1
fi
echo "all as promised"
