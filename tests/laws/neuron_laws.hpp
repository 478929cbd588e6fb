// Laws of neurons and of what makes them spike. Run them on a type of your own:
//
//     TEST_CASE("my neuron is a neuron") { laws::check_neuron(MyNeuron{…}); }
#pragma once
#include <neohebb/neuron/neuron.hpp>
#include <neohebb/neuron/spike_function.hpp>

#include "catch.hpp"
#include "laws/material.hpp"

namespace laws {

/// Entries 0 and 1, and lists that name the ones.
void check_spikes(const auto& spikes) {
  Index total = 0;
  for (Index b = 0; b < spikes.batch(); ++b) {
    Index listed = 0;
    bool agree = true;
    for (const auto i : spikes.active(b)) {
      agree &= spikes.dense()(i, b) == 1;
      ++listed;
    }
    CHECK(agree);
    CHECK(listed == static_cast<Index>(spikes.dense().col(b).sum()));
    total += listed;
  }
  CHECK(spikes.count() == total);
}

/// Potentials and spikes, side by side in time, under drive (Rows × steps·batch).
template <class S> struct NeuronRun { Matrix<S> potential, spikes; };
template <neohebb::Neuron N> auto neuron_run(const N& neuron, auto state, const auto& drive, Index batch) {
  using S = typename N::Scalar;
  NeuronRun<S> run{Matrix<S>(drive.rows(), drive.cols()), Matrix<S>(drive.rows(), drive.cols())};
  for (Index c = 0; c < drive.cols(); c += batch) {
    const std::decay_t<decltype(state.potential)> now = drive.middleCols(c, batch);
    neuron.step(state, now);
    run.potential.middleCols(c, batch) = state.potential;
    run.spikes.middleCols(c, batch) = state.spikes.dense();
  }
  check_spikes(state.spikes);
  return run;
}

/// What holds for any neuron. One with parameters per neuron must be made for `Rows` neurons. `strength`:
/// drive under which it fires now and then.
template <int Rows = 4, neohebb::Neuron N> void check_neuron(const N& neuron, double strength = 1) {
  using S = typename N::Scalar;
  constexpr int batch = 3, steps = 40;
  const Generator generator{.seed = 11, .stream = 12, .step = 0, .sample = 5};
  const Extent rows{Index{Rows}}, samples{Index{batch}};
  const Matrix<S> drive = uniform<S>(Rows, steps * batch, 1, -strength / 4, strength);
  const auto zero = neohebb::make_state(neuron, rows, samples, generator);
  CHECK(zero.spikes.count() == 0);
  CHECK(zero.potential.rows() == Rows);
  CHECK(zero.potential.cols() == batch);
  const auto run = neuron_run(neuron, zero, drive, batch);
  CHECK(run.spikes.sum() > 0);  // otherwise these laws say nothing: give another `strength`
  CHECK(run.spikes.sum() < S(run.spikes.size()));
  CHECK(run.potential.allFinite());

  // a state reset by assignment remembers nothing
  auto used = zero;
  for (Index t = 0; t < steps; ++t) neuron.step(used, Matrix<S>(drive.middleCols(t * batch, batch)));
  used = zero;
  const auto again = neuron_run(neuron, used, drive, batch);
  CHECK(again.potential == run.potential);
  CHECK(again.spikes == run.spikes);

  // samples do not see each other, and draw the same random numbers alone
  for (Index b = 0; b < batch; ++b) {
    Matrix<S> alone(Rows, steps), potential(Rows, steps), spikes(Rows, steps);
    for (Index t = 0; t < steps; ++t) {
      alone.col(t) = drive.col(t * batch + b);
      potential.col(t) = run.potential.col(t * batch + b);
      spikes.col(t) = run.spikes.col(t * batch + b);
    }
    const auto one = neuron_run(
        neuron, neohebb::make_state(neuron, rows, Extent{Index{1}}, generator.at_sample(b)), alone, 1);
    CHECK(one.spikes == spikes);
    CHECK(deviation(one.potential, potential) <= rounding<S>);
  }

  // sizes known to the compiler change nothing
  const auto fixed = neuron_run(
      neuron, neohebb::make_state(neuron, Extent<Rows>{}, Extent<batch>{}, generator), drive, batch);
  CHECK(fixed.spikes == run.spikes);
  CHECK(deviation(fixed.potential, run.potential) <= rounding<S>);
}

/// A neuron without drive, whose threshold is hard, never spikes; where it spikes its potential is above 0.
template <int Rows = 4, neohebb::Neuron N> void check_hard_threshold(const N& neuron, double strength = 1) {
  using S = typename N::Scalar;
  const auto zero = neohebb::make_state(neuron, Extent{Index{Rows}}, Extent{Index{2}}, Generator{});
  CHECK(neuron_run(neuron, zero, Matrix<S>::Zero(Rows, 100), 2).spikes.isZero(0));
  const auto run = neuron_run(neuron, zero, uniform<S>(Rows, 100, 2, -strength / 4, strength), 2);
  CHECK((run.spikes.array() == 0 || run.potential.array() > 0).all());
}

/// What holds for any spike function.
template <class S, neohebb::SpikeFunction<S> F> void check_spike_function(const F& fires) {
  const Matrix<S> u = uniform<S>(6, 4, 1);
  const Generator origin{.seed = 1, .stream = 2, .step = 3, .sample = 4};
  Generator generator = origin;
  Spikes<S> whole{Extent{6}, Extent{4}}, again = whole, half{Extent{6}, Extent{2}};
  Spikes<S, 6, 4> fixed{{}, {}};
  fires(u, whole, generator);
  check_spikes(whole);
  CHECK((generator == origin || generator == origin.at_step(4)));  // draws and moves on, or neither

  generator = origin;
  fires(u, again, generator);
  CHECK(again.dense() == whole.dense());
  for (const Index first : {0, 2}) {
    generator = origin.at_sample(first);
    fires(u.middleCols(first, 2), half, generator);
    CHECK(half.dense() == whole.dense().middleCols(first, 2));
  }
  generator = origin;
  fires(Matrix<S, 6, 4>(u), fixed, generator);
  CHECK(fixed.dense() == whole.dense());
}

}  // namespace laws
