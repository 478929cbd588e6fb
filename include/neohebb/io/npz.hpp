// NumPy's .npz archives: a zip of .npy files, stored or deflated.
#pragma once
#if !__has_include(<zip.h>)
#error "neohebb: <neohebb/io/npz.hpp> needs libzip: apt-get install libzip-dev, and link neohebb::zip"
#endif
#include <zip.h>

#include <map>
#include <memory>
#include <neohebb/io/npy.hpp>
#include <optional>

namespace neohebb {

/// Whether entries are packed.
enum class Compression { none, deflate };

/// What an archive may hold, so that a small file cannot fill the memory.
struct NpzLimits {
  std::uint64_t entries = 65536;  // how many a file may have
  std::uint64_t bytes = 0;        // of all arrays together; 0: 256 times the archive, and 256 MiB besides
};

/// Named arrays, sorted by name.
class Npz {
 public:
  /// Adds an array, or a matrix, vector or number (see to_npy). Throws std::invalid_argument if the name is
  /// taken, is empty or holds a zero byte.
  template <class T> void put(const std::string& name, const T& value) {
    NEOHEBB_REQUIRE(!name.empty() && name.size() < 60000 && name.find('\0') == std::string::npos, "'",
                    name.c_str(), "' cannot name an array: 1 to 60000 bytes, none of them zero");
    NEOHEBB_REQUIRE(!contains(name), "there is an array '", name, "' already");
    if constexpr (std::is_same_v<T, NpyArray>)
      arrays_.emplace(name, value);
    else
      arrays_.emplace(name, to_npy(value));
  }
  /// Whether there is an array of this name.
  bool contains(const std::string& name) const { return arrays_.count(name) > 0; }
  /// Throws std::runtime_error naming the file when the name is missing, or why the entry cannot be read.
  const NpyArray& at(const std::string& name) const {
    const auto found = arrays_.find(name);
    if (const auto other = unreadable_.find(name); found == arrays_.end() && other != unreadable_.end())
      NEOHEBB_THROW(std::runtime_error, other->second);
    if (found == arrays_.end())
      NEOHEBB_THROW(std::runtime_error, file_, " holds no array '", name, "' among its ", arrays_.size());
    return found->second;
  }
  /// All arrays by name.
  const std::map<std::string, NpyArray>& arrays() const { return arrays_; }
  /// Entries that are no arrays of numbers, and why: text, Python objects, other files, folders. `at` of
  /// one of these names throws.
  const std::map<std::string, std::string>& unreadable() const { return unreadable_; }
  /// Notes an entry that is no array, and why.
  void put_unreadable(const std::string& name, const std::string& reason) { unreadable_[name] = reason; }
  /// Where the arrays came from, for messages.
  const std::string& file() const { return file_; }
  /// Says where the arrays came from.
  void set_file(const std::string& file) { file_ = file; }

