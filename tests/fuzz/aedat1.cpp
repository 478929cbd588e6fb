// AEDAT 1.0: behind the first line of its header, told by the options, or by a name and its times.
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  fuzz::Input input(data, size);
  if (input.choice % 4 == 0) input.bytes = support::join(support::text("#!AER-DAT1.0\r\n"), input.bytes);
  if (input.choice % 4 == 1) input.options.format = neohebb::EventFormat::aedat1;
  fuzz::read(input, input.choice % 4 == 2 ? "x.aedat" : input.choice % 4 == 3 ? "x.dat" : "events");
  return 0;
}
