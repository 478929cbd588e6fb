// Blocks of columns of the weights, and their moments, as numbers that one process sends another.
#pragma once
#include <algorithm>
#include <neohebb/network/packing.hpp>
#include <neohebb/projection/projection.hpp>
#include <type_traits>

namespace neohebb::detail {

/// A projection moves its weights by blocks of columns (its parts()): use(the projection without events,
/// block, of…), for the projection inside it that has this block.
void with_column_block(const auto& projection, Index block, auto&& use, auto&... of) {
  projection.each_block(
      [&](const auto& inner, auto&... of_inner) {
        const Index blocks = inner.parts();
        if (block >= 0 && block < blocks) {
          if constexpr (requires { inner.plain(); })
            use(inner.plain(), block, of_inner...);
          else
            use(inner, block, of_inner...);
        }
        block -= blocks;
      },
      of...);
}
/// Numbers of a block: its columns of W, and with the first one the bias.
inline Index column_block_size(const auto& projection, Index block) {
  Index size = 0;
  with_column_block(projection, block, [&](const auto& plain, Index k) {
    const Index rows = plain.connectivity.rows();
    size = rows * (plain.first_column(k + 1) - plain.first_column(k)) + (k == 0 ? rows : 0);
  });
  return size;
}
/// A block of the weights to numbers, or back: its columns of W, and with the first one the bias.
void copy_column_block(const auto& projection, Index block, auto& weights, auto* numbers, bool to_weights) {
  const auto copy = [&](auto* values, Index count) {
    if (to_weights)
      std::copy(numbers, numbers + count, values);
    else
      std::copy(values, values + count, numbers);
    numbers += count;
  };
  with_column_block(
      projection, block,
      [&](const auto& plain, Index k, auto& w) {
        w.edit([&](auto& affine) {
          const Index rows = plain.connectivity.rows(), first = plain.first_column(k);
          copy(affine.weight.data() + first * rows, rows * (plain.first_column(k + 1) - first));
          if (k == 0) copy(affine.bias.data(), rows);
        });
      },
      weights);
}
/// io(moments) of a block.
void visit_moments(const auto& projection, Index block, auto& learner, auto&& io) {
  with_column_block(
      projection, block,
      [&](const auto&, Index k, auto& of) {
        io(of.parts[static_cast<std::size_t>(k)].moments);
        if (k == 0) io(of.bias);
      },
      learner);
}
/// Whether an optimizer moves weights by −rate·gradient.
template <class Learner> constexpr bool is_linear() {
  if constexpr (requires(Learner l) { l.forward; })
    return is_linear<decltype(Learner::forward)>();
  else
    return decltype(Learner::optimizer)::linear;
}

/// The part of a layer's credit that belongs to its projection: what an update reads.
auto& projection_credit_of(auto& credit) {
  if constexpr (requires { credit.projection; })
    return credit.projection;
  else
    return credit;
}
/// In place of a layer's credit, where only that part is there.
template <class Credit> struct ProjectionCredit { Credit projection; };
template <class Credit> auto keep_projection_credit(Credit credit) {
  if constexpr (requires { credit.projection; })
    return ProjectionCredit<decltype(credit.projection)>{std::move(credit.projection)};
  else
    return credit;
}

}  // namespace neohebb::detail
