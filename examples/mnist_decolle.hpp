// What mnist_decolle needs around the network: options, data, progress, pictures, checkpoints.
#pragma once
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <neohebb/data/augment.hpp>
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/neohebb.hpp>
#include <neohebb/plot/curves.hpp>
#include <neohebb/plot/png.hpp>
#include <neohebb/plot/raster.hpp>

#include "mnist.hpp"
#include "nir_option.hpp"
#include "ranks.hpp"

struct Options {
  std::string data, set, out = "out", checkpoint, nir;
  std::vector<Index> layers{512, 512, 512};
  Index steps = 20, burn_in = 4, window = 4, epochs = 0, batch = 100, chunk = 50, held_out = -1, samples = 0;
  double tau_mem = 4.5, tau_syn = 1.45, tau_ref = 2.3, steepness = 10, readout_scale = 5, gain = 1;
  double rate = 1e-3, dropout = 0.1, rate_regularisation = 0.3, shift = 1, rotation = 8, scaling = 0.08,
         shear = 0;
  Arithmetic arithmetic = Arithmetic::by_rate;
  std::uint64_t seed = 1;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  int layer_ranks = 1;
  bool resume = false, skip_test = false;
};

/// One stream of random numbers for each use.
enum class Draws : std::uint32_t { weights, order, spikes, distortion, test_spikes, digits, test_digits };
inline Generator stream(const Options& o, Draws use) {
  return Generator{.seed = o.seed}.substream(static_cast<std::uint32_t>(use));
}

inline void add_options(CLI::App& app, Options& o) {
  app.option_defaults()->always_capture_default();
  add_data_options(app, o.data, o.set);
  app.add_option("--out", o.out, "folder for pictures, numbers and weights");
  app.add_option("--layers", o.layers, "neurons of each layer: 512,512,512")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_option("--steps", o.steps, "time steps of a presentation")->check(CLI::PositiveNumber);
  app.add_option("--burn-in", o.burn_in, "first steps in which nothing is learned")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--window", o.window, "steps per update (1: online)")->check(CLI::PositiveNumber);
  app.add_option("--epochs", o.epochs, "passes over the training set (0: 16, or 4 on generated digits)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--batch", o.batch, "samples of a minibatch")->check(CLI::PositiveNumber);
  app.add_option("--chunk", o.chunk, "samples that a thread takes at a time")->check(CLI::PositiveNumber);
  app.add_option("--held-out", o.held_out, "training samples kept aside to watch accuracy (-1: a sixtieth)");
  app.add_option("--samples", o.samples, "training samples used (0: all)")->check(CLI::NonNegativeNumber);
  app.add_option("--tau-mem", o.tau_mem, "membrane time constant, ms; a step is 1 ms");
  app.add_option("--tau-syn", o.tau_syn, "synaptic time constant, ms");
  app.add_option("--tau-ref", o.tau_ref, "refractory time constant, ms");
  app.add_option("--steepness", o.steepness, "of the fast-sigmoid surrogate");
  app.add_option("--readout-scale", o.readout_scale, "readouts ~ Uniform(-l/sqrt(units), l/sqrt(units))");
  app.add_option("--gain", o.gain, "weights ~ Normal(0, gain^2/inputs)");
  app.add_option("--rate", o.rate, "learning rate of Adam, falling linearly to 0")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--dropout", o.dropout, "between spikes and readout while learning");
  app.add_option("--rate-regularisation", o.rate_regularisation, "strength of firing-rate regularisation");
  app.add_option("--shift", o.shift, "training images are shifted by up to so many pixels");
  app.add_option("--rotation", o.rotation, "and turned by up to so many degrees");
  app.add_option("--scaling", o.scaling, "and scaled by up to this fraction");
  app.add_option("--shear", o.shear, "and slanted by up to this many columns per row");
  app.add_option("--arithmetic", o.arithmetic,
                 "of the projections: by_rate chooses the cheaper, layer by layer; events; dense")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Arithmetic>{
          {"by_rate", Arithmetic::by_rate}, {"events", Arithmetic::events}, {"dense", Arithmetic::dense}}))
      ->default_str("by_rate");
  add_seed(app, o.seed, "of everything drawn at random");
  app.add_option("--threads", o.threads, "the result does not depend on it")->check(CLI::PositiveNumber);
  app.add_option("--layer-ranks", o.layer_ranks,
                 "under mpirun: so many ranks share the layers, the others the samples; likewise");
  app.add_option("--checkpoint", o.checkpoint, "file that is written after every epoch");
  app.add_flag("--resume", o.resume, "go on from the checkpoint")->needs("--checkpoint");
  add_nir(app, o.nir);
  app.add_flag("--skip-test", o.skip_test, "leave the test set unseen (for choosing hyper-parameters)");
}

