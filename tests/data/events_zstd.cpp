#include <neohebb/data/events/zstd.hpp>

#include "catch.hpp"
#include "support/events.hpp"

using namespace neohebb;
using namespace support;

namespace {

Bytes pack(const Bytes& plain) {
  Bytes packed(ZSTD_compressBound(plain.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3));
  return packed;
}

}  // namespace

TEST_CASE("ZSTD frames are unpacked up to a limit, and damaged ones refused", "[data]") {
  Bytes plain;
  for (std::uint32_t k = 0; k < 300000; ++k) plain.push_back(static_cast<unsigned char>(k * k >> 7));
  const Bytes packed = pack(plain);
  Bytes unpacked;
  CHECK(unpack_zstd(packed, plain.size(), unpacked) == "");
  CHECK(unpacked == plain);
  CHECK(contains(unpack_zstd(packed, plain.size() - 1, unpacked), "more than 299999 bytes"));
  CHECK(contains(unpack_zstd(std::span(packed).first(packed.size() - 1), plain.size(), unpacked),
                 "is cut off"));
  CHECK(contains(unpack_zstd(join(packed, Bytes{1}), plain.size(), unpacked), "bytes follow the ZSTD frame"));
  CHECK(contains(unpack_zstd(Bytes{1, 2, 3, 4, 5, 6, 7, 8}, 100, unpacked), "ZSTD: "));
  CHECK(contains(unpack_zstd({}, 100, unpacked), "is cut off"));
  CHECK(unpack_zstd(pack(Bytes(50'000'000)), 1000, unpacked) != "");
  CHECK(unpacked.capacity() < 10'000'000);
}

TEST_CASE("a packed packet of AEDAT 4 gives the events that are in it", "[data]") {
  const Bytes flat = join(little(44, 4), little(16, 4), text("EVTS"), little(6, 2), little(8, 2),
                          little(4, 2), little(0, 2), little(8, 4), little(4, 4), little(1, 4), little(77, 8),
                          little(5, 2), little(6, 2), Bytes{1, 0, 0, 0});
  const Bytes io = join(little(16, 4), text("IOHE"), little(6, 2), little(8, 2), little(4, 2), little(0, 2),
                        little(8, 4), little(3, 4));
  const auto packet = [](const Bytes& b) { return join(little(0, 4), little(std::int64_t(b.size()), 4), b); };
  const Bytes start = join(text("#!AER-DAT4.0\r\n"), little(std::int64_t(io.size()), 4), io);
  Bytes frames = flat;
  std::copy_n("FRME", 4, frames.begin() + 8);
  const Bytes whole = join(start, packet(pack(flat)), packet(pack(frames)), packet(pack(flat)));
  const EventOptions options{.zstd = unpack_zstd};
  const Outcome outcome = decode(whole, options);
  CHECK(outcome.error == "");
  CHECK(outcome.events == Events{{77, 5, 6, 1}, {77, 5, 6, 1}});
  CHECK(cut_off_everywhere(whole, options) == 3);
  CHECK(
      contains(decode(join(whole, packet(pack(Bytes(11)))), options).error, "holds less than a FlatBuffer"));
  CHECK(contains(
      decode(join(whole, packet(flat)), options).error,
      "byte " + std::to_string(whole.size()) + ": a packet of 48 bytes of stream 0 cannot be unpacked"));
  Bytes short_one = flat;
  short_one[28] = 2;  // events, where there is one
  CHECK(contains(decode(join(whole, packet(pack(short_one))), options).error, "a damaged FlatBuffer"));
}
