// IDX files (MNIST, Fashion-MNIST), gzipped or raw.
// [LeCun: magic 00 00 type dimensions, big-endian 32-bit sizes, the entries, the last index running fastest]
#pragma once
#if !__has_include(<zlib.h>)
#error "neohebb: <neohebb/data/idx.hpp> needs zlib: apt-get install zlib1g-dev, and link neohebb::zlib"
#endif
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <neohebb/data/images.hpp>
#include <string>
#include <vector>

namespace neohebb {

/// The type of an IDX file's entries, by its code in the magic.
enum class IdxType : unsigned char {
  uint8 = 0x08,
  int8 = 0x09,
  int16 = 0x0B,
  int32 = 0x0C,
  float32 = 0x0D,
  float64 = 0x0E
};

/// An IDX array: entries in this machine's byte order, the last index running fastest.
struct IdxArray {
  IdxType type = IdxType::uint8;
  std::vector<Index> shape;
  std::vector<unsigned char> data;

  /// All entries as T, by static_cast.
  template <class T> std::vector<T> as() const {
    switch (type) {
      case IdxType::int8:
        return cast<T, std::int8_t>();
      case IdxType::int16:
        return cast<T, std::int16_t>();
      case IdxType::int32:
        return cast<T, std::int32_t>();
      case IdxType::float32:
        return cast<T, float>();
      case IdxType::float64:
        return cast<T, double>();
      case IdxType::uint8:
        break;
    }
    return cast<T, unsigned char>();
  }

 private:
  template <class T, class From> std::vector<T> cast() const {
    std::vector<T> all(data.size() / sizeof(From));
    for (std::size_t k = 0; k < all.size(); ++k) {
      From x;
      std::memcpy(&x, data.data() + k * sizeof(From), sizeof(From));
      all[k] = static_cast<T>(x);
    }
    return all;
  }
};

namespace detail {

/// A file that zlib unpacks, or passes through when it is not packed.
class IdxFile {
 public:
  explicit IdxFile(const std::string& path) : path_(path) {
    std::error_code error;
    size_ = std::filesystem::file_size(path, error);
    if (error) NEOHEBB_THROW(std::runtime_error, path, ": cannot be read: ", error.message());
    file_.reset(gzopen(path.c_str(), "rb"));
    if (!file_) NEOHEBB_THROW(std::runtime_error, path, ": cannot be opened");
  }
  template <class... Reason> [[noreturn]] void fail(const Reason&... reason) const {
    NEOHEBB_THROW(std::runtime_error, path_, ", byte ", offset_, ": ", reason...);
  }
  /// Up to n bytes; fewer only where the data ends.
  std::size_t read_some(unsigned char* to, std::size_t n) {
    std::size_t done = 0;
    while (done < n) {
      const int got =
          gzread(file_.get(), to + done, static_cast<unsigned>(std::min<std::size_t>(n - done, 1 << 20)));
      int status = Z_OK;
      const char* reason = gzerror(file_.get(), &status);
      if (got < 0 || (status != Z_OK && status != Z_STREAM_END)) {
        if (got > 0) offset_ += static_cast<std::uint64_t>(got);
        fail(status == Z_BUF_ERROR ? "the gzip stream is cut off" : "the gzip stream is damaged: ",
             status == Z_BUF_ERROR ? "" : reason);
      }
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
      offset_ += static_cast<std::uint64_t>(got);
    }
    return done;
  }
  void read(unsigned char* to, std::size_t n, const char* what) {
    if (read_some(to, n) < n) fail("the file ends within its ", what);
  }
  std::uint32_t read_big_endian(const char* what) {
    unsigned char b[4];
    read(b, 4, what);
    return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
  }
  /// More than the file can hold: deflate makes at most 1032 bytes of one.
  std::uint64_t at_most() const { return gzdirect(file_.get()) ? size_ : size_ * 1032; }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose_r(file); }
  };
  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
  std::uint64_t size_ = 0, offset_ = 0;
};

