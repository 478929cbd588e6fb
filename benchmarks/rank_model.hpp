// What an update between ranks costs: bytes as its messages have them, seconds of a process alone, and a model of any number
// of ranks. See "Many ranks" in RESULTS.md.
#pragma once
#include <algorithm>
#include <cmath>
#include <ctime>
#include <neohebb/network/rank_grid.hpp>

namespace rank_model {

using namespace neohebb;

/// One layer's work for a batch on one process, and what an update of it would send.
struct LayerCost {
  double steps = 0;      // seconds: steps, δ, and what the update prepares in every chunk
  double in_blocks = 1;  // so many times as long in the short blocks of RankGrid
  double multiply = 0;   // seconds: the products of all factors, where factors are sent
  double add = 0;        // seconds: likewise, where sums are sent
  double apply = 0;      // seconds: the optimizer, which alone does not grow with the samples
  double factors = 0;    // bytes of all chunks' factors
  double gradient = 0;   // bytes of W and b
  double spikes = 0;     // bytes of all spikes that the layer shows, as RankGrid sends them up
  double weights = 0;    // inputs × units, by which layers are dealt out
  Index blocks = 1;      // of the weights
};
using Costs = std::vector<LayerCost>;

/// Learns as OneProcess does, and counts what Ranks and RankGrid would send. Every update is made twice, as either way makes it,
/// so take a small rate. Seconds are the processor's, of one thread;
/// where layers learn step by step together (e-prop), all their steps are the first layer's.
class CountingProcess : public OneProcess {
 public:
  struct Counts {
    Costs layers;
    std::clock_t then = 0;
    std::size_t layer = 0;  // that works now
  };
  static constexpr bool by_layers = true;
  /// block: steps that a layer makes before the next one follows; at_once: so many go up in a message.
  CountingProcess(std::shared_ptr<Counts> counts, Index steps, Index block, Index at_once)
      : counts_(std::move(counts)), steps_(steps), block_(block), at_once_(at_once) {}
  Index steps_at_once(const Presentation&) const { return block_; }
  bool holds(const auto&, auto) const { return true; }
  bool shares_layers() const { return false; }  // all layers are here
  void take_spikes(auto&&...) const {}
  void pass_spikes(auto&&...) const {}
  void take_errors(auto&&...) const {}
  void pass_errors(auto&&...) const {}
  void begin_batch() const {}
  void end_batch() const {}
  /// A layer's work begins, or nothing of the sort: what follows is counted from here.
  void await(const auto&, auto&, auto&, auto&, auto&, auto i) const {
    counts_->layers[counts_->layer].steps += lap();
    counts_->layer = std::size_t(i);
  }
  void update(const auto& net, auto& team, auto& w, auto& s, auto& learner, auto i) const {
    using S = typename std::decay_t<decltype(net)>::Scalar;
    const auto& layer = net.layer(i);
    LayerCost& cost = counts_->layers[std::size_t(i)];
    const auto credits = learner.each_credit(i, s.chunks.size());
    if constexpr (requires { layer.gather_batch_rates(credits); }) layer.gather_batch_rates(credits);
    for (std::size_t k = 0; k < s.chunks.size(); ++k)
      layer.prepare_update(at(w, i), at(s.chunks[k].state, i), at(learner.credits[k], i));
    cost.steps += lap();
    PackedSize factors;
    credits([&](const auto& c) { visit_factors(detail::projection_credit_of(c), factors); });
    cost.factors += static_cast<double>(factors.bytes());
    const detail::ColumnBlocks blocks(layer.projection);
    cost.gradient = static_cast<double>(blocks.bytes({0, blocks.count()}));
    cost.blocks = blocks.count();
    cost.weights = static_cast<double>(Index(layer.inputs())) * static_cast<double>(Index(layer.units()));
    if constexpr (!std::decay_t<
                      decltype(net)>::any_receives_readout_error)  // others keep no record of spikes
      for (const auto& c : s.chunks) cost.spikes += spike_bytes(layer, c, i);
    auto& weights = at(w, i).projection;
    auto& rule = at(learner.rules, i);
    const auto parts_of_credits = [&](auto&& use) {
      credits([&](auto& c) { use(detail::projection_credit_of(c)); });
    };
    std::vector<S> sums(static_cast<std::size_t>(blocks.numbers({0, blocks.count()})));
    lap();
    for (Index k = 0; k < blocks.count(); ++k)
      layer.projection.gather_part(weights, parts_of_credits, rule, k, sums.data() + blocks.begin(k), true,
                                   true);
    cost.add += lap();
    for (Index k = 0; k < blocks.count(); ++k)
      layer.projection.apply_part(weights, rule, k, sums.data() + blocks.begin(k));
    cost.apply += lap();
    team.run(layer.parts(), [&](Index piece) { layer.update_part(at(w, i), credits, rule, piece); });
    cost.multiply += std::max(0.0, lap() - cost.apply);
    layer.finish_update(at(w, i), credits);
  }

