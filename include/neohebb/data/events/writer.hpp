// Recordings of event cameras, written block by block.
#pragma once
#include <memory>
#include <neohebb/data/events/encoders.hpp>
#include <ostream>
#include <utility>
#include <variant>

namespace neohebb {

/// Writes events as an N-MNIST .bin, AEDAT 3.1 or EVT 3.0 recording:
///
///     EventWriter writer("recording.raw", EventFormat::evt3, {1280, 720});
///     while (…) writer.write(events);
///     writer.finish();
///
/// What EventReader reads from it is what was written, in the same order. The formats hold
///
///     N-MNIST     x, y < 256     0 ≤ t < 2^23 µs (8 s)       no sensor; not y = 240, see NMnistDecoder
///     AEDAT 3.1   x, y < 32768   0 ≤ t < 2^62 µs             the sensor if it is a DVS128's or a DAVIS's
///     EVT 3.0     x, y < 2048    0 ≤ t < 2^40 µs (12 days)   any sensor; t may go backward only between two
///                                                            multiples of 4096 µs: otherwise it would read
///                                                            as the clock having run over
///
/// and write() throws std::invalid_argument for other events, having written none of its own. Errors of the
/// file are std::runtime_error.
class EventWriter {
 public:
  /// A file that takes its name in finish(), whole; without finish() there is none.
  EventWriter(const std::string& path, EventFormat format, Sensor sensor = {})
      : name_(path), encoder_(encoder(format)), file_(std::make_unique<detail::TemporaryFile>(path)) {
    begin(sensor);
  }
  /// Borrows the stream; `name` stands for a file's in errors.
  EventWriter(std::ostream& stream, EventFormat format, Sensor sensor = {},
              const std::string& name = "events")
      : name_(name), encoder_(encoder(format)), stream_(&stream) {
    begin(sensor);
  }

  /// Appends events. Throws std::invalid_argument for what the format cannot hold, std::runtime_error where
  /// writing fails.
  void write(std::span<const Event> events) {
    NEOHEBB_REQUIRE(open_, name_, ": events after finish()");
    std::visit(
        [&](auto& encode) {
          check(encode, events);
          encode(events, bytes_);
        },
        encoder_);
    written_ += events.size();
    if (!events.empty()) last_ = events.back().t;
    flush();
  }
  /// Ends the last packet and hands all that is left to the file or stream.
  void finish() {
    if (!std::exchange(open_, false)) return;
    std::visit([&](auto& encode) { encode.finish(bytes_); }, encoder_);
    flush();
    if (file_) file_->replace_target();
    if (stream_ && !stream_->flush()) fail();
  }
  /// Events so far.
  std::uint64_t written() const { return written_; }

 private:
  using Encoder = std::variant<detail::NMnistEncoder, detail::Aedat3Encoder, detail::Evt3Encoder>;

  static Encoder encoder(EventFormat format) {
    if (format == EventFormat::aedat3) return detail::Aedat3Encoder{};
    if (format == EventFormat::evt3) return detail::Evt3Encoder{};
    NEOHEBB_REQUIRE(format == EventFormat::nmnist, "EventWriter: ", name_of(format),
                    " is not written here, N-MNIST, AEDAT 3.1 and EVT 3.0 are");
    return detail::NMnistEncoder{};
  }
  void begin(Sensor sensor) {
    std::visit([&](auto& encode) { encode.begin(sensor, bytes_); }, encoder_);
    flush();
  }
  template <class Encode> void check(const Encode&, std::span<const Event> events) const {
    constexpr bool ordered = std::is_same_v<Encode, detail::Evt3Encoder>;
    std::int64_t last = last_;
    for (std::size_t k = 0; k < events.size(); ++k) {
      const Event& e = events[k];
      const std::uint64_t number = written_ + k;
      NEOHEBB_REQUIRE(e.x < Encode::side && e.y < Encode::side, name_, ": event ", number, " is at (", e.x,
                      ", ", e.y, "), the format holds coordinates up to ", Encode::side - 1,
                      "; crop or shrink them");
      if constexpr (requires { Encode::reserved_row; })
        NEOHEBB_REQUIRE(e.y != Encode::reserved_row, name_, ": event ", number, " is at (", e.x, ", ", e.y,
                        "), where the format's clock overflows stand; crop or shrink the events");
      NEOHEBB_REQUIRE(e.polarity <= 1, name_, ": event ", number, " has polarity ", e.polarity,
                      ", must be 0 or 1");
      NEOHEBB_REQUIRE(e.t >= 0 && e.t < Encode::end, name_, ": event ", number, " is at ", e.t,
                      " µs, the format holds times from 0 to ", Encode::end - 1,
                      "; count them from the recording's first event");
      NEOHEBB_REQUIRE(!ordered || e.t >> 12 >= last >> 12, name_, ": event ", number, " is at ", e.t,
                      " µs, after one at ", last,
                      " µs: EVT 3.0 cannot go back so far; sort the events by time");
      last = e.t;
    }
  }
  void flush() {
    if (file_) file_->write(bytes_);
    if (stream_ && !stream_->write(reinterpret_cast<const char*>(bytes_.data()),
                                   static_cast<std::streamsize>(bytes_.size())))
      fail();
    bytes_.clear();
  }
  [[noreturn]] void fail() const { NEOHEBB_THROW(std::runtime_error, name_, ": cannot be written"); }

  std::string name_;
  Encoder encoder_;
  std::unique_ptr<detail::TemporaryFile> file_;
  std::ostream* stream_ = nullptr;
  Bytes bytes_;
  std::uint64_t written_ = 0;
  std::int64_t last_ = 0;
  bool open_ = true;
};

/// All events at once.
inline void write_events(const std::string& path, EventFormat format, std::span<const Event> events,
                         Sensor sensor = {}) {
  EventWriter writer(path, format, sensor);
  writer.write(events);
  writer.finish();
}

}  // namespace neohebb
