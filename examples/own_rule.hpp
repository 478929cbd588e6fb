// A learning rule of one's own: the file to copy. What it must keep is tested by tests/laws/eligibility_laws.hpp.
#pragma once
#include <neohebb/learning/eligibility.hpp>
#include <neohebb/trace/decay.hpp>

/// A synapse is tagged when its input's trace meets a neuron near its threshold, and the tag fades:
///
///     tag ← λ tag + ψ x̄,    ΔW ∝ −Σ_t L tag
///
/// So an error changes the synapses that were active before it, however late it comes. [Frey & Morris 1997]
template <class S> struct SynapticTag {
  using Scalar = S;
  static constexpr int stages = 1;   // numbers that every synapse remembers: the tag of the step before
  static constexpr int signals = 1;  // learning signals
  S decay = S(0.95);                 // λ

  void validate() const { neohebb::check_decay("SynapticTag.decay", decay); }
  /// One step: s[t+1] = A s + b x̄, e = c s + d x̄. Whatever a neuron knows may stand in A, b, c and d.
  neohebb::Gates<S, 1> gates(const neohebb::Post<S>& post) const {
    const S psi = post.surrogate;
    return {.A = {{{decay}}}, .b = {psi}, .c = {{{decay}}}, .d = {psi}};
  }
};
// If something is missing, the compiler says here what.
static_assert(neohebb::Eligibility<SynapticTag<float>>);
