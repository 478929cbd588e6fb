#!/bin/bash
# What the program nir_run promises:  nir_run.sh PROGRAM NIR_NETWORKS
#   a table of what is in a file, outputs of arrays, of recordings and of chance; a comparison that fails where outputs differ;
#   a picture, an archive; a message and exit status 1 for every mistake.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
"${programs[1]}" . || exit 1
says() {  # REGEX, a line of what the last call printed
  grep -qxE -- "$1" log || { fail "no line '$1' in:"; cat log; }
}
highest_status=1

"$program" small.nir --input=input.npy --check=spikes.npy --npz=out.npz --picture=out.svg >log 2>&1 || {
  fail "small.nir does not give spikes.npy"
  cat log
}
says "remark .*small.nir, node 'output' has shape \(7,\), what reaches it \(2,\): that is taken"
says "input +Input +\(3,\) *"
says "fc +Linear +\(2,\) +6 +weight 0.1 … 0.6"
says "neurons +IF +\(2,\) +[0-9.]+ +r 1, v_threshold 1, v_reset 0"
says "steps      20"
says "work       [0-9]+ synaptic operations a step"
says "time       [0-9.]+ us a step"
says "check      0 of 40 outputs differ by more than 0"
grep -q '^"small.nir","neuron","input",' out.csv || fail "out.csv has no spikes of the input"
"$program" values.nir --input=input.npy --picture=values.svg >log 2>&1 || { fail "values.nir does not run"; cat log; }
grep -q '^"values.nir","neuron","input",' values.csv || fail "values.csv has no spikes of the input"
grep -qE '^"values.nir","output","output 0",1,0.4' values.csv || fail "values.csv has no curve of the outputs"
"$program" small.nir --input=both.npz --key=x --check=out.npz --preset=reference --dt=1 >log 2>&1 || fail "out.npz is not what was given"

"$program" strong.nir --input=input.npy --preset=snntorch --later=0 --check=strong_spikes.npy >log 2>&1 || {
  fail "--preset=snntorch --later=0 is not snnTorch's reset at once"
  cat log
}
refuse "outputs differ from strong_spikes.npy" strong.nir --input=input.npy --reset=subtract --check=strong_spikes.npy
refuse "outputs differ from spikes.npy" small.nir --input=input.npy --preset=reference --check=spikes.npy # Δt r i

refuse "outputs differ from wrong.npy: by 1 at most, at output 1 in step 7" small.nir --input=input.npy --check=wrong.npy
"$program" small.nir --input=input.npy --check=wrong.npy --tolerance=1 >log 2>&1 || fail "--tolerance is not taken"
"$program" small.nir --input=input.npy --reset=subtract --several=1 --dt=1 --later=1 --floor=1 --scheme=exact --old-current=1 \
  >log 2>&1 || fail "dynamics are not taken"
"$program" small.nir --steps=30 --seed=3 --input-rate=300 >first 2>&1 || fail "no Poisson input"
"$program" small.nir --steps=30 --seed=3 --input-rate=300 >second 2>&1
diff <(grep -v time first) <(grep -v time second) >log || { fail "Poisson input is not the same again"; cat log; }
"$program" camera.nir --nmnist=nmnist >log 2>&1 || { fail "no recordings"; cat log; }
says "accuracy   2 of 2"
says "steps      10"

head -c 700 small.nir >short.nir
refuse "short.nir" short.nir
refuse "FILE" # none
refuse "missing.nir: cannot be read" missing.nir
refuse "expected (steps, 32): the network has 32 numbers a step" camera.nir --input=input.npy
refuse "holds 2 arrays: say which by --key" small.nir --input=both.npz
refuse "several_spikes needs SpikeReset::by_subtraction" small.nir --several=1
refuse "--event-dt" camera.nir --nmnist=. --event-dt=0.5
refuse "an input of shape (polarities, height, width)" small.nir --nmnist=nmnist
refuse "00001.bin: 1 of 2 events lie outside 4 x 4 pixels (height x width), the first at row 2, column 4" \
  camera.nir --nmnist=wide
refuse "--preset" small.nir --preset=brian
refuse "Semantics.dt is -1" small.nir --dt=-1
refuse "has 20 steps, the run had 5" small.nir --input=input.npy --steps=5 --check=spikes.npy

finish
