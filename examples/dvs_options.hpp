// What dvs_decolle can be asked for, and what the published network and the small one are by default.
#pragma once
#include <neohebb/data/augment.hpp>
#include <neohebb/data/digits.hpp>
#include <neohebb/data/events/binning.hpp>
#include <neohebb/data/events/camera.hpp>
#include <neohebb/data/events/dvs_gesture.hpp>
#include <neohebb/data/events/filters.hpp>
#include <neohebb/data/events/gestures.hpp>
#include <neohebb/data/events/random_view.hpp>
#include <neohebb/data/events/reader.hpp>
#include <neohebb/data/events/recordings.hpp>
#include <neohebb/data/events/saccades.hpp>
#include <neohebb/data/events/step_binner.hpp>
#include <neohebb/data/events/views.hpp>
#include <neohebb/neohebb.hpp>

#include "mnist.hpp"
#include "ranks.hpp"

enum class Kind { nmnist, gestures };
enum class Rule { sgd, adam, adamax };
enum class Error { smooth_l1, mean_square, cross_entropy };
enum class Fall { constant, linear, cosine, step };

/// Defaults: the small network on N-MNIST.
struct Options {
  // data
  std::string nmnist, gesture, mnist, test;
  std::string simulated;  // nmnist or gestures
  Index samples = 0, hold_out = 0;
  std::vector<Index> fold{0, 0};  // which of how many; 0, 0: none
  // how they are seen
  int cells = 16, shift = 1;
  double dt = 4;
  Index steps = 75, burn_in = 10, test_steps = 0;
  bool random_start = false;
  double time_shift = 0, rotation = 0, scale = 0;
  // network
  std::string network = "small";
  std::vector<Index> channels{24, 48}, pooling{2, 2}, dense{128};
  Index kernel = 5;
  double tau_mem = 24, tau_syn = 12, tau_ref = 5, spread = 0, steepness = 10, readout_scale = 5, gain = 0;
  // learning
  Index window = 5, batch = 40, chunk = 10, epochs = 20;
  Rule optimizer = Rule::adam;
  Error loss = Error::cross_entropy;
  Fall schedule = Fall::linear;
  double rate = 1e-2, every = 30, factor = 0.2, dropout = 0.1, rate_regularisation = 0.3;
  std::uint64_t seed = 1;
  // the run
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::string checkpoint, pictures, stream;
  int layer_ranks = 1;
  bool resume = false;
  double say_every = 100;
  std::vector<int> sensor;

  Kind kind() const { return !gesture.empty() || simulated == "gestures" ? Kind::gestures : Kind::nmnist; }
  Index fold_count() const { return fold.back(); }
  bool holds_out() const { return hold_out > 0 || fold_count() > 0; }
  Index time_shift_steps() const { return static_cast<Index>(time_shift / dt + 1e-6); }
  std::size_t layers() const { return channels.size() + dense.size(); }
};

/// Where the options of a course do not say otherwise. [Kaiser, Mostafa, Neftci 2020] for the published network.
inline Options preset(const std::string& network, Kind kind) {
  Options o;
  if (kind == Kind::gestures) {
    o.random_start = true;
    o.steps = 125;
    o.burn_in = 25;
    o.test_steps = 250;
  }
  if (network != "published") return o;
  const bool gestures = kind == Kind::gestures;
  o.cells = 32;
  o.channels = {64, 128, 128};
  o.pooling = {2, 1, 2};
  o.dense = {};
  o.kernel = 7;
  o.dt = 1;
  o.steps = gestures ? 500 : 300;
  o.burn_in = gestures ? 100 : 60;
  o.test_steps = gestures ? 1800 : 0;
  o.tau_mem = -1 / std::log(0.97);
  o.tau_syn = -1 / std::log(0.92);
  o.tau_ref = -1 / std::log(0.65);
  o.readout_scale = gestures ? 2 : 0.5;
  o.window = 1;
  o.batch = 72;
  o.epochs = 30;
  o.chunk = 9;
  o.optimizer = Rule::adamax;
  o.loss = Error::smooth_l1;
  o.schedule = Fall::step;
  o.rate = gestures ? 3.6e-4 : 1e-3;
  o.dropout = 0.5;
  o.rate_regularisation = 0;
  o.shift = 0;
  return o;
}

inline const std::map<std::string, Rule> rules{
    {"sgd", Rule::sgd}, {"adam", Rule::adam}, {"adamax", Rule::adamax}};
inline const std::map<std::string, Error> errors{{"smooth_l1", Error::smooth_l1},
                                                 {"mean_square", Error::mean_square},
                                                 {"cross_entropy", Error::cross_entropy}};
inline const std::map<std::string, Fall> falls{
    {"constant", Fall::constant}, {"linear", Fall::linear}, {"cosine", Fall::cosine}, {"step", Fall::step}};
inline std::string name_in(const auto& names, auto value) {
  for (const auto& [name, v] : names)
    if (v == value) return name;
  return "";
}

