// A learning step of competing units on images of 784 pixels: one minibatch of 100, one thread. Limited by the
// one product f(W) V, or less where images are mostly black: see README.md in this folder.
#include <fstream>
#include <memory>
#include <neohebb/core/parallel.hpp>
#include <neohebb/data/digits.hpp>
#include <neohebb/layer/competing.hpp>
#include <neohebb/layer/power_coding.hpp>
#include <neohebb/projection/projection.hpp>
#include <numeric>
#include <optional>

#include "limits.hpp"
#include "verify.hpp"

namespace {

using namespace neohebb;

constexpr Index inputs = HandwrittenDigits::side * HandwrittenDigits::side, batch = 100;
constexpr Index minibatches = 4;             // shown in turn while time is taken
constexpr Index lessons = 200, lesson = 20;  // updates before that, from so many minibatches
constexpr double hardly = 1e-6;              // the rate while time is taken: weights stay as they are
constexpr double in = inputs, samples = batch;

/// Strokes: digits, 19 % of whose pixels are not zero, as MNIST's. Dense: the same before a grey background.
enum class Kind { strokes, dense };
const char* in_words(Kind kind) { return kind == Kind::strokes ? "strokes" : "dense images"; }

/// inputs × count·batch
template <class S> Matrix<S> images(Kind kind, Index count) {
  const auto digits = HandwrittenDigits{}.make(count * batch, Generator{.seed = 3});
  Matrix<S> all = intensities<S>(digits.pixels);
  if (kind == Kind::dense) all.array() = S(0.1) + S(0.9) * all.array();
  return all;
}

struct Setting {
  Index units;
  double power;
  Index rank;
  Kind kind;
};

/// Layer, weights and images, after a time of learning: as weights are for most of a training run.
template <class S> struct Problem {
  CompetingUnits<S> layer;
  Matrix<S> all;
  typename CompetingUnits<S>::Weights weights;
  typename CompetingUnits<S>::template State<Dynamic> state;
  typename CompetingUnits<S>::Credit credit;
  typename CompetingUnits<S>::template Learner<LargestEntry<S>> learner;
  Index shown = 0;

  explicit Problem(const Setting& setting)
      : layer{.inputs = inputs,
              .units = setting.units,
              .competition = {.rank = setting.rank},
              .power = S(setting.power)},
        all(images<S>(setting.kind, lesson)),
        weights(layer.initial_weights(Generator{.seed = 1})),
        state(layer.zero_state(Extent{batch})),
        credit(layer.zero_credit(Extent{batch}, 1)),
        learner(layer.learner(LargestEntry<S>{})) {
    for (Index n = 0; n < lessons; ++n) {
      set_rate(learner, S(0.04) * S(lessons - n) / S(lessons));
      step(lesson, OneThread{});
    }
    set_rate(learner, S(hardly));
  }
  /// Everything that belongs to one minibatch, of the first `count` in turn.
  void step(Index count, auto&& team) {
    const auto v = all.middleCols(batch * (shown++ % count), batch);
    layer.step(weights, state, v, team);
    layer.credit(weights, state, v, credit, team);
    layer.update(weights, state, credit, learner, team);
  }
};

/// One more step from the weights as they are, against the plain formula; ranks by sorting the layer's currents,
/// which are compared before.
template <class S> void check(Problem<S>& problem, const Setting& setting) {
  const auto& layer = problem.layer;
  set_rate(problem.learner, S(0.1));
  const Matrix<S> before = problem.weights.weight, v = problem.all.leftCols(batch);
  problem.shown = 0;
  problem.step(1, OneThread{});
  const Matrix<S> f =
      before.unaryExpr([&](S w) { return std::copysign(std::pow(std::abs(w), layer.power - 1), w); });
  const Matrix<S>& currents = problem.state.currents;
  verify::equal<S>("competing: currents", currents, verify::product<S>(f, v));
  Matrix<S> ds = Matrix<S>::Zero(before.rows(), inputs);
  std::vector<Index> order(static_cast<std::size_t>(before.rows()));
  for (Index b = 0; b < batch; ++b) {
    std::iota(order.begin(), order.end(), Index(0));
    std::sort(order.begin(), order.end(), [&](Index i, Index j) {
      return currents(i, b) > currents(j, b) || (currents(i, b) == currents(j, b) && i < j);
    });
    const auto learns = [&](Index unit, S g) {
      ds.row(unit) += g * (v.col(b).transpose() - currents(unit, b) * before.row(unit));
    };
    learns(order[0], S(1));
    learns(order[static_cast<std::size_t>(setting.rank - 1)], -layer.competition.anti_hebbian);
  }
  const Matrix<S> moved = problem.weights.weight - before;
  verify::equal<S>("competing: weights moved by", moved, S(0.1) / ds.cwiseAbs().maxCoeff() * ds,
                   sizeof(S) == 4 ? 1e-3 : 1e-9);
  problem.weights.weight = before;
  set_rate(problem.learner, S(hardly));
}

/// flop: a product and a sum per weight and sample. Numbers: W and V are read, the rows of units that learned
/// read and written; currents are written.
template <class S> limits::Work work(double units, double learned) {
  return {.flop = 2 * units * in * samples,
          .read = sizeof(S) * (units * in + in * samples),
          .written = sizeof(S) * (learned * in + units * samples),
          .working_set = sizeof(S) * ((units + learned) * in + minibatches * in * samples + units * samples)};
}

/// step, credit, update
template <class S>
void learn(benchmark::State& state, Problem<S>& problem, const Setting& setting, int threads) {
  std::vector<char> learned(static_cast<std::size_t>(setting.units));
  for (Index b = 0; b < batch; ++b)
    for (const auto unit : problem.layer.learning(problem.state, b))
      learned[static_cast<std::size_t>(unit)] = 1;
  const double units = static_cast<double>(setting.units);
  limits::Work each = work<S>(units, std::accumulate(learned.begin(), learned.end(), 0.0));
  each.flop /= threads;
  ThreadTeam team(threads);
  const auto time = [&](auto&& with) {
    limits::measure<S>(state, each, 1, [&] { problem.step(minibatches, with); });
  };
  if (threads == 1)
    time(OneThread{});
  else
    time(team);
  check(problem, setting);
}

/// f(W) V alone, by RightFactor; or by Eigen, with f(W) at hand.
template <class S> void multiply(benchmark::State& state, const Setting& setting, bool eigen) {
  const Matrix<S> all = images<S>(setting.kind, minibatches);
  const RowMatrix<S> w = limits::random_matrix<S>(setting.units, inputs, S(-1), S(1));
  RightFactor<S> right(inputs, batch);
  Matrix<S> y(setting.units, batch);
  Index shown = 0;
  limits::measure<S>(state, work<S>(static_cast<double>(setting.units), 0), 1, [&] {
    const auto v = all.middleCols(batch * (shown++ % minibatches), batch);
    if (eigen) {
      y.noalias() = w * v;
    } else {
      right.assign(v);
      right.multiply(w, AsItIs{}, 0, setting.units, y);
    }
  });
  const Matrix<S> v = all.middleCols(batch * ((shown - 1) % minibatches), batch);
  verify::equal<S>("product", y, verify::product<S>(w, v));
}

/// h = relu(F v)ⁿ, n = 4.5
template <class S> void code(benchmark::State& state, const Setting& setting) {
  const Matrix<S> all = unit_length(images<S>(setting.kind, minibatches));
  const PowerCoding<S> coding;
  const RowMatrix<S> features =
      coding.features(limits::random_matrix<S>(setting.units, inputs, S(-0.5), S(1)));
  auto x = coding.zero_state(Extent{inputs}, Extent{batch});
  Matrix<S> h(setting.units, batch);
  Index shown = 0;
  limits::measure<S>(state, work<S>(static_cast<double>(setting.units), 0), 1, [&] {
    coding.step(features, x, all.middleCols(batch * (shown++ % minibatches), batch), h);
  });
  const Matrix<S> v = all.middleCols(batch * ((shown - 1) % minibatches), batch);
  verify::equal<S>("coding", h, verify::product<S>(features, v).cwiseMax(S(0)).array().pow(S(4.5)).matrix(),
                   sizeof(S) == 4 ? 1e-4 : 1e-12);
}

std::string name(const std::string& what, const Setting& setting, bool all) {
  std::ostringstream text;
  text << "competing units, " << what << ", " << setting.units << " units";
  if (all) text << ", p " << setting.power << ", k " << setting.rank;
  text << ", " << in_words(setting.kind);
  return text.str();
}
auto add(const std::string& name, auto run) {
  return benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) { run(state); });
}
/// Has learned once, for all repetitions.
template <class S> auto add_learning(const std::string& what, const Setting& setting, int threads) {
  return add(name(what, setting, true),
             [=, kept = std::make_shared<std::optional<Problem<S>>>()](auto& state) {
               if (!*kept) kept->emplace(setting);
               learn<S>(state, **kept, setting, threads);
             });
}

