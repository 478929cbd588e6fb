// Lists and texts of any length in HDF5 files, whose entries are places in heaps: what can be read can be read in parts,
// and from all files in any order. The input says which file is taken, and which of its bytes are changed:
// {place 16 bits, by 8 bits}.
#include <neohebb/io/hdf5.hpp>
#include <neohebb/io/hdf5_writer.hpp>

#include "fuzz.hpp"
#include "support/hdf5.hpp"

namespace {

using namespace neohebb;

/// By libhdf5 itself: lists in chunks, shuffled and packed, in the layout of `version`.
Bytes packed(H5F_libver_t version) {
  const detail::Hdf5Quiet quiet;
  const detail::Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access, 1 << 16, false);
  H5Pset_libver_bounds(access, version, H5F_LIBVER_LATEST);
  const detail::Hdf5Handle file(
      H5Fcreate(detail::hdf5_memory_name().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose);
  const detail::Hdf5Handle made(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  const hsize_t size = 5, chunk = 2, most = H5S_UNLIMITED;
  H5Pset_chunk(made, 1, &chunk);
  H5Pset_shuffle(made);
  H5Pset_deflate(made, 4);
  const detail::Hdf5Handle space(H5Screate_simple(1, &size, &most), H5Sclose);
  const detail::Hdf5Handle type(H5Tvlen_create(H5T_NATIVE_FLOAT), H5Tclose);
  const detail::Hdf5Handle set(H5Dcreate2(file, "lists", type, space, H5P_DEFAULT, made, H5P_DEFAULT),
                               H5Dclose);
  float numbers[] = {1, 2, 3, 4};
  std::vector<hvl_t> entries;
  for (std::size_t k = 0; k < size; ++k) entries.push_back({k, numbers});
  H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, entries.data());
  H5Fflush(file, H5F_SCOPE_GLOBAL);
  Bytes bytes(static_cast<std::size_t>(H5Fget_file_image(file, nullptr, 0)));
  H5Fget_file_image(file, bytes.data(), bytes.size());
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto files = [] {
    Hdf5Writer file;
    file.put_lists("/lists", support::lists<float>({{1, 2, 3}, {}, {4}, {5, 6}}));
    file.put_lists("/more", support::lists<std::uint16_t>({{1, 2, 3}, {7}}));
    file.put_texts("/texts", {"a", "", "bcd"}, {3});
    return std::vector<Bytes>{file.dump(), packed(H5F_LIBVER_EARLIEST), packed(H5F_LIBVER_LATEST)};
  }();
  if (size == 0) return 0;
  Bytes bytes = files[data[0] % files.size()];
  for (std::size_t k = 1; k + 3 <= size && k < 25; k += 3)
    bytes[(data[k] + std::size_t{256} * data[k + 1]) * bytes.size() / 65536] ^= data[k + 2];
  try {
    const Hdf5Reader file(bytes, "x.h5");
    for (const std::string& name : file.names("/")) {
      if (file.kind("/" + name) == Hdf5Kind::unreadable)
        fuzz::require(!file.problem("/" + name).empty(), "no reason");
      if (file.kind("/" + name) == Hdf5Kind::text) file.texts("/" + name);
      if (file.kind("/" + name) != Hdf5Kind::lists) continue;
      const auto all = file.lists("/" + name);
      for (std::size_t k = 0; k < all.size() && k < 8; ++k)
        fuzz::require(file.lists("/" + name, static_cast<Index>(k), 1)[0] == all[k],
                      "another list by itself");
    }
  } catch (const std::runtime_error& error) {
    fuzz::require(std::string(error.what()).find("x.h5") != std::string::npos, "an error without its file");
  }
  fuzz::require(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) == 0, "something stays open");
  return 0;
}