/// The options that the course of training depends on.
inline void add_course(CLI::App& app, Options& o) {
  const auto choice = [&](const char* name, auto& value, const auto& names, const char* about) {
    app.add_option(name, value, about)
        ->transform(CLI::CheckedTransformer(names))
        ->default_str(name_in(names, value));
  };
  app.add_option("--network", o.network, "small, or published (64-128-128): what the others are by default")
      ->check(CLI::IsMember({"small", "published"}));
  app.add_option("--samples", o.samples, "training recordings used (0: all; simulated gestures: 550)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--hold-out", o.hold_out,
                 "the last N of them are kept apart to watch accuracy, and the test set stays unseen")
      ->check(CLI::NonNegativeNumber);
  app.add_option(
         "--fold", o.fold,
         "K/N: every N-th, counted class by class, from the K-th on is kept apart in place of the last")
      ->delimiter('/')
      ->expected(2)
      ->check(CLI::NonNegativeNumber)
      ->default_str("none");
  app.add_option("--cells", o.cells, "each side of what the network sees: blocks of pixels, centred")
      ->check(CLI::PositiveNumber);
  app.add_option("--shift", o.shift, "training recordings are moved by up to so many pixels")
      ->check(CLI::Range(0, 64));
  app.add_option("--time-shift", o.time_shift, "and begin up to so many ms earlier or later, in whole steps")
      ->check(CLI::Range(0.0, 10000.0));
  app.add_option("--rotation", o.rotation, "and are turned by up to so many degrees")
      ->check(CLI::Range(0.0, 180.0));
  app.add_option("--scale", o.scale, "and scaled by 1 - F ... 1 + F")->check(CLI::Range(0.0, 0.9));
  app.add_option("--dt", o.dt, "ms, a time step")->check(CLI::PositiveNumber);
  app.add_option("--steps", o.steps, "time steps of a presentation")->check(CLI::PositiveNumber);
  app.add_option("--burn-in", o.burn_in, "first steps in which nothing is learned and nobody votes")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--test-steps", o.test_steps, "time steps when testing (0: as in training)")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--random-start,!--no-random-start", o.random_start,
               "training presentations begin anywhere in a recording");
  app.add_option("--channels", o.channels, "of each convolutional layer: 24,48")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_option("--pooling", o.pooling, "of each: pixels each way whose maximum is shown")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_option("--dense", o.dense, "neurons of each dense layer above them (0: none)")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber);
  app.add_option("--kernel", o.kernel, "taps each way; padding keeps the size of images")
      ->check(CLI::PositiveNumber);
  app.add_option("--tau-mem", o.tau_mem, "membrane time constant, ms");
  app.add_option("--tau-syn", o.tau_syn, "synaptic time constant, ms");
  app.add_option("--tau-ref", o.tau_ref, "refractory time constant, ms");
  app.add_option("--spread", o.spread,
                 "layers' time constants are drawn from tau (1 - spread ... 1 + spread)");
  app.add_option("--steepness", o.steepness, "of the fast-sigmoid surrogate");
  app.add_option("--readout-scale", o.readout_scale, "readouts ~ Uniform(-l/sqrt(units), l/sqrt(units))");
  app.add_option(
         "--gain", o.gain,
         "weights ~ Normal(0, gain^2/inputs); 0: orthogonal, then every layer's potential gets mean 0 and "
         "variance 1 on a batch")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--window", o.window, "steps per update (1: online)")->check(CLI::PositiveNumber);
  app.add_option("--batch", o.batch, "recordings of a minibatch")->check(CLI::PositiveNumber);
  app.add_option("--chunk", o.chunk, "recordings that a thread takes at a time")->check(CLI::PositiveNumber);
  app.add_option("--epochs", o.epochs, "passes over the training set")->check(CLI::NonNegativeNumber);
  choice("--optimizer", o.optimizer, rules, "sgd, adam, adamax");
  choice("--loss", o.loss, errors, "smooth_l1, mean_square, cross_entropy");
  app.add_option("--rate", o.rate, "learning rate")->check(CLI::NonNegativeNumber);
  choice("--schedule", o.schedule, falls,
         "how it falls: constant; linear or cosine, to 0; step, by --factor every --every epochs");
  app.add_option("--every", o.every, "epochs")->check(CLI::PositiveNumber);
  app.add_option("--factor", o.factor, "of a step")->check(CLI::NonNegativeNumber);
  app.add_option("--dropout", o.dropout, "between spikes and readout while learning");
  app.add_option("--rate-regularisation", o.rate_regularisation, "strength of firing-rate regularisation");
  add_seed(app, o.seed, "of everything drawn at random");
}