/// The minibatches of strokes, as numbers of float one image after the other: the peer learns from the same.
int write_images(const char* file) {
  const Matrix<float> all = images<float>(Kind::strokes, lesson);
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(all.data()),
            static_cast<std::streamsize>(all.size() * Index{sizeof(float)}));
  if (out.flush()) return 0;
  std::cerr << "cannot write " << file << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--write_images") return write_images(argv[2]);
  for (const Kind kind : {Kind::strokes, Kind::dense}) {
    for (const Index units : {100, 2000}) {
      for (const double power : {2, 3})
        for (const Index rank : {2, 7}) add_learning<float>("learning step", {units, power, rank, kind}, 1);
      const Setting s{units, 2, 2, kind};
      add(name("product alone", s, false), [=](auto& state) { multiply<float>(state, s, false); });
    }
    const Setting s{2000, 3, 7, kind};
    add_learning<float>("two threads, learning step", s, 2)->UseRealTime();
    add_learning<double>("double, learning step", s, 1);
    add(name("coding", s, false), [=](auto& state) { code<float>(state, s); });
  }
  for (const Index units : {100, 2000}) {
    const Setting s{units, 2, 2, Kind::dense};
    add(name("product alone by Eigen", s, false), [=](auto& state) { multiply<float>(state, s, true); });
  }
  return limits::run(argc, argv);
}
