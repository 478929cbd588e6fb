// An array of any of NumPy's plain types and shapes, as .npy files hold it.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <neohebb/core/types.hpp>
#include <string>
#include <utility>
#include <vector>

namespace neohebb {

/// Types of numbers in .npy files.
enum class DataType : unsigned char {
  boolean,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64
};

/// The DataType of T; enumerations count as the integers beneath them.
template <class T> constexpr DataType data_type() {
  if constexpr (std::is_enum_v<T>) {
    return data_type<std::underlying_type_t<T>>();
  } else if constexpr (std::is_same_v<T, bool>) {
    return DataType::boolean;
  } else if constexpr (std::is_floating_point_v<T>) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8,
                  "neohebb: arrays hold float and double, no other real type");
    return sizeof(T) == 4 ? DataType::float32 : DataType::float64;
  } else {
    static_assert(std::is_integral_v<T> && sizeof(T) <= 8,
                  "neohebb: arrays hold bool, integers, float and double");
    constexpr int log = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return static_cast<DataType>((std::is_signed_v<T> ? 1 : 5) + log);
  }
}

/// f(T{}) for the T that `type` names.
template <class F> decltype(auto) with_type(DataType type, F&& f) {
  switch (type) {
    case DataType::boolean:
      return f(bool{});
    case DataType::int8:
      return f(std::int8_t{});
    case DataType::int16:
      return f(std::int16_t{});
    case DataType::int32:
      return f(std::int32_t{});
    case DataType::int64:
      return f(std::int64_t{});
    case DataType::uint8:
      return f(std::uint8_t{});
    case DataType::uint16:
      return f(std::uint16_t{});
    case DataType::uint32:
      return f(std::uint32_t{});
    case DataType::uint64:
      return f(std::uint64_t{});
    case DataType::float32:
      return f(float{});
    case DataType::float64:
      break;
  }
  return f(double{});
}

