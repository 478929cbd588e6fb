#pragma once
#include <array>
#include <cstdint>
#include <neohebb/learning/sweep.hpp>
#include <neohebb/projection/projection.hpp>

namespace neohebb {

namespace detail {
struct NoForm {
  static void fields(auto&, auto&&) {}
};
/// The projection's credit; rules with memory hand it a window's steps at once.
template <bool remembers, class P, int B>
CreditOf<P, B> projection_credit(const P& projection, Extent<B> batch, Index window) {
  if constexpr (remembers)
    return projection.zero_credit(batch, window, true);
  else
    return projection.zero_credit(batch, window);
}
/// What an algorithm gathers in a window, and keeps of every synapse; rules without memory need none.
template <class Form, class E, bool remembers, int B>
auto form_credit(const auto& projection, Extent<B> batch, Index window, bool late, bool carries) {
  if constexpr (remembers)
    return Form::template credit<E>(projection, batch, window, late, carries);
  else
    return NoForm{};
}
template <class E, bool remembers, class Form, int B>
auto form_memory(const Form& form, const auto& projection, Extent<B> batch, bool carries) {
  if constexpr (remembers)
    return form.template memory<E>(projection, batch, carries);
  else
    return NoForm{};
}
}  // namespace detail

/// What a PlasticLayer notes of the steps since the last update: its window. `records` says whether the
/// algorithm looks back at ψ, spikes and learning signals of all steps (Exchanged), or gathers as it goes
/// (PerSynapse). Out, B: 0 where the learning signal brings ψ along: only the projection's credit is kept.
template <Eligibility E, class OfProjection, class OfForm, bool records, int Out, int B>
struct PlasticCredit {
  using S = typename E::Scalar;
  /// units × steps · batch, or nothing where no window is recorded.
  template <class T> using OfWindow = std::conditional_t<records, Matrix<T, Out>, Matrix<T, 0, 0>>;
  OfProjection projection;
  OfForm form;                 // what Exchanged or PerSynapse keep
  Vector<S, Out> beta{};       // β_a of each neuron
  Matrix<S, Out, B> counts{};  // spikes since the last update, then L_1
  Matrix<S, Out, B> second{};  // L_1 of this step, or δ of rules without memory
  Index window = 0, steps = 0;
  S share = 1;  // of the batch, where the state holds a chunk of it
  // Of all steps, units × steps·batch.
  std::array<OfWindow<S>, std::size_t{E::signals}> signals{};
  OfWindow<S> psi{};
  OfWindow<std::uint8_t> fired{};  // spikes
  OfWindow<S> trace{};             // q, of rules that have one
  static void fields(auto& self, auto&& visit) {
    visit("projection", self.projection);
    visit("form", self.form);
    if constexpr (records) {
      visit("signal", self.signals[0]);
      if constexpr (E::signals > 1)
        if (self.signals.back().size() > 0) visit("rate_signal", self.signals.back());
      visit("psi", self.psi);
      visit("fired", self.fired);
      if constexpr (detail::has_post_trace<E>) visit("trace", self.trace);
    }
    visit("counts", self.counts);
    visit("steps", self.steps);
  }

  /// Room for so many neurons and samples.
  void make_room_for(const auto& neuron, auto units, auto batch) {
    beta = zeros<S>(units, Extent<1>{});
    counts = second = zeros<S>(units, batch);
    for (Index i = 0; i < Index(units); ++i)
      if constexpr (requires { neuron.adaptation_of(i); }) beta[i] = neuron.adaptation_of(i);
  }
  /// Refuses a step that does not fit.
  template <bool remembers> void check(const auto& psi_of_state) const {
    NEOHEBB_REQUIRE(
        !remembers || steps < window, "PlasticLayer: a credit made for a window of ", window,
        " steps was to note one more; update at the end of each window, or make the learner for a "
        "longer one");
    NEOHEBB_REQUIRE(counts.rows() == psi_of_state.rows() && counts.cols() == psi_of_state.cols(),
                    "PlasticLayer: the credit is made for ", counts.cols(), " samples of ", counts.rows(),
                    " neurons, the state holds ", psi_of_state.cols(), " of ", psi_of_state.rows());
  }
  /// Room to record all steps of the window. second_too: the second signal is there in every step.
  void make_room(bool second_too) {
    const Extent<Out> units(counts.rows());
    const Extent<> columns(window * counts.cols());
    psi = zeros<S>(units, columns);
    fired = zeros<std::uint8_t>(units, columns);
    signals[0] = zeros<S>(units, columns);
    if (second_too) signals.back() = zeros<S>(units, columns);
    if constexpr (detail::has_post_trace<E>) trace = zeros<S>(units, columns);
  }
  /// A step's ψ, spikes, signals (the second one: `second`) and q, units × batch each.
  void record(const auto& surrogate, const auto& spikes, const auto& signal, bool second_too, const auto& q) {
    const Index batch = counts.cols(), column = steps * batch;
    psi.middleCols(column, batch) = surrogate;
    fired.middleCols(column, batch) = spikes;
    signals[0].middleCols(column, batch) = signal;
    if (second_too) signals.back().middleCols(column, batch) = second;
    if constexpr (detail::has_post_trace<E>) trace.middleCols(column, batch) = q;
  }
  /// The steps that were recorded, as eligibilities read them.
  auto recorded() const {
    return detail::PostView{psi, fired.data(), beta, counts.cols(),
                            trace.size() > 0 ? trace.data() : nullptr};
  }
  bool empty() const { return steps == 0 && projection.empty(); }
  /// Forgets the steps that were recorded.
  void forget() {
    counts.setZero();
    steps = 0;
  }
};

}  // namespace neohebb
