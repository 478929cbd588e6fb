// AEDAT 3.1, read and written: the input is the file, or its packets.
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  fuzz::Input input(data, size);
  if (input.choice % 2 == 0)
    input.bytes = support::join(support::text("#!AER-DAT3.1\r\n#!END-HEADER\r\n"), input.bytes);
  const auto outcome = fuzz::read(input);
  fuzz::write_again(outcome.events, neohebb::EventFormat::aedat3, input.room);
  return 0;
}
