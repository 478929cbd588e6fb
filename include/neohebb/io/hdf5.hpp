// HDF5 files, as h5py writes them: numbers, text and lists of numbers in groups; in chunks, and by gzip.
#pragma once
#include <memory>
#include <neohebb/io/hdf5_file.hpp>
#if __has_include(<hdf5.h>) && __has_include(<zlib.h>)

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
/// Numbers are NpyArrays in C order: integers and reals of any byte order (float16 becomes float32), h5py's
/// bool, other enumerations as their integers. Text of fixed or any length is given as its bytes. Throws
/// std::runtime_error with file, byte or member, and the reason, which may be libhdf5's. Before libhdf5 reads
/// anything, all bytes that steer it and have no checksum are checked (hdf5_layout.hpp): it crashes or hangs
/// on many damaged files. Layouts of all versions up to HDF5 1.14 are read (h5py's libver='earliest' and
/// 'latest'), groups and arrays with several names, committed types, and files that begin with a user block.
/// What cannot be read is an error only where it is read: soft and external links, groups that hold the one
/// they are in, compound types, virtual arrays, filters other than gzip, shuffle and fletcher32. One thread
/// at a time, as libhdf5 itself; the file is not locked, and must not be written meanwhile.
class Hdf5Reader {
 public:
  explicit Hdf5Reader(const std::string& path, const Hdf5Limits& limits = {})
      : file_(path), map_(path), tree_(map_.bytes(), path), limit_(limit_of(limits, map_.bytes().size())) {
    open_ = detail::open_hdf5(path);
    list();
  }
  /// A file held in memory, which is copied; `file` names it in errors.
  explicit Hdf5Reader(std::span<const unsigned char> bytes, const std::string& file = "file",
                      const Hdf5Limits& limits = {})
      : file_(file),
        copy_(bytes.begin(), bytes.end()),
        tree_(copy_, file),
        limit_(limit_of(limits, copy_.size())) {
    open_ = detail::open_hdf5(copy_, file);
    list();
  }

  const std::string& file() const { return file_; }
  /// Hdf5Limits::bytes, or what takes its place.
  std::uint64_t limit() const { return limit_; }
  /// Never throws what array(), texts() and lists() would: what they cannot read is unreadable, and problem()
  /// says why.
  Hdf5Kind kind(const std::string& path) const {
    const auto* member = tree_.find(path);
    if (!member) return Hdf5Kind::nothing;
    if (member->group) return Hdf5Kind::group;
    try {
      const auto is = check(path).kind;
      return is == Array::Kind::numbers ? Hdf5Kind::numbers
             : is == Array::Kind::lists ? Hdf5Kind::lists
                                        : Hdf5Kind::text;
    } catch (const std::runtime_error&) {
      return Hdf5Kind::unreadable;
    }
  }
  /// Why what is there cannot be read; empty if it can, or if nothing is there.
  std::string problem(const std::string& path) const {
    if (kind(path) == Hdf5Kind::unreadable) try {
        check(path);
      } catch (const std::runtime_error& error) {
        return error.what();
      }
    return {};
  }
  bool contains(const std::string& path) const { return tree_.find(path) != nullptr; }
  /// What a group holds, sorted.
  const std::vector<std::string>& names(const std::string& group) const {
    const auto* member = tree_.find(group);
    if (member && !member->problem.empty()) fail(group, " cannot be read: ", member->problem);
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

  /// Entries first … first + n of an array of shape (N,) whose entries are lists of numbers
  /// (h5py.vlen_dtype).
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
  void list() {
    tree_.list([&](const std::string& group) { return detail::hdf5_links(open_, file_, group); });
  }
  /// Short texts and lists take more memory than they have in the file.
  void check_entries(const std::string& path, std::size_t n, std::size_t each) const {
    if (n > limit_ / each)
      fail(path, " has ", n, " entries, which take more than the ", limit_, " bytes that Hdf5Limits allows");
  }
  using Array = detail::Hdf5Array;

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
    const auto* member = tree_.find(path);
    if (!member || member->group) fail(path, member ? " is a group, expected an array" : " is not there");
    if (!member->problem.empty()) fail(path, " cannot be read: ", member->problem);
    const auto known = checked_.find(member->header);  // it may have several names
    if (known != checked_.end()) return known->second;
    const detail::Hdf5ArrayCheck found(tree_, *member, path, limit_,
                                       [&] { return detail::hdf5_chunks(open_, file_, path); });
    tree_.claim(found.claims());
    return checked_.emplace(member->header, found.array).first->second;
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
  detail::FileMap map_;
  Bytes copy_;
  mutable detail::Hdf5Tree tree_;  // notes whose each part of the file is
  std::uint64_t limit_;
  mutable std::map<std::uint64_t, Array> checked_;  // by header
  detail::Hdf5Handle open_{-1, H5Fclose};
};

}  // namespace neohebb
#endif
