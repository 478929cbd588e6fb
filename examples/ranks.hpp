// A program on the ranks that mpirun starts, if it was built with MPI; and on one process anywhere.
#pragma once
#include <array>
#include <memory>
#include <neohebb/network/rank_grid.hpp>
#include <neohebb/network/sent_samples.hpp>
#ifdef NEOHEBB_EXAMPLE_MPI
#include <neohebb/network/mpi.hpp>  // optional
#endif

#include "program.hpp"

/// The ranks of a program: those of MPI, or one that talks to nobody.
class World {
 public:
#ifdef NEOHEBB_EXAMPLE_MPI
  using Carrier = neohebb::MpiCommunicator;
#else
  using Carrier = neohebb::OneRank;
#endif
  World() = default;
  explicit World(std::shared_ptr<Carrier> carrier) : carrier_(std::move(carrier)) {}
  int rank() const { return carrier_ ? carrier_->rank() : 0; }
  int size() const { return carrier_ ? carrier_->size() : 1; }
  void send(int to, int tag, std::shared_ptr<const neohebb::Message> message) {
    carrier_->send(to, tag, std::move(message));
  }
  void expect(int from, int tag, std::size_t most) { carrier_->expect(from, tag, most); }
  void poll() { carrier_->poll(); }
  neohebb::Message receive(int from, int tag, std::size_t most) { return carrier_->receive(from, tag, most); }
  /// The ranks that give the same colour.
  World split(int colour) const {
    return carrier_ ? World(std::make_shared<Carrier>(carrier_->split(colour))) : World();
  }

 private:
  std::shared_ptr<Carrier> carrier_;
};

inline void add_layer_ranks(Program& program, int& layer_ranks) {
  program.option("--layer-ranks", layer_ranks,
                 "under mpirun: so many ranks share the layers, the others the samples; the result does not "
                 "depend on it");
}
/// Ranks that have the same layers, and ranks that have the same samples.
struct Grid {
  World samples, layers;
  Grid(const World& all, int by_layers)
      : samples(all.split(all.rank() % checked(all, by_layers))),
        layers(all.split(all.rank() / by_layers)),
        by_layers_(by_layers) {}
  /// Which ranks of all see sample b of a batch: those that have the first layer, and the sample's chunk. Others see spikes.
  auto shows(Index batch, Index chunk) const {
    const Index chunks = (batch + chunk - 1) / chunk;
    return [chunks, chunk, each = by_layers_, groups = samples.size()](int rank, Index b) {
      return rank % each == 0 && neohebb::Share::of(chunks, rank / each, groups).has(b / chunk);
    };
  }

 private:
  static int checked(const World& all, int by_layers) {
    if (by_layers < 1 || all.size() % by_layers != 0)
      throw std::invalid_argument(fmt::format(
          "--layer-ranks {}: the number of ranks, {}, must be a multiple of it", by_layers, all.size()));
    return by_layers;
  }
  int by_layers_;
};

/// As Program::run; run(world) on every rank. Rank 0 alone writes to the standard output; an error on any rank ends all.
int run_on_world(Program& program, int argc, char** argv, const auto& run) {
#ifdef NEOHEBB_EXAMPLE_MPI
  if (copies_started() > 0)
    return neohebb::run_on_ranks(argc, argv, [&](neohebb::MpiCommunicator& mpi) {
      if (mpi.size() < copies_started())
        throw std::runtime_error(fmt::format("{} copies were started, their MPI sees {}: take its own mpirun",
                                             copies_started(), mpi.size()));
      if (mpi.rank() > 0 && !std::freopen("/dev/null", "w", stdout))
        throw std::runtime_error("/dev/null cannot be opened");
      const auto code = program.parsed(argc, argv, mpi.rank() == 0);
      std::vector<int> ends{code.has_value()};
      neohebb::take_from_first(mpi, ends);
      if (ends[0] == 1) return code && mpi.rank() == 0 ? *code : 0;
      if (code) throw std::invalid_argument("this rank refuses its arguments, rank 0 does not");
      World world(std::make_shared<neohebb::MpiCommunicator>(mpi.handle()));
      neohebb::require_same(world, "options" + program.given());
      run(world);
      return 0;
    });
#endif
  World alone;
  return program.run(argc, argv, [&] { run(alone); });
}

