// The types and shapes of arrays in HDF5 files, in messages of their headers.
// [HDF5 File Format Specification 3.0: IV.A.2.b dataspace, d datatype, e and f fill value]
#pragma once
#include <neohebb/io/array.hpp>
#include <neohebb/io/hdf5_layout.hpp>
#include <optional>

namespace neohebb::detail {

struct Hdf5Array {
  enum class Kind { numbers, text, texts_of_any_length, lists };
  Kind kind = Kind::numbers;
  DataType type = DataType::float64;  // of numbers, and of a list's
  bool enumeration = false;
  std::uint64_t entry = 0;  // bytes in the file
  std::vector<Index> shape;
  std::uint64_t bytes = 0;   // of all entries, as they are in the file
  std::uint64_t listed = 0;  // bytes of texts of any length and of lists
};

/// The messages of an array's header.
class Hdf5Header {
 public:
  Hdf5Header(const Hdf5Tree& tree, const Hdf5Member& member, const std::string& path)
      : bytes(tree.bytes()), path_(path), messages_(tree.messages(member)) {}
  const Hdf5Bytes& bytes;

  template <class... Reason> [[noreturn]] void refuse(const Reason&... reason) const {
    NEOHEBB_THROW(std::runtime_error, bytes.file(), ": '", path_, "'", reason...);
  }
  template <class... Reason> [[noreturn]] void fail(std::uint64_t at, const Reason&... reason) const {
    bytes.fail(at, "'", path_, "'", reason...);
  }
  /// The first message of the type; null if there is none.
  const Hdf5Message* find(unsigned type) const {
    for (const Hdf5Message& m : messages_)
      if (m.type == type) {
        if (m.shared)
          refuse(" shares a type or a setting with others (message ", type, "), which is not read");
        return &m;
      }
    return nullptr;
  }
  std::uint64_t number(const Hdf5Message& m, std::uint64_t at, unsigned n) const {
    if (at > m.size || n > m.size - at) fail(m.at, " has a message that is cut off, of type ", m.type);
    return bytes.number(m.at + at, n, "message");
  }

