// The pieces of an update as numbers that one process sends another: weights, and the moments that belong to them.
#pragma once
#include <algorithm>
#include <neohebb/network/packing.hpp>
#include <neohebb/projection/projection.hpp>
#include <type_traits>

namespace neohebb::detail {

/// use(the projection without events, piece, of…), for the part of a projection that has that piece.
void with_piece(const auto& projection, Index piece, auto&& use, auto&... of) {
  projection.each_block(
      [&](const auto& part, auto&... of_part) {
        const Index parts = part.parts();
        if (piece >= 0 && piece < parts) {
          if constexpr (requires { part.plain(); })
            use(part.plain(), piece, of_part...);
          else
            use(part, piece, of_part...);
        }
        piece -= parts;
      },
      of...);
}
/// Numbers of a piece: its columns of W, and with the first one the bias.
inline Index piece_size(const auto& projection, Index piece) {
  Index size = 0;
  with_piece(projection, piece, [&](const auto& plain, Index k) {
    const Index rows = plain.connectivity.rows();
    size = rows * (plain.first_column(k + 1) - plain.first_column(k)) + (k == 0 ? rows : 0);
  });
  return size;
}
/// Columns of W, and bias, as they lie in a piece's numbers.
void copy_piece(const auto& plain, Index k, auto& affine, auto* numbers, bool to_weights) {
  const Index rows = plain.connectivity.rows(), first = plain.first_column(k);
  const Index size = rows * (plain.first_column(k + 1) - first);
  auto* const weights = affine.weight.data() + first * rows;
  if (to_weights)
    std::copy(numbers, numbers + size, weights);
  else
    std::copy(weights, weights + size, numbers);
  if (k > 0) return;
  if (to_weights)
    std::copy(numbers + size, numbers + size + rows, affine.bias.data());
  else
    std::copy(affine.bias.data(), affine.bias.data() + rows, numbers + size);
}
void read_piece(const auto& projection, Index piece, auto& weights, auto* numbers) {
  with_piece(
      projection, piece,
      [&](const auto& plain, Index k, auto& w) {
        w.edit([&](auto& affine) { copy_piece(plain, k, affine, numbers, false); });
      },
      weights);
}
void write_piece(const auto& projection, Index piece, auto& weights, auto* numbers) {
  with_piece(
      projection, piece,
      [&](const auto& plain, Index k, auto& w) {
        w.edit([&](auto& affine) { copy_piece(plain, k, affine, numbers, true); });
      },
      weights);
}
/// io(moments) of a piece.
void visit_moments(const auto& projection, Index piece, auto& learner, auto&& io) {
  with_piece(
      projection, piece,
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
