#!/bin/bash
# What the program spike_likelihood promises:  spike_likelihood.sh PROGRAM
#   the log-likelihood rises and samples come near the target; the same numbers run after run; targets from .ras files; a
#   message and a non-zero exit status for every mistake.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
learn() {  # OUT OPTIONS…
  local out=$1
  shift
  if ! "$program" --inputs=100 --outputs=4 --duration=400 --passes=150 --out="$out" "$@" >"$out.log" 2>&1; then
    fail "spike_likelihood $*"
    cat "$out.log"
  fi
}

learn one
learn again
learn other --seed=2
learn online --window=1 --rate=0.0005  # Adam's steps are as large for one step's gradient as for all
cmp one/spike_likelihood.csv again/spike_likelihood.csv || fail "run after run: other numbers"
cmp one/spike_likelihood_sample.ras again/spike_likelihood_sample.ras || fail "run after run: other samples"
cmp -s one/spike_likelihood.csv other/spike_likelihood.csv && fail "--seed changes nothing"
for out in one other online; do
  for file in curve.csv raster.csv sample.ras; do
    [ -s "$out/spike_likelihood_$file" ] || fail "$out/spike_likelihood_$file is not written"
  done
  awk -F, -v out="$out" '
    NR == 2 { first = $3 }
    NR > 1 { last = $3; ++passes; fell += out != "online" && passes > 20 && $3 < before - 0.1; before = $3 }
    END {
      if (passes == 150 && last > -2 && last > first + 2 && fell == 0) { print out ": " first " to " last " per spike"; exit 0 }
      print "FAILED: " out ": log-likelihood per spike from " first " to " last " in " passes " passes, falls in " fell
      exit 1
    }' "$out/spike_likelihood.csv" || failures=$((failures + 1))
  awk -v out="$out" '
    /^samples before/ { before = $10 }
    /^samples after/ { after = $10 }
    END { if (!(after > 0 && after < before / 2)) { print "FAILED: " out ": distances " before " and " after; exit 1 } }
  ' "$out.log" || failures=$((failures + 1))
done

printf '0.05 2\n0.02 1\n0.0804 3\n' >target.ras
learn file --target=target.ras --target-base=1
grep -qx 'target: 3 neurons, 3 spikes in 81 ms' file.log || fail "the target of a file: $(head -n 1 file.log)"

refused_options() { all=(--out=bad "$@"); }
echo '0.1 x' >bad.ras
: >empty.ras
refuse 'bad.ras, line 1: no whole number' --target=bad.ras
refuse 'index_base is 2, must be 0 or 1' --target=target.ras --target-base=2
refuse 'no spikes' --target=empty.ras
refuse 'cannot be read' --target=absent.ras
refuse 'temperature is 0' --temperature=0
refuse 'passes is 0' --passes=0
refuse 'duration in ms is -5' --duration=-5
refuse 'window in steps is -1' --window=-1
refuse 'rate is -1' --rate=-1
refuse 'must not be negative' --seed=-1
finish
