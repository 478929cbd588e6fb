// A deep spiking network learns digits with local rules only. [Kaiser, Mostafa, Neftci 2020]
//
//     pixels → Bernoulli spikes → [ P, Q → U = W P + b + R → S = Θ(U) → next layer ]   for each layer
//                                          ↑ δ = (Gᵀ ∂L/∂Y) ∘ σ'(U) ← L(Y, Ŷ) ← Y = G S + c
//     ΔW = −rate · Σ_window δ Pᵀ        nothing crosses layers backwards
//
//     mnist_decolle                     digits that it draws itself
//     mpirun -n 4 mnist_decolle         the same bits on four processes
//     mnist_decolle --data FOLDER       the four MNIST (or Fashion-MNIST, or EMNIST's: --set) files
#include "mnist_decolle.hpp"

namespace {

using S = float;
using Layer =
    DecolleLayer<EventDriven<DoubleExponential<S>>, Srm<S>, Dynamic, FastSigmoid<S>, CrossEntropy<S>>;

auto make_network(const Options& o, Index inputs, int classes) {
  const auto decay = [](double tau) { return decay_from_time_constant(S(tau), S(1)); };  // steps of 1 ms
  std::vector<Layer> layers;
  for (const Index units : o.layers) {
    layers.push_back(
        {.projection = {.connectivity = {inputs, units},
                        .trace = {.membrane_decay = decay(o.tau_mem), .synaptic_decay = decay(o.tau_syn)},
                        .arithmetic = o.arithmetic},
         .neuron = {.refractory = {.decay = decay(o.tau_ref)}},
         .surrogate = {.steepness = S(o.steepness)},
         .signal = {.classes = classes, .scale = S(o.readout_scale), .dropout = S(o.dropout)},
         .rate = {S(o.rate_regularisation)}});
    inputs = units;
  }
  return Network{layers};
}

/// Shows every image once.
template <class P, class W>
Accuracy test(const P& parallel, const W& weights, const Options& o, const Presentation& presentation,
              const Matrix<S>& images, const std::vector<int>& labels) {
  Accuracy correct(o.layers.size());
  for (Index first = 0; first < images.cols(); first += o.batch) {
    const Index n = std::min(o.batch, images.cols() - first);
    auto state = parallel.zero_state(n);
    const Generator noise = stream(o, Draws::test_spikes).at_sample(first);
    parallel.predict(weights, state, presentation, noise, [&](Index t, Index chunk, Spikes<S>& in) {
      BernoulliEncoder{}(images.middleCols(first + chunk, in.batch()), t, noise.at_step(t).at_sample(chunk),
                         in);
    });
    for (Index b = 0; b < n; ++b) {
      const int label = labels[static_cast<std::size_t>(first + b)];
      for (std::size_t l = 0; l < o.layers.size(); ++l) {
        correct.most_frequent[l] += state.most_frequent(static_cast<Index>(l), b) == label;
        correct.summed[l] += state.summed(static_cast<Index>(l), b) == label;
      }
      correct.together += state.together(b) == label;
    }
  }
  if (images.cols() > 0) correct.scale(100.0 / static_cast<double>(images.cols()));
  return correct;
}

/// The network as a graph that gives the sum of the layers' readouts.
nir::Graph graph_of(const auto& net, const auto& weights) {
  return nir::exported(net, weights, {.dt = 1e-3, .readouts = true});
}
/// Writes it, with the first test sample; runs it on the test set as another program would.
void write_graph(const auto& net, const auto& weights, const Options& o, const Presentation& presentation,
                 const Data<S>& data) {
  const nir::Graph graph = graph_of(net, weights);
  const nir::ImportedNetwork<S> again(graph, *nir::noted_semantics(graph));
  Matrix<S> input(data.test.rows(), o.steps), answers(data.classes, o.steps);
  auto own = net.zero_state(Extent{1});
  Spikes<S> one(Extent<>{data.test.rows()}, Extent<>{1});
  for (Index t = 0; t < o.steps; ++t) {
    BernoulliEncoder{}(data.test.leftCols(1), t, stream(o, Draws::test_spikes).at_step(t), one);
    net.step(weights, own, one);
    input.col(t) = one.dense();
    answers.col(t).setZero();
    for (std::size_t l = 0; l < net.size(); ++l) answers.col(t) += net.layer(l).output(own[l]);
  }
  write_nir_files(o.nir, graph, input, answers);
  if (o.skip_test) return;
  Index correct = 0;
  for (Index first = 0; first < data.test.cols(); first += o.batch) {
    const Index n = std::min(o.batch, data.test.cols() - first);
    auto state = again.zero_state(n);
    Spikes<S> in(Extent<>{data.test.rows()}, Extent<>{n});
    SummedReadout<S> sum(Extent<>{data.classes}, Extent<>{n});
    for (Index t = 0; t < presentation.steps; ++t) {
      BernoulliEncoder{}(data.test.middleCols(first, n), t,
                         stream(o, Draws::test_spikes).at_sample(first).at_step(t), in);
      again.step(state, in.dense());
      if (t >= presentation.burn_in) sum.count(again.output(state));
    }
    for (Index b = 0; b < n; ++b)
      correct += sum.predict(b) == data.test_labels[static_cast<std::size_t>(first + b)];
  }
  fmt::print("test accuracy of {}: {:.2f} %\n", o.nir,
             100.0 * static_cast<double>(correct) / static_cast<double>(data.test.cols()));
}

void run(const Options& o, World& world) {
  const Data<S> data = load<S>(o);
  const Presentation presentation{.steps = o.steps, .burn_in = o.burn_in, .window = o.window};
  const auto net = make_network(o, data.train.rows(), data.classes);
  ThreadTeam team(o.threads);
  Grid grid(world, o.layer_ranks);
  const RankGrid ranks(grid.samples, grid.layers, {.own_losses = true});
  const Parallel parallel(net, team, ranks, o.chunk);

  auto weights = net.initial_weights(ScaledNormal<S>{S(o.gain)}, stream(o, Draws::weights));
  const bool writes = world.rank() == 0;
  if (!o.nir.empty() && writes) try_nir(o.nir, graph_of(net, weights));
  auto state = parallel.zero_state(o.batch);
  auto learner = parallel.learner(Adam<S>{.rate = S(o.rate)}, o.batch, presentation.window);
  const RandomAffine affine{data.height, data.width, o.shift, o.rotation, o.scaling, o.shear};
  affine.validate();
  const Index batches = data.train.cols() / o.batch;
  const Share own = ranks.own((o.batch + o.chunk - 1) / o.chunk);
  const LinearDecay<S> schedule{.initial = S(o.rate), .length = static_cast<double>(o.epochs * batches)};

  Index epoch = 0;
  History history(o);
  if (o.resume) resume(o, epoch, weights, learner, history);
  Progress progress(o, (o.epochs - epoch) * batches * o.batch);
  Matrix<S> images(data.train.rows(), o.batch);
  std::vector<int> labels(static_cast<std::size_t>(o.batch));
  for (; epoch < o.epochs; ++epoch) {
    const std::vector<Index> order = shuffled(data.train.cols(), stream(o, Draws::order).at_step(epoch));
    for (Index k = 0; k < batches; ++k) {
      const Generator noise = stream(o, Draws::spikes).at_sample((epoch * batches + k) * o.batch);
      const auto sample = [&](Index b) { return order[static_cast<std::size_t>(k * o.batch + b)]; };
      for (Index b = 0; b < o.batch; ++b)
        labels[static_cast<std::size_t>(b)] = data.train_labels[static_cast<std::size_t>(sample(b))];
      team.run(own.count, [&](Index c) {
        const Index first = (own.first + c) * o.chunk, n = std::min(o.chunk, o.batch - first);
        Matrix<S> chosen(data.train.rows(), n);
        for (Index b = 0; b < n; ++b) chosen.col(b) = data.train.col(sample(first + b));
        affine(chosen, stream(o, Draws::distortion).at_sample(noise.sample + first),
               images.middleCols(first, n));
      });
      parallel.set_rate(learner, schedule(static_cast<double>(epoch * batches + k)));
      const auto& losses = parallel.learn(
          weights, state, learner, presentation, noise,
          [&](Index t, Index chunk, Spikes<S>& in) {
            BernoulliEncoder{}(images.middleCols(chunk, in.batch()), t, noise.at_step(t).at_sample(chunk),
                               in);
          },
          one_hot<S>(labels, data.classes));
      progress.step(epoch, o.batch, losses);
    }
    parallel.join_layers(progress.sums());
    history.add(progress.epoch_losses(), progress.seconds(),
                test(parallel, weights, o, presentation, data.held_out, data.held_out_labels));
    progress.epoch(epoch, history);
    parallel.gather(weights, learner);
    if (!o.checkpoint.empty() && writes) save(o, epoch + 1, weights, learner, history);
  }

  report_ranks(world, ranks, net, learner);
  if (writes) draw(net, weights, o, presentation, data, history);
  if (!o.nir.empty() && writes) write_graph(net, weights, o, presentation, data);
  if (o.skip_test) return;
  const Accuracy accuracy = test(parallel, weights, o, presentation, data.test, data.test_labels);
  for (std::size_t l = 0; l < o.layers.size(); ++l)
    fmt::print("layer {} test accuracy: {:.2f} % (most frequent winner {:.2f} %)\n", l + 1,
               accuracy.summed[l], accuracy.most_frequent[l]);
  fmt::print("test accuracy: {:.2f} %\n", accuracy.together);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"DECOLLE on MNIST: a deep spiking network that learns by local rules", "mnist_decolle"};
  add_options(app, options);
  return run_program_on_ranks(app, argc, argv, [&](World& world) { run(settled(options, world), world); });
}
