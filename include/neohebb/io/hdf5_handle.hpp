// libhdf5's objects, released by scope; its errors as ours.
#pragma once
#if !__has_include(<hdf5.h>)
#error "neohebb: <neohebb/io/hdf5.hpp> needs libhdf5: apt-get install libhdf5-dev, and link neohebb::hdf5"
#elif !__has_include(<zlib.h>)
#error "neohebb: <neohebb/io/hdf5.hpp> needs zlib: apt-get install zlib1g-dev, and link neohebb::hdf5"
#else  // so that this is the only error; the same in all headers that need libhdf5
#include <hdf5.h>

#include <atomic>
#include <neohebb/io/array.hpp>
#include <neohebb/io/file.hpp>
#include <string>
#include <utility>

namespace neohebb::detail {

/// While it lives, libhdf5 prints no errors of its own; then it does again what it did before.
class Hdf5Quiet {
 public:
  Hdf5Quiet() : known_(H5Eget_auto2(H5E_DEFAULT, &print_, &data_) >= 0) {
    if (known_) H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  Hdf5Quiet(const Hdf5Quiet&) = delete;
  Hdf5Quiet& operator=(const Hdf5Quiet&) = delete;
  ~Hdf5Quiet() {
    if (known_) H5Eset_auto2(H5E_DEFAULT, print_, data_);
  }

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
  bool known_;
};

/// What libhdf5 says was the first thing to go wrong in its last call.
inline std::string hdf5_error() {
  std::string text;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned n, const H5E_error2_t* error, void* to) -> herr_t {
        if (n == 0)
          *static_cast<std::string*>(to) = std::string(error->desc ? error->desc : "") + " (" +
                                           (error->func_name ? error->func_name : "HDF5") + ")";
        return 0;
      },
      &text);
  return text.empty() ? "HDF5 gives no reason" : text;
}

/// Passes on what libhdf5 returns. A negative one is an error: "FILE, 'MEMBER' WHAT: HDF5's reason".
template <class Result>
Result hdf5(Result result, const std::string& file, const std::string& member, const char* what) {
  if (result < 0) NEOHEBB_THROW(std::runtime_error, file, ", '", member, "' ", what, ": ", hdf5_error());
  return result;
}

class Hdf5Handle {
 public:
  Hdf5Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Handle() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

/// A name that no other file in memory has: of two with the same name libhdf5 opens the first twice, or none.
inline std::string hdf5_memory_name() {
  static std::atomic<unsigned long long> made{0};
  return "in memory " + std::to_string(++made);
}

/// The type of a number in memory; a bool is a byte.
inline hid_t native_hdf5(DataType type) {
  switch (type) {
    case DataType::int8:
      return H5T_NATIVE_INT8;
    case DataType::int16:
      return H5T_NATIVE_INT16;
    case DataType::int32:
      return H5T_NATIVE_INT32;
    case DataType::int64:
      return H5T_NATIVE_INT64;
    case DataType::boolean:
    case DataType::uint8:
      return H5T_NATIVE_UINT8;
    case DataType::uint16:
      return H5T_NATIVE_UINT16;
    case DataType::uint32:
      return H5T_NATIVE_UINT32;
    case DataType::uint64:
      return H5T_NATIVE_UINT64;
    case DataType::float32:
      return H5T_NATIVE_FLOAT;
    case DataType::float64:
      break;
  }
  return H5T_NATIVE_DOUBLE;
}

/// Text of `length` bytes, or of any length (H5T_VARIABLE), in UTF-8.
inline Hdf5Handle hdf5_text(std::size_t length, H5T_cset_t letters, const std::string& file) {
  Hdf5Handle type(hdf5(H5Tcopy(H5T_C_S1), file, "text", "has no type"), H5Tclose);
  hdf5(H5Tset_size(type, length), file, "text", "has no length");
  hdf5(H5Tset_cset(type, letters), file, "text", "has no letters");
  return type;
}

}  // namespace neohebb::detail
#endif
