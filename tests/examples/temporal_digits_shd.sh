#!/bin/bash
# What temporal_digits promises about the Spiking Heidelberg Digits and Spiking Speech Commands:  temporal_digits_shd.sh PROGRAM
#   every rule learns from files in their layout, as h5py writes them; the same bits for one thread and two; a training goes on from
#   its checkpoint; the test set stays closed while others are held out; a message for every file that is missing, damaged or wrong.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
mkdir empty
"$program" --shd=empty >refused.log 2>&1 && fail "an empty folder is no error"
if grep -q 'needs libhdf5' refused.log; then
  grep -qF -- '--shd needs libhdf5 (Debian: libhdf5-dev), without which this program was built' refused.log || fail "another reason"
  [ $failures -eq 0 ] && echo "skipped: this program was built without libhdf5, and says so" && exit 77
  exit 1
fi
python=
for candidate in python3 /usr/bin/python3; do
  [ -z "$python" ] && $candidate -c 'import h5py' 2>/dev/null && python=$candidate
done
[ -z "$python" ] && echo "skipped: no python3 with h5py to write files with" && exit 77

cat >make.py <<'P'
# make.py FOLDER [CHANGE]: words of class k rise or fall through the units, from a place of their own. CHANGE is Python: it may
# change what a file gets in `times`, `units`, `labels`, `speakers`, `keys`, or, after they are written, the open file `f`.
import os, sys
import h5py, numpy as np
folder, change = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
os.makedirs(folder, exist_ok=True)
ssc = "ssc" in folder
classes, files = (35, ("ssc_train", "ssc_valid", "ssc_test")) if ssc else (20, ("shd_train", "shd_test"))
rng = np.random.default_rng(1)
for name in files:
    count = classes * (8 if "train" in name else 2)
    labels = (np.arange(count) % classes).astype("u2")
    speakers = np.repeat([0, 3], (count + 1) // 2)[:count].astype("u2")
    times, units = [], []
    for label in labels:
        t = np.sort(rng.uniform(0, 0.4, 400))
        u = 35 * (label % 10) + 300 * (t if label % 2 else 0.4 - t) / 0.4 + 20 * (label // 10) + rng.normal(0, 8, 400)
        times.append(t.astype("f2")), units.append((u.astype(int) % 700).astype("u2"))
    keys = np.array([b"class %d" % k for k in range(classes)])
    f = None
    exec(change)
    with h5py.File(f"{folder}/{name}.h5", "w") as f:
        for path, lists in (("spikes/times", times), ("spikes/units", units)):
            d = f.create_dataset(path, (len(lists),), maxshape=(None,), chunks=(8,), dtype=h5py.special_dtype(vlen=lists[0].dtype))
            for k, values in enumerate(lists):
                d[k] = values
        f["labels"] = labels
        if speakers is not None: f["extra/speaker"] = speakers
        if keys is not None: f["extra/keys"] = keys
        f["extra/meta_info/gender"] = np.array([b"female", b"male"])
        exec(change)
P
make() { $python make.py "$@" || fail "no files for: $*"; }
base=(--units=50 --adaptive=20 --batch=16 --chunk=8 --seed=3)
small=("${base[@]}" --channels=70 --epochs=3)
without_times() { cut -d, -f1-3,5 "$1"; }
falls() { awk -F, 'NR == 2 { first = $2 } { last = $2 } END { exit !(last < first) }' "$1"; }

make shd
"$program" "${small[@]}" --shd=shd --out=one --threads=1 --checkpoint=one.npz >one.log 2>&1 || { fail "it does not run"; cat one.log; }
"$program" "${small[@]}" --shd=shd --out=two --threads=2 >two.log 2>&1 || fail "it does not run on two threads"
cmp <(without_times one/temporal_digits.csv) <(without_times two/temporal_digits.csv) || fail "two threads: other numbers"
for file in temporal_digits_curve.csv temporal_digits_confusion.npz temporal_digits_raster.csv temporal_digits_answer.csv; do
  [ -s "one/$file" ] || fail "$file is not written"
done
grep -qE '^Spiking Heidelberg Digits: 160 training, 0 held-out, 40 test sequences of (39|40) steps of 10 ms' one.log || fail "another split"
grep -qE '^70 inputs, .* 0.00 % of spikes come after the last step' one.log || fail "it does not say what binning lost"
grep -qE '^test accuracy: [0-9.]+ % of 40$' one.log || fail "no accuracy"
grep -q 'not in order of time' one.log && fail "it finds spikes out of order"
for rule in forward decolle etlp stllr fixed; do
  "$program" "${small[@]}" --shd=shd --out=rule --rule=$rule >rule.log 2>&1 || { fail "--rule $rule"; tail -n 2 rule.log; }
  falls rule/temporal_digits.csv || fail "$rule learns nothing"
done
falls one/temporal_digits.csv || fail "e-prop learns nothing"
"$program" "${base[@]}" --channels=70 --shd=shd --epochs=10 --out=long --checkpoint=long.npz >long.log 2>&1 || { fail "ten epochs"; tail -n 2 long.log; }
awk '/^test accuracy/ { right = $3 } END { exit !(right > 50) }' long.log || { fail "less than half are right"; tail -n 4 long.log; }

# All 700 units by themselves; steps of another length; spikes after the last step.
"$program" "${base[@]}" --epochs=1 --shd=shd --dt=20 --out=whole --sequences=whole.npz >whole.log 2>&1 || fail "700 units"
grep -qE '^700 inputs' whole.log && grep -qE 'sequences of 20 steps of 20 ms' whole.log || { fail "700 units in steps of 20 ms"; cat whole.log; }
$python - <<'P' || fail "--sequences writes other spikes than the files have"
import h5py, numpy as np
seen, f = np.load("whole.npz"), h5py.File("shd/shd_train.h5", "r")
step, unit, first = (seen[f"train_{w}"].ravel() for w in ("step", "input", "first"))
assert seen["inputs"] == 700 and (seen["train_label"].ravel() == f["labels"][()]).all()
for k in range(160):
    mine = set(zip(step[first[k]:first[k + 1]], unit[first[k]:first[k + 1]]))
    times = f["spikes/times"][k].astype("f8")
    assert mine == set(zip(np.floor(times / 0.02).astype(int), f["spikes/units"][k].astype(int))), k
P
"$program" "${base[@]}" --channels=70 --epochs=1 --shd=shd --steps=20 --out=late >late.log 2>&1 || fail "20 steps"
grep -qE '(49|50|51)\.[0-9]+ % of spikes come after the last step' late.log || { fail "half of the spikes are late"; cat late.log; }

# The order of a recording's spikes does not matter, and is told.
make unordered 'if f is None: times, units = [t[::-1] for t in times], [u[::-1] for u in units]'
"$program" "${small[@]}" --shd=unordered --out=unordered_out >unordered.log 2>&1 || { fail "spikes in another order"; cat unordered.log; }
grep -qF '200 recordings have spikes that are not in order of time; they are put in order' unordered.log || fail "it does not tell their order"
cmp <(without_times one/temporal_digits.csv) <(without_times unordered_out/temporal_digits.csv) || fail "another order: other numbers"

# The test set stays closed while others are held out.
make held && rm held/shd_test.h5
"$program" "${small[@]}" --shd=held --hold-out=1 --out=held_out >held.log 2>&1 || { fail "--hold-out"; cat held.log; }
grep -q '120 training, 40 held-out, 0 test sequences' held.log || fail "one of each of 20 classes and 2 speakers is not held out"
grep -qE '^held-out accuracy: [0-9.]+ % of 40$' held.log || fail "no held-out accuracy"
grep -q 'test accuracy' held.log && fail "the test set is touched"
make ssc
"$program" "${base[@]}" --channels=70 --epochs=1 --shd=ssc --out=ssc_out >ssc.log 2>&1 || { fail "SSC"; cat ssc.log; }
grep -q '^Spiking Speech Commands: 280 training, 70 held-out, 70 test sequences' ssc.log || fail "another split of SSC"
grep -qE '^epoch .* held-out accuracy' ssc.log && grep -qE '^test accuracy: [0-9.]+ % of 70$' ssc.log || fail "no accuracies of SSC"
rm ssc/ssc_test.h5
"$program" "${base[@]}" --channels=70 --epochs=1 --shd=ssc --hold-out=1 --out=ssc_out >ssc.log 2>&1 || { fail "SSC, --hold-out"; cat ssc.log; }
grep -q '280 training, 70 held-out, 0 test sequences' ssc.log || fail "SSC's validation file is not what is held out"

# Stopped after an epoch, and resumed.
kill_when '[ -s killed.npz ]' "$program" "${small[@]}" --shd=shd --out=killed --checkpoint=killed.npz
"$program" "${small[@]}" --shd=shd --out=killed --checkpoint=killed.npz --resume >resumed.log 2>&1 || { fail "no resuming"; cat resumed.log; }
cmp <(without_times one/temporal_digits.csv) <(without_times killed/temporal_digits.csv) || fail "resumed: other numbers"

refused_options() { all=("${small[@]}" --out=refused "$@"); }
# spoil EXPECTED CHANGE: files that are changed so are refused so.
spoil() {
  rm -rf bad && make bad "$2" && refuse "$1" --shd=bad
}
refuse 'no-such-folder' --shd=no-such-folder
refuse 'only one of --data, --braille and --shd' --shd=shd --data=empty
refuse 'empty: holds neither shd_train.h5 nor ssc_train.h5' --shd=empty
refuse 'ssc/ssc_test.h5: is not there, but ssc/ssc_train.h5 is' --shd=ssc
refuse 'held/shd_test.h5: is not there, but held/shd_train.h5 is' --shd=held
refuse 'was trained with other options' --shd=shd --dt=20 --resume --checkpoint=one.npz
"$program" "${base[@]}" --shd=shd --channels=701 >refused.log 2>&1 && fail "701 channels"
grep -qF '701 channels of 700 units' refused.log || fail "no message for 701 channels"
refuse '--steps is 5' --shd=shd --steps=5
refuse '--hold-out is -1' --shd=shd --hold-out=-1
mkdir packed && touch packed/shd_train.h5.gz && refuse 'packed/shd_train.h5.gz: is packed; unpack it' --shd=packed
mkdir both && cp shd/*.h5 both && cp ssc/*.h5 both && refuse 'both: holds both SHD and SSC' --shd=both
mkdir cut && cp shd/*.h5 cut && head -c 5000 shd/shd_test.h5 >cut/shd_test.h5 && refuse 'cut/shd_test.h5, byte 5000: the file is cut off' --shd=cut
mkdir text && cp shd/*.h5 text && echo 'no file' >text/shd_train.h5 && refuse 'text/shd_train.h5, byte 0: no HDF5 file' --shd=text
spoil "bad/shd_train.h5: '/spikes/units' is not there" 'if f: del f["spikes/units"]'
spoil "bad/shd_train.h5: '/labels' is not there" 'if f: del f["labels"]'
spoil "bad/shd_train.h5: '/spikes/units' holds 700 for spike 2 of sample 5, expected 0 to 699" 'if f is None: units[5][2] = 700'
spoil "bad/shd_train.h5: '/spikes/times' holds -0.5 s for spike 2 of sample 5" 'if f is None: times[5][2] = -0.5'
spoil "bad/shd_test.h5: '/labels' holds 20 for sample 3, expected 0 to 19" 'if f is None and name == "shd_test": labels[3] = 20'
spoil "bad/shd_train.h5: '/extra/keys' names 19 classes, expected 20" 'if f is None: keys = keys[:19]'
spoil "bad/shd_train.h5: '/spikes/times' has 399 numbers for sample 0 and /spikes/units has 400" 'if f is None: times[0] = times[0][:-1]'
spoil "bad/shd_test.h5: holds no recordings" '
if f and name == "shd_test":
    for path in ("spikes/times", "spikes/units"): f[path].resize((0,))
    for path in ("labels", "extra/speaker"): del f[path]; f[path] = np.array([], "u2")'
finish
