// EVT 3.0, read and written.
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  fuzz::Input input(data, size);
  input.options.format = neohebb::EventFormat::evt3;
  const auto outcome = fuzz::read(input);
  fuzz::write_again(outcome.events, neohebb::EventFormat::evt3, input.room);
  return 0;
}
