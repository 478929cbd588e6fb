// Writing HDF5 files that h5py reads as if it had written them.
#pragma once
#include <neohebb/io/hdf5_handle.hpp>
#include <neohebb/io/npy.hpp>
#include <set>
#if __has_include(<hdf5.h>) && __has_include(<zlib.h>)

namespace neohebb {

/// How an array lies in the file.
struct Hdf5Storage {
  int gzip = 0;                   // 1 (fast) to 9 (small); 0: not packed
  bool shuffle = false;           // bytes of the same place together, which packs numbers better
  std::vector<Index> chunk = {};  // its shape; empty: chosen if packed, otherwise no chunks
};

/// A file that is written: gathered in memory, and put in place in one step.
///
///     Hdf5Writer file;
///     file.put("/layers/0/weight", weight, {.gzip = 4});  // groups are made on the way
///     file.put_text("/made_by", "neohebb");
///     file.write("weights.h5");
///
/// The same calls give the same bytes. Scalars and empty arrays are neither chunked nor packed, which HDF5
/// cannot. Throws std::invalid_argument for a path that is no path or is taken, and for a storage that HDF5
/// does not have; std::runtime_error with libhdf5's reason for anything else.
class Hdf5Writer {
 public:
  /// `file` names it in errors.
  explicit Hdf5Writer(const std::string& file = "file") : file_(file) {
    const detail::Hdf5Quiet quiet;
    const detail::Hdf5Handle access = properties(H5P_FILE_ACCESS);
    check(H5Pset_fapl_core(access, 1 << 16, false), "/", "cannot be held in memory");
    check(H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST), "/", "has no layout");
    open_ = {check(H5Fcreate(detail::hdf5_memory_name().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), "/",
                   "cannot be made"),
             H5Fclose};
  }

  /// A group, and those above it; again is no error.
  void group(const std::string& path) {
    if (path.empty() || path == "/" || groups_.contains(path)) return;
    check_path(path);
    const detail::Hdf5Quiet quiet;
    group(path.substr(0, path.rfind('/')));
    const detail::Hdf5Handle made(
        check(H5Gcreate2(open_, path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), path, "cannot be made"),
        H5Gclose);
    groups_.insert(path);
  }
  /// An array, or a matrix, vector or number (see to_npy).
  template <class T> void put(const std::string& path, const T& value, const Hdf5Storage& storage = {}) {
    if constexpr (std::is_same_v<T, NpyArray>)
      put_array(path, value, storage);
    else
      put_array(path, to_npy(value), storage);
  }
  /// A scalar of text, of any length, or of `length` bytes if that is not 0.
  void put_text(const std::string& path, const std::string& text, std::size_t length = 0) {
    put_texts(path, {text}, {}, length);
  }
  /// As many texts as `shape` says, in C order, UTF-8 and without zero bytes.
  void put_texts(const std::string& path, const std::vector<std::string>& texts,
                 const std::vector<Index>& shape, std::size_t length = 0) {
    Index n = 1;
    for (const Index size : shape) n *= size;
    NEOHEBB_REQUIRE(n == static_cast<Index>(texts.size()), "'", path, "' gets ", texts.size(),
                    " texts for the shape ", shape_text(shape));
    Bytes fixed;
    std::vector<const char*> any;
    for (const std::string& text : texts) {
      NEOHEBB_REQUIRE(text.find('\0') == std::string::npos && (length == 0 || text.size() <= length), "'",
                      path, "' gets a text of ", text.size(), " bytes with a zero byte, or longer than ",
                      length);
      any.push_back(text.c_str());
      fixed.insert(fixed.end(), text.begin(), text.end());
      fixed.resize(fixed.size() + (length > text.size() ? length - text.size() : 0));
    }
    const detail::Hdf5Quiet quiet;
    const auto type = detail::hdf5_text(length > 0 ? length : H5T_VARIABLE, H5T_CSET_UTF8, file_);
    if (length > 0) check(H5Tset_strpad(type, H5T_STR_NULLPAD), path, "has no padding");
    write(path, type, type, shape, length > 0 ? static_cast<const void*>(fixed.data()) : any.data(), {});
  }
  /// Shape (n,), each entry a list of numbers; all of the same type, each of one dimension.
  void put_lists(const std::string& path, const std::vector<NpyArray>& lists) {
    std::vector<hvl_t> entries;
    const DataType of = lists.empty() ? DataType::float64 : lists[0].type;
    for (const NpyArray& list : lists) {
      NEOHEBB_REQUIRE(list.type == of && list.shape.size() == 1, "'", path, "' gets a list of ",
                      name_of(list.type), " and shape ", shape_text(list.shape), " among lists of ",
                      name_of(of));
      check_size(path, list);
      entries.push_back(
          {static_cast<std::size_t>(list.size()), const_cast<unsigned char*>(list.data.data())});
    }
    const detail::Hdf5Quiet quiet;
    const detail::Hdf5Handle type(check(H5Tvlen_create(detail::native_hdf5(of)), path, "has no type"),
                                  H5Tclose);
    write(path, type, type, {static_cast<Index>(lists.size())}, entries.data(), {});
  }

