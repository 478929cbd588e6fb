// HDF5 files, as h5py writes them: numbers, text and lists of numbers in groups; in chunks and packed by gzip, too.
#pragma once
#include <sys/mman.h>

#include <memory>
#include <neohebb/io/hdf5_array.hpp>
#include <neohebb/io/hdf5_handle.hpp>

namespace neohebb {

/// What a file may ask for, so that a small one cannot fill the memory.
struct Hdf5Limits {
  std::uint64_t bytes = 0;  // of one array; 0: 256 times the file, and 256 MiB besides
};

enum class Hdf5Kind { nothing, group, numbers, text, lists, unreadable };

/// A file that is read. Members have paths as in Python: "/node/edges".
///
///     const Hdf5Reader file("weights.h5");
///     for (const std::string& name : file.names("/layers")) …
///     Matrix<float> weight = file.array("/layers/0/weight").matrix<float>();
///     std::string made_by = file.text("/made_by");
///
/// Numbers are NpyArrays in C order: integers and reals of any byte order (float16 becomes float32), h5py's bool, other
/// enumerations as their integers. Text of fixed or any length is given as its bytes.
/// Throws std::runtime_error with file, byte or member, and the reason, which may be libhdf5's. Before libhdf5 opens
/// anything, all bytes that steer it are checked (hdf5_layout.hpp): it crashes or hangs on many damaged files. What is
/// checked is what HDF5 writes by default up to 1.14, and h5py always: superblock 0 or 1. Links to other names and files,
/// compound types, and filters other than gzip, shuffle and fletcher32 are errors where they are asked for.
/// One thread at a time, as libhdf5 itself; and the file must not be written meanwhile.
class Hdf5Reader {
 public:
  explicit Hdf5Reader(const std::string& path, const Hdf5Limits& limits = {})
      : file_(path), map_(path), tree_(map_.bytes(), path), limit_(limit_of(limits, map_.bytes().size())) {
    const detail::Hdf5Quiet quiet;
    open_ = detail::Hdf5Handle(
        detail::hdf5(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), path, "/", "cannot be opened"),
        H5Fclose);
  }
  /// A file held in memory, which is copied; `file` names it in errors.
  explicit Hdf5Reader(std::span<const unsigned char> bytes, const std::string& file = "file",
                      const Hdf5Limits& limits = {})
      : file_(file),
        copy_(bytes.begin(), bytes.end()),
        tree_(copy_, file),
        limit_(limit_of(limits, copy_.size())) {
    const detail::Hdf5Quiet quiet;
    const detail::Hdf5Handle access(detail::hdf5(H5Pcreate(H5P_FILE_ACCESS), file, "/", "cannot be opened"),
                                    H5Pclose);
    detail::hdf5(H5Pset_fapl_core(access, 1 << 16, false), file, "/", "cannot be held in memory");
    detail::hdf5(H5Pset_file_image(access, copy_.data(), copy_.size()), file, "/",
                 "cannot be held in memory");
    open_ =
        detail::Hdf5Handle(detail::hdf5(H5Fopen(detail::hdf5_memory_name().c_str(), H5F_ACC_RDONLY, access),
                                        file, "/", "cannot be opened"),
                           H5Fclose);
  }

  const std::string& file() const { return file_; }
  /// Hdf5Limits::bytes, or what takes its place.
  std::uint64_t limit() const { return limit_; }
  Hdf5Kind kind(const std::string& path) const {
    const auto* member = tree_.find(path);
    if (!member) return Hdf5Kind::nothing;
    if (member->group) return Hdf5Kind::group;
    if (!member->problem.empty()) return Hdf5Kind::unreadable;
    const auto is = check(path).kind;
    return is == Array::Kind::numbers ? Hdf5Kind::numbers
           : is == Array::Kind::lists ? Hdf5Kind::lists
                                      : Hdf5Kind::text;
  }
  bool contains(const std::string& path) const { return tree_.find(path) != nullptr; }
  /// What a group holds, sorted.
  const std::vector<std::string>& names(const std::string& group) const {
    const auto* member = tree_.find(group);
    if (!member || !member->group) fail(group, member ? " is no group" : " is not there");
    return member->names;
  }
  const std::vector<Index>& shape(const std::string& path) const { return check(path).shape; }

