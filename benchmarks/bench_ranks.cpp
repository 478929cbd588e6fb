// Ranks: bytes of an update either way, counted; what a batch takes on many ranks, by a model; and under mpirun the model beside
// what ranks do here. See "Many ranks" in RESULTS.md.
//     bench_ranks [--bandwidth=25e9] [--latency=2e-6] [--ranks=256] [--curves=FILE]      bit/s, s
//     mpirun -n 2 bench_ranks                    (2 to 4) with latency and bandwidth as measured here
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <neohebb/layer/eprop.hpp>
#include <thread>
#ifdef NEOHEBB_EXAMPLE_MPI
#include <neohebb/network/mpi.hpp>  // optional
#endif

#include "convolution.hpp"
#include "decolle.hpp"
#include "rank_profile.hpp"

namespace {

using namespace neohebb;
using namespace rank_model;

// ------------------------------------------------------------------------------------------------------------------
// The networks

auto dense() {
  using P = decolle::EventSynapses<S>;
  const decolle::Setting setting{};
  auto net = decolle::make_network<P>(setting);
  auto weights = net.initial_weights(ScaledNormal<S>{}, Generator{.seed = 1});
  const auto& biases = decolle::calibrated_biases(setting);
  for (std::size_t i = 0; i < biases.size(); ++i)
    weights[i].projection.edit([&](auto& affine) { affine.bias = biases[i]; });
  Case c{"784-512-512-512", std::move(net), std::move(weights), setting.rate, 24, 512};
  c.target = Matrix<S>::Identity(decolle::classes, decolle::classes);
  c.draw();
  return c;
}
auto convolutional() {
  using P = convolution::EventSynapses<S>;
  auto net = convolution::make_network<P>();
  auto weights = convolution::weights_with<P>(net, convolution::biases_for(convolution::Rates::held));
  Case c{"convolution 64-128-128", std::move(net), std::move(weights), convolution::input_rate, 8, 72};
  c.target = Matrix<S>::Identity(convolution::classes, convolution::classes);
  c.draw();
  return c;
}
auto eprop() {
  constexpr Index inputs = 400, units = 400, outputs = 32;
  const Pulses<S> membrane{.decay = 0.95f};
  Vector<S> strength = Vector<S>::Zero(units);
  strength.tail(units / 2).setConstant(0.035f);
  Network net{
      EpropLayer<S, Exchanged, NoSelf>{
          .projection = {.forward = {.connectivity = {inputs, units}, .trace = membrane, .bias = false},
                         .lateral = {.connectivity = {units, units}, .trace = membrane, .bias = false}},
          .neuron = {.decay = 0.95f,
                     .threshold = 0.6f,
                     .reset = Reset::by_threshold_later,
                     .adaptation_decay = 0.9995f,
                     .adaptation_strength = strength},
          .eligibility = {.adaptation_decay = 0.9995f, .readout_decay = 0.95f},
          .signal = {.outputs = outputs, .feedback = Feedback::random},
          .carries = false},
      EpropReadout<S>{.projection = {.connectivity = {units, outputs}, .trace = {0.95f}}}};
  auto weights = net.initial_weights(ScaledNormal<S>{0.7f}, Generator{.seed = 1});
  Case c{"e-prop 400 + 400, 32 outputs", std::move(net), std::move(weights), 0.02, 24, 512};
  c.target = Matrix<S>::Identity(outputs, outputs);
  c.draw();
  return c;
}
void each_case(auto&& use) {
  use(dense());
  use(convolutional());
  use(eprop());
}

template <class Net> void print_bytes(const Case<Net>& c) {
  for (const Index batch : batches) {
    const Index counted = std::min(batch, c.limit);
    const Costs costs = costs_of(c, counted, c.chunk);
    for (std::size_t i = 0; i < costs.size(); ++i)
      std::printf("| %s, layer %d | %d%s | %.0f | %.0f | %.0f |\n", c.name.c_str(), static_cast<int>(i) + 1,
                  static_cast<int>(batch), counted < batch ? "*" : "",
                  1e-3 * costs[i].factors * static_cast<double>(batch) / static_cast<double>(counted),
                  1e-3 * costs[i].gradient,
                  1e-3 * costs[i].spikes * static_cast<double>(batch) / static_cast<double>(counted));
  }
}

// ------------------------------------------------------------------------------------------------------------------
// Many ranks

struct Options {
  Link link;
  Index ranks = 256;
  std::string curves;
};

/// Speed-up over one process, as a table, and as curves for plot_report.py.
void draw(const std::string& name, const Profile& profile, Index layers, const Options& o,
          std::ostream& curves) {
  const double alone = std::numeric_limits<double>::max();  // a core for each rank
  curves << "panel\t" << name << "\tranks\tspeed-up over one process\n";
  for (const Index across : {Index{1}, layers}) {
    for (const Index batch : batches) {
      const double one = profile.seconds(batch, 1, 1, o.link, alone);
      curves << (across > 1 ? "dashed\t" : "line\t") << "batch " << batch
             << (across > 1 ? ", samples and layers" : ", samples");
      std::printf("| %s, batch %d, %s |", name.c_str(), static_cast<int>(batch),
                  across > 1 ? "samples and layers" : "samples");
      for (Index ranks = across; ranks <= o.ranks; ranks *= 2) {
        const double gain = one / profile.seconds(batch, ranks / across, across, o.link, alone);
        curves << '\t' << ranks << '\t' << gain;
        std::printf(" %.1f |", gain);
      }
      curves << '\n';
      std::printf("\n");
    }
    if (layers == 1) return;
  }
  curves << "mark\tlayers alone";
  for (Index ranks = 1; ranks <= o.ranks; ranks = ranks < layers ? ranks + 1 : 2 * ranks)
    curves << '\t' << ranks << '\t'
           << profile.seconds(72, 1, 1, o.link, alone) /
                  profile.seconds(72, 1, std::min(ranks, layers), o.link, alone);
  curves << '\n';
}

void predict(const Options& o) {
  std::ofstream curves(o.curves.empty() ? "/dev/null" : o.curves);
  std::printf(
      "kB of one update (factors of all chunks; gradient), and of a batch's spikes. *: counted with fewer "
      "samples and multiplied\n\n"
      "| layer | batch | factors | gradient | spikes |\n|---|---|---|---|---|\n");
  each_case([](const auto& c) { print_bytes(c); });
  std::printf(
      "\nMilliseconds of a batch of 72 on one process, in chunks of at most 24 (convolution: 8)\n\n"
      "| layer | steps | in blocks of 3, times | products of factors | sums | optimizer "
      "|\n|---|---|---|---|---|---|\n");
  std::vector<Profile> profiles;
  each_case([&](const auto& c) {
    const Profile& profile = profiles.emplace_back(c);
    const Costs costs = profile.at(72, profile.chunk(72, 1));
    for (std::size_t i = 0; i < costs.size(); ++i)
      std::printf("| %s, layer %d | %.2f | %.2f | %.2f | %.2f | %.2f |\n", c.name.c_str(),
                  static_cast<int>(i) + 1, 1e3 * costs[i].steps, costs[i].in_blocks, 1e3 * costs[i].multiply,
                  1e3 * costs[i].add, 1e3 * costs[i].apply);
  });
  std::printf("\nModel: speed-up over one process at %g Gbit/s and %g µs\n\n| ranks |",
              8e-9 * o.link.bandwidth, 1e6 * o.link.latency);
  for (Index ranks = 1; ranks <= o.ranks; ranks *= 2) std::printf(" %d |", static_cast<int>(ranks));
  std::printf("\n|---|");
  for (Index ranks = 1; ranks <= o.ranks; ranks *= 2) std::printf("---|");
  std::printf("\n");
  std::size_t k = 0;
  each_case([&](const auto& c) {
    draw(c.name, profiles[k++],
         std::decay_t<decltype(c.net)>::any_receives_readout_error ? 1 : static_cast<Index>(c.net.size()), o,
         curves);
  });
}

#ifdef NEOHEBB_EXAMPLE_MPI
/// Between ranks 0 and 1.
Link ping_pong(MpiCommunicator& world) {
  const auto seconds = [&](std::size_t bytes, int times) {
    const auto message = std::make_shared<const Message>(bytes);
    MPI_Barrier(world.handle());
    const double begin = MPI_Wtime();
    for (int k = 0; k < times && world.rank() < 2; ++k) {
      if (world.rank() == 0) world.send(1, 1, message);
      world.receive(1 - world.rank(), 1, bytes);
      if (world.rank() == 1) world.send(0, 1, message);
    }
    double each = (MPI_Wtime() - begin) / (2 * times);
    MPI_Bcast(&each, 1, MPI_DOUBLE, 0, world.handle());
    return each;
  };
  seconds(8, 100);
  Link link;
  link.latency = seconds(8, 2000);
  constexpr std::size_t large = 1 << 21;
  link.bandwidth = large / std::max(1e-9, seconds(large, 50) - link.latency);
  return link;
}
/// Bytes of the factors of rank 0's layers: as one process counts them, as ranks tell each other.
struct Sent {
  double counted = 0, said = 0;
};
/// Seconds of a batch here, the shortest of several.
template <class Net>
double run(const Case<Net>& c, MpiCommunicator& world, Index batch, Index chunk, int across, double guess,
           const Costs& costs, Sent& sent) {
  MpiCommunicator samples = world.split(world.rank() % across), layers = world.split(world.rank() / across);
  ThreadTeam team(1);
  const Parallel parallel(c.net, team, RankGrid(samples, layers, {.own_losses = true}), chunk);
  auto weights = c.weights;
  auto state = parallel.zero_state(batch);
  auto learner = parallel.learner(Adam<S>{.rate = S(1e-7)}, batch, shown.window);
  const Matrix<S> target = c.targets(batch);
  const auto learn = [&](int times) {
    const double begin = MPI_Wtime();
    std::vector<S> losses(c.net.size());
    for (int k = 0; k < times; ++k)
      parallel.learn(weights, state, learner, shown, Generator{}, c.show(), target);
    parallel.join_layers(losses);
    MPI_Barrier(world.handle());
    return (MPI_Wtime() - begin) / times;
  };
  // Layers work at several batches at once: enough of them that their beginning does not count.
  const int times = across == 1 || guess > 1 ? 1 : 10, repeats = guess > 1 ? 2 : 30;
  double shortest = learn(1);
  for (int k = 0; k < repeats; ++k) shortest = std::min(shortest, learn(times));
  MPI_Bcast(&shortest, 1, MPI_DOUBLE, 0, world.handle());
  for_each_layer(c.net.layers, [&](auto i) {
    const auto bytes = static_cast<double>(at(learner.exchange, i).counts.factor_bytes);
    sent.said += bytes;
    if (bytes > 0) sent.counted += costs[std::size_t(i)].factors;
  });
  return shortest;
}
void compare(MpiCommunicator& world) {
  const bool says = world.rank() == 0;
  const auto cores = static_cast<double>(std::thread::hardware_concurrency());
  const Link link = ping_pong(world);
  if (says)
    std::printf(
        "%d ranks on %g cores; %.2f µs, %.1f Gbit/s\n\n| network | batch | shared | model, ms | here, ms | "
        "model / here | factors, MB: "
        "counted | sent |\n|---|---|---|---|---|---|---|---|\n",
        world.size(), cores, 1e6 * link.latency, 8e-9 * link.bandwidth);
  each_case([&](const auto& c) {
    using Net = std::decay_t<decltype(c.net)>;
    const Profile profile(c);
    const int layers = Net::any_receives_readout_error ? 1 : static_cast<int>(c.net.size());
    for (const Index batch : batches)
      for (int across = 1; across <= layers && batch <= c.limit; ++across) {
        if (world.size() % across != 0) continue;
        const Index ranks = world.size() / across, chunk = profile.chunk(batch, ranks);
        double model = profile.seconds(batch, ranks, across, link, cores);
        Sent sent;
        MPI_Bcast(&model, 1, MPI_DOUBLE, 0, world.handle());
        const double here = run(c, world, batch, chunk, across, model, profile.at(batch, chunk), sent);
        if (says)
          std::printf("| %s | %d | %d × %d | %.1f | %.1f | %.2f | %.2f | %.2f |\n", c.name.c_str(),
                      static_cast<int>(batch), static_cast<int>(ranks), across, 1e3 * model, 1e3 * here,
                      model / here, 1e-6 * sent.counted, 1e-6 * sent.said);
      }
  });
}
#endif

}  // namespace

int main(int argc, char** argv) {
  Options o;
  for (int k = 1; k < argc; ++k) {
    const std::string text = argv[k], value = text.substr(std::min(text.size(), text.find('=') + 1));
    if (text.starts_with("--bandwidth="))
      o.link.bandwidth = std::atof(value.c_str()) / 8;
    else if (text.starts_with("--latency="))
      o.link.latency = std::atof(value.c_str());
    else if (text.starts_with("--ranks="))
      o.ranks = std::atoi(value.c_str());
    else if (text.starts_with("--curves="))
      o.curves = value;
    else
      return std::fprintf(stderr,
                          "bench_ranks [--bandwidth=BIT/S] [--latency=S] [--ranks=N] [--curves=FILE]\n"),
             2;
  }
#ifdef NEOHEBB_EXAMPLE_MPI
  return run_on_ranks(argc, argv, [&](MpiCommunicator& world) {
    world.size() > 1 ? compare(world) : predict(o);
    return 0;
  });
#else
  predict(o);
#endif
}
