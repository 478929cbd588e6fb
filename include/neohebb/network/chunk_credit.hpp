// What one layer of a chunk learns in a step.
#pragma once
#include <neohebb/learning/broadcast.hpp>
#include <neohebb/network/chunks.hpp>

namespace neohebb::detail {

/// The target of step t: a matrix or tuple is that of every step.
decltype(auto) target_at(auto& target, Index t) {
  if constexpr (requires { target.rows(); })
    return (target);  // a matrix, though Eigen lets one call it
  else if constexpr (requires { target(t); })
    return target(t);
  else
    return (target);
}
/// Layer i of a chunk is credited for its samples' columns of the batch's target; or for a target without
/// columns: an error that it receives, or NoTarget. Its loss is added to the chunk's.
void credit_chunk(const auto& net, const auto& w, const auto& s, auto& c, auto i, const auto& target,
                  auto& credit) {
  const auto credit_part = [&](const auto& part) {
    c.loss[i] += net.layer(i).credit(at(w, i), at(c.state, i), part, at(credit, i), s.share(c), c.quiet[i]);
  };
  if constexpr (requires { target.middleCols(c.first, c.size()); }) {
    check_shape("target", target, net.layer(i).answers(), s.batch);
    credit_part(target.middleCols(c.first, c.size()));
  } else {
    credit_part(target);
  }
}

/// Whether a layer can receive errors that come late: its learning signal is a Broadcast, perhaps wrapped.
template <class L> constexpr bool takes_late_errors() {
  if constexpr (receives_readout_error<L> && requires(const L& layer) { layer.signal; }) {
    using Signal = std::decay_t<decltype(broadcast_of(std::declval<const L&>().signal))>;
    return requires { requires Signal::may_be_late; };
  } else {
    return false;
  }
}
/// What Network::teach does with all layers in step t, for layer i alone: a layer that receives the readout's
/// error takes a LateError, and the readout leaves its error in the chunk.
template <class Net>
void teach_alone(const Net& net, const auto& w, const auto& s, auto& c, auto i, Index t, const auto& target,
                 auto& credit) {
  using L = std::decay_t<decltype(net.layer(i))>;
  constexpr bool nothing = is_no_target<decltype(target)>;
  if constexpr (takes_late_errors<L>()) {
    using Target = std::conditional_t<nothing, NoTarget, LateError>;
    credit_chunk(net, w, s, c, i, Target{}, credit);
  } else if constexpr (!receives_readout_error<L> && (!nothing || takes_no_target<L>)) {
    credit_chunk(net, w, s, c, i, net.target_of(target, i), credit);
  }
  if constexpr (std::same_as<decltype(i), std::decay_t<decltype(Net::top)>>) {
    if constexpr (nothing)
      c.error_of(t).setZero(Index(net.layer(i).units()), c.size());
    else
      c.error_of(t) = net.layer(i).readout_error(at(w, i), at(c.state, i)).error;
  }
}

}  // namespace neohebb::detail