 private:
  const std::string& path_;
  std::span<const Hdf5Message> messages_;
};

/// Integers of whole bytes, and IEEE's three real types; an enumeration counts as its integers.
inline std::optional<DataType> hdf5_number(const Hdf5Header& header, const Hdf5Message& m, std::uint64_t at) {
  const auto number = [&](const Hdf5Message& of, std::uint64_t from, unsigned n) {
    return header.number(of, from, n);
  };
  const auto klass = number(m, at, 1) & 15, flags = number(m, at + 1, 3), size = number(m, at + 4, 4);
  if (klass == 0 && (size == 1 || size == 2 || size == 4 || size == 8)) {
    if (number(m, at + 8, 4) != size << 19 || (flags & ~std::uint64_t{9}) != 0) return std::nullopt;
    const int log = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
    return static_cast<DataType>((flags & 8 ? 1 : 5) + log);
  }
  if (klass != 1 || (size != 2 && size != 4 && size != 8)) return std::nullopt;
  // bit offset, precision; place and size of exponent and fraction; bias
  const std::uint64_t layout[] = {size << 19,
                                  size == 2   ? 0x0a00050au
                                  : size == 4 ? 0x17000817u
                                              : 0x34000b34u,
                                  size == 2   ? 15u
                                  : size == 4 ? 127u
                                              : 1023u};
  for (unsigned k = 0; k < 3; ++k)
    if (number(m, at + 8 + 4 * k, 4) != layout[k]) return std::nullopt;
  if ((flags & ~std::uint64_t{1}) != (0x20 | (8 * size - 1) << 8)) return std::nullopt;
  return size == 8 ? DataType::float64 : DataType::float32;
}

/// Returns the bytes of an item of a list or a text.
inline std::uint64_t read_hdf5_type(const Hdf5Header& header, const Hdf5Message& m, Hdf5Array& array) {
  const auto number = [&](const Hdf5Message& of, std::uint64_t from, unsigned n) {
    return header.number(of, from, n);
  };
  const auto version = number(m, 0, 1) >> 4, klass = number(m, 0, 1) & 15, flags = number(m, 1, 3);
  array.entry = number(m, 4, 4);
  if (version < 1 || version > 3) header.fail(m.at, " has a type of unknown version ", version);
  std::optional<DataType> type;
  std::uint64_t item = 0;
  if (klass <= 1) {
    type = hdf5_number(header, m, 0);
  } else if (klass == 3 && (flags & 15) <= 2 && (flags >> 4 & 15) <= 1 && array.entry > 0) {
    array.kind = Hdf5Array::Kind::text;
    type = DataType::uint8;
  } else if (klass == 8 && (number(m, 8, 1) & 15) == 0 && number(m, 12, 4) == array.entry &&
             hdf5_number(header, m, 8)) {
    type = hdf5_number(header, m, 8);
    array.enumeration = true;
    std::uint64_t at = 20;
    bool named = array.entry == 1 && (flags & 0xffff) == 2;
    for (std::uint64_t k = 0; k < (flags & 0xffff); ++k) {
      const std::string name = header.bytes.text(m.at + at, m.at + m.size, "name of a type");
      at += version < 3 ? (name.size() + 8) / 8 * 8 : name.size() + 1;
      named = named && name == (k == 0 ? "FALSE" : "TRUE");
    }
    for (std::uint64_t k = 0; k < (flags & 0xffff); ++k)
      named = number(m, at + k * array.entry, static_cast<unsigned>(array.entry)) == k && named;
    if (named) type = DataType::boolean;
  } else if (klass == 9 && array.entry == 16 && (flags & 15) <= 1 && (number(m, 8, 1) & 15) <= 3) {
    array.kind = (flags & 15) == 1 ? Hdf5Array::Kind::texts_of_any_length : Hdf5Array::Kind::lists;
    item = number(m, 12, 4);
    const bool letters = (number(m, 8, 1) & 15) == 3 && item == 1;  // a text may be a list of these
    if (array.kind == Hdf5Array::Kind::lists || !letters) type = hdf5_number(header, m, 8);
    if (array.kind == Hdf5Array::Kind::texts_of_any_length && (letters || item == 1)) type = DataType::uint8;
  }
  if (!type)
    header.refuse(" has entries of a type that cannot be read (class ", klass, ", ", array.entry,
                  " bytes); save integers of 8 to 64 bits, float16 to float64, bool or text");
  array.type = *type;
  return item;
}

/// `limit` bytes at most are believed.
inline void read_hdf5_shape(const Hdf5Header& header, const Hdf5Message& m, std::uint64_t limit,
                            Hdf5Array& array) {
  const auto number = [&](const Hdf5Message& of, std::uint64_t from, unsigned n) {
    return header.number(of, from, n);
  };
  const auto version = number(m, 0, 1), rank = number(m, 1, 1), flags = number(m, 2, 1);
  if (version < 1 || version > 2 || rank > 32 || flags > 1 || (version == 2 && number(m, 3, 1) != (rank > 0)))
    header.refuse(version == 2 && number(m, 3, 1) == 2 ? " is empty, not even a number (h5py.Empty)"
                                                       : " has a shape of unknown layout");
  const std::uint64_t at = version == 1 ? 8 : 4;
  array.bytes = array.entry;
  for (std::uint64_t d = 0; d < rank; ++d) {
    const auto n = number(m, at + 8 * d, 8);
    if (flags == 1 && number(m, at + 8 * (rank + d), 8) < n)
      header.fail(m.at, " is larger than its own limit");
    if (n > 0 && (array.bytes > limit / n || n > limit))
      header.fail(m.at, " claims entry ", d, " of its shape to be ", n, ": more than the ", limit,
                  " bytes that are allowed; raise Hdf5Limits::bytes if you trust the file");
    array.shape.push_back(static_cast<Index>(n));
    array.bytes *= n;
  }
}

inline void check_hdf5_fill(const Hdf5Header& header, const Hdf5Message& m, const Hdf5Array& array) {
  const auto number = [&](const Hdf5Message& of, std::uint64_t from, unsigned n) {
    return header.number(of, from, n);
  };
  const auto version = number(m, 0, 1);
  if (version < 1 || version > 3) header.fail(m.at, " has a fill value of unknown version");
  const std::uint64_t at = version == 3 ? 2 : 4;
  const bool given = version == 3 ? (number(m, 1, 1) & 32) != 0 : version == 1 || number(m, 3, 1) != 0;
  if (!given) return;
  const auto size = number(m, at, 4);
  if (size != 0 && size != 0xffffffff && (size != array.entry || size > m.size - at - 4))
    header.fail(m.at, " has a fill value of another size than its entries");
  if (size != 0 && size != 0xffffffff && array.kind != Hdf5Array::Kind::numbers &&
      array.kind != Hdf5Array::Kind::text) {
    for (std::uint64_t k = 0; k < size; ++k)
      if (number(m, at + 4 + k, 1) != 0)
        header.refuse(" has a fill value, which a list or text cannot have here");
  }
}

}  // namespace neohebb::detail
