// EVT 2.1: with a header, or told by the options.
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  fuzz::Input input(data, size);
  if (input.choice % 2 == 0) input.options.format = neohebb::EventFormat::evt21;
  fuzz::read(input);
  return 0;
}
