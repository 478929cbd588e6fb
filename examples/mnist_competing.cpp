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

/// Stage 1: receptive fields. No label is shown.
Units::Weights learn_features(const Options& o, const Units& layer, const Data<S>& data, ThreadTeam& team,
                              Saves& saves) {
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

  Stage stage("features", feature_columns, o.epochs, updates * o.batch);
  saves.resume(stage, weights, learner);
  while (!stage.finished()) {
    minibatches.shuffle(stage.done());
    std::vector<Index> wins(static_cast<std::size_t>(o.hidden));
    for (Index k = 0; k < updates; ++k) {
      minibatches.gather(k, team);
      set_rate(learner, schedule(static_cast<double>(stage.done() * updates + k)));
      layer.step(weights, state, minibatches.images, team);            // I, g
      layer.credit(weights, state, minibatches.images, credit, team);  // ds
      layer.update(weights, state, credit, learner, team);
      for (Index b = 0; b < o.batch; ++b) ++wins[static_cast<std::size_t>(layer.learning(state, b)(0))];
      stage.minibatch(o.batch);
    }
    const auto row = feature_row(layer.norms(weights), std::pow(layer.radius, layer.power), wins);
    stage.pass(row, fmt::format("{:.1f} % of norms converged", 100 * row[2] / static_cast<double>(o.hidden)));
    saves.pass(stage, weights, learner);
  }
  draw_features(o, weights.weight, layer.norms(weights), stage, data.height, data.width);
  fmt::print(
      "converged: {} of {} units have a norm within 5 % of R^p; {} never won in the last pass, {} others "
      "at most {} times\n",
      layer.converged(weights), o.hidden, stage.last(never_won), stage.last(others), stage.last(most_wins));
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

/// Per cent of samples that get another class than their label.
double error(const auto& top, const auto& weights, const Matrix<S>& h, const std::vector<int>& labels) {
  auto state = top.zero_state(Extent{h.cols()});
  top.step(weights, state, h);
  return 100.0 * static_cast<double>(count_wrong(top, state, labels)) / static_cast<double>(h.cols());
}

/// Stage 2: classes of codes h, which code_of makes of a minibatch where they are not made already.
auto learn_top(const Options& o, const auto& top, const auto& optimizer, const Data<S>& data,
               Minibatches<S> minibatches, const auto& code_of, const Matrix<S>& held_out, ThreadTeam& team,
               Saves& saves) {
  auto weights = top.zero_weights();
  auto state = top.zero_state(Extent{o.top_batch});
  auto credit = top.zero_credit();
  auto learner = top.learner(optimizer);
  const Index updates = minibatches.count();
  const LinearDecay<S> schedule{.initial = S(o.top_rate),
                                .length = static_cast<double>(o.top_epochs * updates)};

  Stage stage("top", top_columns(held_out.cols() > 0), o.top_epochs, updates * o.top_batch);
  saves.resume(stage, weights, learner);
  while (!stage.finished()) {
    minibatches.shuffle(stage.done());
    double loss = 0, wrong = 0;
    for (Index k = 0; k < updates; ++k) {
      minibatches.gather(k, team);
      set_rate(learner, schedule(static_cast<double>(stage.done() * updates + k)));
      const Matrix<S>& h = code_of(minibatches.images);
      top.step(weights, state, h);  // S h
      const auto target = o.top == Top::tanh ? signed_one_hot<S>(minibatches.labels, data.classes)
                                             : one_hot<S>(minibatches.labels, data.classes);
      loss += static_cast<double>(top.credit(weights, state, h, target, credit));
      top.update(weights, state, credit, learner);
      wrong += static_cast<double>(count_wrong(top, state, minibatches.labels));
      stage.minibatch(o.top_batch);
    }
    std::vector<double> row{loss / static_cast<double>(updates),
                            100 * wrong / static_cast<double>(updates * o.top_batch)};
    if (held_out.cols() > 0) row.push_back(error(top, weights, held_out, data.held_out_labels));
    stage.pass(row, top_text(row));
    saves.pass(stage, weights, learner);
  }
  draw_top(o, stage);
  return weights;
}

void run(const Options& o, const auto& loss, const auto& optimizer) {
  const Data<S> data = load<S>(o);
  const Units layer{.inputs = data.train.rows(),
                    .units = o.hidden,
                    .competition = {.rank = o.rank, .anti_hebbian = S(o.delta)},
                    .power = S(o.p),
                    .radius = S(o.radius)};
  PowerCoding<S> coding{.exponent = S(o.n), .synaptic = o.synaptic, .unit_rows = o.unit_rows};
  const SupervisedTop<S, std::decay_t<decltype(loss)>> top{
      .inputs = o.pixels() ? data.train.rows() : o.hidden,
      .classes = data.classes,
      .steepness = S(o.beta),
      .loss = loss};
  layer.validate();  // better now than after training
  coding.validate();
  top.validate();
  optimizer.validate();
  for (const auto* images : {&data.train, &data.held_out, &data.test}) check_varied("images", *images);
  ThreadTeam team(o.threads);
  Saves saves(o);

  RowMatrix<S> features;
  Checkpoint results;
  if (!o.pixels()) {
    const auto weights = learn_features(o, layer, data, team, saves);
    features = coding.features(weights.weight, layer.power);
    results.put("features", weights);
  }
  Matrix<S> h = encode(coding, features, data.train, team);  // 480 MB for 2000 units and 60 000 images
  coding.gain = coding.normalising_gain(h);
  h *= coding.gain;
  const Generator order = stream(o, Draws::top_order);
  const auto with = [&](const Minibatches<S>& minibatches, const auto& code_of) {
    return learn_top(o, top, optimizer, data, minibatches, code_of,
                     encode(coding, features, data.held_out, team), team, saves);
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
  results.save(in_folder(o, "weights.npz"));
  if (o.skip_test) return;
  fmt::print("test error: {:.2f} %\n",
             error(top, weights, encode(coding, features, data.test, team), data.test_labels));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Competing hidden units on MNIST: features without labels, and a classifier on them",
               "mnist_competing"};
  add_options(app, options);
  return run_program(app, argc, argv, [&] {
    const Options o = settled(options);
    const auto with = [&](const auto& loss) {
      if (o.top_optimizer == Moves::adam)
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
