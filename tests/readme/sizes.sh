#!/bin/bash
# Pages that can be read: at most 1500 words, but for benchmarks/RESULTS.md; README.md at most 200 lines; no line of prose above
# 120 characters. Blocks of code and tables may be wider. In headers no line is above 110 characters.
#     sizes.sh REPOSITORY
set -u
export LC_ALL=C.UTF-8
cd "$1" || exit 1
source tests/readme/pages.sh
failures=0
fail() {
  echo "$*"
  failures=$((failures + 1))
}
for page in "${pages[@]}"; do
  words=$(wc -w <"$page")
  [ "$words" -le 1500 ] || [ "$page" = benchmarks/RESULTS.md ] || fail "$page has $words words, 1500 at most"
  while read -r line; do
    fail "$page:$line: is above 120 characters"
  done < <(awk '/^```/ { code = !code } { print code || /^\||^    |^```/ ? "" : $0 }' "$page" | grep -nE '^.{121,}' | cut -d: -f1)
done
while read -r line; do
  fail "$line: is above 110 characters"
done < <(grep -rnE --include='*.hpp' '^.{111,}' include | cut -d: -f1,2)
lines=$(wc -l <README.md)
[ "$lines" -le 200 ] || fail "README.md has $lines lines, 200 at most"
echo "${#pages[@]} pages, $failures failures"
[ "${#pages[@]}" -gt 1 ] && [ "$failures" -eq 0 ]
