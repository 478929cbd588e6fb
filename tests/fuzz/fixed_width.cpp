// N-MNIST, the 56-bit form and DAT, as the choice says.
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  fuzz::Input input(data, size);
  // A DAT of one event has type and size where its length says so, which is not known of pieces.
  const bool dat = input.choice % 3 == 2 && !input.bytes.empty() && input.bytes[0] != '%';
  if (dat && input.bytes.size() % 8 == 2) input.bytes.pop_back();
  constexpr const char* names[] = {"x.bin", "x.bs3", "x.dat"};
  const auto outcome = fuzz::read(input, names[input.choice % 3]);
  fuzz::write_again(outcome.events, neohebb::EventFormat::nmnist, input.room);
  return 0;
}
