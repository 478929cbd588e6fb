// How events become bytes: what EventWriter uses.
#pragma once
#include <neohebb/data/events/fixed_width.hpp>
#include <neohebb/data/events/header.hpp>

namespace neohebb {
namespace detail {

template <int Size> void store_little(std::uint64_t n, Bytes& bytes) {
  for (int k = 0; k < Size; ++k) bytes.push_back(static_cast<unsigned char>(n >> (8 * k)));
}
inline void store_text(const std::string& text, Bytes& bytes) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}

/// N-MNIST's records, see NMnistDecoder. In any order.
struct NMnistEncoder {
  static constexpr std::uint32_t side = 1 << 8, reserved_row = NMnistDecoder::overflow_row;
  static constexpr std::int64_t end = std::int64_t{1} << 23;

  void begin(Sensor, Bytes&) const {}
  void operator()(std::span<const Event> events, Bytes& out) const {
    for (const Event& e : events) {
      const std::uint64_t low = static_cast<std::uint64_t>(e.t) | std::uint64_t{e.polarity} << 23;
      for (const std::uint64_t byte : {std::uint64_t{e.x}, std::uint64_t{e.y}, low >> 16, low >> 8, low})
        out.push_back(static_cast<unsigned char>(byte));
    }
  }
  void finish(Bytes&) const {}
};

/// Packets of polarity events, see Aedat3Decoder. In any order.
class Aedat3Encoder {
 public:
  static constexpr std::uint32_t side = 1 << 15;
  static constexpr std::int64_t end = std::int64_t{1} << 62;

  void begin(Sensor sensor, Bytes& out) const {
    std::string source = "unknown";
    for (const Camera& camera : cameras)
      if (camera.sensor == sensor) source = camera.name;
    for (char& c : source) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    store_text("#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: " + source + "\r\n#!END-HEADER\r\n", out);
  }
  void operator()(std::span<const Event> events, Bytes& out) {
    for (const Event& e : events) {
      if (e.t >> 31 != overflow_ || packet_.size() == most * 8) finish(out);
      overflow_ = e.t >> 31;
      store_little<4>(1 | std::uint64_t{e.polarity} << 1 | std::uint64_t{e.y} << 2 | std::uint64_t{e.x} << 17,
                      packet_);
      store_little<4>(static_cast<std::uint64_t>(e.t) & 0x7fffffff, packet_);
    }
  }
  void finish(Bytes& out) {
    const std::size_t number = packet_.size() / 8;
    if (number == 0) return;
    store_little<2>(1, out);  // type
    store_little<2>(1, out);  // source
    store_little<4>(8, out);  // bytes of an event
    store_little<4>(4, out);  // where its time stands
    store_little<4>(static_cast<std::uint64_t>(overflow_), out);
    for (int k = 0; k < 3; ++k) store_little<4>(number, out);  // capacity, number, valid
    out.insert(out.end(), packet_.begin(), packet_.end());
    packet_.clear();
  }

 private:
  static constexpr std::size_t most = 4096;  // events of a packet
  Bytes packet_;
  std::int64_t overflow_ = 0;
};

/// EVT 3.0's words, see Evt3Decoder. Three or more events of one time, row and polarity within 12 pixels, x
/// ascending, become a vector; VECT_8 is as long as VECT_12 and never needed. TIME_HIGH is repeated, so that
/// a reader that lost its place finds the time again.
class Evt3Encoder {
 public:
  static constexpr std::uint32_t side = 1 << 11;
  static constexpr std::int64_t end = std::int64_t{1} << 40;

  void begin(Sensor sensor, Bytes& out) const {
    std::string text = "% evt 3.0\n";
    if (sensor.width > 0 && sensor.height > 0) {
      const std::string width = std::to_string(sensor.width), height = std::to_string(sensor.height);
      text += "% format EVT3;height=" + height + ";width=" + width + "\n";
      text += "% geometry " + width + "x" + height + "\n";
    }
    store_text(text + "% end\n", out);
  }
  void operator()(std::span<const Event> events, Bytes& out) {
    for (std::size_t k = 0, next; k < events.size(); k = next) {
      const Event& e = events[k];
      for (next = k + 1; next < events.size() && events[next].x > events[next - 1].x; ++next)
        if (events[next].t != e.t || events[next].y != e.y || events[next].polarity != e.polarity) break;
      time(e.t, out);
      if (e.y != y_) word(0x0000, e.y, out);
      y_ = e.y;
      row(events.subspan(k, next - k), out);
    }
  }
  void finish(Bytes&) const {}

 private:
  void word(std::uint32_t type, std::uint32_t value, Bytes& out) {
    store_little<2>(type | value, out);
    ++words_;
  }
  void time(std::int64_t t, Bytes& out) {
    const std::int64_t high = t >> 12;
    if (high != high_ || words_ >= 4096) {
      // A reader sees that the 12 bits ran over when they fall by more than half.
      while (high - high_ > 2047) word(0x8000, (high_ += 2047) & 0xfff, out);
      word(0x8000, high & 0xfff, out);
      high_ = high;
      low_ = -1;
      words_ = 0;
    }
    if ((t & 0xfff) != low_) word(0x6000, static_cast<std::uint32_t>(low_ = t & 0xfff), out);
  }
  void row(std::span<const Event> run, Bytes& out) {
    const std::uint32_t polarity = std::uint32_t{run[0].polarity} << 11;
    for (std::size_t k = 0; k < run.size();) {
      std::uint32_t base = run[k].x;
      if (run.size() - k < 3 || run[k + 2].x >= base + 12) {
        word(0x2000, polarity | run[k++].x, out);
        continue;
      }
      word(0x3000, polarity | base, out);
      for (; k < run.size() && run[k].x < base + 12; base += 12) {
        std::uint32_t mask = 0;
        for (; k < run.size() && run[k].x < base + 12; ++k) mask |= 1u << (run[k].x - base);
        word(0x4000, mask, out);
      }
    }
  }

  std::int64_t high_ = 0, low_ = -1, y_ = -1;
  int words_ = 4096;  // since the last TIME_HIGH
};

}  // namespace detail

}  // namespace neohebb
