// e-prop of fixed sizes, online, without heap, exceptions and run-time types: recurrent neurons learn to draw a curve on a
// Cortex-M4. One source for that and for this machine; examples/microcontroller/run builds it for both and compares.
//
//     inputs → 16 recurrent neurons, half of them adaptive → one leaky output y
//     L = Wᵀ (y − y*)   at every step, of which every synapse's eligibility makes its own share [Bellec and others 2020]
//
// Each of 8 inputs spikes in its own turn of 8 steps; the output is to follow a triangle and its double, 64 steps.
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>

#include "microcontroller/line.hpp"

namespace {

using namespace neohebb;
using S = float;  // what a Cortex-M4 computes in hardware

constexpr int inputs = 8, units = 16, outputs = 1;
constexpr Index steps = 64;
constexpr Extent<1> batch{};

// Every size is in a type: every array is a member, nothing is allocated, and the linker knows the RAM.
using Outside = Dense<Pulses<S>, AllToAll<inputs, units>>;
using Own = Dense<Pulses<S>, AllToAll<units, units>, NoSelf>;
using Hidden = PlasticLayer<WithRecurrence<Outside, Own>, Lif<S, Heaviside, S, Vector<S, units>>, Peaked<S>,
                            Eprop<S>, Broadcast<S, outputs>, PerSynapse>;
using Output = LeakyReadout<Dense<Pulses<S>, AllToAll<units, outputs>>>;

/// β of the adaptive half.
Vector<S, units> strengths() {
  Vector<S, units> beta = Vector<S, units>::Zero();
  beta.tail<units / 2>().setConstant(S(0.1));
  return beta;
}
const Network net{Hidden{.projection = {.forward = {.trace = {.decay = 0.9f}},
                                        .lateral = {.trace = {.decay = 0.9f}, .bias = false}},
                         .neuron = {.decay = 0.9f,
                                    .threshold = 0.6f,
                                    .reset = Reset::by_threshold_later,
                                    .refractory_steps = 2,
                                    .integrates_while_refractory = true,
                                    .adaptation_decay = 0.97f,
                                    .adaptation_strength = strengths()},
                         .surrogate = {.height = 0.5f, .width = 0.6f},
                         .eligibility = {.adaptation_decay = 0.97f, .readout_decay = 0.8f}},
                  Output{.projection = {.trace = {.decay = 0.8f}}}};

constexpr Generator generator{.seed = 1};
auto weights = net.initial_weights(ScaledUniform<S>{1.7f}, generator);
const auto zero = net.zero_state(batch);
auto state = zero;
auto learner = net.learner(Sgd<S>{.rate = 0.01f}, batch, 1);

S triangle(Index t, Index period) {
  const Index half = period / 2, place = t % period;
  return static_cast<S>(place < half ? place : period - place) / static_cast<S>(half) - S(0.5);
}
/// Shows a trial; learns at every step. Returns Σ (y − y*)².
S trial(bool learn) {
  state = zero;
  Spikes<S, inputs, 1> in({}, batch);
  Vector<S, inputs> now;
  Vector<S, outputs> target;
  S sum = 0;
  for (Index t = 0; t < steps; ++t) {
    now = Vector<S, inputs>::Unit(t * inputs / steps);
    in.assign(now);
    target(0) = triangle(t, steps) + S(0.5) * triangle(t, steps / 2);
    net.step(weights, state, in);
    const S off = std::get<1>(state).output(0) - target(0);
    sum += off * off;
    if (!learn) continue;
    net.credit(weights, state, target, learner);
    net.update(weights, state, learner);
  }
  return sum;
}
void print_error(const char* when) {
  (Line{} << when << ": squared error of a trial, thousandths: " << static_cast<Index>(1000 * trial(false)))
      .print();
}

}  // namespace

int main() {
  print_error("before learning");
  for (int k = 0; k < 300; ++k) trial(true);
  print_error("after learning");
  std::uint32_t sum = 2166136261;
  const auto add = [&](const auto& affine) { sum = checksum(affine.bias, checksum(affine.weight, sum)); };
  add(std::get<0>(weights).projection.forward);
  add(std::get<0>(weights).projection.lateral);
  add(std::get<1>(weights).projection);
  (Line{} << "weights: ").hexadecimal(sum).print();
}
