// AEDAT 4, as DV writes it. [iniVation, documentation of the AEDAT 4 file format]
#pragma once
#include <limits>
#include <memory>
#include <neohebb/data/events/aedat4_contents.hpp>
#include <neohebb/data/events/options.hpp>
#include <utility>

namespace neohebb {

/// Packets of a stream number i32, a size i32 and a FlatBuffer, which may be packed by LZ4 or ZSTD. Those of
/// the kind EVTS give events {time i64, x i16, y i16, polarity u8}; others are skipped. A negative x or y
/// becomes one of 32768 or more, which is outside every sensor.
class Aedat4Decoder {
 public:
  static constexpr std::size_t record = 16;

  /// Where packets lie in the file, and how they are packed.
  struct Layout {
    Unpack unpack = nullptr;                            // null: packets are not packed
    std::size_t largest_packet = std::size_t{1} << 26;  // bytes; a larger one is an error
    std::optional<std::uint64_t> bytes = {};            // of all packets, where the file states it
    std::vector<std::int32_t> other_streams = {};       // without events
  };
  StreamChoice streams;
  Aedat4Decoder() = default;
  explicit Aedat4Decoder(const Layout& layout)
      : layout_(layout), left_(layout.bytes.value_or(std::numeric_limits<std::uint64_t>::max())) {}

  Decoded operator()(std::span<const unsigned char> bytes, std::span<Event> events) {
    Decoded done;
    for (;;) {
      const auto rest = bytes.subspan(done.consumed);
      const auto room = events.subspan(done.produced);
      if (skip_ > 0) {
        const std::size_t n = std::min(skip_, rest.size());
        skip_ -= n;
        done.consumed += n;
        if (skip_ > 0) return done.needed = 1, done;
      } else if (count_ > 0) {
        const auto from = unpacked_ ? std::span(*unpacked_).subspan(at_) : rest;
        const Decoded some = decode(from, room);
        done.produced += some.produced;
        done.stream = streams.current.value_or(0);
        (unpacked_ ? at_ : done.consumed) += some.consumed;
        if (count_ > 0) return done.needed = record, done;
        unpacked_.reset();
        skip_ = std::exchange(behind_, 0);
      } else if (left_ == 0) {  // the table of contents: left to check_contents(), unless it is absurd
        done.needed = rest.size() + 1;
        passed_over_ |= rest.size() > longest_contents();
        if (passed_over_) done.consumed = bytes.size();
        return done;
      } else {
        done.needed = header;
        if (room.empty() || (streams.every && done.produced > 0)) return done;
        done.needed = begin_packet(rest, done);
        if (done.needed > rest.size() || !done.error.empty() || done.mixed_in) return done;
        done.consumed += begin_;
        left_ -= total_;
        ++packets_;
      }
    }
  }
  /// Whether the file says where a table of contents begins.
  bool has_contents() const { return layout_.bytes.has_value(); }
  /// Behind the last packet, with the rest of the file: "" where the table is there and counts as the packets
  /// do, else what is wrong.
  std::string check_contents(std::span<const unsigned char> contents) const {
    if (passed_over_)
      return "the table of contents is longer than " + std::to_string(packets_) + " packets need";
    Bytes unpacked;
    if (layout_.unpack && !contents.empty()) {
      const std::string reason = layout_.unpack(contents, longest_contents(), unpacked);
      if (!reason.empty()) return "the table of contents cannot be unpacked: " + reason;
      contents = unpacked;
    }
    return detail::PacketCounts(counts_).compare(contents);
  }
  /// Whether the file ended within a packet.
  bool unfinished() const { return skip_ > 0 || count_ > 0 || (layout_.bytes && left_ > 0); }

 private:
  static constexpr std::size_t header = 8;
  std::size_t longest_contents() const { return 4096 + 256 * packets_; }  // some 60 are usual