/// `dimensions` and `type` that the caller expects, or 0 for any; `kind` names them in errors.
inline IdxArray read_idx(const std::string& path, unsigned type, unsigned dimensions,
                         const std::string& kind) {
  IdxFile file(path);
  const std::uint32_t magic = file.read_big_endian("magic");
  const unsigned got_type = magic >> 8, got_dimensions = magic & 255;
  if (got_type >> 8 != 0)
    file.fail("no IDX file (the magic begins with ", magic >> 24, " ", magic >> 16 & 255, ")");
  std::size_t size = 0;
  switch (static_cast<IdxType>(got_type)) {
    case IdxType::uint8:
    case IdxType::int8:
      size = 1;
      break;
    case IdxType::int16:
      size = 2;
      break;
    case IdxType::int32:
    case IdxType::float32:
      size = 4;
      break;
    case IdxType::float64:
      size = 8;
      break;
  }
  if (size == 0) file.fail("entries of type code ", got_type, " are unknown");
  if (type != 0 && got_type != type)
    file.fail(kind, " have entries of type code ", type, ", this file has ", got_type);
  if (dimensions != 0 && got_dimensions != dimensions)
    file.fail(kind, " have ", dimensions, dimensions == 1 ? " dimension" : " dimensions", ", this file has ",
              got_dimensions,
              got_dimensions == 3   ? " (are these the images?)"
              : got_dimensions == 1 ? " (are these the labels?)"
                                    : "");
  if (got_dimensions == 0) file.fail("the array has no dimensions");

  IdxArray array;
  array.type = static_cast<IdxType>(got_type);
  std::uint64_t bytes = size;
  for (unsigned d = 0; d < got_dimensions; ++d) {
    const std::uint32_t n = file.read_big_endian("sizes");
    if (n == 0) file.fail("size ", d, " is 0");
    array.shape.push_back(static_cast<Index>(n));
    if (bytes > file.at_most() / n)
      file.fail("the sizes ask for more entries than the file can hold (size ", d, " is ", n, ")");
    bytes *= n;
  }
  // In pieces: what is allocated follows what was really there.
  constexpr std::uint64_t at_once = 1 << 22;
  while (array.data.size() < bytes) {
    const std::size_t done = array.data.size();
    array.data.resize(done + static_cast<std::size_t>(std::min(at_once, bytes - done)));
    const std::size_t got = file.read_some(array.data.data() + done, array.data.size() - done);
    if (done + got < array.data.size())
      file.fail("the file ends early: its sizes ask for ", bytes, " bytes of entries, ", done + got,
                " are there");
  }
  unsigned char beyond;
  if (file.read_some(&beyond, 1) > 0)
    file.fail("the file goes on beyond the ", bytes, " bytes that its sizes ask for");
  if (size > 1 && std::endian::native == std::endian::little)
    for (std::size_t k = 0; k < array.data.size(); k += size)
      std::reverse(array.data.begin() + static_cast<std::ptrdiff_t>(k),
                   array.data.begin() + static_cast<std::ptrdiff_t>(k + size));
  return array;
}

}  // namespace detail

/// Any IDX file, raw or gzipped. All readers here throw std::runtime_error with file, byte (of the unpacked
/// data) and reason: another magic or type, sizes beyond the file, a file that ends early or goes on.
inline IdxArray read_idx(const std::string& path) { return detail::read_idx(path, 0, 0, "arrays"); }

/// Unsigned bytes in three dimensions: count, height, width.
inline Images read_idx_images(const std::string& path) {
  const IdxArray array = detail::read_idx(path, 0x08, 3, "images");
  Images images;
  images.height = array.shape[1];
  images.width = array.shape[2];
  images.pixels = Eigen::Map<const Matrix<unsigned char>>(array.data.data(), images.height * images.width,
                                                          array.shape[0]);
  return images;
}

/// Unsigned bytes in one dimension.
inline std::vector<int> read_idx_labels(const std::string& path) {
  const IdxArray array = detail::read_idx(path, 0x08, 1, "labels");
  return {array.data.begin(), array.data.end()};
}

}  // namespace neohebb