/// Bytes of one entry.
inline std::size_t size_of(DataType type) {
  return with_type(type, [](auto t) { return sizeof(t); });
}
/// NumPy's name of the type: "float32".
inline std::string name_of(DataType type) {
  constexpr const char* names[] = {"bool",   "int8",   "int16",  "int32",   "int64",  "uint8",
                                   "uint16", "uint32", "uint64", "float32", "float64"};
  return names[static_cast<int>(type)];
}
/// "(3, 4)", as Python writes it.
inline std::string shape_text(const std::vector<Index>& shape) {
  std::string text = "(";
  for (std::size_t k = 0; k < shape.size(); ++k) text += (k ? ", " : "") + std::to_string(shape[k]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

namespace detail {

/// x as a T. Rounding to a coarser real type is allowed; anything else that changes the value is not.
template <class T, class From> bool convert(From x, T& to) {
  if constexpr (std::is_same_v<T, From>) {
    to = x;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (is_nan(x) || (x != From(0) && x != From(1))) return false;
    to = x != From(0);
  } else if constexpr (std::is_same_v<From, bool>) {
    to = static_cast<T>(x ? 1 : 0);
  } else if constexpr (std::is_integral_v<T> && std::is_integral_v<From>) {
    if (!std::in_range<T>(x)) return false;
    to = static_cast<T>(x);
  } else if constexpr (std::is_integral_v<T>) {
    // 2^digits is exact in a real type; the largest integer need not be.
    const From limit = std::ldexp(From(1), std::numeric_limits<T>::digits);
    if (!(is_number(x) && x < limit && x >= (std::is_signed_v<T> ? -limit : From(0)) && x == std::trunc(x)))
      return false;
    to = static_cast<T>(x);
  } else {
    if constexpr (sizeof(T) < sizeof(From) && std::is_floating_point_v<From>)
      if (is_finite(x) && std::abs(x) > static_cast<From>(std::numeric_limits<T>::max())) return false;
    to = static_cast<T>(x);
  }
  return true;
}

}  // namespace detail

/// An array: its shape, its type, and its entries in this machine's byte order, the last index running
/// fastest (C order) or the first (`fortran_order`, which is how Eigen stores a matrix).
///
///     NpyArray array = to_npy(weight);              // shape (rows, cols)
///     Matrix<float> again = array.matrix<float>();
///     std::vector<double> flat = array.as<double>();  // any shape, C order
///
/// The conversions throw std::runtime_error, beginning with `what`, for another shape and for an entry that
/// the wanted type cannot hold (2.5 or 300 as an unsigned char, 1e300 as a float; rounding double to float is
/// allowed).
struct NpyArray {
  std::vector<Index> shape;
  DataType type = DataType::float64;
  bool fortran_order = false;  // whether the first dimension is the fastest
  std::vector<unsigned char> data;

  friend bool operator==(const NpyArray&, const NpyArray&) = default;

  /// Number of entries: the product of the shape; 1 for a scalar, whose shape is ().
  Index size() const { return static_cast<Index>(data.size() / size_of(type)); }

  /// All entries in C order, whatever the stored order.
  template <class T> std::vector<T> as(const std::string& what = "array") const {
    std::vector<T> all(static_cast<std::size_t>(size()));
    visit_entries(
        [&](std::size_t stored, std::size_t flat, auto tag) { all[flat] = entry<T>(stored, tag, what); });
    return all;
  }
  /// Needs shape (rows, cols).
  template <class S> Matrix<S> matrix(const std::string& what = "array") const {
    check_dimensions(2, what);
    Matrix<S> m(shape[0], shape[1]);
    copy_to(m, what);
    return m;
  }
  /// Needs shape (n,).
  template <class S> Vector<S> vector(const std::string& what = "array") const {
    check_dimensions(1, what);
    Vector<S> v(shape[0]);
    copy_to(v, what);
    return v;
  }
  /// Needs shape ().
  template <class S> S scalar(const std::string& what = "array") const {
    check_dimensions(0, what);
    return as<S>(what)[0];
  }
  /// Fills a matrix, or a vector, that has the array's shape already.
  template <class M>
  void copy_to(Eigen::PlainObjectBase<M>& target, const std::string& what = "array") const {
    using S = typename M::Scalar;
    const std::vector<Index> wanted = M::IsVectorAtCompileTime && shape.size() == 1
                                          ? std::vector<Index>{target.size()}
                                          : std::vector<Index>{target.rows(), target.cols()};
    if (shape != wanted)
      NEOHEBB_THROW(std::runtime_error, what, " has shape ", shape_text(shape), ", expected ",
                    shape_text(wanted));
    const bool same_order = M::IsVectorAtCompileTime || fortran_order == !M::IsRowMajor;
    if (type == data_type<S>() && same_order && type != DataType::boolean) {
      if constexpr (M::SizeAtCompileTime != 0)  // otherwise data() is null
        if (!data.empty()) std::memcpy(target.derived().data(), data.data(), data.size());
      return;
    }
    const auto cols = static_cast<std::size_t>(target.cols());
    visit_entries([&](std::size_t stored, std::size_t flat, auto tag) {
      target.derived().coeffRef(static_cast<Index>(flat / cols), static_cast<Index>(flat % cols)) =
          entry<S>(stored, tag, what);
    });
  }
  /// Whether there is a NaN among the numbers.
  bool has_nan() const {
    bool found = false;
    if (type == DataType::float32 || type == DataType::float64)
      visit_entries([&](std::size_t stored, std::size_t, auto tag) { found |= is_nan(load(stored, tag)); });
    return found;
  }

 private:
  void check_dimensions(std::size_t n, const std::string& what) const {
    if (shape.size() != n)
      NEOHEBB_THROW(std::runtime_error, what, " has shape ", shape_text(shape), ", expected ", n,
                    n == 1 ? " dimension" : " dimensions");
  }
  double load(std::size_t stored, bool) const { return data[stored] != 0; }
  template <class From> From load(std::size_t stored, From x) const {
    std::memcpy(&x, data.data() + stored * sizeof(From), sizeof(From));
    return x;
  }
  template <class T, class From> T entry(std::size_t stored, From tag, const std::string& what) const {
    T to{};
    if (!detail::convert(static_cast<From>(load(stored, tag)), to))
      NEOHEBB_THROW(std::runtime_error, what, " holds ", load(stored, tag), " (", name_of(type),
                    ") at place ", stored, ", which is no ", name_of(data_type<T>()));
    return to;
  }
  /// use(position in data, position in C order, T{}) for every entry.
  template <class Use> void visit_entries(Use&& use) const {
    const auto n = static_cast<std::size_t>(size());
    with_type(type, [&](auto tag) {
      if (!fortran_order || shape.size() < 2) {
        for (std::size_t k = 0; k < n; ++k) use(k, k, tag);
        return;
      }
      std::vector<std::size_t> stride(shape.size(), 1), index(shape.size(), 0);
      for (std::size_t d = shape.size() - 1; d > 0; --d)
        stride[d - 1] = stride[d] * static_cast<std::size_t>(shape[d]);
      for (std::size_t k = 0, flat = 0; k < n; ++k) {
        use(k, flat, tag);
        for (std::size_t d = 0; d < shape.size(); ++d) {
          flat += stride[d];
          if (++index[d] < static_cast<std::size_t>(shape[d])) break;
          flat -= stride[d] * index[d];
          index[d] = 0;
        }
      }
    });
  }
};

}  // namespace neohebb
