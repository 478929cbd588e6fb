#!/bin/bash
# Every code line that a table of README.md or of a page beside the code quotes stands in the file it names, and every relative
# link leads to a file and, behind #, to a heading of it:
#     quotes.sh REPOSITORY
set -u
export LC_ALL=C.UTF-8
cd "$1" || exit 1
source tests/readme/pages.sh
quoted=0 linked=0 failures=0
fail() {
  echo "$*"
  failures=$((failures + 1))
}

# The page without its blocks of code.
prose() { awk '/^```/ { code = !code; next } !code' "$1"; }

# The anchors of a page's headings, as GitHub makes them.
anchors() {
  prose "$1" | sed -nE 's/^#+ +//p' | sed -E 's/\[([^]]*)\]\([^)]*\)/\1/g; s/[^[:alnum:] _-]//g; s/ /-/g' | tr '[:upper:]' '[:lower:]' |
    awk '{ print seen[$0]++ ? $0 "-" seen[$0] - 1 : $0 }'
}

for page in "${pages[@]}"; do
  while IFS=$'\t' read -r code file; do
    quoted=$((quoted + 1))
    grep -qF -- "$code" "include/neohebb/$file" || fail "$page quotes a line that include/neohebb/$file does not have: $code"
  done < <(sed -nE 's/^\|.*\| `(.*)` \| ([a-z_\/]+\.hpp) \|$/\1\t\2/p' "$page" | sed 's/\\|/|/g')
  while read -r link; do
    linked=$((linked + 1))
    target=$(dirname "$page")/${link%%#*}
    [[ $link == \#* ]] && target=$page
    [ -e "$target" ] || { fail "$page links to $link, which is not there"; continue; }
    [[ $link == *#* ]] || continue
    anchors "$target" | grep -qxF -- "${link#*#}" || fail "$page links to $link, but $target has no such heading"
  done < <(prose "$page" | sed 's/`[^`]*`//g' | grep -oE '\]\([^) ]+\)' | sed -E 's/^\]\(|\)$//g' | grep -v '^https\?:')
done
echo "$quoted quoted lines, $linked links in ${#pages[@]} pages, $failures failures"
[ "$quoted" -gt 0 ] && [ "$linked" -gt 0 ] && [ "$failures" -eq 0 ]
