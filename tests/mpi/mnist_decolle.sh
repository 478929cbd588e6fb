#!/bin/bash
# mnist_decolle under mpirun:  mnist_decolle.sh MPIRUN PROGRAM
#   the same weights, pictures and losses on any number of ranks as on one process, of which one reads the data; copies that
#   do not see each other are refused; --resume on another number;
#   a rank that is killed at a random moment ends the job, leaves a checkpoint whole, and the resumed run ends with the
#   same bits. KILLS in the environment says how often (3).
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
small=(--samples=600 --layers=64,64 --steps=8 --burn-in=2 --window=3 --batch=50 --chunk=12 --hold-out=50
  --dropout=0.2 --rate-regularisation=0.5 --rotation=10 --seed=3)
train() { # RANKS THREADS OUT EPOCHS OPTIONS…
  local ranks=$1 threads=$2 out=$3 epochs=$4 start=()
  shift 4
  [ "$ranks" -gt 0 ] && start=("$mpirun" -n "$ranks")
  timeout 300 "${start[@]}" "$program" "${small[@]}" --epochs="$epochs" --threads="$threads" --out="$out" --checkpoint="$out.npz" "$@" \
    >"$out.log" 2>&1 || { fail "$ranks ranks: $*"; cat "$out.log"; }
}
numbers() { # what a program prints but time: losses and accuracies
  tr '\r' '\n' <"$1" | sed -nE 's/.*(loss .*together [0-9.]+ %).*/\1/p; s/.*(layer .*test accuracy.*%).*/\1/p; s/^(test accuracy.*)/\1/p'
}
same() { # OUT OUT WHAT
  cmp "$1/mnist_decolle_weights.npz" "$2/mnist_decolle_weights.npz" && cmp "$1/mnist_decolle_raster.csv" "$2/mnist_decolle_raster.csv" &&
    cmp <(numbers "$1.log") <(numbers "$2.log") && echo "$3: the same bits" || fail "$3: other bits"
}

train 0 1 alone 3
[ "$(numbers alone.log | wc -l)" -eq 6 ] || fail "no losses and accuracies to compare"
for ranks in 1 2 3 4; do
  train $ranks 1 on$ranks 3
  same alone on$ranks "$ranks ranks"
done
train 2 2 threads 3
same alone threads "2 ranks of 2 threads"
train 2 1 layers 3 --layer-ranks=2
same alone layers "2 ranks by layers"
train 4 1 grid 3 --layer-ranks=2
same alone grid "2 x 2 ranks"
grep -qE '^4 ranks: rank 0 sent [0-9.]+ MB to ranks with other layers' grid.log || fail "no report of spikes"
if timeout 60 "$mpirun" -n 3 "$program" "${small[@]}" --epochs=1 --layer-ranks=2 >refused.log 2>&1; then fail "3 ranks in twos"; fi
grep -q -- '--layer-ranks 2: the number of ranks, 3, must be a multiple of it' refused.log || fail "no reason for 3 ranks"
grep -qE '^4 ranks, layer 2: [0-9]+ updates by factors, [0-9]+ by sums; .* waited' on4.log || fail "no report of what ranks sent"

says() { # RANKS' LOG, WHAT: every epoch's line
  [ "$(tr '\r' '\n' <"$1" | grep -cE "^epoch .*, sent [0-9.]+ MB [(]$2[)], waited [0-9.]+ s")" -eq 3 ] || fail "$1 does not say in an epoch what was sent"
}
updates='(factors [0-9]+|sums [0-9]+|factors [0-9]+, sums [0-9]+) layers'
says on4.log "samples, $updates"
says layers.log spikes
says grid.log "samples, spikes, $updates"
if grep -q ', sent ' alone.log; then fail "one process says what it sent"; fi

# One rank reads the data: the others do not have the folder.
bytes() { printf '%b' "$(printf '\\x%02x' "$@")"; } # NUMBERS…
mkdir there
for set in train t10k; do
  count=$([ $set = train ] && echo 200 || echo 60)
  { bytes 0 0 8 3 0 0 0 "$count" 0 0 0 10 0 0 0 10 && head -c $((100 * count)) /dev/urandom; } >there/$set-images-idx3-ubyte
  { bytes 0 0 8 1 0 0 0 "$count" && for k in $(seq "$count"); do bytes $((k % 10)); done; } >there/$set-labels-idx1-ubyte
