// Options of dvs_decolle, and what the published network and the small one are by default.
#pragma once
#include <neohebb/data/events/binning.hpp>
#include <neohebb/data/events/camera.hpp>
#include <neohebb/data/events/dvs_gesture.hpp>
#include <neohebb/data/events/gestures.hpp>
#include <neohebb/data/events/reader.hpp>
#include <neohebb/data/events/recordings.hpp>
#include <neohebb/data/events/saccades.hpp>
#include <neohebb/data/events/step_binner.hpp>

#include "decolle.hpp"

enum class Kind { nmnist, gestures };
enum class Rule { sgd, adam, adamax };
enum class Error { smooth_l1, mean_square, cross_entropy };
enum class Schedule { constant, linear, cosine, step };

/// Defaults: the small network on N-MNIST.
struct Options : Common {
  // data
  std::string nmnist, gesture, mnist, test_data;
  std::string simulated;  // nmnist or gestures
  Index samples = 0, hold_out = 0;
  std::vector<Index> fold{0, 0};  // which of how many; 0, 0: none
  // how they are seen
  int cells = 16, shift = 1;
  double dt = 4;
  Index steps = 75, burn_in = 10, test_steps = 0;
  bool random_start = false;
  double time_shift = 0, rotation = 0, scaling = 0;
  // network
  std::string network = "small";
  std::vector<Index> channels{24, 48}, pooling{2, 2}, dense{128};
  Index kernel = 5;
  double tau_mem = 24, tau_syn = 12, tau_ref = 5, spread = 0, steepness = 10, readout_scale = 5, gain = 0;
  // learning
  Index window = 5, batch = 40, chunk = 10, epochs = 20;
  Rule optimizer = Rule::adam;
  Error loss = Error::cross_entropy;
  Schedule schedule = Schedule::linear;
  double rate = 1e-2, step_every = 30, step_factor = 0.2, dropout = 0.1, rate_regularisation = 0.3;
  bool last = false;  // layer's readout answers, in place of all layers' together
  // a recording to classify
  std::string stream;
  double say_every = 100;
  std::vector<int> sensor;
  int layer_ranks = 1;

  Kind kind() const { return !gesture.empty() || simulated == "gestures" ? Kind::gestures : Kind::nmnist; }
  Index fold_count() const { return fold.back(); }
  bool holds_out() const { return hold_out > 0 || fold_count() > 0; }
  Index time_shift_steps() const { return static_cast<Index>(time_shift / dt + 1e-6); }
  std::size_t layers() const { return channels.size() + dense.size(); }
};

/// Defaults of the options that are not given. [Kaiser, Mostafa, Neftci 2020] for the published network. Those of
/// N-MNIST are chosen by five-fold cross-validation (benchmarks/RESULTS.md).
inline Options preset(const Options& given) {
  Options o;
  const Kind kind = given.kind();
  if (!given.nmnist.empty()) {
    o.rotation = 10;
    o.scaling = 0.1;
    o.time_shift = 12;
    o.dropout = 0.3;
    o.epochs = 40;
    o.last = true;
  }
  if (kind == Kind::gestures) {
    o.random_start = true;
    o.steps = 125;
    o.burn_in = 25;
    o.test_steps = 250;
  }
  if (given.network != "published") return o;
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
  o.schedule = Schedule::step;
  o.rate = gestures ? 3.6e-4 : 1e-3;
  o.dropout = 0.5;
  o.rate_regularisation = 0;
  o.shift = 0;
  o.rotation = o.scaling = o.time_shift = 0;
  o.last = false;
  return o;
}

/// One stream of random numbers for each use.
enum class Draws : std::uint32_t { weights, order, views, learning, constants, digits, test_digits, camera };
