#!/bin/bash
# What the program dvs_decolle promises:  dvs_decolle.sh PROGRAM
#   it learns; the same bits for any number of threads; a killed training that goes on to the same weights; a recording
#   classified while it plays; a message and a non-zero exit status for every mistake, never a crash.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
small=(--samples=60 --cells=16 --dt=10 --steps=20 --burn-in=4 --window=4 --channels=8,8 --pooling=2,2 --kernel=3 --dense=16 --rate=0.01
  --epochs=2 --batch=10 --chunk=3 --dropout=0.2 --rate-regularisation=0.5 --spread=0.1 --seed=3 --pictures=none)

train() {  # NAME OPTIONS…
  local name=$1
  shift
  options "$@"
  if ! "$program" "${all[@]}" --checkpoint="$name.npz" >"$name.log" 2>&1; then
    fail "dvs_decolle ${all[*]}"
    cat "$name.log"
  fi
}
weights() {  # of a checkpoint, without the seconds of its history
  mkdir -p "$1.parts" && (cd "$1.parts" && unzip -qo "../$1.npz" 'weights*' 'learner*')
}
same() {  # NAME NAME WHAT
  weights "$1"
  weights "$2"
  if diff -r "$1.parts" "$2.parts"; then
    echo "$3: the same bits"
  else
    fail "$3: other weights"
  fi
}

train one --threads=1 --pictures=png --out=pictures
train two --threads=2
same one two "1 and 2 threads"
for numbers in events.npz confusion.npz curve.csv raster.csv; do
  [ -s "pictures/dvs_decolle_$numbers" ] || fail "no dvs_decolle_$numbers"
done
[ "$(wc -l <pictures/dvs_decolle.csv)" -eq 3 ] || fail "two epochs are not two lines"
grep -q 'simulating N-MNIST from generated digits' one.log || fail "it does not say that events are simulated"
grep -q '^layer 3 test accuracy: [0-9.]* % (most frequent winner [0-9.]* %)' one.log || fail "no accuracy of layer 3"
tail -n 1 one.log | grep -qx 'test accuracy: [0-9.]* %' || fail "the last line is no test accuracy"

# It learns: ten classes.
train learned --samples=400 --hold-out=100 --epochs=10 --dropout=0 --spread=0 --channels=12,16 --dense=32
accuracy=$(sed -n 's/^held-out accuracy: \([0-9]*\).*/\1/p' learned.log)
if [ "${accuracy:-0}" -ge 60 ]; then
  echo "it learns: $accuracy %"
else
  fail "held-out accuracy ${accuracy:-none} %"
  cat learned.log
fi

# A training that is killed once it has written a checkpoint.
train whole --epochs=4 --threads=1
options --epochs=4 --threads=1
kill_when '[ -s killed.npz ]' "$program" "${all[@]}" --checkpoint=killed.npz
train killed --epochs=4 --resume --threads=2
grep 'going on after epoch [1-4]$' killed.log || fail "it did not resume"
same whole killed "killed and resumed"

# Gestures, and clips in a folder with a list. A clip: 40 bits an event, every 4096 us.
train gestures --simulated=gestures --samples=22 --epochs=1
grep -q 'simulating 26 gestures' gestures.log || fail "gestures are not simulated"
byte() { printf '%b' "$(printf '\\%03o' "$@" | sed 's/\\/\\0/g')"; }
clip() {  # FIRST: x goes from there
  local t
  for t in $(seq 0 60); do byte $(($1 + t / 4)) $((10 + t % 8)) $((128 * (t % 2) + t / 16)) $((t % 16 * 16)) 0; done
}
mkdir -p clips nmnist/Train nmnist/Test
clip 40 >clips/a.bs2
clip 60 >clips/b.bs2
printf 'file,label\na.bs2,0\nb.bs2,1\n' >clips/labels.csv
train clips --gesture=clips --samples=0 --batch=2 --chunk=1
tail -n 1 clips.log | grep -qx 'training accuracy: [0-9.]* %' || fail "clips are not shown again"
class_of() { "$program" --checkpoint="$1.npz" --stream=clips/a.bs2 | grep '^class: '; }
class_of clips | grep -qxE 'class: [0-9]+' || fail "a class of clips is no number"
class_of gestures | grep -qxE 'class: [a-z -]+' || fail "a gesture has no name"
for digit in 0 1; do
  mkdir nmnist/Train/$digit nmnist/Test/$digit
  clip $((2 + digit)) >nmnist/Train/$digit/0000$((1 + digit)).bin
  clip $((2 + digit)) >nmnist/Test/$digit/0000$((1 + digit)).bin
done
train real --nmnist=nmnist --batch=2
grep -q '2 training, 0 held-out, 2 test recordings' real.log || fail "N-MNIST's folders are not read"

# Folds: each has its share of every class, every recording is in one fold, and Test is not opened: there is none.
mkdir -p folds/Train/0 folds/Train/1
for k in 1 2 3 4; do clip $((2 + k)) >folds/Train/0/0000$k.bin; done
for k in 5 6 7 8 9; do clip $((2 + k)) >folds/Train/1/0000$k.bin; done
for shares in '1 2, 1' '2 1, 2' '3 1, 2'; do
  train "fold${shares%% *}" --nmnist=folds --fold="${shares%% *}/3" --batch=3
  grep -q "^held out of each class: ${shares#* }, 0, 0" "fold${shares%% *}.log" || fail "fold ${shares%% *}: other shares"