  NpyArray array(const std::string& path) const {
    const Array& found = check(path, Array::Kind::numbers, "numbers");
    NpyArray result{found.shape, found.type, false, {}};
    result.data.resize(count(found) * size_of(found.type));
    if (result.data.empty()) return result;
    const detail::Hdf5Quiet quiet;
    const auto data = open(path);
    const detail::Hdf5Handle file_type(detail::hdf5(H5Dget_type(data), file_, path, "has no type"), H5Tclose);
    const detail::Hdf5Handle type(found.enumeration ? H5Tget_native_type(file_type, H5T_DIR_ASCEND)
                                                    : H5Tcopy(detail::native_hdf5(found.type)),
                                  H5Tclose);
    detail::hdf5<hid_t>(type, file_, path, "has no type in memory");
    if (H5Tget_size(type) != size_of(found.type)) fail(path, " has another type in memory");
    read(data, type, H5S_ALL, H5S_ALL, result.data.data(), path);
    if (found.type == DataType::boolean)
      for (unsigned char& b : result.data) b = b != 0;
    return result;
  }

  /// One text: an array of shape (), or of one entry.
  std::string text(const std::string& path) const {
    const auto all = texts(path);
    if (all.size() != 1) fail(path, " holds ", all.size(), " texts, expected one");
    return all[0];
  }
  /// All texts in C order, for the array's shape(path).
  std::vector<std::string> texts(const std::string& path) const {
    const Array& found = check(path);
    if (found.kind != Array::Kind::text && found.kind != Array::Kind::texts_of_any_length)
      fail(path, " holds numbers, expected text");
    check_entries(path, count(found), sizeof(std::string));
    std::vector<std::string> all(count(found));
    if (all.empty()) return all;
    const detail::Hdf5Quiet quiet;
    const auto data = open(path);
    const detail::Hdf5Handle type(detail::hdf5(H5Dget_type(data), file_, path, "has no type"), H5Tclose);
    if (found.kind == Array::Kind::text) {
      Bytes bytes(static_cast<std::size_t>(found.bytes));
      read(data, type, H5S_ALL, H5S_ALL, bytes.data(), path);
      const auto pad = H5Tget_strpad(type);
      for (std::size_t k = 0, n = found.entry; k < all.size(); ++k) {
        all[k].assign(reinterpret_cast<const char*>(bytes.data()) + k * n, n);
        if (pad == H5T_STR_NULLTERM) all[k] = all[k].c_str();
        const auto last = all[k].find_last_not_of(pad == H5T_STR_SPACEPAD ? ' ' : '\0');
        all[k].resize(last == std::string::npos ? 0 : last + 1);
      }
      return all;
    }
    const auto memory = detail::hdf5_text(H5T_VARIABLE, H5Tget_cset(type), file_);
    Reclaimed<char*> got(memory, all.size());
    read(data, memory, got.space, got.space, got.entries.data(), path);
    for (std::size_t k = 0; k < all.size(); ++k)
      if (got.entries[k]) all[k] = got.entries[k];
    return all;
  }

  /// Entries first … first + n of an array of shape (N,) whose entries are lists of numbers (h5py.vlen_dtype).
  std::vector<NpyArray> lists(const std::string& path, Index first, Index n) const {
    const Array& found = check(path, Array::Kind::lists, "lists");
    if (found.shape.size() != 1)
      fail(path, " has shape ", shape_text(found.shape), ", expected one dimension");
    NEOHEBB_REQUIRE(first >= 0 && n >= 0 && n <= found.shape[0] - first, "entries ", first, " to ", first + n,
                    " of '", path, "' are asked for, which has ", found.shape[0]);
    check_entries(path, static_cast<std::size_t>(n), sizeof(NpyArray));
    std::vector<NpyArray> all(static_cast<std::size_t>(n));
    if (all.empty()) return all;
    const detail::Hdf5Quiet quiet;
    const auto data = open(path);
    const detail::Hdf5Handle type(H5Tvlen_create(detail::native_hdf5(found.type)), H5Tclose);
    const detail::Hdf5Handle space(detail::hdf5(H5Dget_space(data), file_, path, "has no shape"), H5Sclose);
    const hsize_t from = static_cast<hsize_t>(first), count = static_cast<hsize_t>(n);
    detail::hdf5(H5Sselect_hyperslab(space, H5S_SELECT_SET, &from, nullptr, &count, nullptr), file_, path,
                 "has no such entries");
    Reclaimed<hvl_t> got(type, all.size());
    read(data, type, got.space, space, got.entries.data(), path);
    for (std::size_t k = 0; k < all.size(); ++k) {
      const auto* bytes = static_cast<const unsigned char*>(got.entries[k].p);
      all[k] = {{static_cast<Index>(got.entries[k].len)}, found.type, false, {}};
      if (bytes) all[k].data.assign(bytes, bytes + got.entries[k].len * size_of(found.type));
    }
    return all;
  }
  std::vector<NpyArray> lists(const std::string& path) const {
    const auto& all = shape(path);
    return lists(path, 0, all.empty() ? 0 : all[0]);
  }

