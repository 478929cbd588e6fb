#!/usr/bin/env bash
# undocumented.sh DOXYFILE: a public name without a comment is an error, with the settings of the reference; what has a row
# of a table, a comment behind it or a common name is documented.
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0
{
  cat "$1"
  printf '%s\n' "INPUT = $folder/planted.hpp" "OUTPUT_DIRECTORY = $scratch" 'USE_MDFILE_AS_MAINPAGE =' 'GENERATE_XML = YES'
} | doxygen - >"$scratch/log" 2>&1 || status=$?

fail() {
  echo "$1"
  cat "$scratch/log"
  exit 1
}
expect() { grep -qF -- "$1" "$scratch/xml/structneohebb_1_1Planted.xml" || fail "the page of Planted has no '$1'"; }

((status != 0)) || fail "a name without a comment is no error"
grep -q 'Member forgotten (variable) of .*Planted.* is not documented' "$scratch/log" || fail "'forgotten' was not found"
(($(grep -cE '(warning|error): ' "$scratch/log") == 1)) || fail "more than 'forgotten' is an error"
expect 'a &lt; 2'
expect 'b, in mV'
expect '<para>of b'
(($(grep -c '<para>both are counts' "$scratch/xml/structneohebb_1_1Planted.xml") == 2)) || fail "one comment for two names"
expect 'vector&lt;float&gt; @ 1 kHz: text with signs that mean something to Doxygen, \f and #hash.'
expect 'code&lt;float&gt; stays.as(it, is);'
expect 'Checks the parameters.'