/// What rank 0 has sent and waited for in an epoch, as text for its line: ", sent 12.3 MB (samples, spikes, factors 2, sums 1
/// layers), waited 0.8 s", where layers of rank 0 are counted by what most of their updates took. No text on one process.
class EpochExchange {
 public:
  std::string operator()(const World& world, const auto& ranks, const auto& net, const auto& learner,
                         std::size_t samples) {
    if (world.size() == 1) return "";
    Total now{.samples = samples, .sent = samples + ranks.of_batch().sent};  // so far
    now.waited = ranks.of_batch().waiting;
    if constexpr (requires { ranks.spikes(); }) {
      now.spikes = ranks.spikes().sent;
      now.sent += now.spikes;
      now.waited += ranks.spikes().waiting;
    }
    int factors = 0, sums = 0;
    neohebb::for_each_layer(net.layers, [&](auto i) {
      const neohebb::ExchangeCounts& c = neohebb::at(learner.exchange, i).counts;
      const Updates updates{c.by_factors, c.by_gradient};
      const Updates old = before_.updates.empty() ? Updates{} : before_.updates[std::size_t(i)];
      const auto by_factors = updates[0] - old[0], by_sums = updates[1] - old[1];
      if (by_factors + by_sums > 0) ++(by_factors >= by_sums ? factors : sums);
      now.updates.push_back(updates);
      now.sent += c.sent;
      now.waited += c.waiting;
    });
    std::vector<std::string> what;
    if (now.samples > before_.samples) what.push_back("samples");
    if (now.spikes > before_.spikes) what.push_back("spikes");
    if (factors > 0) what.push_back(fmt::format("factors {}", factors));
    if (sums > 0) what.push_back(fmt::format("sums {}", sums));
    const Total old = std::exchange(before_, now);
    return fmt::format(", sent {:.1f} MB ({}{}), waited {:.1f} s", 1e-6 * double(now.sent - old.sent),
                       fmt::join(what, ", "), factors + sums > 0 ? " layers" : "", now.waited - old.waited);
  }

 private:
  using Updates = std::array<neohebb::Index, 2>;  // by factors, by sums
  struct Total {
    std::size_t samples = 0, spikes = 0, sent = 0;
    double waited = 0;
    std::vector<Updates> updates = {};
  };
  Total before_;
};

/// What rank 0 has sent: a line for samples and sums, and one for each layer that it has.
void report_ranks(const World& world, const auto& ranks, const auto& net, auto& learner,
                  std::size_t samples) {
  if (world.size() == 1) return;
  fmt::print("{} ranks: rank 0 sent {:.1f} MB of samples; {:.1f} MB of sums over a batch, waited {:.1f} s\n",
             world.size(), 1e-6 * double(samples), 1e-6 * double(ranks.of_batch().sent),
             ranks.of_batch().waiting);
  if constexpr (requires { ranks.spikes(); })
    if (ranks.spikes().sent > 0)
      fmt::print("{} ranks: rank 0 sent {:.1f} MB to ranks with other layers\n", world.size(),
                 1e-6 * double(ranks.spikes().sent));
  neohebb::for_each_layer(net.layers, [&](auto i) {
    const neohebb::ExchangeCounts& c = neohebb::at(learner.exchange, i).counts;
    if (c.by_factors + c.by_gradient == 0) return;  // another rank's layer
    fmt::print(
        "{} ranks, layer {}: {} updates by factors, {} by sums; factors {:.1f} kB, gradient {:.1f} kB; rank "
        "0 sent {:.1f} MB and waited {:.1f} s\n",
        world.size(), std::size_t(i) + 1, c.by_factors, c.by_gradient, 1e-3 * double(c.factor_bytes),
        1e-3 * double(c.gradient_bytes), 1e-6 * double(c.sent), c.waiting);
  });
}
