#!/bin/bash
# What the program temporal_digits promises:  temporal_digits.sh PROGRAM
#   every rule learns made-up sounds; the same bits for one thread and two; a training that goes on from its checkpoint to the same
#   numbers; WAV files and Braille letters are read; a message and a non-zero exit status for every mistake and damaged file.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
small=(--units=60 --adaptive=20 --channels=16 --samples=160 --batch=16 --chunk=8 --epochs=3 --seed=3)
without_times() { cut -d, -f1-3,5 "$1"; }
"$program" "${small[@]}" --out=one --threads=1 --checkpoint=one.npz >one.log 2>&1 || { fail "it does not run"; cat one.log; }
"$program" "${small[@]}" --out=two --threads=2 >two.log 2>&1 || fail "it does not run on two threads"
cmp <(without_times one/temporal_digits.csv) <(without_times two/temporal_digits.csv) || fail "two threads: other numbers"
for file in temporal_digits_curve.csv temporal_digits_confusion.npz temporal_digits_raster.csv temporal_digits_answer.csv; do
  [ -s "one/$file" ] || fail "$file is not written"
done
grep -q 'no recordings named: made-up words' one.log || fail "it does not say that sounds are made"
grep -q '% of changes clipped' one.log || fail "it does not say what was clipped"
grep -qE '^test accuracy: [0-9.]+ % of 40$' one.log || fail "no accuracy"
for rule in forward decolle etlp stllr fixed; do
  "$program" "${small[@]}" --out=rule --rule=$rule >rule.log 2>&1 || { fail "--rule $rule"; tail -n 2 rule.log; }
  awk -F, 'NR == 2 { first = $2 } { last = $2 } END { exit !(last < first) }' rule/temporal_digits.csv || fail "$rule learns nothing"
done

"$program" "${small[@]}" --out=gate --gate=0.05 >gate.log 2>&1 || { fail "--gate"; tail -n 2 gate.log; }
grep -qE 'epoch +3/3: .* [1-9][0-9.]* % of errors skipped' gate.log || fail "a gate skips nothing"

# What other programs get to see: every spike of every sequence.
"$program" "${small[@]}" --out=seen --sequences=seen.npz >seen.log 2>&1 || { fail "--sequences"; tail -n 2 seen.log; }
if python3 -c 'import numpy' 2>/dev/null; then
  python3 - <<'P' || fail "--sequences writes something else"
import numpy as np
f = np.load("seen.npz")
assert f["inputs"] == 48 and f["channels"] == 16
for name, count in (("train", 160), ("held_out", 0), ("test", 40)):
    step, unit, first, steps, label = (f[f"{name}_{w}"].ravel() for w in ("step", "input", "first", "steps", "label"))
    assert len(label) == len(steps) == count and len(first) == count + 1, (name, len(label))
    assert first[0] == 0 and first[-1] == len(step) == len(unit) and (np.diff(first) > 0).all()
    if count:
        assert step.min() >= 0 and 0 <= unit.min() and unit.max() < 48 and label.max() < f["classes"]
        assert all(step[first[k]:first[k + 1]].max() < steps[k] for k in range(count))
P
else
  echo "skipped: --sequences is not read, as there is no numpy"
fi

# Stopped after an epoch, and resumed: the learning rate knows the whole training.
kill_when '[ -s killed.npz ]' "$program" "${small[@]}" --out=killed --checkpoint=killed.npz
"$program" "${small[@]}" --out=killed --checkpoint=killed.npz --resume >resumed.log 2>&1 || { fail "no resuming"; cat resumed.log; }
cmp <(without_times one/temporal_digits.csv) <(without_times killed/temporal_digits.csv) || fail "resumed: other numbers"
awk -F, 'NR > 2 && $4 < last { exit 1 } { last = $4 }' killed/temporal_digits.csv || fail "resumed: seconds begin again"
options --epochs=1
"$program" "${all[@]}" --time-shift=20 --out=as_usual >usual.log 2>&1 || { fail "--time-shift"; cat usual.log; }
"$program" "${all[@]}" --out=usual >usual.log 2>&1 || fail "one epoch"
cmp <(without_times usual/temporal_digits.csv) <(without_times as_usual/temporal_digits.csv) || fail "--time-shift=20 is not four steps of 5 ms"

