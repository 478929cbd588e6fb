// Spikes of some steps as a message: bits, or lists, whichever is fewer bytes.
#pragma once
#include <cstdint>
#include <neohebb/core/spikes.hpp>
#include <neohebb/network/packing.hpp>

namespace neohebb {

/// How spikes of `steps` steps of `batch` samples are sent.
///
///     SpikeMessage how{units, batch};
///     how.pack(message, steps, [&](Index t) -> const auto& { return spikes[t]; });
///     Unpacker from(message);
///     how.unpack(from, steps, [&](Index t) -> auto& { return spikes[t]; });
struct SpikeMessage {
  Index units, batch;

  /// Bytes of either form: a bit for each neuron; or for each sample and step a count and its neurons, two
  /// bytes each where two suffice.
  std::size_t bits(Index steps) const { return size(steps * batch * ((units + 7) / 8)); }
  std::size_t lists(Index steps, Index spikes) const {
    return size(steps * batch) * sizeof(std::int32_t) + size(spikes) * (short_names() ? 2 : 4);
  }
  /// As long as any message of so many steps.
  std::size_t most(Index steps) const { return 1 + bits(steps); }

  /// Appends the spikes of steps 0, 1, …: spikes(t).
  void pack(Message& to, Index steps, auto&& spikes) const {
    Index count = 0;
    for (Index t = 0; t < steps; ++t) count += spikes(t).count();
    const bool as_lists = lists(steps, count) < bits(steps);
    Packer io{to};
    io(static_cast<std::uint8_t>(as_lists));
    for (Index t = 0; t < steps; ++t)
      for (Index b = 0; b < batch; ++b) {
        const auto active = spikes(t).active(b);
        if (as_lists) {
          io(static_cast<std::int32_t>(active.size()));
          for (const std::int32_t i : active)
            if (short_names())
              io(static_cast<std::uint16_t>(i));
            else
              io(i);
        } else {
          const std::size_t first = to.size();
          to.resize(first + size((units + 7) / 8));
          for (const std::int32_t i : active)
            to[first + size(i / 8)] = static_cast<unsigned char>(to[first + size(i / 8)] | 1 << (i % 8));
        }
      }
  }
  /// The same spikes back. Throws std::runtime_error for a message that ends early, std::invalid_argument for
  /// neurons that are not there.
  void unpack(Unpacker& io, Index steps, auto&& spikes) const {
    std::uint8_t as_lists = 0;
    io(as_lists);
    std::vector<std::int32_t> active;
    for (Index t = 0; t < steps; ++t)
      spikes(t).assign_lists([&](Index) -> const auto& {
        active.clear();
        if (as_lists != 0)
          read_list(io, active);
        else
          read_bits(io, active);
        return active;
      });
  }

 private:
  bool short_names() const { return units <= 65536; }
  static std::size_t size(Index n) { return static_cast<std::size_t>(n); }
  void read_list(Unpacker& io, std::vector<std::int32_t>& active) const {
    std::int32_t count = 0;
    io(count);
    if (count < 0 || count > units)
      NEOHEBB_THROW(std::runtime_error, "a message has ", count, " spikes of ", units, " neurons");
    for (std::int32_t k = 0; k < count; ++k)
      if (short_names()) {
        std::uint16_t i = 0;
        io(i);
        active.push_back(i);
      } else {
        io(active.emplace_back());
      }
  }
  void read_bits(Unpacker& io, std::vector<std::int32_t>& active) const {
    for (Index first = 0; first < units; first += 8) {
      std::uint8_t eight = 0;
      io(eight);
      for (int k = 0; eight != 0; ++k, eight = static_cast<std::uint8_t>(eight >> 1))
        if (eight & 1) active.push_back(static_cast<std::int32_t>(first + k));
    }
  }
};

}  // namespace neohebb
