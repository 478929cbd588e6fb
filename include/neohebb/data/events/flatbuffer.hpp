// As much of FlatBuffers as AEDAT 4 needs, every access checked.
// [FlatBuffers, internals: offsets from where they stand, tables with a vtable before or behind them]
#pragma once
#include <neohebb/data/events/event.hpp>
#include <optional>

namespace neohebb::detail {

/// The root table of a buffer without size prefix. What points outside the buffer gives nullopt.
class FlatTable {
 public:
  using View = std::span<const unsigned char>;

  static std::optional<FlatTable> root(View bytes) { return behind_offset(bytes, 0); }
  /// The table that the offset standing at this byte points to: an element of a vector of tables.
  static std::optional<FlatTable> behind_offset(View bytes, std::uint64_t at) {
    FlatTable table;
    table.bytes_ = bytes;
    const auto ahead = table.load<std::uint32_t>(at);
    if (!ahead) return std::nullopt;
    table.at_ = at + *ahead;
    const auto back = table.load<std::int32_t>(table.at_);
    if (!back) return std::nullopt;
    const std::int64_t entries = static_cast<std::int64_t>(table.at_) - *back;
    if (entries < 0) return std::nullopt;
    table.entries_ = static_cast<std::uint64_t>(entries);
    const auto size = table.load<std::uint16_t>(table.entries_);
    if (!size || *size < 4 || *size > bytes.size() - table.entries_) return std::nullopt;
    table.size_ = *size;
    return table;
  }
  bool has(unsigned field) const { return place(field) != 0; }
  /// A number; `otherwise` where the table does not have it.
  template <class T> std::optional<T> number(unsigned field, T otherwise) const {
    const std::uint64_t at = place(field);
    return at == 0 ? otherwise : load<T>(at);
  }
  struct Vector {
    std::size_t begin = 0, count = 0;  // byte of the buffer, elements
  };
  /// Elements of `size` bytes each; none where the table does not have them.
  std::optional<Vector> vector(unsigned field, std::size_t size) const {
    const std::uint64_t at = place(field);
    if (at == 0) return Vector{};
    const auto ahead = load<std::uint32_t>(at);
    if (!ahead) return std::nullopt;
    const std::uint64_t begin = at + *ahead;
    const auto count = load<std::uint32_t>(begin);
    if (!count || (bytes_.size() - begin - 4) / size < *count) return std::nullopt;
    return Vector{static_cast<std::size_t>(begin) + 4, *count};
  }

 private:
  template <class T> std::optional<T> load(std::uint64_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof(T)) return std::nullopt;
    return load_little<T>(bytes_.data() + at);
  }
  /// Where the field stands; 0, where no field can, if there is none.
  std::uint64_t place(unsigned field) const {
    const std::uint64_t entry = 4 + 2 * std::uint64_t{field};
    if (entry + 2 > size_) return 0;
    const std::uint16_t offset = *load<std::uint16_t>(entries_ + entry);
    return offset == 0 ? 0 : at_ + offset;
  }

  View bytes_;
  std::uint64_t at_ = 0, entries_ = 0, size_ = 0;
};

}  // namespace neohebb::detail
