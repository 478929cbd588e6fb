#!/bin/bash
# What the program mnist_decolle promises:  mnist_decolle.sh PROGRAM
#   the same bits for any number of threads and run after run; a killed training that goes on to the same weights;
#   a message and a non-zero exit status for every mistake, never a crash.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
small=(--samples=600 --layers=64,64 --epochs=2 --steps=8 --burn-in=2 --window=3 --batch=50 --chunk=20 --hold-out=50
  --dropout=0.2 --rate-regularisation=0.5 --rotation=10 --seed=3)

train() {  # OUT OPTIONS…
  local out=$1
  shift
  options "$@"
  if ! "$program" "${all[@]}" --out="$out" >"$out.log" 2>&1; then
    fail "mnist_decolle ${all[*]}"
    cat "$out.log"
  fi
}
same() {  # OUT OUT WHAT
  if cmp "$1/mnist_decolle_weights.npz" "$2/mnist_decolle_weights.npz"; then
    echo "$3: the same bits"
  else
    fail "$3: other weights"
  fi
}

train one --threads=1
train three --threads=3
train again --threads=1
same one three "1 and 3 threads"
same one again "run after run"
for file in mnist_decolle_curve.csv mnist_decolle_raster.csv mnist_decolle.csv mnist_decolle_weights.npz; do
  [ -s "one/$file" ] || fail "$file is not written"
done
grep -q '^layer 2 test accuracy: [0-9.]* %' one.log || fail "no accuracy of layer 2"
tail -n 1 one.log | grep -qx 'test accuracy: [0-9.]* %' || fail "the last line is no test accuracy"
[ "$(wc -l <one/mnist_decolle.csv)" -eq 3 ] || fail "two epochs are not two lines"
grep -q '^epoch,seconds,held_out_accuracy,loss_1,held_out_most_frequent_1,held_out_summed_1,loss_2,' one/mnist_decolle.csv || fail "other columns"

# A training that is killed once it has written a checkpoint.
train whole --epochs=4 --checkpoint=whole.npz --skip-test --threads=1
options --epochs=4 --checkpoint=killed.npz --skip-test --threads=1
kill_when '[ -s killed.npz ]' "$program" "${all[@]}" --out=killed
train killed --epochs=4 --checkpoint=killed.npz --resume --skip-test --threads=2
grep 'going on after epoch [1-4]$' killed.log || fail "it did not resume"
same whole killed "killed and resumed"
awk -F, 'NR > 2 && $2 < last { exit 1 } { last = $2 }' killed/mnist_decolle.csv || fail "resumed: seconds begin again"
grep -q '^"One training sample: a [0-9]",' whole/mnist_decolle_raster.csv || fail "--skip-test: a test sample is drawn"
grep -q '^"One test sample: a [0-9]",' one/mnist_decolle_raster.csv || fail "no test sample is drawn"
cmp whole.npz killed.npz || echo "(the checkpoints differ in their seconds only)"
[ -z "$(find . -maxdepth 1 -name 'killed.npz?*')" ] || fail "a half-written checkpoint is left"

refused_options() { options "$@" --out=refused; }
refuse '--no-such-option' --no-such-option
refuse 'decay_from_time_constant(-0.5' --tau-mem=-0.5
refuse 'decay_from_time_constant(nan' --tau-syn=nan
refuse 'decay_from_time_constant(0' --tau-ref=0
refuse 'rotation (degrees) is nan' --rotation=nan
refuse 'scale is -3' --scaling=-3
refuse 'a seed must not be negative' --seed=-1
refuse 'Presentation.burn_in is 8' --burn-in=8
refuse 'FastSigmoid.steepness is 0' --steepness=0
refuse 'OwnReadout.dropout is 1' --dropout=1
refuse 'OwnReadout.scale is -1' --readout-scale=-1
refuse '--rate' --rate=-1
refuse '--layers' --layers=64,0
refuse '--batch' --batch=0
refuse '--threads' --threads=0
refuse '--steps' --steps=many
refuse '--checkpoint' --resume
refuse '20 samples are too few' --samples=20
refuse 'no-such-folder' --data=no-such-folder
refuse 'no-such-file.npz' --checkpoint=no-such-file.npz --resume
refuse 'was trained with other options' --checkpoint=whole.npz --resume --seed=4
refuse 'was trained with other options' --checkpoint=whole.npz --resume --layers=64,32
head -c 20000 whole.npz >cut.npz
refuse 'cut.npz' --checkpoint=cut.npz --resume
refuse "settings" --checkpoint=one/mnist_decolle_weights.npz --resume

# The four files, the first of them too short.
mkdir mnist
refuse 'mnist: holds neither train-images-idx3-ubyte' --data=mnist
images() { printf '\0\0\010\003\0\0\0\074\0\0\0\034\0\0\0\034' && head -c $((60 * 784)) /dev/zero; }  # 60 of 28 x 28
labels() { printf '\0\0\010\001\0\0\0\074' && head -c 60 /dev/zero; }
for part in train t10k; do
  images >mnist/$part-images-idx3-ubyte
  labels >mnist/$part-labels-idx1-ubyte
done
train whole_files --data=mnist --hold-out=0

# EMNIST's letters: behind a prefix, 26 classes from 1 on.
mkdir emnist
for part in train test; do
  images >emnist/emnist-letters-$part-images-idx3-ubyte
  printf '\0\0\010\001\0\0\0\074%60s' '' | tr ' ' '\032' >emnist/emnist-letters-$part-labels-idx1-ubyte
done
train letters --data=emnist --set=emnist-letters --hold-out=0
refuse 'label 26 in 10 classes from 0 on' --data=emnist
refuse "holds no train-images-idx3-ubyte of the set 'emnist-digits'" --data=emnist --set=emnist-digits
images | head -c 1000 >mnist/train-images-idx3-ubyte
refuse 'mnist/train-images-idx3-ubyte, byte 12: the sizes ask for more' --data=mnist
images >mnist/train-images-idx3-ubyte
labels | head -c 40 >mnist/train-labels-idx1-ubyte
refuse 'mnist/train-labels-idx1-ubyte, byte 8: the sizes ask for more' --data=mnist
images >mnist/train-labels-idx1-ubyte
refuse 'mnist/train-labels-idx1-ubyte' --data=mnist

finish