  /// Looks at the packet at the front. Returns the bytes that must be there to do so; when they are, begin_
  /// is what to pass over at once, and the state what to do next.
  std::size_t begin_packet(std::span<const unsigned char> bytes, Decoded& done) {
    if (bytes.size() < header) return header;
    const auto stream = detail::load_little<std::int32_t>(bytes.data()),
               size = detail::load_little<std::int32_t>(bytes.data() + 4);
    const auto refuse = [&](const std::string& what) {
      done.error =
          "a packet of " + std::to_string(size) + " bytes of stream " + std::to_string(stream) + " " + what;
      return header;
    };
    if (size < 0) return refuse("is absurd");
    const auto payload = static_cast<std::size_t>(size);
    total_ = header + payload;
    begin_ = header;
    if (total_ > left_) return refuse("reaches into the table of contents");
    const auto& others = layout_.other_streams;
    if (streams.passes_over(stream) || std::find(others.begin(), others.end(), stream) != others.end())
      return skip_ = payload, header;
    if (!layout_.unpack) {
      constexpr std::size_t prefix = 12;  // size, root, kind
      if (payload < prefix) return refuse("is too short for a FlatBuffer");
      if (bytes.size() < header + prefix) return header + prefix;
      if (!holds_events(bytes.subspan(header))) return skip_ = payload, header + prefix;
    }
    if (payload > layout_.largest_packet) return refuse("is more than EventOptions::largest_packet");
    if (bytes.size() < total_) return total_;
    auto content = bytes.subspan(header, payload);
    if (layout_.unpack) {
      auto unpacked = std::make_shared<Bytes>();
      const std::string reason = layout_.unpack(content, layout_.largest_packet, *unpacked);
      if (!reason.empty()) return refuse("cannot be unpacked: " + reason);
      begin_ = total_;
      if (unpacked->size() < 12) return refuse("holds less than a FlatBuffer");
      if (!holds_events(*unpacked)) return total_;
      unpacked_ = std::move(unpacked);
      content = *unpacked_;
    }
    const auto vector = events_of(content);
    if (!vector) {
      unpacked_.reset();
      return refuse("holds a damaged FlatBuffer");
    }
    if (vector->count > 0 && streams.refuses(stream)) {
      unpacked_.reset();
      return done.mixed_in = stream, header;
    }
    count_ = vector->count;
    if (count_ > 0) streams.current = stream;
    counts_.add(stream, count_);
    if (unpacked_) {
      at_ = vector->begin;
      if (count_ == 0) unpacked_.reset();
    } else if (count_ == 0) {
      skip_ = payload;
    } else {
      begin_ += vector->begin;
      behind_ = payload - vector->begin - count_ * record;
    }
    return total_;
  }
  static bool holds_events(std::span<const unsigned char> content) {
    return std::memcmp(content.data() + 8, "EVTS", 4) == 0;
  }
  /// Of a FlatBuffer behind its size.
  static std::optional<detail::FlatTable::Vector> events_of(std::span<const unsigned char> content) {
    const auto size = detail::load_little<std::uint32_t>(content.data());
    if (size > content.size() - 4) return std::nullopt;
    const auto table = detail::FlatTable::root(content.subspan(4, size));
    auto vector = table ? table->vector(0, record) : std::nullopt;
    if (vector) vector->begin += 4;
    return vector;
  }
  Decoded decode(std::span<const unsigned char> bytes, std::span<Event> events) {
    const std::size_t most = std::min(bytes.size() / record, count_);
    const Decoded done = detail::decode_records<record>(
        bytes.first(most * record), events, [](const unsigned char* p, Event& e) {
          e = {detail::load_little<std::int64_t>(p), detail::load_little<std::uint16_t>(p + 8),
               detail::load_little<std::uint16_t>(p + 10), p[12] != 0};
          return 1;
        });
    count_ -= done.consumed / record;
    return done;
  }

  Layout layout_;
  std::uint64_t left_ = std::numeric_limits<std::uint64_t>::max();  // bytes of the packets to come
  std::uint64_t total_ = 0;                                         // bytes of the packet
  std::size_t begin_ = 0;
  std::size_t skip_ = 0, count_ = 0, behind_ = 0;  // bytes, then events, then bytes
  std::shared_ptr<const Bytes> unpacked_;          // the packet that count_ events are in, from at_ on
  std::size_t at_ = 0;
  std::size_t packets_ = 0;
  detail::PacketCounts counts_;
  bool passed_over_ = false;
};

}  // namespace neohebb
