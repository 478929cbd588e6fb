#!/bin/bash
# What the program eprop_patterns promises:  eprop_patterns.sh PROGRAM
#   it learns; the same bits run after run; a training that goes on from its checkpoint to the same errors; a message and a
#   non-zero exit status for every mistake.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
small=(--units=60 --adaptive=20 --outputs=2 --steps=300 --trials=60 --every=20 --feedback=random --seed=3)
"$program" "${small[@]}" --out=one --checkpoint=one.npz >one.log 2>&1 || { fail "it does not run"; cat one.log; }
"$program" "${small[@]}" --out=two >two.log 2>&1 || fail "it does not run again"
cmp one/eprop_patterns.csv two/eprop_patterns.csv || fail "run after run: other errors"
for file in eprop_patterns_curve.csv eprop_patterns_output.csv eprop_patterns_raster.csv eprop_patterns.csv; do
  [ -s "one/$file" ] || fail "$file is not written"
done
tail -n 1 one.log | grep -qx 'normalised mean square error: [0-9.]*' || fail "the last line is no error"
awk -F, 'NR == 2 { first = $2 } { last = $2 } END { exit !(NR == 4 && last < first) }' one/eprop_patterns.csv || fail "nothing is learned"

# Killed as soon as there is a checkpoint, and resumed.
kill_when '[ -s killed.npz ]' "$program" "${small[@]}" --out=killed --checkpoint=killed.npz
"$program" "${small[@]}" --out=killed --checkpoint=killed.npz --resume >resumed.log 2>&1 || { fail "no resuming"; cat resumed.log; }
cmp one/eprop_patterns.csv killed/eprop_patterns.csv || fail "resumed: other errors"
rm killed.npz
kill_when '[ -s killed.npz ]' "$program" "${small[@]}" --out=killed --checkpoint=killed.npz
options --every=15
"$program" "${all[@]}" --out=killed --checkpoint=killed.npz --resume >resumed.log 2>&1 || { fail "no resuming with another --every"; cat resumed.log; }
cmp <(tail -n 1 one/eprop_patterns.csv) <(tail -n 1 killed/eprop_patterns.csv) || fail "another --every: other errors"

refused_options() { all=("${small[@]:1}" --out=refused "$@"); }
refuse '--no-such-option' --no-such-option
refuse '--units is 0' --units=0
refuse '--adaptive is 20' --units=10
refuse 'decay_from_time_constant(-1' --units=60 --tau-mem=-1
refuse '--resume requires --checkpoint' --units=60 --resume
refuse 'no-such-file.npz' --units=60 --resume --checkpoint=no-such-file.npz
refuse 'was trained with other options' --units=61 --resume --checkpoint=one.npz
finish
