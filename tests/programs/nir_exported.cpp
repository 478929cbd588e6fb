// Networks for other frameworks to read:  nir_exported FOLDER
//   NAME.nir, NAME_input.npy (steps, inputs) and NAME_output.npy (steps, outputs), float32, for NAME of
//   lif, recurrent: LIF;  current: CubaLIF.  All are reset to zero, and steps are 0.1 ms, which is snnTorch's.
#include <neohebb/io/nir_writer.hpp>
#include <neohebb/neohebb.hpp>
#include <neohebb/network/exported.hpp>
#include <neohebb/projection/with_recurrence.hpp>

#include <cstdio>

using namespace neohebb;

namespace {

using S = float;
constexpr Index inputs = 20, units = 30, outputs = 5, steps = 200;

EventDriven<Pulses<S>> synapses(Index from, Index to, bool bias = true) {
  return {.connectivity = {from, to}, .trace = {.decay = 0.9f}, .bias = bias};
}
auto layer(auto projection, const Lif<S>& neuron) {
  return PlasticLayer<decltype(projection), Lif<S>, NoSurrogate<S>, Instantaneous<S>, OwnReadout<S>>{
      .projection = projection, .neuron = neuron, .signal = {.classes = 2}};
}
void write(const std::string& folder, const std::string& name, const auto& net) {
  auto weights = net.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
  nir::write_nir(folder + "/" + name + ".nir",
                 nir::exported(net, weights, {.dt = 1e-4, .unit_resistance = true}));
  auto state = net.zero_state(Extent<>{1});
  Spikes<S> in(Extent<>{inputs}, Extent<>{1});
  Matrix<S> shown(steps, inputs), given(steps, outputs);
  for (Index t = 0; t < steps; ++t) {
    BernoulliEncoder{}(Matrix<S>::Constant(inputs, 1, 0.2f), t, Generator{.seed = 2}.at_step(t), in);
    net.step(weights, state, in);
    shown.row(t) = in.dense().transpose();
    given.row(t) = std::get<1>(state).neuron.spikes.dense().transpose();
  }
  write_npy(folder + "/" + name + "_input.npy", shown);
  write_npy(folder + "/" + name + "_output.npy", given);
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::puts("nir_exported FOLDER");  // as a test of its own it has nothing to do
    return 0;
  }
  const std::string folder = words[1];
  const Lif<S> lif{.decay = 0.9f},
      current{.decay = 0.9f, .synapse = Synapse::current_now, .synaptic_decay = 0.7f};
  const auto top = synapses(units, outputs);
  write(folder, "lif", Network{layer(synapses(inputs, units), lif), layer(top, lif)});
  write(folder, "current", Network{layer(synapses(inputs, units), current), layer(top, current)});
  const WithRecurrence<EventDriven<Pulses<S>>> loop{.forward = synapses(inputs, units),
                                                    .lateral = synapses(units, units, false)};
  write(folder, "recurrent", Network{layer(loop, lif), layer(top, lif)});
}
