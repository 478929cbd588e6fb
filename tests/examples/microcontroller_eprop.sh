#!/bin/bash
# e-prop for microcontrollers, built for a Cortex-M4 and emulated:  microcontroller_eprop.sh FOLDER
#   it learns its curve, as it does on this machine to the last bit, without heap, in the flash and memory that
#   examples/README.md promises.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=$("$here/../../examples/microcontroller/run" "$1" microcontroller_eprop)
status=$?
echo "$output"
[ $status -eq 0 ] || exit $status  # 77: skipped
awk '
  function fail(why) { print "FAILED: " why; failures = 1 }
  /^before learning: / { before = $NF }
  /^after learning: / { after = $NF }
  /^flash: / { flash = $2 }
  /^RAM: / { ram = $2 }
  END {
    if (before == 0 || after > before / 20) fail("the error goes from " before " to " after)
    if (flash == 0 || flash > 49152) fail(flash " bytes of flash, at most 49152 expected")
    if (ram == 0 || ram > 40960) fail(ram " bytes of RAM, at most 40960 expected")
    exit failures
  }' <<<"$output"
