// The one door to Eigen's internals: packets (the processor's vectors), and what evaluates expressions.
#pragma once
#include <Eigen/Core>
#include <concepts>
#include <type_traits>
#include <utility>

// GCC: vector types lose an alignment attribute as template arguments, which changes nothing here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"

/// Everything here is Eigen's own and may change with it: no other header names Eigen's inner namespace. All
/// of it is the same in Eigen 3.4 and 5.0.
namespace neohebb::simd {

/// As many numbers as the processor takes at a time; S itself where it has no vectors.
template <class S> using Packet = typename Eigen::internal::packet_traits<S>::type;
/// Numbers that one instruction takes.
template <class S> inline constexpr int packet_size = Eigen::internal::packet_traits<S>::size;
/// packet[0] … packet[n − 1], to be transposed.
template <class S> using PacketSquare = Eigen::internal::PacketBlock<Packet<S>, packet_size<S>>;

/// Whether the processor has 32 registers for packets, not 16.
inline constexpr bool many_registers = EIGEN_ARCH_DEFAULT_NUMBER_OF_REGISTERS >= 32;

using Eigen::internal::pload;       // pload<Packet>(from), aligned
using Eigen::internal::ploadu;      // ploadu<Packet>(from)
using Eigen::internal::prefetch;    // prefetch(from)
using Eigen::internal::pset1;       // pset1<Packet>(x): x in every place
using Eigen::internal::pstoreu;     // pstoreu(to, a)
using Eigen::internal::ptranspose;  // ptranspose(square)

using Eigen::internal::pabs;
using Eigen::internal::padd;
using Eigen::internal::pand;
using Eigen::internal::pcmp_le;  // a ≤ b: all bits, or none
using Eigen::internal::pdiv;
using Eigen::internal::pmadd;  // a b + c
using Eigen::internal::pmul;
using Eigen::internal::predux;  // sum of a packet's numbers
using Eigen::internal::psqrt;
using Eigen::internal::psub;

/// aᵇ for packets.
template <class P> P power(const P& a, const P& b) { return Eigen::internal::generic_pow(a, b); }
/// Whether S has packets that can be multiplied, that have a square root, a power.
template <class S>
inline constexpr bool has_powers = [] {
  using Traits = Eigen::internal::packet_traits<S>;
  using Pow = Eigen::internal::functor_traits<Eigen::internal::scalar_pow_op<S, S>>;
  return Traits::HasMul && Traits::HasSqrt && Pow::PacketAccess;
}();

/// A function of numbers that Eigen may call with packets (`packetOp`) says so, and what a call costs, in
/// multiplications.
template <class F>
concept PacketFunction = requires {
  { F::takes_packets } -> std::convertible_to<bool>;
  { F::multiplications } -> std::convertible_to<int>;
};

/// Entries of an expression one by one, coeff(i, j), without a matrix in between. (A segment of a vector is a
/// Block to Eigen.)
template <class X>
using Evaluator =
    Eigen::internal::evaluator<std::decay_t<decltype(std::declval<const std::decay_t<X>&>().derived())>>;
/// X where its entries lie in memory or are cheap to find; a matrix of them where they are not, as for
/// products.
template <class X> using Evaluated = typename Eigen::internal::nested_eval<X, 1>::type;

/// Sizes of a product's factors become those of the blocks in which Eigen multiplies them.
template <class S> void block_sizes(Eigen::Index& depth, Eigen::Index& rows, Eigen::Index& cols) {
  Eigen::internal::computeProductBlockingSizes<S, S>(depth, rows, cols);
}

}  // namespace neohebb::simd

/// @cond
template <neohebb::simd::PacketFunction F> struct Eigen::internal::functor_traits<F> {
  enum {
    Cost = F::multiplications * NumTraits<typename F::Scalar>::MulCost,
    PacketAccess = F::takes_packets
  };
};
#pragma GCC diagnostic pop
/// @endcond
