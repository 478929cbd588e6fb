// What the nodes of an imported network have in common: state, scratch, parameters for each neuron.
#pragma once
#include <neohebb/core/nonzeros.hpp>
#include <neohebb/core/product.hpp>
#include <neohebb/network/imported/shapes.hpp>

namespace neohebb::nir {

/// A node's numbers, all of them neurons × batch.
template <class S> struct NodeState {
  Matrix<S> input = {};  // the sum of several sources; empty where there is one
  Matrix<S> output = {};
  Matrix<S> membrane = {}, current = {};  // of neurons
  Matrix<S> past = {};           // of delays: the inputs of the last steps, a block of columns for each
  Index now = 0;                 // the block of the present step
  std::uint64_t operations = 0;  // additions of a weight in the last step
};

/// What a step writes and nothing reads afterwards.
template <class S> struct Scratch {
  Vector<S> values = {}, sums = {};  // values, sums: numbers; places: their indices
  Vector<std::int32_t> places = {};  // indices of the values
  /// Room for lists of n numbers.
  void reserve(Index n, Index sums_needed) {
    const Index room = n + neohebb::detail::nonzeros_beyond;
    if (values.size() < room) values.resize(room), places.resize(room);
    if (sums.size() < sums_needed) sums.resize(sums_needed);
  }
  /// Whether there is room for n numbers and so many sums.
  bool has(Index n, Index sums_needed) const {
    return values.size() >= n + neohebb::detail::nonzeros_beyond && places.size() >= values.size() &&
           sums.size() >= sums_needed;
  }
  /// Calls use(place, value) for the numbers that are not zero; returns how many.
  Index each_nonzero(const S* from, Index n, auto&& use) {
    const Index count = neohebb::detail::list_nonzeros(from, n, values.data(), places.data());
    for (Index k = 0; k < count; ++k) use(Index{places[k]}, values[k]);
    return count;
  }
};

namespace detail {

/// Whether NumPy would stretch `from` to `to`: sizes from the last on are equal, or 1.
inline bool stretches(const Shape& from, const Shape& to) {
  if (from.size() > to.size()) return false;
  for (std::size_t k = 0; k < from.size(); ++k) {
    const Index a = from[from.size() - 1 - k], b = to[to.size() - 1 - k];
    if (a != b && a != 1) return false;
  }
  return true;
}

/// The array's numbers for each entry of `shape`: as they are where there are as many, else stretched as
/// NumPy does.
inline Vector<double> expanded(const NpyArray& array, const Shape& shape, const std::string& what) {
  const std::vector<double> all = array.as<double>(what);
  const Index n = size_of_shape(shape);
  if (static_cast<Index>(all.size()) == n) return Eigen::Map<const Vector<double>>(all.data(), n);
  if (all.size() == 1) return Vector<double>::Constant(n, all[0]);
  NEOHEBB_REQUIRE(stretches(array.shape, shape), what, " has shape ", shape_text(array.shape),
                  ", which does not fit ", shape_text(shape));
  Vector<double> result(n);
  for (Index i = 0; i < n; ++i) {
    Index rest = i, from = 0, stride = 1;
    for (std::size_t k = 0; k < array.shape.size(); ++k) {  // from the last dimension on
      const Index size = shape[shape.size() - 1 - k], own = array.shape[array.shape.size() - 1 - k];
      if (own > 1) from += rest % size * stride;
      stride *= own;
      rest /= size;
    }
    result[i] = all[static_cast<std::size_t>(from)];
  }
  return result;
}

}  // namespace detail
}  // namespace neohebb::nir
