#!/bin/bash
# What --nir promises:  nir_option.sh NIR_RUN PROGRAM…   (mnist_decolle, temporal_digits: those that are built)
#   the file holds the trained network and how it runs: nir_run, told nothing else, gives what the network gave; told
#   otherwise it does not; the accuracy is that of the network. What cannot be written is refused before training.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
nir_run=$program
says() {  # REGEX, a line of FILE
  grep -qxE -- "$1" "$2" || { fail "no line '$1' in:"; cat "$2"; }
}
learn() {  # PROGRAM NAME OPTIONS…
  local program=$1 name=$2
  shift 2
  "$program" "$@" --nir="$name.nir" --out="$name" --threads=2 >"$name.log" 2>&1 || { fail "$program $*"; cat "$name.log"; }
  says "wrote $name.nir \([0-9]+ nodes, dt [0-9.e-]+ s\), ${name}_input.npy, ${name}_output.npy" "$name.log"
}
gives_the_same() {  # NAME NOTE OTHERWISE: nir_run's answers are the network's, but not by other semantics
  local name=$1 note=$2 otherwise=$3
  "$nir_run" "$name.nir" --input="${name}_input.npy" --check="${name}_output.npy" --tolerance=1e-3 >run.log 2>&1 || {
    fail "$name.nir does not give what the network gave"
    cat run.log
  }
  says "note       the file says how it runs: $note" run.log
  says "check      0 of [1-9][0-9]* outputs differ by more than 0.001" run.log
  "$nir_run" "$name.nir" --input="${name}_input.npy" --check="${name}_output.npy" --tolerance=1e-3 "$otherwise" \
    >run.log 2>&1 && fail "$name.nir gives the same with $otherwise"
  grep -q "outputs differ from ${name}_output.npy" run.log || { fail "$otherwise:"; cat run.log; }
}
refuses() {  # MESSAGE PROGRAM OPTIONS…
  local message=$1
  shift
  "$@" >refused.log 2>&1 && fail "accepted: $*"
  grep -qF -- "$message" refused.log || { fail "no '$message' from: $*"; tail -n 3 refused.log; }
}

for program in "${programs[@]:1}"; do
  case $(basename "$program") in
    mnist_decolle)
      small=(--samples=600 --layers=64,64 --epochs=2 --steps=8 --burn-in=2 --window=3 --batch=50 --hold-out=50 --seed=3)
      learn "$program" digits "${small[@]}"
      gives_the_same digits "dt 0.001, euler, reset to value, membrane first" --old-current=0
      gives_the_same digits "dt 0.001, euler, reset to value, membrane first" --preset=norse
      ours=$(sed -n 's/^test accuracy: \(.*\) %$/\1/p' digits.log)
      theirs=$(sed -n 's/^test accuracy of digits.nir: \(.*\) %$/\1/p' digits.log)
      awk "BEGIN { d = $ours - $theirs; exit !($ours > 50 && d < 0.3 && d > -0.3) }" ||
        fail "the network's accuracy is $ours %, the graph's $theirs %"
      refuses "cannot" "$program" "${small[@]}" --out=digits --nir=none/digits.nir
      grep -q '^epoch' refused.log && fail "it learned before it said that it cannot write"
      ;;
    temporal_digits)
      for rule in eprop forward decolle; do
        learn "$program" "$rule" --rule=$rule --samples=60 --units=24 --adaptive=12 --epochs=1 --steps=100 --batch=10
        gives_the_same "$rule" "dt 0.005, euler, reset to value, current first" --dt=0.002
      done
      # Without adaptation neurons are LIF, whose reset the note tells.
      learn "$program" plain --samples=60 --units=24 --adaptive=0 --epochs=1 --steps=100 --batch=10
      gives_the_same plain "dt 0.005, euler, reset by subtraction one step later, current first" --reset=value
      ;;
    *) fail "what is $program?" ;;
  esac
done

finish
