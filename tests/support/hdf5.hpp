// What tests of HDF5 files share: arrays and lists from numbers, and a Python that has h5py.
#pragma once
#include <neohebb/io/array.hpp>

#include "support/temporary_file.hpp"

namespace support {

template <class T> neohebb::NpyArray array(const std::vector<T>& numbers) {
  neohebb::NpyArray made{{static_cast<neohebb::Index>(numbers.size())}, neohebb::data_type<T>(), false, {}};
  for (const T x : numbers) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(&x);
    made.data.insert(made.data.end(), bytes, bytes + sizeof(T));
  }
  return made;
}
template <class T> std::vector<neohebb::NpyArray> lists(const std::vector<std::vector<T>>& all) {
  std::vector<neohebb::NpyArray> made;
  for (const auto& list : all) made.push_back(array(list));
  return made;
}

/// A Python that has h5py, or "".
inline std::string python_with_h5py() {
  for (const std::string python : {"python3", "/usr/bin/python3"})
    if (std::system((python + " -c 'import h5py' >/dev/null 2>&1").c_str()) == 0) return python;
  std::puts("skipped: no python3 with h5py to compare with");
  return "";
}

}  // namespace support
