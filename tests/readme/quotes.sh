#!/bin/bash
# Every code line that README.md's tables quote stands in the file they name, and every relative link leads somewhere:
#     quotes.sh REPOSITORY
set -u
cd "$1" || exit 1
quoted=0 failures=0
while IFS=$'\t' read -r code file; do
  quoted=$((quoted + 1))
  if ! grep -qF -- "$code" "include/neohebb/$file"; then
    echo "README.md quotes a line that include/neohebb/$file does not have: $code"
    failures=$((failures + 1))
  fi
done < <(sed -nE 's/^\|.*\| `(.*)` \| ([a-z_\/]+\.hpp) \|$/\1\t\2/p' README.md | sed 's/\\|/|/g')
linked=0
while read -r link; do
  linked=$((linked + 1))
  [ -e "$link" ] || { echo "README.md links to $link, which is not there"; failures=$((failures + 1)); }
done < <(grep -oE '\]\([^)# ]+\)' README.md | sed -E 's/^\]\(|\)$//g' | grep -v '^https\?:')
echo "$quoted quoted lines, $linked links, $failures failures"
[ "$quoted" -gt 0 ] && [ "$failures" -eq 0 ]
