// What a batch of a network costs on one process, measured, and for other batches and chunks interpolated.
#pragma once
#include <string>

#include "limits.hpp"
#include "rank_model.hpp"

namespace rank_model {

using S = float;

inline constexpr Index steps = 24, at_once = steps / 8;  // RankGrid sends so many steps at a time
inline constexpr Presentation shown{.steps = steps, .burn_in = 4, .window = 20};
inline constexpr Index different = 72;  // samples
inline constexpr Index batches[] = {72, 512, 4096};

template <class Net> struct Case {
  std::string name;
  Net net;
  typename Net::Weights weights;
  double rate;                                                     // of input spikes
  Index chunk;                                                     // samples at most
  Index limit;                                                     // the largest batch that ranks learn here
  std::vector<std::vector<std::vector<std::int32_t>>> input = {};  // of each step and sample
  Matrix<S> target = {};

  void draw() {
    const Index inputs = net.layer(std::integral_constant<std::size_t, 0>{}).inputs();
    for (Index t = 0; t < steps; ++t) {
      const auto spikes = limits::random_spikes<S>(inputs, different, rate, t);
      auto& lists = input.emplace_back();
      for (Index b = 0; b < different; ++b)
        lists.emplace_back(spikes.active(b).begin(), spikes.active(b).end());
    }
  }
  auto show() const {
    return [this](Index t, Index first, Spikes<S>& in) {
      in.assign_lists([&](Index b) -> const auto& {
        return input[static_cast<std::size_t>(t)][static_cast<std::size_t>((first + b) % different)];
      });
    };
  }
  Matrix<S> targets(Index batch) const {
    Matrix<S> all(target.rows(), batch);
    for (Index b = 0; b < batch; ++b) all.col(b) = target.col(b % target.cols());
    return all;
  }
};

template <class Net> Case(std::string, Net, typename Net::Weights, double, Index, Index) -> Case<Net>;

/// Of one batch: the shortest time of several.
template <class Net> Costs costs_of(const Case<Net>& c, Index batch, Index chunk, Index block = steps) {
  const auto counts = std::make_shared<CountingProcess::Counts>();
  counts->layers.resize(c.net.size());
  ThreadTeam team(1);
  const Parallel parallel(c.net, team, CountingProcess(counts, steps, block, at_once), chunk);
  auto weights = c.weights;
  auto state = parallel.zero_state(batch);
  auto learner = parallel.learner(Adam<S>{.rate = S(1e-7)}, batch, shown.window);
  const Matrix<S> target = c.targets(batch);
  Costs shortest;
  for (double seconds = 0, rounds = 0; rounds < 3 || (seconds < 1 && rounds < 30); ++rounds) {
    counts->layers.assign(c.net.size(), {});
    counts->then = std::clock();
    counts->layer = 0;
    parallel.learn(weights, state, learner, shown, Generator{}, c.show(), target);
    if (rounds <= 1) shortest = counts->layers;  // the first one warms up
    for (std::size_t i = 0; i < shortest.size(); ++i) {
      const LayerCost& now = counts->layers[i];
      seconds += now.steps + now.add + now.multiply;
      for (double LayerCost::*of :
           {&LayerCost::steps, &LayerCost::add, &LayerCost::multiply, &LayerCost::apply})
        shortest[i].*of = std::min(shortest[i].*of, now.*of);
    }
  }
  return shortest;
}

/// Costs of any batch in any chunks: some are measured, those between are interpolated over log chunk.
class Profile {
 public:
  template <class Net> explicit Profile(const Case<Net>& c) : most_(c.chunk) {
    for (const Index chunk : {Index{1}, Index{4}, most_}) {
      const Index batch = chunk < most_ ? most_ : 3 * most_;
      Costs costs = costs_of(c, batch, chunk);
      for (LayerCost& l : costs)
        for (double LayerCost::*of : grows) l.*of /= static_cast<double>(batch);
      chunks_.push_back(static_cast<double>(chunk));
      of_sample_.push_back(costs);
    }
    const Costs whole = costs_of(c, most_, most_), blocks = costs_of(c, most_, most_, at_once);
    for (Costs& costs : of_sample_)
      for (std::size_t i = 0; i < costs.size(); ++i)
        costs[i].in_blocks = std::max(1.0, blocks[i].steps / whole[i].steps);
  }
  /// Samples of a chunk where so many ranks share a batch: every rank has as many chunks, but for the last ones.
  Index chunk(Index batch, Index ranks) const {
    const Index samples = (batch + ranks - 1) / ranks, chunks = (samples + most_ - 1) / most_;
    return (samples + chunks - 1) / chunks;
  }
  Costs at(Index batch, Index chunk) const {
    std::size_t k = 1;
    while (k + 1 < chunks_.size() && chunks_[k] < static_cast<double>(chunk)) ++k;
    const double x =
        std::log(static_cast<double>(chunk) / chunks_[k - 1]) / std::log(chunks_[k] / chunks_[k - 1]);
    Costs all = of_sample_[k];
    for (std::size_t i = 0; i < all.size(); ++i)
      for (double LayerCost::*of : grows)
        all[i].*of = static_cast<double>(batch) * (all[i].*of * x + of_sample_[k - 1][i].*of * (1 - x));
    return all;
  }
  /// Seconds of a batch on ranks × across.
  double seconds(Index batch, Index ranks, Index across, const Link& link, double cores) const {
    const Index by = chunk(batch, ranks);
    constexpr Index messages = steps / at_once;
    return on_grid(at(batch, by), {ranks, (batch + by - 1) / by}, across, link, messages, cores);
  }

 private:
  static constexpr double LayerCost::*grows[] = {&LayerCost::steps, &LayerCost::multiply, &LayerCost::add,
                                                 &LayerCost::factors, &LayerCost::spikes};
  Index most_;
  std::vector<double> chunks_;
  std::vector<Costs> of_sample_;
};

}  // namespace rank_model
