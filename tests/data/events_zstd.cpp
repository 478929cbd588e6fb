#include <neohebb/data/events/zstd.hpp>

#include "catch.hpp"
#include "support/aedat4.hpp"

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

TEST_CASE("ZSTD packets of AEDAT 4, cut off at every byte, and packets that unpack to more than is allowed",
          "[data]") {
  const Events events = {{1, 2, 3, 1}, {2, 3, 4, 0}};
  const EventOptions options{.largest_packet = 5000, .zstd = unpack_zstd};
  for (const int compression : {3, 4}) {
    const Bytes whole = join(header(compression, -1, ""), packet(0, pack(flat(events))),
                             packet(7, pack(flat("IMUS", 0, {}))), packet(0, pack(flat(events))));
    const Outcome outcome = decode(whole, options);
    CHECK(outcome.error == "");
    CHECK(outcome.events == Events{events[0], events[1], events[0], events[1]});
    CHECK(cut_off_everywhere(whole, options) == 3);  // between packets
    const auto error = [&](const Bytes& bad) {
      const Outcome all = decode(join(whole, packet(0, bad)), options);
      CHECK(all.events == outcome.events);
      CHECK(contains(all.error, "byte " + std::to_string(whole.size()) + ": a packet of "));
      return all.error;
    };
    CHECK(contains(error(pack(Bytes(50'000'000))), "cannot be unpacked: "));  // of 1.5 KB
    CHECK(contains(error(pack(Bytes(11))), "holds less than a FlatBuffer"));
    CHECK(contains(error(flat(events)), "cannot be unpacked: ZSTD: "));
    Bytes short_one = flat(events);
    short_one[28] = 3;  // events, where there are two
    CHECK(contains(error(pack(short_one)), "a damaged FlatBuffer"));
  }
}