done
grep -q '6 training, 3 held-out, 0 test recordings' fold1.log || fail "a fold of 3 of 9"
grep -q '^layer 3 held-out accuracy: ' fold1.log || fail "no accuracy of a layer on a fold"
tail -n 1 fold1.log | grep -qx 'held-out accuracy: [0-9.]* %' || fail "no accuracy on a fold"
answer() { sed -nE "s/^$1accuracy: ([0-9.]+ %).*/\\1/p" "$2.log"; }
[ "$(answer 'layer 3 held-out ' fold1)" = "$(answer 'held-out ' fold1)" ] || fail "on N-MNIST the last layer's readout is not the answer"
cmp -s fold1.npz fold2.npz && fail "two folds train the same network"

# Augmentation: each kind matters, and the number of threads does not.
varied=(--time-shift=20 --rotation=10 --scaling=0.1)
for kind in "${varied[@]}"; do
  train varied "$kind" --threads=1
  weights varied
  diff -rq one.parts varied.parts >/dev/null && fail "$kind changes nothing"
done
train varied_one "${varied[@]}" --threads=1
train varied_two "${varied[@]}" --threads=2
same varied_one varied_two "shifted in time, turned and scaled by 1 and 2 threads"
train less_than_a_step --time-shift=9 --threads=1
same one less_than_a_step "a shift in time below a step"
train simulated_real --test-data=nmnist
grep -q '60 training, 0 held-out, 2 test recordings' simulated_real.log || fail "--test is not used"

# A recording as it plays.
clip 5 >clip.bin
if "$program" --checkpoint=learned.npz --stream=clip.bin --say-every=100 >stream.log 2>&1; then
  grep -qx ' *100 ms: [0-9]' stream.log || fail "no class after 100 ms"
  grep -qx 'class: [0-9]' stream.log || fail "no class of the whole recording"
  grep -q '^61 events in [0-9]* steps of 10 ms; a step takes [0-9.]* us on average, [0-9.]* at most' stream.log ||
    fail "no latency"
else
  fail "--stream"
fi
cat stream.log

refused_options() { options "$@"; }
refuse '--no-such-option' --no-such-option
refuse 'decay_from_time_constant(-' --tau-mem=-0.5
refuse 'decay_from_time_constant(nan' --tau-syn=nan
refuse 'spread is 1' --spread=1
refuse 'a seed must not be negative' --seed=-1
refuse 'Presentation.burn_in is 20' --burn-in=20
refuse 'FastSigmoid.steepness is 0' --steepness=0
refuse 'OwnReadout.dropout is 1' --dropout=1
refuse 'OwnReadout.scale is -1' --readout-scale=-1
refuse 'RateRegularisation.strength is -1' --rate-regularisation=-1
refuse '--pooling has 1 numbers for the 2 layers' --pooling=2
refuse 'MaxPooling.size is 9' --pooling=2,9
refuse 'has too few for 64 x 64 cells' --cells=64
refuse '--network' --network=large
refuse '--optimizer' --optimizer=newton
refuse '--dt' --dt=-1
refuse '--dt is 1000000 ms' --dt=1000000
refuse '--rate' --rate=-1
refuse '--batch' --batch=0
refuse '--threads' --threads=0
refuse '--steps' --steps=many
refuse '--checkpoint' --resume
refuse '--checkpoint' --stream=clip.bin
refuse '--mnist is for simulated N-MNIST' --mnist=. --simulated=gestures
refuse '5 recordings are too few' --samples=5
refuse '60 recordings are too few for 55 held out' --hold-out=55
refuse '60 recordings are too few for 30 held out and a batch of 40' --fold=1/2 --batch=40
refuse '--fold is 4/3, must be K/N' --fold=4/3
refuse '--fold is 0/3, must be K/N' --fold=0/3
refuse '--fold is 1/1, must be K/N' --fold=1/1
refuse '--fold 1/61: there are 60 recordings' --fold=1/61
refuse '--fold' --fold=1
refuse '--fold' --fold=1/-2
refuse '--hold-out 5 and --fold 1/3: give one' --fold=1/3 --hold-out=5
refuse '--time-shift' --time-shift=-1
refuse '--rotation' --rotation=181
refuse '--scaling' --scaling=1
refuse 'no-such-folder' --nmnist=no-such-folder
refuse 'cannot write' --checkpoint=no-such-folder/file.npz
refuse 'no-such-file.npz' --checkpoint=no-such-file.npz --resume
refuse 'was trained with other options' --checkpoint=whole.npz --epochs=4 --seed=4 --resume
refuse 'was trained with other options' --checkpoint=whole.npz --epochs=4 --simulated=gestures --samples=60 --resume
head -c 20000 whole.npz >cut.npz
refuse 'cut.npz' --checkpoint=cut.npz --resume
refuse 'cut.npz' --checkpoint=cut.npz --stream=clip.bin
refuse 'clips.txt' --checkpoint=learned.npz --stream=clips.txt
head -c 12 clip.bin >short.bin
refuse 'ends within a record' --checkpoint=learned.npz --stream=short.bin
printf '%% evt 2.0\n%% end\n12345678' >unsized.raw
refuse 'give --sensor=WIDTHxHEIGHT' --checkpoint=learned.npz --stream=unsized.raw
"$program" --checkpoint=learned.npz --stream=unsized.raw --sensor=34x34 >sized.log 2>&1
grep -q '34 x 34 pixels, seen as' sized.log || fail "--sensor=34x34 is not taken"
mkdir empty
refuse 'is no folder; N-MNIST' --nmnist=empty
refuse 'trials_to_train.txt' --gesture=empty
refuse 'is no folder; N-MNIST' --test-data=empty
printf 'file,label\na.bs2,0\nb.bs2,11\n' >clips/labels.csv
refuse 'label 11' --gesture=clips --batch=2
: >nmnist/Train/0/00009.bin
refuse '00009.bin' --nmnist=nmnist --batch=2

finish
