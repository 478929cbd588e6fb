// EVT 2.0: with a header, or told by the options. Prophesee's headers are read here.
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  fuzz::Input input(data, size);
  if (input.choice % 2 == 0) input.options.format = neohebb::EventFormat::evt2;
  fuzz::read(input);
  return 0;
}
