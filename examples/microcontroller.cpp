// A network of fixed sizes that learns and classifies without heap, exceptions and run-time types: the file to
// copy for a microcontroller. One source for a Cortex-M4 and for this machine; examples/microcontroller/run
// builds it for both and compares.
//
// Four classes of rate patterns on 16 inputs, each input silent-ish or busy, drawn at random. A sample is 30
// steps of Bernoulli spikes. Two layers learn online, after every step, from their own random readouts
// [Kaiser, Mostafa, Neftci 2020]; the upper one's answers are counted.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/prediction.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "microcontroller/line.hpp"

namespace {

using namespace neohebb;
using S = float;  // what a Cortex-M4 computes in hardware

constexpr int inputs = 16, hidden = 24, units = 24, classes = 4;
constexpr Index steps = 30, burn_in = 10;
constexpr Extent<1> batch{};

// Every size is in a type, so every array is a member: nothing is allocated, and the linker knows the RAM.
// Another projection is another name in this line (EventDriven needs 28K of stack in mps2-an386.ld).
template <int In, int Out> using Synapses = Dense<DoubleExponential<S>, AllToAll<In, Out>>;
template <int In, int Out> using Layer = DecolleLayer<Synapses<In, Out>, Srm<S>, classes>;

const Network net{
    Layer<inputs, hidden>{.projection = {.trace = {.membrane_decay = 0.9f, .synaptic_decay = 0.6f}},
                          .surrogate = {.steepness = 2},
                          .signal = {.scale = 3}},
    Layer<hidden, units>{.projection = {.trace = {.membrane_decay = 0.9f, .synaptic_decay = 0.6f}},
                         .surrogate = {.steepness = 2},
                         .signal = {.scale = 3}}};
constexpr std::integral_constant<std::size_t, 1> top{};

// What learning changes, what a sample changes, and what is asked of the weights: once each, in static memory.
constexpr Generator generator{.seed = 1};
auto weights = net.initial_weights(ScaledUniform<S>{3}, generator.substream(0));
auto state = net.zero_state(batch);
auto learner = net.learner(Sgd<S>{.rate = 0.1f}, batch, 1);

/// P(spike) per step of each input in each class.
Matrix<S, inputs, classes> draw_patterns() {
  Matrix<S, inputs, classes> uniform;
  generator.substream(1).uniform(uniform);
  return (uniform.array() < S(0.5)).select(S(0.05), Matrix<S, inputs, classes>::Constant(S(0.4)));
}
const auto patterns = draw_patterns();

/// Shows sample number `sample` of a class. Returns the network's answer.
Index show(Index label, Index sample, bool learn) {
  Generator noise = generator.substream(2).at_sample(sample);
  Vector<S, inputs> draw;
  Spikes<S, inputs, 1> in({}, batch);
  const Vector<S, classes> target = Vector<S, classes>::Unit(label);
  MostFrequentWinner<classes, 1> votes({}, batch);
  state = net.zero_state(batch);
  for (Index t = 0; t < steps; ++t) {
    noise.uniform(draw);
    in.assign(draw.array() < patterns.col(label).array());
    net.step(weights, state, in);
    if (t < burn_in) continue;
    votes.count(net.layer(top).output(std::get<top>(state)));
    if (!learn) continue;
    net.credit(weights, state, target, learner);
    net.update(weights, state, learner);
  }
  return votes.predict(0);
}

void print_accuracy(const char* when, Index first) {
  constexpr Index shown = 25;
  for (Index label = 0; label < classes; ++label) {
    Index right = 0;
    for (Index k = 0; k < shown; ++k) right += show(label, first + label * shown + k, false) == label;
    (Line{} << when << ", class " << label << ": " << right << " of " << shown << " right").print();
  }
}

}  // namespace

int main() {
  print_accuracy("before learning", 1000);
  for (Index k = 0; k < 400; ++k) show(k % classes, k, true);
  print_accuracy("after learning", 2000);
  std::uint32_t sum = 2166136261;
  const auto add = [&](const auto& affine) { sum = checksum(affine.bias, checksum(affine.weight, sum)); };
  std::apply([&](auto&... layer) { (add(layer.projection.settled()), ...); }, weights);
  (Line{} << "weights: ").hexadecimal(sum).print();
}