refused_options() { all=("${small[@]:1}" --out=refused "$@"); }
refuse '--no-such-option' --no-such-option
refuse '--units is 0' --units=0
refuse '--adaptive is 20' --units=10
"$program" --samples=10 --out=few >few.log 2>&1 && fail "a batch of 32 of 10 sequences"
grep -qF -- '--batch is 32, there are 10 training sequences' few.log || fail "no message for a large batch"
refuse '--resume requires --checkpoint' --resume
refuse 'no-such-file.npz' --resume --checkpoint=no-such-file.npz
refuse 'was trained with other options' --units=61 --resume --checkpoint=one.npz
refuse 'no-such-folder' --data=no-such-folder
refuse 'MelFilterBank' --low=5000

# wav FILE RATE CHANNELS SECONDS [AMPLITUDE]: a tone, by Python's own module.
wav() {
  python3 - "$@" <<'P'
import math, struct, sys, wave
name, rate, channels, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
loud = float(sys.argv[5]) if len(sys.argv) > 5 else 8000
with wave.open(name, "wb") as f:
    f.setnchannels(channels); f.setsampwidth(2); f.setframerate(rate)
    f.writeframes(b"".join(struct.pack("<h", int(loud * math.sin(i * 0.3))) * channels for i in range(int(rate * seconds))))
P
}
mkdir sounds empty
refuse 'holds no .wav files' --data=empty
for k in 0 5 6 7 8; do wav sounds/3_somebody_$k.wav 8000 1 0.2; wav sounds/4_other_$k.wav 16000 2 0.3; done
"$program" --data=sounds --batch=4 --epochs=1 --units=10 --adaptive=5 --out=heard >heard.log 2>&1 || { fail "two rates, two channels"; cat heard.log; }
grep -q '8 training, 0 held-out, 2 test sequences' heard.log || fail "another split"
wav sounds/5_silent_6.wav 8000 1 0.2 0 && refuse '5_silent_6.wav: is silent' --data=sounds && rm -f sounds/5_silent_6.wav
wav sounds/5_empty_6.wav 8000 1 0 && refuse '5_empty_6.wav: holds no samples' --data=sounds && rm -f sounds/5_empty_6.wav
head -c 30 sounds/3_somebody_5.wav >sounds/5_cut_6.wav && refuse '5_cut_6.wav: ' --data=sounds && rm -f sounds/5_cut_6.wav
echo 'no sound' >sounds/5_text_6.wav && refuse '5_text_6.wav: no sound that can be read' --data=sounds && rm -f sounds/5_text_6.wav
cp sounds/3_somebody_5.wav sounds/hello.wav && refuse 'expected a name like 7_jackson_32.wav' --data=sounds && rm -f sounds/hello.wav
echo 'no archive' >text.npz && refuse 'text.npz' --braille=text.npz
if python3 -c 'import numpy' 2>/dev/null; then
  braille() {  # FILE CHANGE
    python3 - "$1" "$2" <<'P'
import numpy as np, sys
rng = np.random.default_rng(1)
a = dict(lengths=np.full(54, 20, np.int32), letters=np.arange(54, dtype=np.int32) % 27, repetition=np.repeat([3, 4], 27).astype(np.int32),
         taxels=rng.integers(55, 256, (54 * 20, 12)).astype(np.uint8))
exec(sys.argv[2])
np.savez(sys.argv[1], **a)
P
  }
  braille good.npz ''
  "$program" --braille=good.npz --batch=9 --epochs=1 --units=10 --adaptive=5 --out=felt >felt.log 2>&1 || { fail "Braille letters"; cat felt.log; }
  grep -q '27 training, 0 held-out, 27 test sequences of 40 steps' felt.log || fail "Braille: another split"
  braille bad.npz 'del a["letters"]' && refuse "holds no array 'letters'" --braille=bad.npz
  braille bad.npz 'a["letters"][5] = 27' && refuse 'recording 5 is letter 27' --braille=bad.npz
  braille bad.npz 'a["lengths"][5] = 21' && refuse 'the lengths sum to 1081 steps' --braille=bad.npz
  braille bad.npz 'a["repetition"] = a["repetition"][:-1]' && refuse '53 repetitions' --braille=bad.npz
fi
finish
