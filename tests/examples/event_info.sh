#!/bin/bash
# What the program event_info promises:  event_info.sh PROGRAM
#   counts, times and rates of a recording, camera by camera, a picture, an array that NumPy reads; a damaged file is
#   described up to the damage; a message and exit status 1 for every mistake.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
says() {  # LINE, in what the last call printed
  grep -qxF -- "$1" log || { fail "no line '$1' in:"; cat log; }
}
highest_status=1

# x y polarity|time: (1, 2) ON at 1000 µs, (3, 2) ON at 1500, (1, 2) OFF at 3000, (200, 2) OFF at 2000
printf '\1\2\200\3\350\3\2\200\5\334\1\2\0\13\270\310\2\0\7\320' >four.bin
"$program" four.bin --sensor=8x4 --picture=four.png --npy=four.npy >log 2>&1 || fail "four.bin is refused"
says "file       four.bin, 20 bytes"
says "format     N-MNIST (40 bits)"
says "sensor     8 x 4"
says "events     4: 2 ON, 2 OFF"
says "time       1000 to 3000 us: 0.002000 s"
says "mean rate  2.00 k events/s"
says "peak rate  2 events in a millisecond"
says "irregular  1 outside, 1 backward, 0 of them dropped"
[ -s four.npz ] || fail "no numbers of pixels"
[ "$(stat -c %s four.npy)" -eq $((128 + 4 * 4 * 8)) ] || fail "four.npy has $(stat -c %s four.npy) bytes"
for python in python3 /usr/bin/python3; do
  "$python" -c 'import numpy' 2>/dev/null || continue
  "$python" -c 'import numpy as np
a = np.load("four.npy")
assert a.dtype == np.int64 and a.tolist() == [[1000, 1, 2, 1], [1500, 3, 2, 1], [3000, 1, 2, 0], [2000, 200, 2, 0]], a' ||
    fail "NumPy reads something else from four.npy"
  break
done

"$program" four.bin --sensor=8x4 --outside=drop >log 2>&1 || fail "events outside cannot be dropped"
says "events     3: 2 ON, 1 OFF"
says "irregular  1 outside, 0 backward, 1 of them dropped"
cp four.bin four.bytes
"$program" four.bytes --format=nmnist >log 2>&1 || fail "--format is not taken"
says "sensor     not stated"

head -c 18 four.bin >short.bin
refuse "short.bin, byte 18: the file ends within a record of 5 bytes" short.bin --npy=short.npy
grep -qxF "events     3: 2 ON, 1 OFF" refused.out || fail "a damaged file is not described up to the damage"
[ "$(stat -c %s short.npy)" -eq $((128 + 3 * 4 * 8)) ] || fail "short.npy has $(stat -c %s short.npy) bytes"
"$program" short.bin --accept-cut-off >log 2>&1 || fail "--accept-cut-off is not taken"
says "irregular  0 outside, 0 backward, 0 of them dropped, cut off at the end"
: >empty.bin
"$program" empty.bin --picture=empty.png --npy=empty.npy >log 2>&1 || fail "a recording without events is refused"
says "events     0: 0 ON, 0 OFF"

# EVT 3.0 of two cameras: row 2 of the master, row 3 of the slave
printf '%% evt 3.0\n%% geometry 8x4\n\0\200\1\140\2\0\3\050\3\010\1\040\2\040' >two.raw
"$program" two.raw >log 2>&1 || fail "two.raw is refused"
says "streams    2, with 3 events in all; --camera N reads one alone"
says "stream     0"
says "events     1: 1 ON, 0 OFF"
says "stream     1"
says "events     2: 0 ON, 2 OFF"
"$program" two.raw --camera=1 --picture=one.png --npy=one.npy >log 2>&1 || fail "--camera is not taken"
says "stream     1"
says "events     2: 0 ON, 2 OFF"
[ "$(grep -c '^events' log)" -eq 1 ] || fail "--camera=1 describes more than one stream"
[ "$(stat -c %s one.npy)" -eq $((128 + 2 * 4 * 8)) ] || fail "one.npy has $(stat -c %s one.npy) bytes"
mixed="would be mixed: 0 (8 x 4), 1 (8 x 4); choose one (--camera), or take each for itself (without --picture and --npy)"
refuse "$mixed" two.raw --npy=two.npy
refuse "$mixed" two.raw --picture=two.png
refuse "--camera is 2, EVT 3.0 has 0 (master) and 1 (slave)" two.raw --camera=2
refuse "--camera is 1, N-MNIST (40 bits) holds one stream of events" four.bin --camera=1

printf '\0\6\0\0\0\5\0\10\0\0\0\7' >jaer.dat # AEDAT 1.0 without a header
"$program" jaer.dat >log 2>&1 || fail "jaer.dat is refused"
says "format     AEDAT 1.0"
says "events     2: 2 ON, 0 OFF"
head -c 8 jaer.dat >vague.dat
refuse "name its format (--format: dat, dat1 or aedat1)" vague.dat

refuse "FILE" # none
refuse "missing.bin: cannot be read" missing.bin
refuse "name it" four.bytes
refuse "an event at (200, 2) outside the sensor, 8 x 4" four.bin --sensor=8x4 --outside=refuse
refuse "an event at 2000 µs follows one at 3000 µs" four.bin --backward=refuse
refuse "must be WIDTHxHEIGHT" four.bin --sensor=8
refuse "must be WIDTHxHEIGHT" four.bin --sensor=0x4
refuse "--format" four.bin --format=evt4
refuse "--outside" four.bin --outside=burn
refuse "no/four.npz: cannot create it" four.bin --picture=no/four.png
refuse "cannot write no/four.npy" four.bin --npy=no/four.npy

finish
