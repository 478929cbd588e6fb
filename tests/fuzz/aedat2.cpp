// AEDAT 2.0: the input is the file, or what follows the first line of its header.
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  fuzz::Input input(data, size);
  if (input.choice % 2 == 0) input.bytes = support::join(support::text("#!AER-DAT2.0\r\n"), input.bytes);
  fuzz::read(input);
  return 0;
}
