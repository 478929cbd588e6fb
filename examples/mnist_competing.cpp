// Hidden units compete for digits, without labels; a classifier on top of them learns with labels.
// [Krotov & Hopfield 2019, doi 10.1073/pnas.1820458116]
//
//     stage 1   I = <W, v> = Σ_i |W_μi|^(p−1) sign(W_μi) v_i          images v, hidden units μ
//               g = 1 for the strongest current, −Δ for the k-th strongest, 0 otherwise
//               ds = Σ_batch g (R^p v − I W),    W ← W + rate·ds/max|ds|
//
//     stage 2   h = gain·relu(W v)ⁿ,   c = tanh(β S h)                W stands still; its rows and v have length 1
//               S goes down the gradient of mean_batch Σ_α |c_α − t_α|^m, t = ±1
//
//     mnist_competing                     digits that it draws itself
//     mnist_competing --data FOLDER       the four MNIST (or Fashion-MNIST, or EMNIST's: --set) files
#include "mnist_competing.hpp"

namespace {

using S = float;
using Units = CompetingUnits<S>;

enum class Top { tanh, softmax };
enum class TopOptimizer { adam, sgd };
enum class Coding { weights, currents };

/// Where an option is 0, what files of 60 000 images need, and digits that are drawn, which are quickly learned.
struct Sizes {
  Index units, epochs, top_epochs;
};
constexpr Sizes on_data{.units = 2000, .epochs = 160, .top_epochs = 150},
    on_digits{.units = 200, .epochs = 100, .top_epochs = 50};
/// k where the option is 0.
constexpr Index usual_rank = 7, small_rank = 2, few_units = 300;

struct Options : ImageOptions {
  std::string features = "learned";
  Index units = 0, rank = 0;  // stage 1
  double p = 2, delta = 0.4, radius = 1, rate = 0.04, init_deviation = 1;
  bool unit_length = false;
  double n = 4.5;  // coding
  Coding coding = Coding::weights;
  bool unit_rows = true;
  Top top = Top::tanh;  // stage 2
  TopOptimizer top_optimizer = TopOptimizer::adam;
  Index top_epochs = 0, top_batch = 100;
  double m = 6, beta = 1, top_rate = 1e-3;
  bool distort_features = true;
  Index images_of_features = 100;
  double checkpoint_every = 20;

