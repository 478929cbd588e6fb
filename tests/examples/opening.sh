# shellcheck shell=bash disable=SC2034
# Sourced by the tests of the examples with their arguments, PROGRAM…: goes to a folder of its own. What they have in common:
#   program, programs    the first of the programs, and all of them, by their whole path
#   fail WHY             counts a failure and goes on; finish ends the test
#   options OPTIONS…     fills `all` with those of `small` that OPTIONS do not replace, and with OPTIONS
#   refuse, kill_when    see below
set -u
programs=()
for program in "$@"; do programs+=("$(realpath "$program")"); done
program=${programs[0]}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

failures=0
fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}
finish() {
  if [ $failures -gt 0 ]; then
    echo "$failures failures"
    exit 1
  fi
  echo "all as promised"
  exit 0
}

small=()
options() {
  local name given replaced
  all=()
  for name in "${small[@]}"; do
    replaced=no
    for given in "$@"; do [ "${given%%=*}" = "${name%%=*}" ] && replaced=yes; done
    [ $replaced = no ] && all+=("$name")
  done
  all+=("$@")
}

# refuse MESSAGE OPTIONS…: the program says MESSAGE on its standard error, and ends with a status from 1 to highest_status: it
# does not crash. A test with further options in such calls defines refused_options, which fills `all`.
refused_options() { all=("$@"); }
highest_status=125
refuse() {
  local message=$1 status
  shift
  refused_options "$@"
  "$program" "${all[@]}" >refused.out 2>refused.log
  status=$?
  if [ $status -lt 1 ] || [ $status -gt $highest_status ]; then
    fail "exit status $status of: $*"
  elif ! grep -qF -- "$message" refused.log; then
    fail "no '$message' from: $*"
    tail -n 3 refused.log
  else
    echo "refused: $*"
  fi
}

# kill_when CONDITION COMMAND…: runs the command, its output in killed.log, and kills it as soon as the condition holds.
kill_when() {
  local condition=$1 process
  shift
  "$@" >killed.log 2>&1 &
  process=$!
  for _ in $(seq 6000); do
    eval "$condition" && break
    sleep 0.01
  done
  kill -9 $process 2>/dev/null || echo "too fast to be killed: it resumes after the end"
  wait $process 2>/dev/null
}
