// A window of a PlasticLayer whose rule remembers: what a step notes, and what the end makes of it.
#pragma once
#include <array>
#include <neohebb/learning/sweep.hpp>

namespace neohebb::detail {

/// One step. signal: L, neurons × batch.
void note_step(const auto& layer, const auto& w, auto& s, const auto& signal, auto& c, auto share) {
  using Layer = std::decay_t<decltype(layer)>;
  using E = decltype(layer.eligibility);
  using S = typename E::Scalar;
  const auto& rate = layer.rate;
  const bool late = layer.has_late(), running = Layer::running_rate && rate.strength != 0;
  if (late) c.counts += s.neuron.spikes.dense();
  if constexpr (Layer::heterosynaptic)
    if (rate.strength != 0) rate.add(s.rate, c.counts);
  if constexpr (Layer::running_rate)
    if (running) {
      rate(s.rate, c.second);
      if (share != 1) c.second *= share;
    }
  if constexpr (decltype(layer.form)::records) {
    c.record(s.psi, s.neuron.spikes.bytes(), signal, running, s.trace);
    layer.projection.hold(w.projection, s.projection, c.projection);
  } else {
    std::array<const S*, std::size_t{E::signals}> now{};
    now[0] = signal.data();
    if (running) now[E::signals - 1] = c.second.data();
    const PostView post{s.psi, s.neuron.spikes.bytes().data(), c.beta, s.psi.cols(), s.trace_data()};
    const auto note = [&](auto apart) {
      layer.form.template note<apart()>(layer.eligibility, layer.projection, s.projection, s.memory, c.form,
                                        post, now);
    };
    if (late)
      note(std::bool_constant<Layer::two_signals>{});
    else
      note(std::false_type{});
  }
  ++c.steps;
  c.share = share;
}
/// The end: what the steps ask for goes to the projection's credit.
void finish_window(const auto& layer, const auto& w, auto& s, auto& c) {
  using Layer = std::decay_t<decltype(layer)>;
  const auto& rate = layer.rate;
  const bool late = layer.has_late();
  if constexpr (decltype(layer.rate)::late)
    if (late) rate(c.counts, c.steps, c.share);
  const auto signals_of_end = c.counts.leftCols(late ? c.counts.cols() : 0);
  layer.form.finish(layer.eligibility, layer.projection, s.memory, c.form, c.projection, c.recorded(),
                    signals_of_end, c.signals, c.steps);
  if constexpr (Layer::heterosynaptic)
    if (rate.strength != 0) rate.pull(layer.projection, w.projection, c.counts, c.share, c.projection);
  c.forget();
}

}  // namespace neohebb::detail
