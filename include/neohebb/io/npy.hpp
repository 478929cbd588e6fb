// NumPy's .npy files: versions 1.0, 2.0, 3.0, either byte order, either storage order.
// [numpy.lib.format: "\x93NUMPY", version, header length, a Python dict, the entries]
#pragma once
#include <neohebb/io/npy_header.hpp>

namespace neohebb {

namespace detail {

inline void swap_bytes(Bytes& data, std::size_t size) {
  for (std::size_t k = 0; k + size <= data.size(); k += size)
    std::reverse(data.begin() + static_cast<std::ptrdiff_t>(k),
                 data.begin() + static_cast<std::ptrdiff_t>(k + size));
}

/// Reads an array from read(to, n), which gives n bytes or throws, out of a source of `total` bytes. Nothing
/// of the entries' size is allocated before the header, the shape and `total` agree.
template <class Read> NpyArray read_npy_from(Read&& read, std::uint64_t total, const std::string& file) {
  constexpr std::uint64_t longest_header = 1 << 20;
  unsigned char start[12] = {};
  if (total < 10) bad_file(file, total, "too short for an .npy file");
  read(start, 8);
  if (std::memcmp(start, "\x93NUMPY", 6) != 0) bad_file(file, 0, "no .npy file (the magic is wrong)");
  const int major = start[6], minor = start[7];
  if (major < 1 || major > 3 || minor != 0) bad_file(file, 6, "version ", major, ".", minor, " is unknown");
  const std::size_t digits = major == 1 ? 2 : 4;
  if (total < 8 + digits) bad_file(file, total, "the file ends within the header");
  read(start + 8, digits);
  std::uint64_t length = 0;
  for (std::size_t k = digits; k-- > 0;) length = length << 8 | start[8 + k];
  const std::uint64_t begin = 8 + digits;
  if (length > total - begin)
    bad_file(file, 8, "a header of ", length, " bytes reaches beyond the end at ", total);
  if (length > longest_header) bad_file(file, 8, "a header of ", length, " bytes is absurd");
  std::string text(static_cast<std::size_t>(length), ' ');
  if (length > 0) read(reinterpret_cast<unsigned char*>(text.data()), text.size());

  const NpyHeader header(text, begin, file);
  const std::uint64_t rest = total - begin - length;
  if (header.bytes != rest)
    bad_file(file, begin + length, "an array of ", name_of(header.type), " and shape ",
             shape_text(header.shape), " takes ", header.bytes, " bytes, ", rest, " are there");
  NpyArray array{header.shape, header.type, header.fortran_order, Bytes(static_cast<std::size_t>(rest))};
  if (rest > 0) read(array.data.data(), array.data.size());
  if (header.swapped) swap_bytes(array.data, size_of(array.type));
  return array;
}

}  // namespace detail

/// An .npy file held in memory; `file` names it in errors. Throws std::runtime_error with the byte offset.
inline NpyArray parse_npy(std::span<const unsigned char> bytes, const std::string& file = "array") {
  std::span<const unsigned char> rest = bytes;
  const auto read = [&](unsigned char* to, std::size_t n) {
    std::copy_n(rest.begin(), n, to);
    rest = rest.subspan(n);
  };
  return detail::read_npy_from(read, bytes.size(), file);
}

/// The bytes of an .npy file, version 1.0, aligned to 64 bytes as NumPy does.
inline Bytes dump_npy(const NpyArray& array) {
  constexpr const char* codes[] = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"};
  const char order = size_of(array.type) == 1 ? '|' : std::endian::native == std::endian::little ? '<' : '>';
  std::string header = "{'descr': '" + std::string(1, order) + codes[static_cast<int>(array.type)] +
                       "', 'fortran_order': " + (array.fortran_order ? "True" : "False") +
                       ", 'shape': " + shape_text(array.shape) + ", }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  Bytes bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  bytes.reserve(10 + header.size() + array.data.size());
  bytes.push_back(static_cast<unsigned char>(header.size() & 255));
  bytes.push_back(static_cast<unsigned char>(header.size() >> 8));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), array.data.begin(), array.data.end());
  return bytes;
}

/// A matrix gets shape (rows, cols) in its own storage order, a vector (n,), a number or an enumeration ().
template <class T> NpyArray to_npy(const T& value) {
  NpyArray array;
  const auto fill = [&](const auto* from, Index n) {
    array.type = data_type<std::remove_cvref_t<decltype(*from)>>();
    array.data.resize(static_cast<std::size_t>(n) * sizeof(*from));
    if (n > 0) std::memcpy(array.data.data(), from, array.data.size());
  };
  if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
    fill(&value, 1);
  } else {
    using Plain = typename T::PlainObject;
    const Eigen::Ref<const Plain> plain(
        value);  // copies expressions, and blocks that are not contiguous below
    if constexpr (Plain::IsVectorAtCompileTime) {
      array.shape = {plain.size()};
    } else {
      array.shape = {plain.rows(), plain.cols()};
      array.fortran_order = !Plain::IsRowMajor;
    }
    if (plain.size() == 0 || plain.outerStride() == plain.innerSize() || Plain::IsVectorAtCompileTime) {
      fill(plain.data(), plain.size());
    } else {
      const Plain packed = plain;
      fill(packed.data(), packed.size());
    }
  }
  return array;
}

/// Throws std::runtime_error naming file, byte and reason. Files longer than their array are refused too.
inline NpyArray read_npy(const std::string& path) {
  InputFile file(path);
  return detail::read_npy_from([&](unsigned char* to, std::size_t n) { file.read(to, n); }, file.size(),
                               path);
}

/// Replaces the file in one step (see write_file).
inline void write_npy(const std::string& path, const NpyArray& array) { write_file(path, dump_npy(array)); }

/// A matrix, vector or number: numpy.load gives an array of the same shape and entries.
template <class T> void write_npy(const std::string& path, const T& value) { write_npy(path, to_npy(value)); }

}  // namespace neohebb
