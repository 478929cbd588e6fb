#!/bin/bash
# Checkpoints of 1, 2, 3 and 4 ranks on 1 and 2 threads, by samples, by layers, by both, are the same bytes:  ranks.sh MPIRUN CARRIER LEARNS
# Messages that lie about their length, and ranks that throw, end the job at once.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
carrier=${programs[0]}
learns=${programs[1]}
on() { # RANKS PROGRAM…
  local ranks=$1
  shift
  timeout 120 "$mpirun" -n "$ranks" "$@"
}
for ranks in 1 2 3 4; do
  [ "$(on $ranks "$carrier" good 2>&1)" = good ] || fail "messages among $ranks ranks"
done
ends() { # CASE MESSAGE
  local begin=$SECONDS
  if on 3 "$carrier" "$1" >"$1.log" 2>&1; then fail "$1 was no error"; fi
  # with its start, on a busy machine
  [ $((SECONDS - begin)) -le 30 ] || fail "$1 took $((SECONDS - begin)) s to end"
  grep -q "$2" "$1.log" || { fail "$1 without its message"; cat "$1.log"; }
}
ends too_long 'rank 1 of 3: neohebb: on rank 1, a message of rank 0, tag 3 says it has 4611686018427387904 bytes, at most 1000 were expected'
ends no_mark 'rank 1 of 3: neohebb: on rank 1, a message of rank 0, tag 3 begins with 5, expected'
ends too_short 'rank 1 of 3: neohebb: on rank 1, a message of rank 0, tag 3 has 99 bytes, expected 100'
ends throws 'rank 2 of 3: enough of this'

for network in decolle events convolution eprop superspike; do
  on 1 "$learns" $network $network.npz 1 >/dev/null || fail "$network on one rank"
  for ranks in 2 3 4; do
    for threads in 1 2; do
      sends=by_size
      [ $ranks = 2 ] && sends=factors
      [ $ranks = 3 ] && sends=gradient
      on $ranks "$learns" $network now.npz $threads $sends || fail "$network on $ranks ranks"
      cmp $network.npz now.npz || fail "$network: other bytes on $ranks ranks, $threads threads ($sends)"
    done
  done
done
for network in decolle events convolution late_eprop late_superspike; do # two layers, or three
  [ -e $network.npz ] || on 1 "$learns" $network $network.npz 1 >/dev/null || fail "$network on one rank"
  for ranks in 2 4; do
    for threads in 1 2; do
      on $ranks "$learns" $network now.npz $threads by_size 2 || fail "$network on $ranks ranks by layers"
      cmp $network.npz now.npz || fail "$network: other bytes by layers on $ranks ranks, $threads threads"
    done
  done
done
for network in late_eprop late_superspike; do
  on 3 "$learns" $network now.npz 1 by_size 3 || fail "$network on three ranks by layers"
  cmp $network.npz now.npz || fail "$network: other bytes by layers on three ranks"
done
if on 2 "$learns" eprop now.npz 1 by_size 2 >refused.log 2>&1; then fail "e-prop by layers was no error"; fi
grep -q 'rank [01] of 2: neohebb: RankGrid: layer 0 receives the readout.s error by feedback that moves' refused.log || fail "no reason"
finish
