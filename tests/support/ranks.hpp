// A course of batches on one process and on several ranks, which must end with the same bits.
#pragma once
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/rank_grid.hpp>

#include "support/layers.hpp"
#include "support/mailboxes.hpp"

namespace support {

using namespace neohebb;

/// How samples are shown and cut: batches of these sizes, one after the other.
struct Course {
  Presentation shown{.steps = 40, .burn_in = 2, .window = 5};  // more than a block of steps
  std::vector<Index> batches{10, 7, 3, 1};                     // of five chunks, four, two, one
  Index chunk = 2, inputs = 0;
  std::uint64_t seed = 5;
};

/// What a course leaves, as bytes: weights, moments, losses, answers.
struct Trained {
  Message weights, moments, losses, answers;
  std::vector<ExchangeCounts> counts;
  bool same(const Trained& other) const {
    return weights == other.weights && moments == other.moments && losses == other.losses &&
           answers == other.answers;
  }
};

/// target(batch): what Parallel takes, of that many samples. save(weights, learner): at the end.
Trained train(const auto& parallel, const auto& optimizer, const Course& course, const auto& target,
              const auto& save) {
  using S = typename std::decay_t<decltype(parallel)>::Scalar;
  Trained t;
  auto weights = parallel.net.initial_weights(ScaledNormal<S>{3}, Generator{.seed = 2});
  auto learner = parallel.learner(optimizer, course.batches[0], course.shown.window);
  Index first = 0;
  const auto input = [&](Index step, Index chunk, auto& spikes) {
    NoisyInput{}(step, first + chunk, spikes);
  };
  for (const Index batch : course.batches) {
    auto state = parallel.zero_state(batch);
    const Generator generator = Generator{.seed = course.seed}.at_sample(first);
    parallel.set_rate(learner, S(0.01) / S(1 + first));
    std::vector<S> losses =
        parallel.learn(weights, state, learner, course.shown, generator, input, target(batch));
    parallel.join_layers(losses);
    Packer{t.losses}(losses);
    parallel.predict(weights, state, course.shown, generator, input);
    Packer to{t.answers};
    to(state.most_frequent);
    to(state.summed);
    to(state.together);
    first += batch;
  }
  parallel.gather(weights, learner);
  save(weights, learner);
  Packer{t.weights}(weights);
  Packer{t.moments}(learner.rules);
  if constexpr (!std::is_same_v<decltype(learner.exchange), std::tuple<>>)
    for_each_layer(parallel.net.layers, [&](auto i) { t.counts.push_back(at(learner.exchange, i).counts); });
  return t;
}

Trained train(const auto& parallel, const auto& optimizer, const Course& course, const auto& target) {
  return train(parallel, optimizer, course, target, [](const auto&, const auto&) {});
}
Message initial(const auto& net) {
  using S = typename std::decay_t<decltype(net)>::Scalar;
  Message weights;
  Packer{weights}(net.initial_weights(ScaledNormal<S>{3}, Generator{.seed = 2}));
  return weights;
}
/// What is not the same on rank `k` as on one process, as text.
inline std::string unlike(const Trained& now, const Trained& one, int k, const std::string& where,
                          bool weights_everywhere) {
  std::string text;
  const auto say = [&](const char* what) { text += where + std::to_string(k) + ": other " + what + "; "; };
  if ((k == 0 || weights_everywhere) && now.weights != one.weights) say("weights");
  if (now.losses != one.losses) say("losses");
  if (now.answers != one.answers) say("answers");
  if (k == 0 && now.moments != one.moments) say("moments");
  return text;
}
/// The course on one process and on so many ranks and threads: what is not the same, as text.
std::string differences(const auto& net, const auto& optimizer, const Course& course, const auto& target,
                        Sends sends, std::vector<int> ranks = {1, 2, 3, 4},
                        std::vector<int> threads = {1, 2}) {
  ThreadTeam alone(1);
  const Trained one = train(Parallel(net, alone, course.chunk), optimizer, course, target);
  std::string text;
  if (one.weights == initial(net)) text += "nothing was learned; ";
  for (const int r : ranks)
    for (const int t : threads) {
      Mailboxes boxes(r);
      std::vector<Trained> all(static_cast<std::size_t>(r));
      boxes.run([&](Mailboxes::Rank& rank) {
        ThreadTeam team(t);
        all[static_cast<std::size_t>(rank.number)] =
            train(Parallel(net, team, Ranks(rank, sends), course.chunk), optimizer, course, target);
      });
      const std::string where = std::to_string(r) + " ranks, " + std::to_string(t) + " threads, rank ";
      for (int k = 0; k < r; ++k) {
        Trained now = all[static_cast<std::size_t>(k)];
        text += unlike(now, one, k, where, true);
        for (const ExchangeCounts& c : now.counts)
          if (r > 1 && ((sends == Sends::factors && c.by_factors == 0) ||
                        (sends == Sends::gradient && c.by_gradient == 0)))
            text += where + std::to_string(k) + ": another exchange than was asked for; ";
      }
      if (boxes.left() > 0) text += where + "any: messages left; ";
    }
  return text;
}

/// The course on one process and on grids of ranks, {of samples, of layers}.
std::string differences_on_grids(const auto& net, const auto& optimizer, const Course& course,
                                 const auto& target, const std::vector<std::array<int, 2>>& grids,
                                 const GridOptions& options = {}, int threads = 1) {
  ThreadTeam alone(1);
  const Trained one = train(Parallel(net, alone, course.chunk), optimizer, course, target);
  std::string text;
  if (one.weights == initial(net)) text += "nothing was learned; ";
  for (const std::array<int, 2>& grid : grids) {
    const int samples = grid[0], layers = grid[1], all = samples * layers;
    std::deque<Mailboxes> columns, rows;  // ranks with the same layers; with the same samples
    for (int k = 0; k < layers; ++k) columns.emplace_back(samples);
    for (int k = 0; k < samples; ++k) rows.emplace_back(layers);
    std::vector<Trained> trained(static_cast<std::size_t>(all));
    Mailboxes(all).run([&](const Mailboxes::Rank& rank) {
      const auto column = static_cast<std::size_t>(rank.number % layers),
                 row = static_cast<std::size_t>(rank.number / layers);
      Mailboxes::Rank up{&columns[column], static_cast<int>(row)},
          along{&rows[row], static_cast<int>(column)};
      try {
        ThreadTeam team(threads);
        trained[static_cast<std::size_t>(rank.number)] =
            train(Parallel(net, team, RankGrid(up, along, options), course.chunk), optimizer, course, target);
      } catch (...) {
        for (Mailboxes& boxes : columns) boxes.fail();
        for (Mailboxes& boxes : rows) boxes.fail();
        throw;
      }
    });
    for (int k = 0; k < all; ++k)
      text += unlike(trained[static_cast<std::size_t>(k)], one, k,
                     std::to_string(samples) + " x " + std::to_string(layers) + " ranks, rank ", false);
    for (const auto* boxes : {&columns, &rows})
      for (const Mailboxes& some : *boxes)
        if (some.left() > 0) text += "messages left; ";
  }
  return text;
}

}  // namespace support