  bool pixels() const { return features == "pixels"; }
  bool learned() const { return features == "learned"; }
  bool random() const { return features == "random"; }
  bool distorted() const { return shift > 0 || rotation > 0 || scaling > 0 || shear > 0; }
};

/// One stream of random numbers for each use.
enum class Draws : std::uint32_t {
  weights,
  order,
  top_order,
  digits,
  test_digits,
  distortion,
  top_distortion
};

std::optional<Distortion> distortion(const Options& o, const Data<S>& data, Draws use) {
  if (!o.distorted()) return std::nullopt;
  return Distortion{variation(o, data), stream(o, use)};
}

/// Stage 1: receptive fields. No label is shown.
Units::Weights learn_features(const Options& o, const Units& layer, const Data<S>& data, ThreadTeam& team,
                              CheckpointFile& file) {
  auto weights = layer.initial_weights(stream(o, Draws::weights), S(o.init_deviation));
  if (!o.learned()) {
    if (!o.random()) Checkpoint::load(o.features).get("features", weights);
    return weights;
  }
  const Matrix<S> scaled = o.unit_length ? unit_length(data.train) : Matrix<S>();
  Minibatches<S> minibatches(o.unit_length ? scaled : data.train, data.train_labels, o.batch,
                             stream(o, Draws::order),
                             o.distort_features ? distortion(o, data, Draws::distortion) : std::nullopt);
  auto state = layer.zero_state(Extent{o.batch});
  auto credit = layer.zero_credit(Extent{o.batch}, 1);
  auto learner = layer.learner(LargestEntry<S>{.rate = S(o.rate)});
  const Index updates = minibatches.count();
  const LinearDecay<S> schedule{.initial = S(o.rate), .length = static_cast<double>(o.epochs * updates)};

  Training training(file, "pass", o.epochs, feature_columns, updates * o.batch, "features");
  training.resume(weights, learner);
  while (!training.finished()) {
    minibatches.shuffle(training.done());
    std::vector<Index> wins(static_cast<std::size_t>(o.units));
    for (Index k = 0; k < updates; ++k) {
      minibatches.gather(k, team);
      set_rate(learner, schedule(static_cast<double>(training.done() * updates + k)));
      layer.step(weights, state, minibatches.images, team);            // I, g
      layer.credit(weights, state, minibatches.images, credit, team);  // ds
      layer.update(weights, state, credit, learner, team);
      for (Index b = 0; b < o.batch; ++b) ++wins[static_cast<std::size_t>(layer.learning(state, b)(0))];
      training.batch(o.batch);
    }
    const S norm = std::pow(layer.radius, layer.power);
    const auto row = feature_row(training.seconds(), layer.norms(weights), norm, wins);
    const auto text = fmt::format("{:.1f} % of norms converged", 100 * row[3] / static_cast<double>(o.units));
    training.end(training.done() + 1, row, text, weights, learner);
  }
  const S norm = std::pow(layer.radius, layer.power);
  draw_fields(o.picture("mnist_competing_fields"), weights.weight, layer.norms(weights), norm,
              o.images_of_features, data.height, data.width);
  draw_norms(o, training, o.units, static_cast<double>(norm));
  fmt::print(
      "converged: {} of {} units have a norm within 5 % of R^p; {} never won in the last pass, {} others "
      "at most {} times\n",
      layer.converged(weights), o.units, training.last("never_won"), training.last("others"),
      training.last("most_wins_of_others"));
  return weights;
}

/// h of images scaled to length 1. Without features, their pixels.
Matrix<S> encode(const PowerCoding<S>& coding, const RowMatrix<S>& features, const Matrix<S>& images,
                 ThreadTeam& team) {
  if (features.size() == 0) return coding.gain * unit_length(images);
  constexpr Index batch = 240;
  Matrix<S> h(features.rows(), images.cols());
  auto state = coding.zero_state(images.rows(), batch);
  for (Index first = 0; first < images.cols(); first += batch) {
    const Index n = std::min(batch, images.cols() - first);
    coding.step(features, state, unit_length(images.middleCols(first, n)), h.middleCols(first, n), team);
  }
  return h;
}

/// How many samples of the last step get another class than their label.
Index count_wrong(const auto& top, const auto& state, const std::vector<int>& labels) {
  Index wrong = 0;
  for (std::size_t b = 0; b < labels.size(); ++b)
    wrong += top.predict(state, static_cast<Index>(b)) != labels[b];
  return wrong;
}
/// Per cent of samples that get another class than their label.
double error(const auto& top, const auto& weights, const Matrix<S>& h, const std::vector<int>& labels) {
  auto state = top.zero_state(Extent{h.cols()});
  top.step(weights, state, h);
  return 100.0 * static_cast<double>(count_wrong(top, state, labels)) / static_cast<double>(h.cols());
}

/// Stage 2: classes of codes h, which code_of makes of a minibatch where they are not made already.
auto learn_top(const Options& o, const auto& top, const auto& optimizer, const Data<S>& data,
               Minibatches<S> minibatches, const auto& code_of, const Matrix<S>& held_out, ThreadTeam& team,
               CheckpointFile& file) {
  auto weights = top.zero_weights();
  auto state = top.zero_state(Extent{o.top_batch});
  auto credit = top.zero_credit();
  auto learner = top.learner(optimizer);
  const Index updates = minibatches.count();
  const LinearDecay<S> schedule{.initial = S(o.top_rate),
                                .length = static_cast<double>(o.top_epochs * updates)};

  const bool watched = held_out.cols() > 0;
  Training training(file, "pass", o.top_epochs, {"seconds", "loss", "training_error", "held_out_error"},
                    updates * o.top_batch, "top");
  training.resume(weights, learner);
  while (!training.finished()) {
    minibatches.shuffle(training.done());
    double loss = 0, wrong = 0;
    for (Index k = 0; k < updates; ++k) {
      minibatches.gather(k, team);
      set_rate(learner, schedule(static_cast<double>(training.done() * updates + k)));
      const Matrix<S>& h = code_of(minibatches.images);
      top.step(weights, state, h);  // S h
      const auto target = o.top == Top::tanh ? signed_one_hot<S>(minibatches.labels, data.classes)
                                             : one_hot<S>(minibatches.labels, data.classes);
      loss += static_cast<double>(top.credit(weights, state, h, target, credit));
      top.update(weights, state, credit, learner);
      wrong += static_cast<double>(count_wrong(top, state, minibatches.labels));
      training.batch(o.top_batch);
    }
    loss /= static_cast<double>(updates);
    wrong *= 100 / static_cast<double>(updates * o.top_batch);
    const double held_out_error = watched ? error(top, weights, held_out, data.held_out_labels) : 0;
    auto text = fmt::format("loss {:.4g}, training error {:.2f} %", loss, wrong);
    if (watched) text += fmt::format(", held-out error {:.2f} %", held_out_error);
    training.end(training.done() + 1, {training.seconds(), loss, wrong, held_out_error}, text, weights,
                 learner);
  }
  const auto title = o.learned() ? fmt::format("Top on {} competing units", o.units)
                     : o.pixels()
                         ? "Top on pixels"
                         : fmt::format("Top on {} {} features", o.units, o.random() ? "random" : "given");
  draw_top(o, training, title, watched);
  return weights;
}

void run(const Options& o, const auto& loss, const auto& optimizer) {
  const Data<S> data =
      load<S>(o, stream(o, Draws::digits), stream(o, Draws::test_digits), std::max(o.batch, o.top_batch));
  const Units layer{.inputs = data.train.rows(),
                    .units = o.units,
                    .competition = {.rank = o.rank, .anti_hebbian = S(o.delta)},
                    .power = S(o.p),
                    .radius = S(o.radius)};
  PowerCoding<S> coding{
      .exponent = S(o.n), .synaptic = o.coding == Coding::currents, .unit_rows = o.unit_rows};
  const SupervisedTop<S, std::decay_t<decltype(loss)>> top{.inputs = o.pixels() ? data.train.rows() : o.units,
                                                           .classes = data.classes,
                                                           .steepness = S(o.beta),
                                                           .loss = loss};
  layer.validate();  // better now than after training
  coding.validate();
  top.validate();
  optimizer.validate();
  for (const auto* images : {&data.train, &data.held_out, &data.test}) check_varied("images", *images);
  ThreadTeam team(o.threads);
  CheckpointFile file(o, o.checkpoint_every);

  RowMatrix<S> features;
  Checkpoint results;
  if (!o.pixels()) {
    const auto weights = learn_features(o, layer, data, team, file);
    features = coding.features(weights.weight, layer.power);
    results.put("features", weights);
  }
  Matrix<S> h = encode(coding, features, data.train, team);  // 480 MB for 2000 units and 60 000 images
  coding.gain = coding.normalising_gain(h);
  h *= coding.gain;
  const Generator order = stream(o, Draws::top_order);
  const auto with = [&](const Minibatches<S>& minibatches, const auto& code_of) {
    return learn_top(o, top, optimizer, data, minibatches, code_of,
                     encode(coding, features, data.held_out, team), team, file);
  };
  const auto coded = [](const Matrix<S>& codes) -> const Matrix<S>& { return codes; };
  Matrix<S> code;
  const auto anew = [&](const Matrix<S>& images) -> const Matrix<S>& {
    return code = encode(coding, features, images, team);
  };
  const auto weights = o.distorted() ? with({data.train, data.train_labels, o.top_batch, order,
                                             distortion(o, data, Draws::top_distortion)},
                                            anew)
                                     : with({h, data.train_labels, o.top_batch, order}, coded);
  results.put("gain", coding.gain);
  results.put("top", weights);
  results.save(o.file("mnist_competing_weights.npz"));
  if (o.skip_test) return;
  fmt::print("test error: {:.2f} %\n",
             error(top, weights, encode(coding, features, data.test, team), data.test_labels));
}

// ---------------------------------------------------------------- options

void add_options(Program& program, Options& o) {
  const auto zero = [](Index Sizes::*size) {
    return fmt::format("(0: {}, or {} on generated digits)", on_data.*size, on_digits.*size);
  };
  add_images(program, o, "none, or a sixtieth of generated digits");
  program.flag("--distort-features,!--no-distort-features", o.distort_features,
               "those of the features, too (the default)");
  program.group("Network");
  program.option(
      "--features", o.features,
      "learned; random: as initialised; pixels: none; or the .npz that an earlier run has written");
  program.option("--units", o.units, "hidden units " + zero(&Sizes::units))->check(CLI::NonNegativeNumber);
  program.option("--p", o.p, "Lebesgue norm of the weights, at least 2");
  program.option("--radius", o.radius, "norm that the weights of a unit get");
  program.option("--init-deviation", o.init_deviation, "weights ~ Normal(0, deviation^2)");
  program.option("--n", o.n, "power of the hidden units");
  program.choice("--coding", o.coding, {{"weights", Coding::weights}, {"currents", Coding::currents}},
                 "of the hidden units: weights (W v) or currents (<W, v>)");
  program.flag("--unit-rows,!--no-unit-rows", o.unit_rows,
               "of the coding: each unit's weights are scaled to length 1 (the default)");
  program.choice("--top", o.top, {{"tanh", Top::tanh}, {"softmax", Top::softmax}},
                 "tanh: loss |c - t|^m; softmax: cross-entropy");
  program.option("--m", o.m, "power of the top's loss");
  program.option("--beta", o.beta, "steepness of the top");
  program.group("Learning");
  program.option("--epochs", o.epochs, "passes over the training set " + zero(&Sizes::epochs))
      ->check(CLI::NonNegativeNumber);
  program.option("--batch", o.batch, "images of a minibatch")->check(CLI::PositiveNumber);
  program.option("--rate", o.rate, "largest change of an update, falling linearly to 0")
      ->check(CLI::NonNegativeNumber);
  program
      .option(
          "--k", o.rank,
          fmt::format("the k-th strongest unit learns with -delta (0: {}, or {} among fewer than {} units, "
                      "where a large k makes a few win everything)",
                      usual_rank, small_rank, few_units))
      ->check(CLI::NonNegativeNumber);
  program.option("--delta", o.delta, "strength of anti-Hebbian learning");
  program.flag(
      "--unit-length,!--no-unit-length", o.unit_length,
      "features learn from images scaled to length 1 (the top always sees them so; not the default)");
  program.option("--top-epochs", o.top_epochs, "passes of the top " + zero(&Sizes::top_epochs))
      ->check(CLI::NonNegativeNumber);
  program.option("--top-batch", o.top_batch, "images of its minibatch")->check(CLI::PositiveNumber);
  program.option("--top-rate", o.top_rate, "its learning rate, falling linearly to 0")
      ->check(CLI::NonNegativeNumber);
  program.choice("--top-optimizer", o.top_optimizer,
                 {{"adam", TopOptimizer::adam}, {"sgd", TopOptimizer::sgd}}, "of the top");
  program.seed(o.seed, "of everything drawn at random");
  program.output(o, true, "folder for pictures, numbers and weights");
  program.option("--checkpoint-every", o.checkpoint_every,
                 "seconds at least from one writing to the next (0: after every pass)");
  program
      .option("--images-of-features", o.images_of_features,
              "receptive fields in the picture, of the first units")
      ->check(CLI::PositiveNumber);
}

/// What was not given, where it depends on the data.
void fill_defaults(Options& o) {
  const Sizes& sizes = o.data.empty() ? on_digits : on_data;
  if (o.units == 0) o.units = sizes.units;
  if (o.rank == 0) o.rank = o.units < few_units ? small_rank : usual_rank;
  if (o.epochs == 0) o.epochs = sizes.epochs;
  if (o.top_epochs == 0) o.top_epochs = sizes.top_epochs;
  if (o.hold_out < 0) o.hold_out = o.data.empty() ? -1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Program program("mnist_competing",
                  "Competing hidden units on MNIST: features without labels, and a classifier on them",
                  "--data FOLDER");
  add_options(program, o);
  return program.run(argc, argv, [&] {
    fill_defaults(o);
    o.settings = program.settings();
    o.check_writable();
    const auto with = [&](const auto& loss) {
      if (o.top_optimizer == TopOptimizer::adam)
        run(o, loss, Adam<S>{.rate = S(o.top_rate)});
      else
        run(o, loss, Sgd<S>{.rate = S(o.top_rate)});
    };
    if (o.top == Top::tanh)
      with(TanhPower<S>{.exponent = S(o.m)});
    else
      with(CrossEntropy<S>{});
  });
}
