// Errors of a readout that layers receive some steps later: when they go to other processes, and as what.
#pragma once
#include <neohebb/network/chunk_credit.hpp>
#include <neohebb/network/packing.hpp>
#include <neohebb/network/presentation.hpp>

namespace neohebb::detail {

/// use(i) for the layers that receive the readout's error.
void each_late_receiver(const auto& net, auto&& use) {
  for_each_layer(net.layers, [&](auto i) {
    if constexpr (takes_late_errors<std::decay_t<decltype(net.layer(i))>>()) use(i);
  });
}
/// Refuses networks whose layers cannot make `at_once` steps before they receive these steps' errors.
void check_late_errors(const auto& net, Index at_once) {
  for_each_layer(net.layers, [&](auto i) {
    using L = std::decay_t<decltype(net.layer(i))>;
    constexpr const char* remedy = ", or share the samples instead (Ranks)";
    const auto number = static_cast<std::size_t>(i);
    if constexpr (takes_late_errors<L>()) {
      const auto& broadcast = broadcast_of(net.layer(i).signal);
      NEOHEBB_REQUIRE(
          broadcast.is_fixed(), "RankGrid: layer ", number,
          " receives the readout's error by feedback that moves with the readout's weights, which another "
          "process has; give it Feedback::random or uniform",
          remedy);
      NEOHEBB_REQUIRE(broadcast.delay >= at_once, "RankGrid: layer ", number,
                      " receives the readout's error after Broadcast.delay = ", broadcast.delay,
                      " steps, but ", at_once, " steps go up at a time; let it receive it after ", at_once,
                      " or more (after ", 2 * at_once,
                      " two ranks work at the same time), set GridOptions.steps to ",
                      std::max<Index>(1, broadcast.delay), " or less", remedy);
    } else if constexpr (receives_readout_error<L>) {
      NEOHEBB_REQUIRE(false, "RankGrid: layer ", number,
                      " receives the readout's error in every step by a learning signal without a delay; "
                      "give it Broadcast with a delay and Dynamic outputs",
                      remedy);
    }
  });
}

/// Which errors go when, for layers that make blocks of `at_once` steps and receive after `delay` steps, at
/// least `at_once`. Errors of a block go together, and are taken before the first block in which one of them
/// is received.
struct LateErrors {
  Presentation shown;
  Index at_once, delay;

  /// Errors of the block of steps that begins with this one: none in the burn-in.
  Share of_block(Index begin) const {
    const Index first = std::max(begin, shown.burn_in), end = std::min(begin + at_once, shown.steps);
    return {first, std::max<Index>(0, end - first)};
  }
  /// Whether anybody receives them before the end.
  bool are_received(Index begin) const { return begin + delay < shown.steps && of_block(begin).count > 0; }
  /// Those that are to be taken before steps [from, to).
  Share taken_before(Index from, Index to) const {
    const Index newest = to - 1 - delay, before = from - 1 - delay;
    const Index block = block_of(newest);
    if (block < 0 || block == block_of(before)) return {0, 0};
    return of_block(block * at_once);
  }

 private:
  Index block_of(Index step) const { return step < 0 ? -1 : step / at_once; }
};

/// A chunk of a network's samples, and the errors that its layers receive.
template <class Net, class Chunk> struct ChunkErrors {
  using S = typename Net::Scalar;
  const Net& net;
  Chunk& chunk;

  Matrix<S> zero() const {
    return zeros<S>(Extent<>(Index(net.layer(Net::top).units())), Extent<>(chunk.size()));
  }
  /// Bytes of a message of so many steps.
  std::size_t bytes(Index steps) const {
    PackedSize size;
    size(zero());
    return size.bytes() * static_cast<std::size_t>(steps);
  }
  void pack(Packer& io, Share steps) const {
    for (Index t = steps.first; t < steps.end(); ++t) io(chunk.error_of(t));
  }
  /// receives(i): whether layer i is to receive them. now: the step that the layers were credited for last.
  void unpack(Unpacker& io, Share steps, Index now, auto&& receives) const {
    Matrix<S> error = zero();
    for (Index t = steps.first; t < steps.end(); ++t) {
      io(error);
      put(error, now - t, receives);
    }
  }
  /// The same from a readout of this process.
  void pass(Share steps, Index now, auto&& receives) const {
    for (Index t = steps.first; t < steps.end(); ++t) put(chunk.error_of(t), now - t, receives);
  }

 private:
  void put(const auto& error, Index steps_ago, auto&& receives) const {
    each_late_receiver(net, [&](auto i) {
      if (receives(i))
        errors_of(net.layer(i).signal, at(chunk.state, i).signal_state).before_newest(steps_ago) = error;
    });
  }
};
template <class Net, class Chunk> ChunkErrors(const Net&, Chunk&) -> ChunkErrors<Net, Chunk>;

}  // namespace neohebb::detail