  /// The bytes of the file so far.
  Bytes dump() const {
    const detail::Hdf5Quiet quiet;
    check(H5Fflush(open_, H5F_SCOPE_GLOBAL), "/", "cannot be finished");
    const auto size = check(H5Fget_file_image(open_, nullptr, 0), "/", "has no size");
    Bytes bytes(static_cast<std::size_t>(size));
    check(H5Fget_file_image(open_, bytes.data(), bytes.size()), "/", "cannot be copied");
    return bytes;
  }
  /// Replaces the file in one step (see write_file).
  void write(const std::string& path) const { write_file(path, dump()); }

 private:
  template <class Result> Result check(Result result, const std::string& path, const char* what) const {
    return detail::hdf5(result, file_, path, what);
  }
  detail::Hdf5Handle properties(hid_t of) const {
    return {check(H5Pcreate(of), "/", "cannot be made"), H5Pclose};
  }
  void check_path(const std::string& path) const {
    NEOHEBB_REQUIRE(path.size() > 1 && path[0] == '/' && path.back() != '/' &&
                        (path + "/").find("//") == std::string::npos &&
                        (path + "/").find("/./") == std::string::npos && path.find('\0') == std::string::npos,
                    "'", path.c_str(), "' is no path; it is like /group/name");
    NEOHEBB_REQUIRE(!arrays_.contains(path) && !groups_.contains(path), "'", path, "' is there already");
    for (std::size_t at = path.rfind('/'); at != 0; at = path.rfind('/', at - 1))
      NEOHEBB_REQUIRE(!arrays_.contains(path.substr(0, at)), "'", path.substr(0, at),
                      "' is an array, no group for '", path, "'");
  }

  /// libhdf5 reads as many bytes as the shape says.
  static void check_size(const std::string& path, const NpyArray& array) {
    std::size_t expected = size_of(array.type);
    for (const Index n : array.shape) {
      NEOHEBB_REQUIRE(n >= 0, "'", path, "' gets an array of shape ", shape_text(array.shape));
      expected *= static_cast<std::size_t>(n);
    }
    NEOHEBB_REQUIRE(array.data.size() == expected, "'", path, "' gets ", array.data.size(),
                    " bytes of data, expected ", expected, " for shape ", shape_text(array.shape), " of ",
                    name_of(array.type));
  }
  void put_array(const std::string& path, const NpyArray& array, const Hdf5Storage& storage) {
    check_size(path, array);
    const detail::Hdf5Quiet quiet;
    Bytes ordered;
    if (array.fortran_order && array.shape.size() > 1)
      with_type(array.type, [&](auto tag) {
        using T = decltype(tag);
        for (const T x : array.as<T>()) {
          const auto* bytes = reinterpret_cast<const unsigned char*>(&x);
          ordered.insert(ordered.end(), bytes, bytes + sizeof(T));
        }
      });
    detail::Hdf5Handle type(check(H5Tcopy(detail::native_hdf5(array.type)), path, "has no type"), H5Tclose);
    if (array.type == DataType::boolean) {  // as h5py has it
      type = {check(H5Tenum_create(H5T_NATIVE_INT8), path, "has no type"), H5Tclose};
      for (const std::int8_t value : {std::int8_t{0}, std::int8_t{1}})
        check(H5Tenum_insert(type, value ? "TRUE" : "FALSE", &value), path, "has no type");
    }
    write(path, type, type, array.shape, ordered.empty() ? array.data.data() : ordered.data(), storage);
  }

