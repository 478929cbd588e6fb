// Sums of columns of a matrix chosen by an index list: what a spike costs.
#pragma once
#include <cstdint>
#include <neohebb/core/types.hpp>
#include <span>
#include <type_traits>

namespace neohebb {

namespace detail {

/// `Packets` packets of the sum of the chosen columns, from row `first` on, held in registers meanwhile.
template <int Packets, class S>
inline void add_rows(const S* columns, Index stride, std::span<const std::int32_t> chosen, S scale, S* sum) {
  using Packet = simd::Packet<S>;
  constexpr int n = simd::packet_size<S>;
  Packet total[Packets];
  for (int k = 0; k < Packets; ++k) total[k] = simd::pset1<Packet>(S(0));
  for (const std::int32_t j : chosen) {
    const S* column = columns + j * stride;
    for (int k = 0; k < Packets; ++k) total[k] = simd::padd(total[k], simd::ploadu<Packet>(column + k * n));
  }
  const Packet factor = simd::pset1<Packet>(scale);
  for (int k = 0; k < Packets; ++k)
    simd::pstoreu(sum + k * n, simd::pmadd(factor, total[k], simd::ploadu<Packet>(sum + k * n)));
}

/// Equals the sums of a loop (tests/core/columns.cpp): sum += scale · Σ_{j chosen} W_j. W: `rows` rows of
/// columns that lie `stride` apart.
template <class S>
void add_columns(const S* columns, Index stride, Index rows, std::span<const std::int32_t> chosen, S scale,
                 S* sum) {
  constexpr int n = simd::packet_size<S>;
  if (chosen.empty()) return;  // as most are where spikes are few
  Index i = 0;
  const auto sweep = [&]<int packets>(std::integral_constant<int, packets>) {
    for (; i + packets * n <= rows; i += packets * n)
      add_rows<packets>(columns + i, stride, chosen, scale, sum + i);
  };
  if constexpr (simd::many_registers) sweep(std::integral_constant<int, 16>{});
  sweep(std::integral_constant<int, 8>{});
  sweep(std::integral_constant<int, 2>{});
  sweep(std::integral_constant<int, 1>{});
  for (; i < rows; ++i) {
    S total = 0;
    for (const std::int32_t j : chosen) total += columns[j * stride + i];
    sum[i] += scale * total;
  }
}

}  // namespace detail

/// y += scale · Σ_{j chosen} W_j, the sum of columns of W (rows × any, column-major) into y (rows × 1). The
/// sum stays in registers, so that every chosen column is read once and nothing else is.
template <class S> void add_columns(const auto& w, std::span<const std::int32_t> chosen, S scale, auto&& y) {
  if (chosen.empty()) return;
  check_shape("what columns are added to", y, w.rows(), 1);
  // One row known to the compiler is stored by rows.
  detail::add_columns(detail::column_of(w, 0), w.colStride(), w.rows(), chosen, scale,
                      detail::column_of(y, 0));
}

}  // namespace neohebb