 private:
  /// Short texts and lists take more memory than they have in the file.
  void check_entries(const std::string& path, std::size_t n, std::size_t each) const {
    if (n > limit_ / each)
      fail(path, " has ", n, " entries, which take more than the ", limit_, " bytes that Hdf5Limits allows");
  }
  using Array = detail::Hdf5Array;

  /// The file's bytes without a copy.
  class Map {
   public:
    Map() = default;
    explicit Map(const std::string& path) {
      size_ = static_cast<std::size_t>(InputFile(path).size());
      const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
      if (file < 0) NEOHEBB_THROW(std::runtime_error, path, ": cannot be opened: ", std::strerror(errno));
      at_ = size_ == 0 ? MAP_FAILED : ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
      ::close(file);
      if (at_ == MAP_FAILED)
        bad_file(path, 0, size_ == 0 ? "the file is empty" : "the file cannot be mapped");
    }
    Map(Map&& other) noexcept : at_(std::exchange(other.at_, MAP_FAILED)), size_(other.size_) {}
    Map& operator=(Map&& other) noexcept {
      std::swap(at_, other.at_);
      std::swap(size_, other.size_);
      return *this;
    }
    ~Map() {
      if (at_ != MAP_FAILED) ::munmap(at_, size_);
    }
    std::span<const unsigned char> bytes() const { return {static_cast<const unsigned char*>(at_), size_}; }

   private:
    void* at_ = MAP_FAILED;
    std::size_t size_ = 0;
  };
  /// Entries that libhdf5 allocates; they go back to it.
  template <class Entry> struct Reclaimed {
    Reclaimed(hid_t of, std::size_t n)
        : type(of), count(n), space(H5Screate_simple(1, &count, nullptr), H5Sclose), entries(n) {}
    Reclaimed(const Reclaimed&) = delete;
    Reclaimed& operator=(const Reclaimed&) = delete;
    ~Reclaimed() { H5Dvlen_reclaim(type, space, H5P_DEFAULT, entries.data()); }
    hid_t type;
    hsize_t count;
    detail::Hdf5Handle space;
    std::vector<Entry> entries;
  };

  template <class... Reason> [[noreturn]] void fail(const std::string& path, const Reason&... reason) const {
    NEOHEBB_THROW(std::runtime_error, file_, ": '", path, "'", reason...);
  }
  static std::uint64_t limit_of(const Hdf5Limits& limits, std::uint64_t size) {
    return limits.bytes > 0 ? limits.bytes : 256 * ((std::uint64_t{1} << 20) + size);
  }
  static std::size_t count(const Array& found) {
    return static_cast<std::size_t>(found.entry > 0 ? found.bytes / found.entry : 0);
  }
  const Array& check(const std::string& path) const {
    const auto known = checked_.find(path);
    if (known != checked_.end()) return known->second;
    const auto* member = tree_.find(path);
    if (!member || member->group) fail(path, member ? " is a group, expected an array" : " is not there");
    if (!member->problem.empty()) fail(path, " cannot be read: ", member->problem);
    return checked_.emplace(path, detail::Hdf5ArrayCheck(tree_, *member, path, limit_).array).first->second;
  }
  const Array& check(const std::string& path, Array::Kind kind, const char* wanted) const {
    const Array& found = check(path);
    if (found.kind != kind)
      fail(path, " holds ",
           found.kind == Array::Kind::numbers ? "numbers"
           : found.kind == Array::Kind::lists ? "lists"
                                              : "text",
           ", expected ", wanted);
    return found;
  }
  detail::Hdf5Handle open(const std::string& path) const {
    return {detail::hdf5(H5Dopen2(open_, path.c_str(), H5P_DEFAULT), file_, path, "cannot be opened"),
            H5Dclose};
  }
  void read(hid_t data, hid_t type, hid_t memory, hid_t space, void* to, const std::string& path) const {
    detail::hdf5(H5Dread(data, type, memory, space, H5P_DEFAULT, to), file_, path, "cannot be read");
  }

  std::string file_;
  Map map_;
  Bytes copy_;
  detail::Hdf5Tree tree_;
  std::uint64_t limit_;
  mutable std::map<std::string, Array> checked_;
  detail::Hdf5Handle open_{-1, H5Fclose};
};

}  // namespace neohebb
