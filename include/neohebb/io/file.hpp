// Files as bytes: refused with their name and place, replaced whole or not at all.
#pragma once
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <neohebb/core/check.hpp>
#include <span>
#include <string>
#include <vector>

namespace neohebb {

/// What a file holds.
using Bytes = std::vector<unsigned char>;

/// Throws std::runtime_error "FILE, byte OFFSET: reason".
template <class... Reason>
[[noreturn]] void bad_file(const std::string& file, std::uint64_t offset, const Reason&... reason) {
  NEOHEBB_THROW(std::runtime_error, file, ", byte ", offset, ": ", reason...);
}

/// A regular file that is read from its beginning, its length known. Throws std::runtime_error.
class InputFile {
 public:
  explicit InputFile(const std::string& path) : path_(path) {
    std::error_code error;
    size_ = std::filesystem::file_size(path, error);
    if (error) NEOHEBB_THROW(std::runtime_error, path, ": cannot be read: ", error.message());
    stream_.open(path, std::ios::binary);
    if (!stream_) NEOHEBB_THROW(std::runtime_error, path, ": cannot be opened");
  }
  std::uint64_t size() const { return size_; }
  /// Reads n bytes. Throws std::runtime_error with the path where the file ends before.
  void read(unsigned char* to, std::size_t n) {
    stream_.read(reinterpret_cast<char*>(to), static_cast<std::streamsize>(n));
    offset_ += static_cast<std::uint64_t>(stream_.gcount());
    if (!stream_) bad_file(path_, offset_, "the file ends here, ", n, " bytes were to be read at once");
  }

 private:
  std::string path_;
  std::ifstream stream_;
  std::uint64_t size_ = 0, offset_ = 0;
};

/// The whole file. Throws std::runtime_error.
inline Bytes read_file(const std::string& path) {
  InputFile file(path);
  Bytes bytes(static_cast<std::size_t>(file.size()));
  if (!bytes.empty()) file.read(bytes.data(), bytes.size());
  return bytes;
}

namespace detail {

/// A new file beside the target; removed again unless it took the target's place.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target) : target_(target) {
    for (int attempt = 0; attempt < 1000 && descriptor_ < 0; ++attempt) {
      path_ = target + "." + std::to_string(::getpid()) + "." + std::to_string(attempt) + ".tmp";
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (descriptor_ < 0 && errno != EEXIST) break;
    }
    if (descriptor_ < 0) fail("create");
    struct stat old {};
    if (::stat(target.c_str(), &old) == 0 && ::fchmod(descriptor_, old.st_mode & 07777) != 0) {
      const int reason = errno;
      discard();  // a constructor that throws runs no destructor
      errno = reason;
      fail("chmod");
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { discard(); }

  void write(std::span<const unsigned char> bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(descriptor_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) fail("write");
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }
  /// The file is on the disk before it takes the name, the name before this returns.
  void replace_target() {
    if (::fsync(descriptor_) != 0) fail("fsync");
    const int closed = ::close(descriptor_);
    descriptor_ = -1;
    if (closed != 0 || ::rename(path_.c_str(), target_.c_str()) != 0) fail("rename");
    path_.clear();
    const auto parent = std::filesystem::path(target_).parent_path();
    const int folder = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) fail("open the folder of");
    const bool synced = ::fsync(folder) == 0 || errno == EINVAL;  // EINVAL: a file system without folder sync
    const int reason = errno;
    ::close(folder);
    errno = reason;
    if (!synced) fail("fsync the folder of");
  }

 private:
  [[noreturn]] void fail(const char* verb) {
    const int reason = errno;
    NEOHEBB_THROW(std::runtime_error, target_, ": cannot ", verb, " it: ", std::strerror(reason));
  }
  void discard() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!path_.empty()) ::unlink(path_.c_str());
    descriptor_ = -1;
    path_.clear();
  }

  std::string target_, path_;
  int descriptor_ = -1;
};

}  // namespace detail

/// Replaces the file in one step: written beside it, forced to the disk, renamed, and the folder forced to
/// the disk. A kill at any moment leaves the old file or the new one, whole (and perhaps a stray
/// `NAME.PID.N.tmp`). A symbolic link stays one. Throws std::runtime_error.
inline void write_file(const std::string& path, std::span<const unsigned char> bytes) {
  std::error_code error;
  const auto target = std::filesystem::is_symlink(path, error)
                          ? std::filesystem::weakly_canonical(path, error).string()
                          : path;
  if (error && std::filesystem::is_symlink(path))
    NEOHEBB_THROW(std::runtime_error, path, ": cannot follow the link: ", error.message());
  detail::TemporaryFile file(target);
  file.write(bytes);
  file.replace_target();
}

}  // namespace neohebb