 private:
  std::map<std::string, NpyArray> arrays_;
  std::map<std::string, std::string> unreadable_;
  std::string file_ = "archive";
};

namespace detail {

struct CloseZip {
  void operator()(zip_t* zip) const { zip_discard(zip); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Zip = std::unique_ptr<zip_t, CloseZip>;
using ZipEntry = std::unique_ptr<zip_file_t, CloseZip>;
using ZipSource = std::unique_ptr<zip_source_t, CloseZip>;

struct ZipError {
  zip_error_t error;
  ZipError() { zip_error_init(&error); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  ~ZipError() { zip_error_fini(&error); }
  std::string text() { return zip_error_strerror(&error); }
};

/// Opens an archive that `source` gives; the archive owns the source from then on.
inline Zip open_zip(ZipSource source, int flags, const std::string& file) {
  ZipError error;
  Zip zip(zip_open_from_source(source.get(), flags, &error.error));
  if (!zip && zip_error_code_zip(&error.error) == ZIP_ER_EXISTS)
    NEOHEBB_THROW(std::runtime_error, file, " holds an array twice");
  if (!zip) NEOHEBB_THROW(std::runtime_error, file, ": no readable zip archive: ", error.text());
  source.release();
  return zip;
}

/// Reads one entry; `budget` is what all entries may still take. Where the entry is whole but holds nothing
/// that can be read, there is no array, and `reason` says why.
inline std::optional<NpyArray> read_zip_entry(zip_t* zip, const zip_stat_t& stat, std::uint64_t archive,
                                              std::uint64_t& budget, const std::string& what,
                                              std::string& reason) {
  const auto refuse = [&](const auto&... why) {
    reason = message({what, why...}).substr(message({}).size());
    return std::nullopt;
  };
  constexpr std::uint64_t needed =
      ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if ((stat.valid & needed) != needed) NEOHEBB_THROW(std::runtime_error, what, " does not tell its size");
  if (stat.encryption_method != ZIP_EM_NONE) return refuse(" is encrypted");
  const bool stored = stat.comp_method == ZIP_CM_STORE;
  if (!stored && stat.comp_method != ZIP_CM_DEFLATE)
    return refuse(" is compressed by method ", stat.comp_method, "; NumPy writes stored or deflated arrays");
  // Deflate makes at most 1032 bytes of one.
  if (stat.comp_size > archive || (stored ? stat.size != stat.comp_size : stat.size / 1032 > stat.comp_size))
    NEOHEBB_THROW(std::runtime_error, what, " claims to make ", stat.size, " bytes of ", stat.comp_size,
                  " in an archive of ", archive);
  if (stat.size > budget)
    NEOHEBB_THROW(std::runtime_error, what, " takes ", stat.size, " bytes, only ", budget,
                  " are left of the archive's limit; raise NpzLimits::bytes if you trust the file");
  budget -= stat.size;
  ZipEntry entry(zip_fopen_index(zip, stat.index, 0));
  if (!entry) NEOHEBB_THROW(std::runtime_error, what, " cannot be opened: ", zip_strerror(zip));
  const auto read = [&](unsigned char* to, std::size_t n) {
    while (n > 0) {
      const zip_int64_t got = zip_fread(entry.get(), to, n);
      if (got < 0) NEOHEBB_THROW(std::runtime_error, what, " is damaged: ", zip_file_strerror(entry.get()));
      if (got == 0) NEOHEBB_THROW(std::runtime_error, what, " ends ", n, " bytes early");
      to += got;
      n -= static_cast<std::size_t>(got);
    }
  };
  std::optional<NpyArray> array;
  zip_int64_t more = 0;
  try {
    array = read_npy_from(read, stat.size, what);
  } catch (
      const std::runtime_error& error) {  // of contents: those of a damaged entry have a wrong checksum, too
    reason = error.what();
    reason.erase(0, message({}).size());
    unsigned char rest[1024];
    do more = zip_fread(entry.get(), rest, sizeof(rest));
    while (more > 0);
  }
  // The checksum is compared when the end is met.
  unsigned char beyond = 0;
  if (array) more = zip_fread(entry.get(), &beyond, 1);
  if (more != 0)
    NEOHEBB_THROW(std::runtime_error, what,
                  " is damaged: ", more > 0 ? "it goes on beyond its size" : zip_file_strerror(entry.get()));
  return array;
}

/// The end-of-directory record is all there is of an empty archive, which libzip refuses to write.
inline Bytes empty_zip() {
  Bytes bytes = {'P', 'K', 5, 6};
  bytes.resize(22);
  return bytes;
}

}  // namespace detail

/// An archive held in memory; `file` names it in errors. Throws std::runtime_error with file, array and
/// reason: no zip, truncated, a damaged checksum, a name twice, more than `limits` allow. Sizes are checked
/// before anything of that size is allocated. An entry that is no array of numbers is an error only where
/// `at` is called with its name.
inline Npz parse_npz(std::span<const unsigned char> bytes, const std::string& file = "archive",
                     const NpzLimits& limits = {}) {
  Npz npz;
  npz.set_file(file);
  if (std::ranges::equal(bytes, detail::empty_zip())) return npz;
  if (bytes.size() < detail::empty_zip().size())  // libzip would take an empty file for an empty archive
    bad_file(file, bytes.size(), "too short for a zip archive");
  detail::ZipError error;
  detail::ZipSource source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error.error));
  if (!source) NEOHEBB_THROW(std::runtime_error, file, ": ", error.text());
  const detail::Zip zip = detail::open_zip(std::move(source), ZIP_RDONLY | ZIP_CHECKCONS, file);
  const zip_int64_t entries = zip_get_num_entries(zip.get(), 0);
  if (entries < 0 || static_cast<std::uint64_t>(entries) > limits.entries)
    NEOHEBB_THROW(std::runtime_error, file, " holds ", entries, " arrays, at most ", limits.entries,
                  " are allowed");
  std::uint64_t budget = limits.bytes > 0 ? limits.bytes : 256 * (std::uint64_t{1 << 20} + bytes.size());
  for (zip_int64_t i = 0; i < entries; ++i) {
    zip_stat_t stat;
    if (zip_stat_index(zip.get(), static_cast<zip_uint64_t>(i), 0, &stat) != 0 ||
        (stat.valid & ZIP_STAT_NAME) == 0)
      NEOHEBB_THROW(std::runtime_error, file, ": entry ", i, " cannot be read: ", zip_strerror(zip.get()));
    std::string name = stat.name;
    if (name.size() < 5 || !name.ends_with(".npy")) {
      npz.put_unreadable(name, file + ": entry '" + name + "' is no .npy array");
      continue;
    }
    name.resize(name.size() - 4);
    if (npz.contains(name)) NEOHEBB_THROW(std::runtime_error, file, " holds the array '", name, "' twice");
    std::string reason;
    const auto array = detail::read_zip_entry(zip.get(), stat, bytes.size(), budget,
                                              file + ", array '" + name + "'", reason);
    if (array)
      npz.put(name, *array);
    else
      npz.put_unreadable(name, reason);
  }
  return npz;
}

/// The bytes of an archive. The same arrays give the same bytes: times are fixed at 1980-01-01.
inline Bytes dump_npz(const Npz& npz, Compression compression = Compression::none) {
  if (npz.arrays().empty()) return detail::empty_zip();
  detail::ZipError error;
  const auto check = [&](bool good, zip_t* zip) {
    if (!good)
      NEOHEBB_THROW(std::runtime_error, npz.file(),
                    ": cannot build the archive: ", zip ? zip_strerror(zip) : error.text());
  };
  detail::ZipSource target(zip_source_buffer_create(nullptr, 0, 0, &error.error));
  check(target != nullptr, nullptr);
  zip_source_keep(target.get());  // one reference for the archive, one to read its bytes
  detail::Zip zip = detail::open_zip(detail::ZipSource(target.get()), ZIP_CREATE | ZIP_TRUNCATE, npz.file());
  std::vector<Bytes> files;  // libzip reads them when it closes the archive
  files.reserve(npz.arrays().size());
  for (const auto& [name, array] : npz.arrays()) {
    files.push_back(dump_npy(array));
    detail::ZipSource source(zip_source_buffer(zip.get(), files.back().data(), files.back().size(), 0));
    check(source != nullptr, zip.get());
    const zip_int64_t added =
        zip_file_add(zip.get(), (name + ".npy").c_str(), source.get(), ZIP_FL_ENC_UTF_8);
    check(added >= 0, zip.get());
    source.release();
    const auto index = static_cast<zip_uint64_t>(added);
    const zip_int32_t method = compression == Compression::none ? ZIP_CM_STORE : ZIP_CM_DEFLATE;
    check(zip_set_file_compression(zip.get(), index, method, 0) == 0, zip.get());
    constexpr zip_uint16_t midnight = 0, first_day = 1 << 5 | 1;
    check(zip_file_set_dostime(zip.get(), index, midnight, first_day, 0) == 0, zip.get());
  }
  check(zip_close(zip.get()) == 0, zip.get());
  zip.release();
  zip_stat_t stat;
  zip_stat_init(&stat);
  const bool open = zip_source_open(target.get()) == 0 && zip_source_stat(target.get(), &stat) == 0;
  if (!open) NEOHEBB_THROW(std::runtime_error, npz.file(), ": cannot read the archive back");
  Bytes bytes(static_cast<std::size_t>(stat.size));
  const zip_int64_t got = zip_source_read(target.get(), bytes.data(), bytes.size());
  zip_source_close(target.get());
  if (got != static_cast<zip_int64_t>(bytes.size()))
    NEOHEBB_THROW(std::runtime_error, npz.file(), ": cannot read the archive back");
  return bytes;
}

/// Throws std::runtime_error (see parse_npz).
inline Npz read_npz(const std::string& path, const NpzLimits& limits = {}) {
  return parse_npz(read_file(path), path, limits);
}

/// Replaces the file in one step: a kill in the middle leaves the old one whole.
inline void write_npz(const std::string& path, const Npz& npz, Compression compression = Compression::none) {
  write_file(path, dump_npz(npz, compression));
}

}  // namespace neohebb
