// Shapes of what passes from node to node.
#pragma once
#include <algorithm>
#include <neohebb/io/nir_validate.hpp>

namespace neohebb::nir {

/// The most numbers that an imported network's nodes may give in a step, with what delays keep: per sample.
inline constexpr Index most_numbers = Index{1} << 28;

/// The product of the sizes, 1 for (). The sizes are those of an array, or were checked.
inline Index size_of_shape(const Shape& shape) {
  Index n = 1;
  for (const Index size : shape) n *= size;
  return n;
}

namespace detail {

/// Throws std::invalid_argument, beginning with `where`, for a shape without numbers or of too many.
inline void check_shape_size(const Shape& shape, const std::string& where) {
  const std::optional<Index> n = size_within(shape, most_numbers);
  NEOHEBB_REQUIRE(n.value_or(1) > 0, where, ": has shape ", shape_text(shape), ", which holds no number");
  NEOHEBB_REQUIRE(n, where, ": has shape ", shape_text(shape), ", more than ", most_numbers, " numbers");
}

/// How two shapes of the same number of entries compare. in_order: in C order the entries are the same ones:
/// sizes of 1 apart the shapes are equal, or one of them is flat.
enum class Likeness { same, in_order, other };

inline Shape without_ones(Shape shape) {
  std::erase(shape, 1);
  return shape;
}
inline bool is_flat(const Shape& shape) { return without_ones(shape).size() < 2; }

inline Likeness likeness(const Shape& a, const Shape& b) {
  if (a == b) return Likeness::same;
  if (size_of_shape(a) != size_of_shape(b)) return Likeness::other;
  if (is_flat(a) || is_flat(b) || without_ones(a) == without_ones(b)) return Likeness::in_order;
  return Likeness::other;
}
/// Of two shapes that are alike, the one that says more.
inline const Shape& less_flat(const Shape& a, const Shape& b) { return is_flat(a) && !is_flat(b) ? b : a; }

}  // namespace detail
}  // namespace neohebb::nir