inline void add_options(CLI::App& app, Options& o) {
  app.option_defaults()->always_capture_default();
  auto* source = app.add_option_group("data", "where recordings come from; without any they are simulated");
  source->add_option("--nmnist", o.nmnist, "N-MNIST's folder: Train/DIGIT/NUMBER.bin, Test/...")
      ->check(CLI::ExistingDirectory);
  source
      ->add_option("--gesture", o.gesture,
                   "DVS128 Gesture's folder, with trials_to_train.txt; or any of clips with a labels.csv")
      ->check(CLI::ExistingDirectory);
  source->add_option("--simulated", o.simulated, "nmnist or gestures: by a simulated event camera")
      ->check(CLI::IsMember({"nmnist", "gestures"}));
  source->require_option(0, 1);
  app.add_option("--mnist", o.mnist, "MNIST's folder, for simulated N-MNIST; else digits are generated")
      ->check(CLI::ExistingDirectory);
  app.add_option("--test", o.test, "another folder of the same kind to test on, as real after simulated")
      ->check(CLI::ExistingDirectory);
  add_course(app, o);
  app.add_option("--threads", o.threads, "the result does not depend on it")->check(CLI::PositiveNumber);
  app.add_option("--layer-ranks", o.layer_ranks,
                 "under mpirun: so many ranks share the layers, the others the samples; the result does not "
                 "depend on it");
  app.add_option("--checkpoint", o.checkpoint, "file that is written after every epoch");
  app.add_flag("--resume", o.resume, "go on from the checkpoint")->needs("--checkpoint");
  app.add_option("--pictures", o.pictures,
                 "folder for a confusion matrix, learning curve, events and spikes");
  app.add_option("--stream", o.stream,
                 "a recording of any format to classify as it plays, with the checkpoint's network")
      ->check(CLI::ExistingFile)
      ->needs("--checkpoint");
  app.add_option("--say-every", o.say_every, "ms between two answers of --stream")
      ->check(CLI::PositiveNumber);
  app.add_option("--sensor", o.sensor, "width,height of a recording that does not state it")
      ->delimiter(',')
      ->expected(2)
      ->check(CLI::PositiveNumber);
}

/// Everything that the course of training depends on, as arguments of the program.
inline std::string course(const Options& o) {
  std::string dense = fmt::format("{}", fmt::join(o.dense, ","));
  return fmt::format(
      "--network {} --samples {} --hold-out {} --fold {} --cells {} --shift {} --time-shift {} --rotation {} "
      "--scale {} --dt {} --steps {} --burn-in {} "
      "--test-steps {} --random-start={} --channels {} --pooling {} --dense {} --kernel {} --tau-mem {} "
      "--tau-syn {} --tau-ref {} --spread {} --steepness {} --readout-scale {} --gain {} --window {} --batch "
      "{} "
      "--chunk {} --epochs {} --optimizer {} --loss {} --rate {} --schedule {} --every {} --factor {} "
      "--dropout {} "
      "--rate-regularisation {} --seed {}",
      o.network, o.samples, o.hold_out, fmt::join(o.fold, "/"), o.cells, o.shift, o.time_shift, o.rotation,
      o.scale, o.dt, o.steps, o.burn_in, o.test_steps, o.random_start, fmt::join(o.channels, ","),
      fmt::join(o.pooling, ","), dense.empty() ? "0" : dense, o.kernel, o.tau_mem, o.tau_syn, o.tau_ref,
      o.spread, o.steepness, o.readout_scale, o.gain, o.window, o.batch, o.chunk, o.epochs,
      name_in(rules, o.optimizer), name_in(errors, o.loss), o.rate, name_in(falls, o.schedule), o.every,
      o.factor, o.dropout, o.rate_regularisation, o.seed);
}

/// What no option can say by itself.
inline Options settled(Options o, const World& world) {
  std::erase(o.dense, Index{0});
  if (o.pooling.size() != o.channels.size())
    throw std::invalid_argument(fmt::format("--pooling has {} numbers for the {} layers of --channels",
                                            o.pooling.size(), o.channels.size()));
  if (!o.mnist.empty() && (!o.nmnist.empty() || o.kind() == Kind::gestures))
    throw std::invalid_argument("--mnist is for simulated N-MNIST: --simulated nmnist");
  if (o.fold[0] != 0 || o.fold[1] != 0) {
    if (o.fold[1] < 2 || o.fold[0] < 1 || o.fold[0] > o.fold[1])
      throw std::invalid_argument(
          fmt::format("--fold is {}/{}, must be K/N with N from 2 and K from 1 to N", o.fold[0], o.fold[1]));
    if (o.hold_out > 0)
      throw std::invalid_argument(
          fmt::format("--hold-out {} and --fold {}/{}: give one of them", o.hold_out, o.fold[0], o.fold[1]));
  }
  if (!(o.dt >= 0.001 && o.dt <= 60000))
    throw std::invalid_argument(fmt::format("--dt is {} ms, must be from 0.001 to 60000", o.dt));
  if (o.test_steps == 0) o.test_steps = o.steps;
  if (!o.pictures.empty() && world.rank() == 0) check_writable(o.pictures, "dvs_decolle.csv", "");
  if (world.rank() == 0 && !o.checkpoint.empty() &&
      o.stream.empty()) {  // better known now than after training
    const std::string probe = o.checkpoint + ".probe";
    if (!std::ofstream(probe)) throw std::runtime_error("cannot write " + probe);
    std::filesystem::remove(probe);
  }
  return o;
}

/// One stream of random numbers for each use.
enum class Draws : std::uint32_t { weights, order, views, learning, constants, digits, test_digits, camera };
inline Generator stream(const Options& o, Draws use) {
  return Generator{.seed = o.seed}.substream(static_cast<std::uint32_t>(use));
}
