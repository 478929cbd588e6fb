#!/bin/bash
# What the program superspike_pattern promises:  superspike_pattern.sh PROGRAM
#   the error falls; the same numbers run after run; patterns from .ras files; a message and a non-zero exit status for
#   every mistake.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
learn() {  # OUT OPTIONS…
  local out=$1
  shift
  if ! "$program" --inputs=60 --outputs=20 --units=40 --period=0.5 --text=L --settle=2 --seconds=40 --every=4 --out="$out" \
    "$@" >"$out.log" 2>&1; then
    fail "superspike_pattern $*"
    cat "$out.log"
  fi
}

learn one
learn again
learn other --seed=2
learn random --feedback=random --rate-regularisation=0.01
cmp one/superspike_pattern.csv again/superspike_pattern.csv || fail "run after run: other numbers"
cmp one/superspike_pattern_output.ras again/superspike_pattern_output.ras || fail "run after run: other spikes"
cmp -s one/superspike_pattern.csv other/superspike_pattern.csv && fail "--seed changes nothing"
learn published --published
learn settings --published --hidden-scale=0.2 --output-scale=0.01 --update-every=0.1 --moment-time=300 --rate=7e-4 --final-rate=1e-5
cmp -s one/superspike_pattern.csv published/superspike_pattern.csv && fail "--published changes nothing"
cmp one/superspike_pattern.csv settings/superspike_pattern.csv || fail "given options do not go before those of --published"
for out in one other random; do
  for file in curve.csv raster.csv output.ras; do
    [ -e "$out/superspike_pattern_$file" ] || fail "$out/superspike_pattern_$file is not written"
  done
  awk -F, -v out="$out" '
    NR == 2 { first = $2 }
    END {
      print out ": from " first " to " $2
      if (!(NR == 12 && $2 < 0.7 * first)) { print "FAILED: " out " does not learn"; exit 1 }
    }' "$out/superspike_pattern.csv" || failures=$((failures + 1))
done

printf '0.1 3\n0.0500001 20\n0.3 1\n' >target.ras
printf '0.02 0\n0.04 5\n0.21 7\n' >input.ras
learn files --input=input.ras --target=target.ras --target-base=1
grep -q "60 neurons, 3 spikes; target: 20 neurons, 3 spikes" files.log || fail "files are not read: $(cat files.log)"

refused_options() { all=(--inputs=60 --outputs=20 --seconds=1 --settle=0 "$@"); }
printf -- '-0.1 3\n' >negative.ras
refuse "not negative" --input=input.ras --target=negative.ras
refuse "outside 0 to 19" --target=target.ras
refuse "strict" --target=target.ras --target-base=1 --strict
refuse "nowhere.ras" --target=nowhere.ras
refuse "shorter than a step" --update-every=1e-5
refuse "final-rate" --rate=1e-4 --final-rate=1e-3
refuse "nothing to learn" --text=" "
refuse "--period in s is -1" --period=-1
refuse "seed" --seed=-1
refuse "must be capital letters" --text=spikes
refuse "feedback" --feedback=none
refuse "units is 0" --units=0
finish
