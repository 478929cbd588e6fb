// A file as libhdf5 has it open: the links of its groups, and the index of an array's chunks.
#pragma once
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <neohebb/io/hdf5_array.hpp>
#include <neohebb/io/hdf5_handle.hpp>
#if __has_include(<hdf5.h>) && __has_include(<zlib.h>)

namespace neohebb::detail {

/// A file's bytes without a copy.
class FileMap {
 public:
  FileMap() = default;
  explicit FileMap(const std::string& path) {
    size_ = static_cast<std::size_t>(InputFile(path).size());
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) NEOHEBB_THROW(std::runtime_error, path, ": cannot be opened: ", std::strerror(errno));
    at_ = size_ == 0 ? MAP_FAILED : ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    ::close(file);
    if (at_ == MAP_FAILED) bad_file(path, 0, size_ == 0 ? "the file is empty" : "the file cannot be mapped");
  }
  FileMap(FileMap&& other) noexcept : at_(std::exchange(other.at_, MAP_FAILED)), size_(other.size_) {}
  FileMap& operator=(FileMap&& other) noexcept {
    std::swap(at_, other.at_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~FileMap() {
    if (at_ != MAP_FAILED) ::munmap(at_, size_);
  }
  std::span<const unsigned char> bytes() const { return {static_cast<const unsigned char*>(at_), size_}; }

 private:
  void* at_ = MAP_FAILED;
  std::size_t size_ = 0;
};

/// Opens the file to be read. It is not locked: others may have locked it, or its file system cannot lock
/// (unless the environment has HDF5_USE_FILE_LOCKING=TRUE; libhdf5 before 1.10.7 locks unless that is FALSE).
inline Hdf5Handle open_hdf5(const std::string& path) {
  const Hdf5Quiet quiet;
  const Hdf5Handle access(hdf5(H5Pcreate(H5P_FILE_ACCESS), path, "/", "cannot be opened"), H5Pclose);
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  hdf5(H5Pset_file_locking(access, false, true), path, "/", "cannot be opened");
#endif
  return {hdf5(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), path, "/", "cannot be opened"), H5Fclose};
}
/// A copy of the bytes, which `file` names in errors.
inline Hdf5Handle open_hdf5(std::span<unsigned char> bytes, const std::string& file) {
  const Hdf5Quiet quiet;
  const Hdf5Handle access(hdf5(H5Pcreate(H5P_FILE_ACCESS), file, "/", "cannot be opened"), H5Pclose);
  hdf5(H5Pset_fapl_core(access, 1 << 16, false), file, "/", "cannot be held in memory");
  hdf5(H5Pset_file_image(access, bytes.data(), bytes.size()), file, "/", "cannot be held in memory");
  return {hdf5(H5Fopen(hdf5_memory_name().c_str(), H5F_ACC_RDONLY, access), file, "/", "cannot be opened"),
          H5Fclose};
}

/// All links of a group. In the order of the file: to sort them, libhdf5 1.10 makes a table, and crashes if
/// it cannot.
inline std::vector<Hdf5Link> hdf5_links(hid_t open, const std::string& file, const std::string& path) {
  const Hdf5Quiet quiet;
  const Hdf5Handle group(hdf5(H5Gopen2(open, path.c_str(), H5P_DEFAULT), file, path, "cannot be opened"),
                         H5Gclose);
  std::vector<Hdf5Link> all;
#if H5_VERSION_GE(1, 12, 0)
  const auto add = [](hid_t in, const char* name, const H5L_info2_t* info, void* to) -> herr_t {
    haddr_t at = HADDR_UNDEF;
    const bool hard = info->type == H5L_TYPE_HARD;
    if (hard && H5VLnative_token_to_addr(in, info->u.token, &at) < 0) return -1;
#else
  const auto add = [](hid_t, const char* name, const H5L_info_t* info, void* to) -> herr_t {
    const bool hard = info->type == H5L_TYPE_HARD;
    const haddr_t at = hard ? info->u.address : HADDR_UNDEF;
#endif
    try {
      static_cast<std::vector<Hdf5Link>*>(to)->push_back(
          {name, hard ? std::optional<std::uint64_t>(at) : std::nullopt});
    } catch (...) {  // it must not pass through libhdf5
      return -1;
    }
    return 0;
  };
#if H5_VERSION_GE(1, 12, 0)
  const herr_t done = H5Literate2(group, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add, &all);
#else
  const herr_t done = H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add, &all);
#endif
  hdf5(done, file, path, "has links that cannot be read");
  return all;
}

/// The chunks of an array, looked up one by one. `path` and `file` must stay.
inline Hdf5ChunkIndex hdf5_chunks(hid_t open, const std::string& file, const std::string& path) {
#if H5_VERSION_GE(1, 10, 5)
  const Hdf5Quiet quiet;
  const auto data = std::make_shared<Hdf5Handle>(
      hdf5(H5Dopen2(open, path.c_str(), H5P_DEFAULT), file, path, "cannot be opened"), H5Dclose);
  using Place = std::span<const std::uint64_t>;
  return {[data, &file, &path](Place place) {
            const Hdf5Quiet silent;
            const std::vector<hsize_t> at(place.begin(), place.end());
            unsigned skipped = 0;
            haddr_t where = HADDR_UNDEF;
            hsize_t size = 0;
            hdf5(H5Dget_chunk_info_by_coord(*data, at.data(), &skipped, &where, &size), file, path,
                 "has a chunk that cannot be found");
            return where == HADDR_UNDEF ? Hdf5Chunk{} : Hdf5Chunk{size, skipped};
          },
          [data, &file, &path](Place place, std::uint64_t size) {
            const Hdf5Quiet silent;
            const std::vector<hsize_t> at(place.begin(), place.end());
            std::uint32_t skipped = 0;
            Bytes bytes(static_cast<std::size_t>(size));
            hdf5(H5Dread_chunk(*data, H5P_DEFAULT, at.data(), &skipped, bytes.data()), file, path,
                 "has a chunk that cannot be read");
            return bytes;
          }};
#else
  (void)open;
  NEOHEBB_THROW(std::runtime_error, file, ": '", path,
                "' has chunks that libhdf5 before 1.10.5 does not show");
#endif
}

}  // namespace neohebb::detail
#endif
