// Writing pictures as PNG files.
#pragma once
#if !__has_include(<png.h>)
#error "neohebb/plot/png.hpp needs libpng: apt-get install libpng-dev, and link neohebb::png"
#endif
#include <png.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <neohebb/plot/image.hpp>
#include <string>
#include <vector>

namespace neohebb::plot {

/// The picture as the bytes of a PNG file. Throws std::runtime_error with libpng's reason.
inline std::vector<unsigned char> encode_png(const Image& image) {
  static_assert(sizeof(Colour) == 3, "neohebb: rows are handed to libpng as they are");
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width());
  header.height = static_cast<png_uint_32>(image.height());
  header.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::vector<unsigned char> bytes(size);
  if (!png_image_write_to_memory(&header, bytes.data(), &size, 0, image.pixels().data(), 0, nullptr))
    NEOHEBB_THROW(std::runtime_error, "cannot encode a ", image.width(), " x ", image.height(),
                  " picture as PNG: ", header.message);
  bytes.resize(size);
  return bytes;
}

/// Writes the picture as a PNG file, 8 bits of red, green and blue.
/// Throws std::runtime_error with the path and the reason; a file that could not be finished is removed.
inline void write_png(const std::filesystem::path& path, const Image& image) {
  const std::vector<unsigned char> bytes = encode_png(image);
  const auto fail = [&](int error) {
    NEOHEBB_THROW(std::runtime_error, "cannot write ", path.string(), ": ", std::strerror(error));
  };
  errno = 0;
  std::FILE* file = std::fopen(path.string().c_str(), "wb");
  if (file == nullptr) fail(errno);
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  const int write_error = errno;
  const bool closed = std::fclose(file) == 0;
  if (written && closed) return;
  const int error = written ? errno : write_error;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) std::filesystem::remove(path, ignored);
  fail(error);
}

}  // namespace neohebb::plot