/// The options with their defaults filled in, and folders that can be written: better now than after training.
inline Options settled(Options o, const World& world) {
  if (o.epochs == 0) o.epochs = o.data.empty() ? 4 : 16;
  if (world.rank() == 0) check_writable(o.out, "mnist_decolle.csv", o.checkpoint);
  return o;
}

/// The images that the options ask for.
template <class S> Data<S> load(const Options& o) {
  return load<S>(Source{.folder = o.data,
                        .set = o.set,
                        .digits = stream(o, Draws::digits),
                        .test_digits = stream(o, Draws::test_digits),
                        .samples = o.samples,
                        .held_out = o.held_out,
                        .batch = o.batch});
}

/// Per cent correct: each layer by either rule of prediction, and all layers' summed readouts together.
struct Accuracy {
  std::vector<double> most_frequent, summed;
  double together = 0;

  explicit Accuracy(std::size_t layers) : most_frequent(layers), summed(layers) {}
  void scale(double factor) {
    for (double& x : most_frequent) x *= factor;
    for (double& x : summed) x *= factor;
    together *= factor;
  }
};

/// What every epoch left: losses, seconds, held-out accuracy, layer by layer.
struct History {
  std::size_t layers;
  std::vector<double> values;  // epoch after epoch: seconds, losses, most frequent, summed, together
  explicit History(const Options& o) : layers(o.layers.size()) {}
  std::size_t row() const { return 2 + 3 * layers; }
  std::size_t epochs() const { return values.size() / row(); }
  double seconds(std::size_t e) const { return values[e * row()]; }
  double loss(std::size_t e, std::size_t l) const { return values[e * row() + 1 + l]; }
  double most_frequent(std::size_t e, std::size_t l) const { return values[e * row() + 1 + layers + l]; }
  double summed(std::size_t e, std::size_t l) const { return values[e * row() + 1 + 2 * layers + l]; }
  double together(std::size_t e) const { return values[e * row() + 1 + 3 * layers]; }
  void add(const std::vector<double>& losses, double seconds, const Accuracy& held_out) {
    values.push_back(seconds);
    values.insert(values.end(), losses.begin(), losses.end());
    values.insert(values.end(), held_out.most_frequent.begin(), held_out.most_frequent.end());
    values.insert(values.end(), held_out.summed.begin(), held_out.summed.end());
    values.push_back(held_out.together);
  }
};

