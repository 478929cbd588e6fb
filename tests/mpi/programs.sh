#!/bin/bash
# dvs_decolle and temporal_digits under mpirun:  programs.sh MPIRUN PROGRAM…
#   weights, moments and printed accuracies are those of one process; data are read by the first rank alone.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
if ! command -v python3 >/dev/null; then
  echo "skipped: no python3"
  exit 77
fi
contents() { # of a checkpoint, but for seconds
  python3 -c 'import sys, zipfile
for e in zipfile.ZipFile(sys.argv[1]).infolist():
  if e.filename.startswith(("weights/", "learner/")): print(e.filename, e.CRC, e.file_size)' "$1"
}
options() { # PROGRAM
  case $1 in
    dvs_decolle) echo --samples=60 --cells=16 --dt=10 --steps=20 --burn-in=4 --window=4 --channels=8,8 --pooling=2,2 --kernel=3 \
      --dense=16 --rate=0.01 --epochs=2 --batch=10 --chunk=3 --dropout=0.2 --rate-regularisation=0.5 --spread=0.1 --seed=3 ;;
    *) echo --units=60 --adaptive=20 --channels=16 --samples=160 --batch=16 --chunk=5 --epochs=2 --seed=3 ;;
  esac
}
make_data() { # PROGRAM: a folder `there`, of 66 clips of an event camera or 60 recordings of sounds
  python3 - "$1" <<'DATA'
import math, os, random, struct, sys, wave
random.seed(1)
os.makedirs("there", exist_ok=True)
if sys.argv[1] == "dvs_decolle":  # 40 bits an event: x, y, polarity, microseconds
    with open("there/labels.csv", "w") as labels:
        labels.write("file,label\n")
        for k in range(66):
            labels.write(f"{k}.bin,{k % 11}\n")
            with open(f"there/{k}.bin", "wb") as clip:
                for t in range(0, 400000, 700):
                    x, y = random.randrange(128), min(127, 11 * (k % 11) + random.randrange(11))
                    clip.write(bytes([x, y]) + (t | random.randrange(2) << 23).to_bytes(3, "big"))
else:
    for k in range(60):  # the first five of a digit are the test set
        with wave.open(f"there/{k % 4}_anna_{k // 4}.wav", "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            tone = 300 * (1 + k % 4) + random.randrange(40)
            sound.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(2 * math.pi * tone * t / 8000)))
                                       for t in range(2400)))
DATA
}
for program in "${programs[@]}"; do
  name=$(basename "$program")
  run() { # OUT COMMAND…
    local out=$1
    shift
    local all=(--checkpoint="$out.npz" --out="$out" --pictures=none)
    # shellcheck disable=SC2046
    "$@" $(options "$name") "${all[@]}" --threads=1 >"$out.log" 2>&1 || { fail "$name: $*"; tail -n 5 "$out.log"; }
  }
  alone=$name-alone
  run "$alone" "$program"
  [ "$(contents "$alone.npz" | wc -l)" -gt 4 ] || fail "$name: an empty checkpoint"
  grep -q 'accuracy: ' "$alone.log" || fail "$name prints no accuracy"
  same() { # OUT
    cmp <(contents "$alone.npz") <(contents "$1.npz") && cmp <(grep ' accuracy: ' "$alone.log") <(tr -d '\r' <"$1.log" | grep ' accuracy: ') &&
      echo "$1: the same bits" || fail "$1: other bits"
  }
  for ranks in 2 3; do
    run "$name-$ranks" timeout 300 "$mpirun" -n $ranks "$program"
    same "$name-$ranks"
    tr '\r' '\n' <"$name-$ranks.log" | grep -qE '^epoch 2/2: .*, sent [0-9.]+ MB [(].* layers[)], waited [0-9.]+ s' ||
      fail "$name does not say what it sent in an epoch"
  done
  grep -qE '^3 ranks: rank 0 sent [0-9.]+ MB of samples' "$name-3.log" || fail "$name does not say how many samples were sent"

  # The other ranks do not even have the folder.
  rm -rf there
  make_data "$name"
  from=--data
  [ "$name" = dvs_decolle ] && from=--gesture
  alone=$name-read
  run "$alone" "$program" "$from"=there
  grep -qE '[1-9][0-9]* training' "$alone.log" || fail "$name read nothing"
  sent() { # ARGUMENTS…
    timeout 300 "$mpirun" -n 1 "$program" "$from"=there "$@" : -n 2 "$program" "$from"=nowhere "$@"
  }
  run "$name-sent" sent
  same "$name-sent"
  if timeout 60 "$mpirun" -n 1 "$program" $from=there : -n 1 "$program" >refused.log 2>&1; then fail "$name: ranks with other options"; fi
  grep -q "rank 1 of 2: .*rank 0 has options $from, rank 1 has options" refused.log || fail "$name: no reason for ranks with other options"
  alone=$name-alone
  if [ "$name" = dvs_decolle ]; then
    layers() { timeout 300 "$mpirun" -n 2 "$program" --layer-ranks=2 "$@"; }
    run "$name-layers" layers
    same "$name-layers"
  else # the other rules
    for rule in forward decolle etlp stllr fixed; do
      alone=$name-$rule
      by_rule() { "$program" --rule=$rule "$@"; }
      run "$alone" by_rule
      by_rule() { timeout 300 "$mpirun" -n 3 "$program" --rule=$rule "$@"; }
      run "$name-$rule-3" by_rule
      same "$name-$rule-3"
    done
  fi
done
finish
