// Bytes of a file, a stream or memory, block by block.
#pragma once
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <istream>
#include <memory>
#include <neohebb/io/file.hpp>
#include <optional>
#include <span>
#include <string>

namespace neohebb {

/// A window that moves over bytes from their beginning to their end: what `available` shows is there until it
/// is consumed, `fill` adds at most a block to it. Memory: what must be there at once, and a block.
/// Throws std::runtime_error.
class ByteSource {
 public:
  /// A file, a pipe, …
  ByteSource(const std::string& path, std::size_t read_size)
      : name_(path), read_size_(read_size), file_(std::make_unique<std::ifstream>()) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status))
      NEOHEBB_THROW(std::runtime_error, path, ": cannot be read: No such file or directory");
    if (std::filesystem::is_directory(status)) NEOHEBB_THROW(std::runtime_error, path, ": is a folder");
    if (std::filesystem::is_regular_file(status)) {
      const auto size = std::filesystem::file_size(path, error);
      if (!error) size_ = size;
    }
    file_->open(path, std::ios::binary);
    if (!*file_) NEOHEBB_THROW(std::runtime_error, path, ": cannot be opened");
    stream_ = file_.get();
  }
  /// Borrows the stream.
  ByteSource(std::istream& stream, const std::string& name, std::size_t read_size)
      : name_(name), read_size_(read_size), stream_(&stream) {}
  /// Borrows the bytes, copies none.
  ByteSource(std::span<const unsigned char> bytes, const std::string& name)
      : name_(name), size_(bytes.size()), window_(bytes) {}

  /// The bytes that were read and not consumed.
  std::span<const unsigned char> available() const { return window_; }
  /// Passes over n of the available bytes.
  void consume(std::size_t n) {
    window_ = window_.subspan(n);
    offset_ += n;
  }
  /// The next block behind what is available; false where there is none.
  bool fill() {
    if (!stream_ || !*stream_) return false;
    if (window_.data() != buffer_.data() && !window_.empty())
      std::memmove(buffer_.data(), window_.data(), window_.size());
    const std::size_t kept = window_.size();
    if (buffer_.size() < kept + read_size_) buffer_.resize(kept + read_size_);
    stream_->read(reinterpret_cast<char*>(buffer_.data() + kept), static_cast<std::streamsize>(read_size_));
    const auto got = static_cast<std::size_t>(stream_->gcount());
    window_ = {buffer_.data(), kept + got};
    if (stream_->bad()) fail(kept, "cannot be read");
    return got > 0;
  }
  /// Whether n bytes are available, after what filling that takes.
  bool require(std::size_t n) {
    while (window_.size() < n)
      if (!fill()) return false;
    return true;
  }
  /// Throws, naming the byte `ahead` of the window's first.
  template <class... Reason> [[noreturn]] void fail(std::size_t ahead, const Reason&... reason) const {
    bad_file(name_, offset_ + ahead, reason...);
  }
  const std::string& name() const { return name_; }
  /// Where in the file the available bytes begin.
  std::uint64_t offset() const { return offset_; }
  /// Bytes in all, where that is known.
  std::optional<std::uint64_t> size() const { return size_; }

 private:
  std::string name_;
  std::size_t read_size_ = 0;
  std::unique_ptr<std::ifstream> file_;
  std::istream* stream_ = nullptr;
  std::optional<std::uint64_t> size_;
  std::uint64_t offset_ = 0;
  Bytes buffer_;
  std::span<const unsigned char> window_;
};

}  // namespace neohebb
