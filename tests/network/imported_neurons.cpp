// Neurons of networks that came as NIR graphs, against their equations and other frameworks'.
#include "support/imported.hpp"

using namespace neohebb;
using namespace support::graphs;

TEST_CASE("imported: I and LI integrate, CubaLI through its synapse in either order, by Euler or exactly",
          "[network]") {
  std::vector<double> sums, rates, leaky, exact, cuba_new, cuba_old;
  double sum = 0, v = 0.5, e = 0.5, i = 0, vn = 0, vo = 0;
  const double dt = 0.1, a = std::exp(-dt / 0.4);
  for (const double x : currents) {
    sums.push_back(sum += 2 * x), rates.push_back(dt * sum);
    leaky.push_back(v += dt / 0.4 * (0.5 - v + 2 * x));
    exact.push_back(e = a * e + (1 - a) * (0.5 + 2 * x));
    vo += dt / 0.4 * (-vo + 2 * i);
    i += dt / 0.2 * (-i + 3 * x);
    vn += dt / 0.4 * (-vn + 2 * i);
    cuba_new.push_back(vn), cuba_old.push_back(vo);
  }
  compare(run(nir::Integrator{one(2)}, currents, {.dt = dt}), sums);
  compare(run(nir::Integrator{one(2)}, currents, {.dt = dt, .integrates_rates = true}), rates);
  const nir::LI li{one(0.4), one(2), one(0.5)};
  compare(run(li, currents, {.dt = dt}), leaky);
  compare(run(li, currents, {.dt = dt, .discretisation = nir::Discretisation::exact}), exact);
  const nir::CubaLI cuba{one(0.2), one(0.4), one(2), one(0), one(3)};
  compare(run(cuba, currents, {.dt = dt}), cuba_new);
  compare(run(cuba, currents, {.dt = dt, .order = nir::CurrentOrder::membrane_first}), cuba_old);
}

TEST_CASE("imported: IF, LIF and CubaLIF spike above the threshold; membranes begin at rest", "[network]") {
  const double dt = 0.1, rest = 0.1, to = -0.2;
  std::vector<double> if_spikes, lif_spikes, cuba_spikes;
  double s = 0, v = rest, i = 0, u = rest;
  for (const double x : currents) {
    s += 0.5 * x;
    if_spikes.push_back(s > 1), s = s > 1 ? 0.25 : s;
    v += dt / 0.4 * (rest - v + 2 * x);
    lif_spikes.push_back(v > 1), v = v > 1 ? to : v;
    i += dt / 0.2 * (-i + 3 * x);
    u += dt / 0.4 * (rest - u + i);
    cuba_spikes.push_back(u > 1), u = u > 1 ? to : u;
  }
  for (const auto* spikes : {&if_spikes, &lif_spikes, &cuba_spikes})
    CHECK(std::count(spikes->begin(), spikes->end(), 1) > 2);
  compare(run(nir::IF{one(0.5), one(1), one(0.25)}, currents, {.dt = dt}), if_spikes);
  compare(run(nir::LIF{one(0.4), one(2), one(rest), one(1), one(to)}, currents, {.dt = dt}), lif_spikes);
  const nir::CubaLIF cuba{one(0.2), one(0.4), one(1), one(rest), one(1), one(to), one(3)};
  compare(run(cuba, currents, {.dt = dt}), cuba_spikes);
}

TEST_CASE("imported: resets to a value and by subtraction, at once and later, are snnTorch's four",
          "[network]") {
  const double beta = 0.75;
  for (const bool subtracts : {false, true})
    for (const bool later : {false, true}) {
      INFO("subtracts " << subtracts << ", later " << later);
      std::vector<double> spikes, membranes, got;
      double v = 0;
      for (const double x : currents) {
        const double before = v > 1;
        v = subtracts ? beta * v + x - before : beta * (1 - before) * v + x;
        const double z = v > 1;
        if (!later) v -= (z - before) * (subtracts ? 1 : v);
        spikes.push_back(z), membranes.push_back(v);
      }
      const nir::LIF lif{one(1e-4 / (1 - beta)), one(1 / (1 - beta)), one(0), one(1), one(0)};
      const auto how =
          nir::presets::snntorch(subtracts ? nir::SpikeReset::by_subtraction : nir::SpikeReset::to_value,
                                 later ? nir::ResetTime::later : nir::ResetTime::at_once);
      compare(run(lif, currents, how, &got), spikes);
      compare(got, membranes);
    }
}

TEST_CASE("imported: sinabs's neurons have as many spikes as thresholds; IF has a floor", "[network]") {
  std::vector<double> spikes;
  double v = 0;
  for (const double x : currents) {
    v = std::max(v + x, -0.8);
    const double n = v >= 0.8 ? std::floor(v / 0.8) : 0;
    spikes.push_back(n), v -= 0.8 * n;
  }
  CHECK(*std::max_element(spikes.begin(), spikes.end()) > 2);
  compare(run(nir::IF{one(5), one(0.8), one(0)}, currents, nir::presets::sinabs()), spikes);
  // Its LIF has no floor, and takes its input whole.
  spikes.clear(), v = 0;
  for (const double x : currents) {
    v = std::exp(-1 / 3.0) * v + x;
    const double n = v >= 0.8 ? std::floor(v / 0.8) : 0;
    spikes.push_back(n), v -= 0.8 * n;
  }
  compare(run(nir::LIF{one(3), one(5), one(0), one(0.8), one(0)}, currents, nir::presets::sinabs()), spikes);
}

