// A course of batches under MPI, whose checkpoint must not depend on ranks and threads:
//   mpirun -n N mpi_learns NETWORK FILE [THREADS [SENDS [RANKS THAT SHARE LAYERS]]]
// NETWORK: decolle, events, convolution, eprop, superspike, late_eprop, late_superspike. SENDS: by_size, factors, gradient.
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/learning/rmax_prop.hpp>
#include <neohebb/network/mpi.hpp>

#include "support/rank_networks.hpp"
#include "support/ranks.hpp"

using namespace neohebb;

int main(int argc, char** argv) {
  return run_on_ranks(argc, argv, [&](MpiCommunicator& world) {
    if (argc < 3)
      throw std::invalid_argument("mpi_learns NETWORK FILE [THREADS [SENDS [RANKS THAT SHARE LAYERS]]]");
    const std::string which = argv[1], file = argv[2], way = argc > 4 ? argv[4] : "by_size";
    ThreadTeam team(argc > 3 ? std::stoi(argv[3]) : 1);
    const Sends sends = way == "factors"    ? Sends::factors
                        : way == "gradient" ? Sends::gradient
                                            : Sends::by_size;
    const int across = argc > 5 ? std::stoi(argv[5]) : 1;
    MpiCommunicator samples = world.split(world.rank() % across);  // ranks with the same layers
    MpiCommunicator layers = world.split(world.rank() / across);   // with the same samples
    const auto learn = [&](const auto& net, const auto& optimizer, const support::Course& course,
                           const auto& target) {
      const auto save = [&](const auto& weights, const auto& learner) {
        if (world.rank() > 0) return;
        Checkpoint checkpoint;
        checkpoint.put("weights", weights);
        checkpoint.put("learner", learner);
        checkpoint.save(file);
      };
      const support::Trained t =
          support::train(Parallel(net, team, RankGrid(samples, layers, {.sends = sends}), course.chunk),
                         optimizer, course, target, save);
      Index by_factors = 0, by_gradient = 0;
      for (const ExchangeCounts& c : t.counts) {
        by_factors += c.by_factors;
        by_gradient += c.by_gradient;
      }
      if (world.rank() == 0)
        std::printf("%s: %d updates by factors, %d by sums\n", which.c_str(), static_cast<int>(by_factors),
                    static_cast<int>(by_gradient));
    };
    const Adam<float> adam{.rate = 0.01f};
    const support::Course classes{};
    const support::Course spikes{.shown = {.steps = 250, .burn_in = 0, .window = 100}, .batches = {7, 3}};
    if (which == "decolle")
      learn(support::noisy_decolle(), adam, classes, support::four_classes);
    else if (which == "events")
      learn(support::event_driven_decolle(Arithmetic::by_rate), adam, classes, support::four_classes);
    else if (which == "convolution")
      learn(support::convolutions(), adam, classes, support::four_classes);
    else if (which == "eprop")
      learn(support::eprop(), adam, classes, support::four_classes);
    else if (which == "late_eprop")
      learn(support::late_eprop(10), adam, classes, support::four_classes);
    else if (which == "superspike")
      learn(support::superspike(), RMaxProp<float>{.rate = 1e-2f}, spikes, support::target_spikes);
    else if (which == "late_superspike")
      learn(support::late_superspike(), RMaxProp<float>{.rate = 1e-2f}, spikes, support::target_spikes);
    else
      throw std::invalid_argument("no network " + which);
    return 0;
  });
}
