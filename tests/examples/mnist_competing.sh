#!/bin/bash
# What the program mnist_competing promises:  mnist_competing.sh PROGRAM
#   the same bits for any number of threads and run after run; a training that is killed in either stage and goes on to
#   the same weights; a message and a non-zero exit status for every mistake, never a crash.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
small=(--samples=600 --units=40 --epochs=3 --top-epochs=3 --batch=50 --top-batch=30 --k=3 --hold-out=50 --seed=3)

train() {  # OUT OPTIONS…
  local out=$1
  shift
  options "$@"
  if ! "$program" "${all[@]}" --out="$out" >"$out.log" 2>&1; then
    fail "mnist_competing ${all[*]}"
    cat "$out.log"
  fi
}
same() {  # OUT OUT WHAT
  if cmp "$1/mnist_competing_weights.npz" "$2/mnist_competing_weights.npz"; then
    echo "$3: the same bits"
  else
    fail "$3: other weights"
  fi
}
other() {  # OUT OUT WHAT
  if cmp -s "$1/mnist_competing_weights.npz" "$2/mnist_competing_weights.npz"; then fail "$3 changes nothing"; fi
}

train one --threads=1
train two --threads=2
train three --threads=3
train again --threads=1
same one two "1 and 2 threads"
same one three "1 and 3 threads"
same one again "run after run"
for file in fields.npz norms.csv converged.csv error.csv loss.csv features.csv top.csv weights.npz; do
  [ -s "one/mnist_competing_$file" ] || fail "$file is not written"
done
grep -qE '^converged: [0-9]+ of 40 units have a norm within 5 % of R\^p; [0-9]+ never won in the last pass, [0-9]+ others at most [0-9]+ times$' one.log ||
  fail "nothing about the norms"
tail -n 1 one.log | grep -qxE 'test error: [0-9]+\.[0-9]{2} %' || fail "the last line is no test error"
[ "$(wc -l <one/mnist_competing_features.csv)" -eq 4 ] || fail "three passes are not three lines of features"
[ "$(wc -l <one/mnist_competing_top.csv)" -eq 4 ] || fail "three passes are not three lines of the top"
train many --epochs=120 --top-epochs=1000 --samples=150
[ "$(grep -c '^features ' many.log)" -le 51 ] || fail "more than fifty lines of progress of features"
[ "$(grep -c '^top ' many.log)" -le 51 ] || fail "more than fifty lines of progress of the top"

# Every variant runs, does the same with two threads, and is another than the plain one.
for way in --p=3 --p=2.5 --unit-length --features=random --features=pixels --no-unit-rows --top=softmax \
  --top-optimizer=sgd --m=4 --n=3 --delta=0 --shift=0 --rotation=9 --scaling=0.1 --no-distort-features '--coding=currents --p=3'; do
  # shellcheck disable=SC2086
  train "way$way" $way --threads=1
  # shellcheck disable=SC2086
  train "two$way" $way --threads=2
  same "way$way" "two$way" "1 and 2 threads, $way"
  other "way$way" one "$way"
done
train rank_given --k=2
train rank_usual --k=0  # so few units: 2
same rank_given rank_usual "the rank of few units"
other 'way--p=3' 'way--coding=currents --p=3' --coding=currents
grep -q '^converged' way--features=pixels.log && fail "pixels converge"

# Features that an earlier run has written: the same top.
train reused --features=one/mnist_competing_weights.npz
same one reused "features from a file"

# A training that is killed once it has written a checkpoint in the given stage.
long=(--epochs=60 --top-epochs=150 --checkpoint-every=0 --skip-test)
train whole "${long[@]}" --checkpoint=whole.npz --threads=1
grep -q '^test error' whole.log && fail "the test set was looked at in spite of --skip-test"
for stage in features top; do
  rm -f killed.npz
  options "${long[@]}" --checkpoint=killed.npz --threads=1
  kill_when "[ -e killed.npz ] && grep -q '^$stage pass [1-9]' killed.log" "$program" "${all[@]}" --out=killed
  train killed "${long[@]}" --checkpoint=killed.npz --resume --threads=2
  grep "^$stage: going on after pass [0-9]*$" killed.log || fail "it did not resume in stage $stage"
  same whole killed "killed in stage $stage and resumed"
done
train killed "${long[@]}" --checkpoint=whole.npz --resume
same whole killed "resumed when all was done"

refused_options() { options "$@" --out=refused; }
refuse '--no-such-option' --no-such-option
refuse 'Ranked.rank is 41' --k=41
refuse 'Ranked.rank is 1' --k=1
refuse 'CompetingUnits.power is 1.5' --p=1.5
refuse 'CompetingUnits.power is nan' --p=nan
refuse 'Ranked.anti_hebbian is -0.1' --delta=-0.1
refuse 'CompetingUnits.radius is 0' --radius=0
refuse 'weights of deviation -1' --init-deviation=-1
refuse 'PowerCoding.exponent is 0' --n=0
refuse 'TanhPower.exponent is 0.5' --m=0.5
refuse 'SupervisedTop.steepness is -1' --beta=-1
refuse 'a seed must not be negative' --seed=-1
refuse '--rate' --rate=-1
refuse "LargestEntry.rate is nan" --rate=nan
refuse 'Adam.rate is nan' --top-rate=nan
refuse '--units' --units=-1
refuse '--batch' --batch=0
refuse '--threads' --threads=0
refuse '--epochs' --epochs=many
refuse '--coding' --coding=spikes
refuse '--top' --top=linear
refuse '--checkpoint' --resume
refuse '60 samples are too few' --samples=60
refuse 'no-such-folder' --data=no-such-folder
refuse 'no-such-file.npz' --features=no-such-file.npz
refuse "'features/weight' is float32 of shape" --features=one/mnist_competing_weights.npz --units=50
refuse 'no-such-file.npz' --checkpoint=no-such-file.npz --resume
refuse 'was trained with other options' "${long[@]}" --checkpoint=whole.npz --resume --seed=4
refuse 'was trained with other options' "${long[@]}" --checkpoint=whole.npz --resume --n=4
head -c 20000 whole.npz >cut.npz
refuse 'cut.npz' "${long[@]}" --checkpoint=cut.npz --resume
refuse 'settings' --checkpoint=one/mnist_competing_weights.npz --resume

# The four files, with images in which there is nothing to be seen.
mkdir mnist
refuse 'mnist: holds neither train-images-idx3-ubyte' --data=mnist
for part in train t10k; do
  { printf '\0\0\010\003\0\0\0\074\0\0\0\034\0\0\0\034' && head -c $((60 * 784)) /dev/zero; } >mnist/$part-images-idx3-ubyte
  { printf '\0\0\010\001\0\0\0\074' && head -c 60 /dev/zero; } >mnist/$part-labels-idx1-ubyte
done
refuse 'is constant, 0 throughout' --data=mnist --hold-out=0

finish
