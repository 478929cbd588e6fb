#!/bin/bash
# The example for microcontrollers, built for a Cortex-M4 and emulated:  microcontroller.sh FOLDER
#   it learns its four classes, as it does on this machine to the last bit, without heap, in the flash and memory that
#   examples/README.md promises.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=$("$here/../../examples/microcontroller/run" "$1")
status=$?
echo "$output"
[ $status -eq 0 ] || exit $status  # 77: skipped
awk '
  function fail(why) { print "FAILED: " why; failures = 1 }
  /^after learning, class / { ++classes; right += $5; if ($7 != 25) fail($0) }
  /^flash: / { flash = $2 }
  /^RAM: / { ram = $2 }
  END {
    if (classes != 4 || right < 90) fail(right " of 100 samples of " classes " classes are right")
    if (flash == 0 || flash > 32768) fail(flash " bytes of flash, at most 32768 expected")
    if (ram == 0 || ram > 32768) fail(ram " bytes of RAM, at most 32768 expected")
    exit failures
  }' <<<"$output"