TEST_CASE("imported: every neuron of every sample has its own parameters and state", "[network]") {
  const nir::LIF lif{numbers({3}, {1e-3, 5e-4, 2e-3}), numbers({3}, {10, 4, 7}), numbers({3}, {0, 0.1, 0}),
                     numbers({3}, {1, 0.5, 2}), numbers({3}, {0, -0.1, 0.3})};
  const nir::ImportedNetwork<double> net(chain_graph({3}, {lif}));
  auto state = net.zero_state(2);
  const auto at = [](const NpyArray& a, Index i) { return one(a.as<double>()[static_cast<std::size_t>(i)]); };
  Matrix<double> all(6, 16);
  for (Index t = 0; t < 16; ++t) {
    const double x = currents[static_cast<std::size_t>(t)];
    net.step(state, Matrix<double>(Eigen::Matrix<double, 3, 2>::Constant(x) +
                                   Eigen::Matrix<double, 3, 2>::Identity()));
    all.col(t) << net.output(state).col(0), net.output(state).col(1);
  }
  for (Index i = 0; i < 3; ++i)
    for (Index b = 0; b < 2; ++b) {
      auto own = currents;
      for (double& x : own) x += i == b;
      const auto expected = run(nir::LIF{at(lif.tau, i), at(lif.r, i), at(lif.v_leak, i),
                                         at(lif.v_threshold, i), at(lif.v_reset, i)},
                                own, {});
      compare(std::vector<double>(all.row(3 * b + i).begin(), all.row(3 * b + i).end()), expected);
    }
}

TEST_CASE("imported: spyx's LIF takes its input whole, and falls one step after its spike", "[network]") {
  const nir::ImportedNetwork<double> net(
      chain_graph({1}, {nir::LIF{numbers({1}, {10}), numbers({1}, {0.1}), numbers({1}, {0}),
                                 numbers({1}, {1}), numbers({1}, {0})}}),
      nir::presets::spyx());
  auto state = net.zero_state(1);
  double v = 0, z = 0;
  for (int t = 0; t < 30; ++t) {
    net.step(state, Matrix<double>::Constant(1, 1, 0.3));
    v = 0.9 * v + 0.3 - z;
    z = v > 1;
    CHECK(std::abs(net.at(state, "n0").membrane(0, 0) - v) <= 1e-12);
    CHECK(net.output(state)(0, 0) == z);
  }
}

TEST_CASE("imported: spyx's CuBaLIF takes its current whole, and falls before the leak", "[network]") {
  // Compared with spyx 1.0.0, which spikes one step later: 300 steps of 4 neurons, all equal.
  const nir::CubaLIF cuba{one(4), one(5), one(0.8), one(0), one(1.2), one(0), one(1)};
  std::vector<double> spikes, membranes, got;
  double i = 0, v = 0, z = 0;
  for (const double x : currents) {
    i = 0.75 * i + x;
    v = 0.8 * (v - 1.2 * z) + i;
    z = v > 1.2;
    spikes.push_back(z), membranes.push_back(v);
  }
  CHECK(std::count(spikes.begin(), spikes.end(), 1) > 3);
  compare(run(cuba, currents, nir::presets::spyx(), &got), spikes);
  compare(got, membranes);
  // With several spikes a step they all fall there.
  auto several = nir::presets::spyx();
  several.several_spikes = true;
  spikes.clear(), i = v = z = 0;
  for (const double x : currents) {
    i = 0.75 * i + x;
    v = 0.8 * (v - 1.2 * z) + i;
    z = v > 1.2 ? std::max(1.0, std::floor(v / 1.2)) : 0;
    spikes.push_back(z);
  }
  CHECK(*std::max_element(spikes.begin(), spikes.end()) > 1);
  compare(run(cuba, currents, several), spikes);
}

TEST_CASE("imported: snnTorch's Synaptic is reset to zero after its current, one step later", "[network]") {
  // All four compared with snnTorch 1.0.0: 300 steps of 5 neurons, spikes and membranes equal.
  const double alpha = 0.7, beta = 0.8;
  for (const bool subtracts : {false, true})
    for (const bool later : {false, true}) {
      INFO("subtracts " << subtracts << ", later " << later);
      std::vector<double> spikes, membranes, got;
      double i = 0, v = 0;
      for (const double x : currents) {
        const double before = v > 1;
        i = alpha * i + x;
        v = subtracts ? beta * v + i - before : (1 - before) * (beta * v + i);
        const double z = v > 1;
        if (!later) v -= (z - before) * (subtracts ? 1 : v);
        spikes.push_back(z), membranes.push_back(v);
      }
      const double dt = 1e-4, syn = dt / (1 - alpha), mem = dt / (1 - beta);
      const nir::CubaLIF cuba{one(syn), one(mem), one(mem / dt), one(0), one(1), one(0), one(syn / dt)};
      const auto how =
          nir::presets::snntorch(subtracts ? nir::SpikeReset::by_subtraction : nir::SpikeReset::to_value,
                                 later ? nir::ResetTime::later : nir::ResetTime::at_once);
      compare(run(cuba, currents, how, &got), spikes);
      compare(got, membranes);
    }
}

TEST_CASE("imported: the reference integrates rates: I and IF have NIR's own equation", "[network]") {
  const double dt = 0.1;
  std::vector<double> sums, spikes;
  double sum = 0, v = 0;
  for (const double x : currents) {
    sums.push_back(sum += dt * 2 * x);
    v += dt * 2 * x;
    spikes.push_back(v > 0.6), v = v > 0.6 ? 0 : v;
  }
  CHECK(std::count(spikes.begin(), spikes.end(), 1) > 1);
  compare(run(nir::Integrator{one(2)}, currents, nir::presets::reference(dt)), sums);
  compare(run(nir::IF{one(2), one(0.6), one(0)}, currents, nir::presets::reference(dt)), spikes);
}
