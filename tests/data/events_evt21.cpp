#include <neohebb/data/events/evt21.hpp>

#include "catch.hpp"
#include "support/events.hpp"

using namespace neohebb;
using namespace support;

namespace {

using Order = Evt21Decoder::Order;

/// A word of its two halves.
std::uint64_t word(std::uint32_t head, std::uint32_t rest) { return std::uint64_t{head} << 32 | rest; }
std::uint64_t high(std::uint32_t t) { return word(8u << 28 | t, 0); }
std::uint64_t pixels(std::uint32_t on, std::uint32_t low, std::uint32_t x, std::uint32_t y,
                     std::uint32_t valid) {
  return word(on << 28 | low << 22 | x << 11 | y, valid);
}
Bytes stored(std::initializer_list<std::uint64_t> list, Order order) {
  Bytes all;
  for (const std::uint64_t w : list) {
    const Bytes head = little(static_cast<std::int64_t>(w >> 32), 4),
                rest = little(static_cast<std::int64_t>(w & 0xffffffff), 4);
    all = order == Order::little ? join(all, rest, head) : join(all, head, rest);
  }
  return all;
}
Bytes recording(Order order) {
  return stored({pixels(1, 3, 32, 5, 1), word(10u << 28, 1), high(2), pixels(1, 63, 2016, 2046, 0x80000001),
                 pixels(0, 0, 0, 2, 0), pixels(0, 5, 288, 319, 1u << 7 | 1u << 30),
                 word(10u << 28 | 123, 456), word(14u << 28 | 5, 0xffffffff), word(15u << 28, 7),
                 high(0xfffffff), pixels(1, 1, 64, 0, 2), high(1), pixels(0, 2, 0, 8, 1u << 31)},
                order);
}
const Events events = {{191, 2016, 2046, 1},
                       {191, 2047, 2046, 1},
                       {133, 295, 319, 0},
                       {133, 318, 319, 0},
                       {(std::int64_t{0xfffffff} << 6) + 1, 65, 0, 1},
                       {(std::int64_t{1} << 34) + 66, 31, 8, 0}};

}  // namespace

TEST_CASE("EVT 2.1: a word gives an event for each bit, at one time, row and polarity", "[data]") {
  CHECK(stored({0x0102030405060708}, Order::little) == Bytes{8, 7, 6, 5, 4, 3, 2, 1});
  CHECK(stored({0x0102030405060708}, Order::legacy) == Bytes{4, 3, 2, 1, 8, 7, 6, 5});
  for (const char* header :
       {"% evt 2.1\n% geometry 320x320\n% end\n", "% format EVT21;height=320;width=320\n",
        "% format EVT21;endianness=little;height=320;width=320\n% end\n"}) {
    const Bytes whole = join(text(header), recording(Order::little));
    const Outcome outcome = decode(whole);
    CHECK(outcome.error == "");
    CHECK(outcome.events == events);
    CHECK(outcome.report == EventReport{.given = 6, .outside = 2, .backward = 1});
    CHECK(EventReader(whole).format() == EventFormat::evt21);
    CHECK(EventReader(whole).sensor() == Sensor{320, 320});
  }
  CHECK(decode(recording(Order::little), {.format = EventFormat::evt21}).events == events);
  CHECK(cut_off_everywhere(join(text("% evt 2.1\n% endianness little\n"), recording(Order::little))) == 14);
}

TEST_CASE("EVT 2.1 of the IMX636 has the head of a word first: its header or its words tell", "[data]") {
  for (const char* header : {"% format EVT21;height=720;width=1280;endianness=legacy\n% end\n",
                             "% evt 2.1\n% geometry 1280x720\n"})
    CHECK(decode(join(text(header), recording(Order::legacy))).events == events);
  CHECK(decode(recording(Order::legacy), {.format = EventFormat::evt21}).events == events);
  CHECK(contains(decode(text("% format EVT21;endianness=big\n")).error,
                 "EVT 2.1 of endianness 'big' is not read"));
  // Single pixels, as where little moves: the order is told by any few words.
  RandomSequence random(1, 2, 3, 4);
  for (const Order order : {Order::little, Order::legacy})
    for (std::uint32_t k = 0; k < 200; ++k) {
      Bytes words = stored({high(1000 + k)}, order);
      for (int n = 0; n < 9; ++n)
        words = join(words, stored({pixels(random.below(2), random.below(64), 32 * random.below(40),
                                           random.below(720), 1u << random.below(32))},
                                   order));
      CHECK(Evt21Decoder::order_of(words) == order);
    }
}

TEST_CASE("a word of EVT 2.1 is refused from the event that is outside on", "[data]") {
  const Bytes bytes = stored({high(0), pixels(1, 0, 32, 1, 0xff)}, Order::little);
  const Outcome outcome =
      decode(bytes, {.format = EventFormat::evt21, .sensor = {35, 8}, .outside = Irregular::refuse});
  CHECK(outcome.events == Events{{0, 32, 1, 1}, {0, 33, 1, 1}, {0, 34, 1, 1}});
  CHECK(contains(outcome.error, "an event at (35, 1) outside the sensor, 35 x 8"));
}

TEST_CASE("random damage of EVT 2.1 gives events and perhaps an error, never anything else", "[data]") {
  const Bytes whole = join(text("% evt 2.1\n% geometry 64x48\n"), recording(Order::little));
  for (std::uint32_t k = 0; k < 500; ++k) {
    const Outcome outcome = decode(damaged(whole, k), {.outside = static_cast<Irregular>(k % 3)});
    CHECK((outcome.error.empty() || contains(outcome.error, "events, byte ")));
  }
}
