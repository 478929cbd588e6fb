// Reading recordings of event cameras from memory: what EventReader takes for each event, every format beside a
// copy of the same bytes.
#include <cstdlib>
#include <neohebb/data/events/lz4.hpp>
#include <neohebb/data/events/reader.hpp>
#include <neohebb/data/events/writer.hpp>
#include <neohebb/data/events/zstd.hpp>
#include <sstream>

#include "limits.hpp"

namespace {

using namespace neohebb;

using Events = std::vector<Event>;

void put_little(Bytes& out, int size, std::int64_t n) {
  for (int k = 0; k < size; ++k) out.push_back(static_cast<unsigned char>(n >> (8 * k)));
}
void put_big(Bytes& out, int size, std::int64_t n) {
  while (size-- > 0) out.push_back(static_cast<unsigned char>(n >> (8 * size)));
}
void put_text(Bytes& out, const std::string& text) { out.insert(out.end(), text.begin(), text.end()); }

/// Edges that move over a sensor: a row reports its pixels at one time, from left to right, many or one; and noise.
Events edges(std::size_t count, std::uint32_t width, std::uint32_t height) {
  RandomSequence random(1, 2, 3, 4);
  Events events;
  std::int64_t t = 0;
  while (events.size() < count) {
    t += random.below(4);
    const auto y = static_cast<std::uint16_t>(random.below(height));
    const auto on = static_cast<std::uint8_t>(random.below(2));
    const std::uint32_t pixels = random.below(3) == 0 ? 1 : 1 + random.below(24);
    std::uint32_t x = random.below(width);
    for (std::uint32_t k = 0; k < pixels && x < width; ++k, x += 1 + random.below(3) / 2)
      events.push_back({t, static_cast<std::uint16_t>(x), y, on});
  }
  events.resize(count);
  return events;
}

/// Noise alone: every event has a time, row and column of its own.
Events scattered(std::size_t count, std::uint32_t width, std::uint32_t height) {
  RandomSequence random(1, 2, 3, 5);
  Events events;
  for (std::int64_t t = 0; events.size() < count; t += 1 + random.below(4))
    events.push_back({t, static_cast<std::uint16_t>(random.below(width)),
                      static_cast<std::uint16_t>(random.below(height)),
                      static_cast<std::uint8_t>(random.below(2))});
  return events;
}

Bytes written(EventFormat format, const Events& events, Sensor sensor) {
  std::ostringstream stream;
  EventWriter writer(stream, format, sensor);
  writer.write(events);
  writer.finish();
  const std::string text = stream.str();
  return {text.begin(), text.end()};
}

Bytes bs3(const Events& events) {
  Bytes out;
  for (const Event& e : events) {
    put_big(out, 4, std::int64_t{e.x} << 20 | e.y << 8 | e.polarity);
    put_big(out, 3, e.t);
  }
  return out;
}
Bytes dat(const Events& events) {
  Bytes out;
  put_text(out, "% Version 2\n");
  put_little(out, 1, 12);
  put_little(out, 1, 8);
  for (const Event& e : events) {
    put_little(out, 4, e.t);
    put_little(out, 4, e.x | e.y << 14 | e.polarity << 28);
  }
  return out;
}
Bytes evt2(const Events& events) {
  Bytes out;
  put_text(out, "% evt 2.0\n");
  for (std::int64_t high = -1; const Event& e : events) {
    if (e.t >> 6 != high) put_little(out, 4, 8ll << 28 | (high = e.t >> 6));
    put_little(out, 4, std::int64_t{e.polarity} << 28 | (e.t & 63) << 22 | e.x << 11 | e.y);
  }
  return out;
}
/// A word for each run of events in 32 pixels.
Bytes evt21(const Events& events) {
  Bytes out;
  put_text(out, "% format EVT21;endianness=little\n");
  std::int64_t high = -1;
  for (std::size_t k = 0; k < events.size();) {
    const Event& e = events[k];
    if (e.t >> 6 != high) put_little(out, 8, std::int64_t{8} << 60 | (high = e.t >> 6) << 32);
    std::int64_t valid = 0;
    for (int last = -1; k < events.size(); ++k) {
      const Event& next = events[k];
      if (next.t != e.t || next.y != e.y || next.polarity != e.polarity || next.x / 32 != e.x / 32) break;
      if (next.x <= last) break;
      last = next.x;
      valid |= std::int64_t{1} << next.x % 32;
    }
    put_little(out, 8,
               std::int64_t{e.polarity} << 60 | (e.t & 63) << 54 | std::int64_t{e.x} / 32 * 32 << 43 |
                   std::int64_t{e.y} << 32 | valid);
  }
  return out;
}
/// Of a DVS128.
Bytes aedat1(const Events& events) {
  Bytes out;
  put_text(out, "#!AER-DAT1.0\r\n");
  for (const Event& e : events) {
    put_big(out, 2, e.y << 8 | e.x << 1 | (1 - e.polarity));
    put_big(out, 4, e.t);
  }
  return out;
}
/// Of a DAVIS.
Bytes aedat2(const Events& events) {
  Bytes out;
  put_text(out, "#!AER-DAT2.0\r\n# Davis640\r\n");
  for (const Event& e : events) {
    put_big(out, 4, std::int64_t{e.y} << 22 | e.x << 12 | e.polarity << 11);
    put_big(out, 4, e.t);
  }
  return out;
}

Bytes lz4(const Bytes& plain) {
  Bytes packed(LZ4F_compressFrameBound(plain.size(), nullptr));
  packed.resize(LZ4F_compressFrame(packed.data(), packed.size(), plain.data(), plain.size(), nullptr));
  return packed;
}
Bytes zstd(const Bytes& plain) {
  Bytes packed(ZSTD_compressBound(plain.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3));
  return packed;
}
/// Packets of 10 000 events each; compression 0, 1 (LZ4) or 3 (ZSTD).
Bytes aedat4(const Events& events, int compression) {
  const auto table = [](Bytes& out, std::initializer_list<int> vtable) {  // behind root offset and kind
    for (const int n : vtable) put_little(out, 2, n);
  };
  Bytes out;
  put_text(out, "#!AER-DAT4.0\r\n");
  put_little(out, 4, 24);
  put_little(out, 4, 14);
  put_text(out, "IOHE");
  table(out, {6, 8, 4});
  put_little(out, 4, 6);
  put_little(out, 4, compression);
  put_little(out, 2, 0);
  for (std::size_t at = 0; at < events.size();) {
    const std::size_t count = std::min<std::size_t>(10000, events.size() - at);
    Bytes flat;
    put_little(flat, 4, static_cast<std::int64_t>(28 + 16 * count));
    put_little(flat, 4, 16);
    put_text(flat, "EVTS");
    table(flat, {6, 8, 4, 0});
    for (const std::size_t n : {std::size_t{8}, std::size_t{4}, count})
      put_little(flat, 4, static_cast<std::int64_t>(n));
    for (const std::size_t end = at + count; at < end; ++at) {
      const Event& e = events[at];
      put_little(flat, 8, e.t);
      put_little(flat, 4, e.x | e.y << 16);
      put_little(flat, 4, e.polarity);
    }
    if (compression > 0) flat = compression == 1 ? lz4(flat) : zstd(flat);
    put_little(out, 4, 0);
    put_little(out, 4, static_cast<std::int64_t>(flat.size()));
    out.insert(out.end(), flat.begin(), flat.end());
  }
  return out;
}

struct Recording {
  std::string name, file;  // the file's name tells formats that have no magic
  Bytes bytes;
  Events events = {};  // what must be read; none: the recording is real
};

/// Read by 4096 events at a time. Counters, beside those of all benchmarks:
///     events, bytes       of the recording
///     copy_ns             a copy of its bytes
void read(benchmark::State& state, const Recording& recording) {
  const EventOptions options{.lz4 = unpack_lz4, .zstd = unpack_zstd};
  Events buffer(4096);
  std::size_t events = 0;
  const auto size = static_cast<double>(recording.bytes.size());
  Bytes copy(recording.bytes.size());
  const double copied = limits::shortest([&] {
    std::memcpy(copy.data(), recording.bytes.data(), copy.size());
    benchmark::DoNotOptimize(copy.data());
  });
  limits::measure<float>(state, {.read = size, .working_set = size}, 1, [&] {
    EventReader reader(recording.bytes, options, recording.file);
    events = 0;
    while (const std::size_t n = reader.read(buffer)) events += n;
  });
  state.counters["events"] = static_cast<double>(events);
  state.counters["bytes"] = size;
  state.counters["copy_ns"] = 1e9 * copied;
  const EventRecording all = read_all(EventReader(recording.bytes, options, recording.file));
  if (all.events.size() != events || (!recording.events.empty() && all.events != recording.events))
    throw std::runtime_error(recording.name + ": other events than were written");
}

void add(Recording recording) {
  auto kept = std::make_shared<const Recording>(std::move(recording));
  benchmark::RegisterBenchmark(("events, " + kept->name).c_str(),
                               [kept](benchmark::State& state) { read(state, *kept); });
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::size_t count = 1 << 20;
  const Events noise = scattered(count, 1280, 720), large = edges(count, 1280, 720),
               davis = edges(count, 640, 480);
  Events small = edges(count, 34, 34);
  for (Event& e : small) e.t &= 0x7fffff;
  add({"N-MNIST", "x.bin", written(EventFormat::nmnist, small, {}), small});
  add({"56 bits", "x.bs3", bs3(small), small});
  add({"DAT", "x.dat", dat(large), large});
  add({"EVT 2.0", "x.raw", evt2(large), large});
  add({"EVT 2.1", "x.raw", evt21(large), large});
  add({"EVT 3.0", "x.raw", written(EventFormat::evt3, large, {1280, 720}), large});
  add({"EVT 3.0, scattered", "x.raw", written(EventFormat::evt3, noise, {1280, 720}), noise});
  add({"AEDAT 1.0", "x.aedat", aedat1(small), small});
  add({"AEDAT 2.0", "x.aedat", aedat2(davis), davis});
  add({"AEDAT 3.1", "x.aedat", written(EventFormat::aedat3, davis, {}), davis});
  add({"AEDAT 4", "x.aedat4", aedat4(davis, 0), davis});
  add({"AEDAT 4, LZ4", "x.aedat4", aedat4(davis, 1), davis});
  add({"AEDAT 4, ZSTD", "x.aedat4", aedat4(davis, 3), davis});
  if (const char* shared = std::getenv("NEOHEBB_SHARED"))
    for (const std::string file :
         {"events/evt2.raw", "events/evt3.raw", "events/davis.aedat4", "dvsgesture/5.bs2", "dvsgesture/5.bs3",
          "events/ncars.dat", "events/jaer.aedat2"}) {
      const std::string path = std::string(shared) + "/data/" + file;
      if (std::filesystem::exists(path))
        add({file.substr(file.find('/') + 1) + " (real)", path, read_file(path)});
    }
  return limits::run(argc, argv);
}