/// The progress line, and the epoch's mean losses.
class Progress {
 public:
  Progress(const Options& o, Index samples) : options_(o), samples_(samples), sums_(o.layers.size()) {}
  void step(Index epoch, Index batch, const auto& losses) {
    done_ += batch;
    ++batches_;
    for (std::size_t l = 0; l < sums_.size(); ++l) sums_[l] += static_cast<double>(losses[l]);
    if (!terminal_ || seconds() - printed_ < 0.5) return;
    printed_ = seconds();
    const double rate = static_cast<double>(done_) / seconds();
    fmt::print("\repoch {}/{}  {:.0f} samples/s  loss {}  {:.0f} s left   ", epoch + 1, options_.epochs, rate,
               text(epoch_losses()), static_cast<double>(samples_ - done_) / rate);
    std::fflush(stdout);
  }
  void epoch(Index epoch, const History& h) {
    const std::size_t e = h.epochs() - 1;
    std::string watched;
    if (options_.held_out != 0) {
      std::vector<double> accuracy;
      for (std::size_t l = 0; l < sums_.size(); ++l) accuracy.push_back(h.summed(e, l));
      watched = fmt::format("  held-out accuracy {} %, together {:.4g} %", text(accuracy), h.together(e));
    }
    const double rate = static_cast<double>(done_) / seconds();
    fmt::print("{}epoch {}/{}  {:.0f} s  {:.0f} samples/s  loss {}{}  {:.0f} s left   \n",
               terminal_ ? "\r" : "", epoch + 1, options_.epochs, seconds(), rate, text(epoch_losses()),
               watched, static_cast<double>(samples_ - done_) / rate);
    std::fflush(stdout);
    batches_ = 0;
    std::fill(sums_.begin(), sums_.end(), 0);
  }
  std::vector<double>& sums() { return sums_; }
  std::vector<double> epoch_losses() const {
    std::vector<double> mean = sums_;
    for (double& m : mean) m /= static_cast<double>(batches_);
    return mean;
  }
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  static std::string text(const std::vector<double>& numbers) {
    std::string all;
    for (const double x : numbers) all += fmt::format("{}{:.4g}", all.empty() ? "" : ", ", x);
    return all;
  }
  const Options& options_;
  Index samples_, done_ = 0, batches_ = 0;
  std::vector<double> sums_;
  double printed_ = 0;
  bool terminal_ = isatty(STDOUT_FILENO) != 0;  // a line that renews itself; else one line an epoch
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Everything that the course of training depends on, as text.
inline std::string course(const Options& o) {
  return fmt::format(
      "{} --layers {} --steps {} --burn-in {} --window {} --epochs {} --batch {} --chunk {} --held-out {} "
      "--samples {} "
      "--tau-mem {} --tau-syn {} --tau-ref {} --steepness {} --readout-scale {} "
      "--gain {} "
      "--rate {} --dropout {} --rate-regularisation {} --shift {} --rotation {} --scaling {} --shear {} "
      "--arithmetic {} --seed {}",
      o.set, fmt::join(o.layers, ","), o.steps, o.burn_in, o.window, o.epochs, o.batch, o.chunk, o.held_out,
      o.samples, o.tau_mem, o.tau_syn, o.tau_ref, o.steepness, o.readout_scale, o.gain, o.rate, o.dropout,
      o.rate_regularisation, o.shift, o.rotation, o.scaling, o.shear, static_cast<int>(o.arithmetic), o.seed);
}
void save(const Options& o, Index epoch, const auto& weights, const auto& learner, const History& history) {
  Checkpoint file;
  file.put("weights", weights);
  file.put("learner", learner);
  file.put("course", course(o));
  file.put("epoch", epoch);
  file.put("history", history.values);
  file.save(o.checkpoint);
}
void resume(const Options& o, Index& epoch, auto& weights, auto& learner, History& history) {
  const Checkpoint file = Checkpoint::load(o.checkpoint);
  std::string trained;
  file.get("course", trained);
  if (trained != course(o))
    throw std::invalid_argument(fmt::format("{} was trained with other options: {}", o.checkpoint, trained));
  file.get("epoch", epoch);
  if (epoch < 0 || epoch > o.epochs)
    throw std::runtime_error(fmt::format("{}: epoch {}", o.checkpoint, epoch));
  file.get("weights", weights);
  file.get("learner", learner);
  history.values.resize(static_cast<std::size_t>(epoch) * history.row());
  file.get("history", history.values);
  fmt::print("going on after epoch {} of {}\n", epoch, o.checkpoint);
}

/// Learning curve and a raster of one test sample as PNG, numbers as CSV, weights as .npz.
template <class S>
void draw(const auto& net, const auto& weights, const Options& o, const Presentation& presentation,
          const Data<S>& data, const History& history) {
  const auto file = [&](const char* name) { return (std::filesystem::path(o.out) / name).string(); };
  std::ofstream csv(file("mnist_decolle.csv"));
  csv << "epoch,layer,seconds,loss,held_out_most_frequent,held_out_summed\n";
  for (std::size_t e = 0; e < history.epochs(); ++e)
    for (std::size_t l = 0; l < history.layers; ++l)
      csv << fmt::format("{},{},{:.1f},{:.6g},{:.2f},{:.2f}\n", e + 1, l + 1, history.seconds(e),
                         history.loss(e, l), history.most_frequent(e, l), history.summed(e, l));
  if (!csv.flush()) throw std::runtime_error("cannot write " + file("mnist_decolle.csv"));

  const bool watched = data.held_out.cols() > 0;
  plot::CurvePlot curve{
      .title = "DECOLLE on MNIST",
      .x = {.label = "epoch"},
      .y = {.label = watched ? "held-out error (%)" : "loss", .scale = plot::Scale::logarithmic}};
  for (std::size_t l = 0; l < history.layers; ++l) {
    plot::Series series{.name = fmt::format("layer {}", l + 1), .markers = true};
    for (std::size_t e = 0; e < history.epochs(); ++e)
      series.y.push_back(watched ? std::max(100 - history.summed(e, l), 0.01) : history.loss(e, l));
    curve.series.push_back(std::move(series));
  }
  plot::write_png(file("mnist_decolle_curve.png"), curve.draw());

  plot::Raster raster{.title = fmt::format("one test sample: a {}", data.test_labels[0]),
                      .steps = presentation.steps};
  raster.panels.push_back({.name = "input", .neurons = data.test.rows()});
  for (std::size_t l = 0; l < net.size(); ++l)
    raster.panels.push_back({.name = fmt::format("layer {}", l + 1), .neurons = net.layer(l).units()});
  auto state = net.zero_state(Extent{1});
  Spikes<S> in(Extent<>{data.test.rows()}, Extent{1});
  std::vector<LayerObserver> observers;
  for (std::size_t l = 0; l < net.size(); ++l) observers.emplace_back(net.layer(l));
  const auto mark = [](plot::RasterPanel& panel, Index t, const auto& spikes) {
    for (const auto i : spikes.active(0)) panel.spikes.push_back({t, i});
  };
  const Index observed = std::min<Index>(100, data.test.cols());
  for (Index sample = 0; sample < observed; ++sample) {
    state = net.zero_state(Extent{1});
    const Generator noise = stream(o, Draws::test_spikes).at_sample(sample);
    for (Index t = 0; t < presentation.steps; ++t) {
      BernoulliEncoder{}(data.test.col(sample), t, noise.at_step(t), in);
      net.step(weights, state, in);
      if (sample == 0) mark(raster.panels[0], t, in);
      for (std::size_t l = 0; l < net.size(); ++l) {
        observers[l].observe(net.layer(l), state[l], l == 0 ? in : net.spikes(state, l - 1));
        if (sample == 0) mark(raster.panels[l + 1], t, net.spikes(state, l));
      }
    }
  }
  plot::write_png(file("mnist_decolle_raster.png"), raster.draw());
  for (std::size_t l = 0; l < net.size(); ++l) {
    const LayerReport r = observers[l].report();
    fmt::print(
        "layer {}: {:.1f} % of neurons spike per step, {:.1f} % silent, {:.1f} % saturated, U {:.2f} +- "
        "{:.2f}, {:.0f} synaptic "
        "operations per step ({:.0f} dense)\n",
        l + 1, 100 * r.rate, 100 * r.silent, 100 * r.saturated, r.potential_mean, r.potential_deviation,
        r.synaptic_operations, r.dense_operations);
  }
  Checkpoint file_of_weights;
  file_of_weights.put("weights", weights);
  file_of_weights.save(file("mnist_decolle.npz"));
  fmt::print("wrote {}, {}, {}, {}\n", file("mnist_decolle_curve.png"), file("mnist_decolle_raster.png"),
             file("mnist_decolle.csv"), file("mnist_decolle.npz"));
}