done
read_by_first=(--threads=1 --epochs=2)
"$program" "${small[@]}" "${read_by_first[@]}" --out=read --data=there >read.log 2>&1 || { fail "images of a folder"; cat read.log; }
grep -q '^150 training, 50 held-out, 60 test images of 10 x 10' read.log || fail "other images than those of the folder"
for layer_ranks in 1 2; do
  others=("${small[@]}" "${read_by_first[@]}" --out=sent --layer-ranks="$layer_ranks")
  timeout 300 "$mpirun" -n 1 "$program" "${others[@]}" --data=there : -n 3 "$program" "${others[@]}" --data=nowhere >sent.log 2>&1 ||
    { fail "images of a folder on the first rank"; cat sent.log; }
  same read sent "a folder that the first rank alone has, --layer-ranks $layer_ranks"
  grep -qE '^4 ranks: rank 0 sent 0[.][0-9]+ MB of samples' sent.log || fail "no report of samples"
done

# Copies that another MPI's mpirun has started.
if OMPI_COMM_WORLD_SIZE=3 timeout 60 "$program" "${small[@]}" --epochs=1 >refused.log 2>&1; then fail "copies that do not see each other"; fi
grep -q '3 copies were started, their MPI sees 1: take its own mpirun' refused.log || { fail "no reason for copies"; cat refused.log; }

ends_soon() { # JOB WHAT: within ten seconds
  local begin=$SECONDS
  while kill -0 "$1" 2>/dev/null && [ $((SECONDS - begin)) -le 10 ]; do sleep 0.05; done
  kill -0 "$1" 2>/dev/null || return 0
  fail "$2: the job hangs"
  kill -9 "$1" "${ranks[@]}" 2>/dev/null
}
# Killed, and resumed on another number of ranks.
train 0 1 whole 12 --skip-test
killed=0
for kill in $(seq "${KILLS:-3}"); do
  rm -f killed.npz
  "$mpirun" -n 3 "$program" "${small[@]}" --epochs=12 --skip-test --threads=1 --out=killed --checkpoint=killed.npz \
    >killed.log 2>&1 &
  job=$!
  if ((kill % 4)); then # three of four are killed after the first epoch
    for _ in $(seq 3000); do
      [ -e killed.npz ] && break
      sleep 0.02
    done
  fi
  sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
  for _ in $(seq 500); do # mpirun may not have started them yet
    ranks=($(pgrep -P $job))
    { [ ${#ranks[@]} -gt 0 ] || ! kill -0 $job 2>/dev/null; } && break
    sleep 0.02
  done
  [ ${#ranks[@]} -gt 0 ] && kill -9 "${ranks[$((RANDOM % ${#ranks[@]}))]}" 2>/dev/null
  ends_soon $job "kill $kill"
  wait $job 2>/dev/null || killed=$((killed + 1))
  resume=()
  [ -e killed.npz ] && resume=(--resume)
  echo "kill $kill: ${resume[*]:-before the first checkpoint}"
  train $((1 + kill % 4)) 1 killed 12 --skip-test "${resume[@]}"
  cmp whole/mnist_decolle_weights.npz killed/mnist_decolle_weights.npz || fail "kill $kill: other weights"
done

# A rank of a grid is killed after the first epoch, and the job is resumed by other grids.
for grid in "1 1" "2 2" "4 2"; do
  rm -f part.npz
  "$mpirun" -n 4 "$program" "${small[@]}" --epochs=12 --skip-test --threads=1 --layer-ranks=2 --out=part --checkpoint=part.npz >part.log 2>&1 &
  job=$!
  for _ in $(seq 3000); do
    [ -e part.npz ] && break
    sleep 0.02
  done
  ranks=($(pgrep -P $job))
  [ ${#ranks[@]} -gt 0 ] && kill -9 "${ranks[$((RANDOM % ${#ranks[@]}))]}" 2>/dev/null
  ends_soon $job "a rank of a grid"
  wait $job 2>/dev/null && fail "a grid was over before it could be killed"
  train "${grid% *}" 1 part 12 --skip-test --resume --layer-ranks="${grid#* }"
  cmp whole/mnist_decolle_weights.npz part/mnist_decolle_weights.npz && echo "resumed on ${grid% *} ranks, ${grid#* } of them for layers" ||
    fail "resumed on ${grid% *} ranks, ${grid#* } of them for layers: other weights"
done
[ $killed -gt 0 ] || fail "every job was over before it could be killed"
finish