 private:
  double lap() const {
    const std::clock_t now = std::clock();
    return static_cast<double>(now - std::exchange(counts_->then, now)) / CLOCKS_PER_SEC;
  }
  double spike_bytes(const auto& layer, const auto& c, auto i) const {
    const SpikeMessage how{Index(layer.units()), c.size()};
    const auto& record = at(c.record, i);
    Message all;
    for (Index t = 0; t < steps_; t += at_once_)
      how.pack(
          all, std::min(at_once_, steps_ - t), [&](Index k) -> const auto& {
            return record[static_cast<std::size_t>(t + k)];
          });
    return static_cast<double>(all.size());
  }
  std::shared_ptr<Counts> counts_;
  Index steps_, block_, at_once_;
};

/// A rank sends one message at a time, and receives meanwhile; a message takes latency + bytes/bandwidth.
struct Link {
  double bandwidth = 25e9 / 8;  // bytes/s
  double latency = 2e-6;        // s
  double message(double bytes) const { return latency + bytes / bandwidth; }
};

/// Samples of a batch dealt out among ranks, in chunks.
struct Deal {
  Index ranks = 1, chunks = 1;
  int last() const { return static_cast<int>(std::min(ranks, chunks)) - 1; }  // that has samples
  /// What falls to the rank that has most of so many things.
  double most(Index things) const {
    const Index whole = (things + ranks - 1) / ranks;
    return static_cast<double>(whole) / static_cast<double>(things);
  }
  double others() const { return static_cast<double>(ranks - 1); }
};

/// As RankUpdate::takes_factors, for an optimizer that is not linear.
inline bool takes_factors(const LayerCost& layer, const Deal& deal) {
  return layer.factors * deal.others() <= layer.gradient * (deal.last() + 1);
}
/// Seconds of sums that go from rank to rank, four blocks at a time, and from the last one to the owners. Each rank adds its
/// chunks to a group of blocks while the next rank adds its own to the group before.
inline double chain_of_sums(const LayerCost& layer, const Deal& deal, const Link& link) {
  const double groups = std::ceil(static_cast<double>(layer.blocks) / 4),
               add = layer.add * deal.most(deal.chunks) / groups,
               pass = link.message(layer.gradient / groups);
  const double first = deal.last() * (add + pass) + add, rest = (groups - 1) * std::max(add, pass);
  const double owners = std::min(deal.others(), static_cast<double>(layer.blocks)),
               to_owner = link.message(layer.gradient * deal.most(layer.blocks));
  return first + rest + std::max(to_owner, owners * to_owner - rest);
}
/// Seconds of a batch by samples: steps of all layers, then the layers' updates one after the other. Factors are under way
/// while the layers above make their steps.
inline double by_samples(const Costs& layers, const Deal& deal, const Link& link) {
  double now = 0, link_is_free = 0;
  std::vector<double> arrived;
  for (const LayerCost& l : layers) {
    now += l.steps * deal.most(deal.chunks);
    const double bytes = takes_factors(l, deal) ? l.factors * deal.most(deal.chunks) : 0;  // behind a note
    link_is_free = std::max(link_is_free, now) + deal.others() * link.message(bytes);
    arrived.push_back(link_is_free);
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerCost& l = layers[i];
    const double owned = deal.most(l.blocks);
    if (deal.ranks == 1) {
      now += l.multiply + l.apply;
      continue;
    }
    now = std::max(now, arrived[i]);
    now += takes_factors(l, deal) ? l.multiply * owned : chain_of_sums(l, deal, link);
    now += l.apply * owned + deal.others() * link.message(l.gradient * owned);
  }
  return now;
}
/// Seconds of a batch on a grid: `deal.ranks` × across. Ranks with other layers work at other batches, so the slowest one
/// decides; where there are fewer cores than ranks, these share them. messages: of a batch's spikes from a rank to the next.
inline double on_grid(const Costs& layers, const Deal& deal, Index across, const Link& link, double messages,
                      double cores) {
  std::vector<double> weights;
  for (const LayerCost& l : layers) weights.push_back(l.weights);
  const std::vector<Index> first = cut_layers(weights, across);
  double slowest = 0, all = 0;
  for (std::size_t k = 0; k + 1 < first.size(); ++k) {
    Costs held(layers.begin() + first[k], layers.begin() + first[k + 1]);
    if (across > 1)
      for (LayerCost& l : held) l.steps *= l.in_blocks;
    double time = by_samples(held, deal, link);
    if (k + 2 < first.size())
      time += messages * link.message(held.back().spikes * deal.most(deal.chunks) / messages);
    slowest = std::max(slowest, time);
    all += time * static_cast<double>(deal.ranks);
  }
  return std::max(slowest, all / cores);
}

}  // namespace rank_model
