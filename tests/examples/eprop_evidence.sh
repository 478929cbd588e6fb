#!/bin/bash
# What the program eprop_evidence promises:  eprop_evidence.sh PROGRAM
#   it learns; the same bits run after run and on any number of threads; a training that goes on from its checkpoint to the same
#   numbers; a message and exit status 1 for every mistake.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
small=(--units=40 --adaptive=20 --cues=3 --delay=50,150 --recall=50 --batch=10 --chunk=4 --iterations=90 --every=30 --test-trials=50 --seed=3)
"$program" "${small[@]}" --compare --out=one --checkpoint=one.npz --threads=1 >one.log 2>&1 || { fail "it does not run"; cat one.log; }
"$program" "${small[@]}" --compare --out=two --threads=3 >two.log 2>&1 || fail "it does not run again"
same() {  # FOLDER WHAT
  for table in eprop_evidence.csv eprop_evidence_without.csv; do cmp "one/$table" "$1/$table" || fail "$2: other numbers"; done
}
same two "run after run"
for file in eprop_evidence_curve.csv eprop_evidence_raster.csv eprop_evidence_trial.csv eprop_evidence_without.csv; do
  [ -s "one/$file" ] || fail "$file is not written"
done
tail -n 2 one.log >one.right
tail -n 2 two.log | cmp - one.right || fail "on three threads: other decisions"
head -n 1 one.right | grep -qx 'right decisions: [0-9.]* % of 50 trials' || fail "the last line but one tells no decisions"
tail -n 1 one.right | grep -qx 'without adaptation: [0-9.]* % of the same trials' || fail "the last line tells no decisions without adaptation"
awk -F, 'NR == 2 { first = $2 } NR == 4 { last = $2 } END { exit !(NR == 4 && last < first) }' one/eprop_evidence.csv || fail "nothing is learned"

# Killed as soon as there is a checkpoint, and resumed; then resumed when all is done.
kill_when '[ -s killed.npz ]' "$program" "${small[@]}" --compare --out=killed --checkpoint=killed.npz
for what in resumed "resumed at the end"; do
  "$program" "${small[@]}" --compare --out=killed --checkpoint=killed.npz --resume >resumed.log 2>&1 || { fail "$what: it does not run"; cat resumed.log; }
  same killed "$what"
  tail -n 2 resumed.log | cmp - one.right || fail "$what: other decisions"
done
"$program" --units=10 --adaptive=0 --cues=1 --delay=0 --recall=20 --iterations=2 --test-trials=0 --feedback=adaptive --out=none >none.log 2>&1 || { fail "no neuron adapts: it does not run"; cat none.log; }
grep -q 'right decisions' none.log && fail "--test-trials=0: it tests"

highest_status=1
refuse '--no-such-option' --no-such-option
refuse '--units is 0' --units=0
refuse '--adaptive is 50' --units=10
refuse '--cues is 4, must be odd' --cues=4
refuse '--delay in ms is -1' --delay=-1
refuse '--delay' --delay=1,2,3
refuse '--refractory in ms is 0' --refractory=0
refuse 'decay_from_time_constant(-1' --tau-mem=-1
refuse '--cue-rate in Hz is 2000' --cue-rate=2000
refuse '--feedback' --feedback=none
refuse '--threshold is 0' --threshold=0
refuse '--threads' --threads=0
refuse '--resume requires --checkpoint' --resume
refuse 'no-such-file.npz' --resume --checkpoint=no-such-file.npz
refuse 'was trained with other options' --rate=1e-3 --resume --checkpoint=one.npz
head -c 1000 one.npz >damaged.npz
refuse 'damaged.npz' --resume --checkpoint=damaged.npz
touch file
refuse 'file' --out=file/within
finish