  void write(const std::string& path, hid_t type, hid_t memory, const std::vector<Index>& shape,
             const void* data, const Hdf5Storage& storage) {
    check_path(path);
    NEOHEBB_REQUIRE(storage.gzip >= 0 && storage.gzip <= 9, "'", path, "' is to be packed at level ",
                    storage.gzip, ", must be from 1 (fast) to 9 (small), or 0 (not at all)");
    NEOHEBB_REQUIRE(storage.chunk.empty() || storage.chunk.size() == shape.size(), "'", path, "' of shape ",
                    shape_text(shape), " is to have chunks of shape ", shape_text(storage.chunk));
    group(path.substr(0, path.rfind('/')));
    const std::vector<hsize_t> sizes(shape.begin(), shape.end());
    const detail::Hdf5Handle space(
        check(shape.empty() ? H5Screate(H5S_SCALAR)
                            : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
              path, "has a shape that HDF5 cannot have"),
        H5Sclose);
    const detail::Hdf5Handle made = properties(H5P_DATASET_CREATE);
    check(H5Pset_obj_track_times(made, false), path, "has a time");
    const bool some = !shape.empty() && std::find(shape.begin(), shape.end(), 0) == shape.end();
    if (some && (storage.gzip > 0 || storage.shuffle || !storage.chunk.empty())) {
      const auto chunk = chunk_of(path, shape, storage.chunk, H5Tget_size(type));
      check(H5Pset_chunk(made, static_cast<int>(chunk.size()), chunk.data()), path,
            "cannot have these chunks");
      if (storage.shuffle) check(H5Pset_shuffle(made), path, "cannot be shuffled");
      if (storage.gzip > 0)
        check(H5Pset_deflate(made, static_cast<unsigned>(storage.gzip)), path, "cannot be packed");
    }
    const detail::Hdf5Handle set(
        check(H5Dcreate2(open_, path.c_str(), type, space, H5P_DEFAULT, made, H5P_DEFAULT), path,
              "cannot be made"),
        H5Dclose);
    if (some || shape.empty())
      check(H5Dwrite(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), path, "cannot be written");
    arrays_.insert(path);
  }

  /// The array itself, its largest sizes halved until a chunk has a megabyte: libhdf5 keeps that much of one
  /// in memory.
  static std::vector<hsize_t> chunk_of(const std::string& path, const std::vector<Index>& shape,
                                       const std::vector<Index>& wanted, std::size_t entry) {
    std::vector<hsize_t> chunk;
    hsize_t bytes = entry;
    for (std::size_t d = 0; d < shape.size(); ++d) {
      const Index n = wanted.empty() ? shape[d] : wanted[d];
      NEOHEBB_REQUIRE(n > 0 && n <= shape[d], "'", path, "' of shape ", shape_text(shape),
                      " is to have chunks of shape ", shape_text(wanted));
      chunk.push_back(static_cast<hsize_t>(n));
      bytes *= chunk.back();
    }
    while (wanted.empty() && bytes > 1 << 20) {
      auto& largest = *std::max_element(chunk.begin(), chunk.end());
      bytes = bytes / largest * ((largest + 1) / 2);
      largest = (largest + 1) / 2;
    }
    return chunk;
  }

  std::string file_;
  detail::Hdf5Handle open_{-1, H5Fclose};
  std::set<std::string> groups_, arrays_;
};

}  // namespace neohebb
#endif
