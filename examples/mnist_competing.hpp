// What mnist_competing needs around the two stages: options, progress, pictures, checkpoints.
#pragma once
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <neohebb/data/augment.hpp>
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/layer/competing.hpp>
#include <neohebb/layer/power_coding.hpp>
#include <neohebb/layer/supervised_top.hpp>
#include <neohebb/learning/largest_entry.hpp>
#include <neohebb/neohebb.hpp>
#include <neohebb/plot/curves.hpp>
#include <neohebb/plot/mosaic.hpp>
#include <neohebb/plot/png.hpp>
#include <optional>

#include "mnist.hpp"
#include "program.hpp"

enum class Top { tanh, softmax };
enum class Moves { adam, sgd };

/// Where an option is 0, what files of 60 000 images need, and digits that are drawn, which are quickly learned.
struct Sizes {
  Index hidden, epochs, top_epochs;
};
inline constexpr Sizes on_data{.hidden = 2000, .epochs = 160, .top_epochs = 150},
    on_digits{.hidden = 200, .epochs = 100, .top_epochs = 50};

/// k where the option is 0.
inline constexpr Index usual_rank = 7, small_rank = 2, few_units = 300;

struct Options {
  std::string data, set, out = "out", features = "learned", checkpoint;
  Index held_out = -1, samples = 0;

  Index hidden = 0, epochs = 0, batch = 100, rank = 0;  // stage 1
  double p = 2, delta = 0.4, radius = 1, rate = 0.04, init_deviation = 1;
  bool unit_length = false;

  double n = 4.5;  // coding
  bool synaptic = false, unit_rows = true;

  Top top = Top::tanh;  // stage 2
  Moves top_optimizer = Moves::adam;
  Index top_epochs = 0, top_batch = 100;
  double m = 6, beta = 1, top_rate = 1e-3;

  double shift = 1, rotation = 0, scaling = 0;  // of training images; the paper's are as they are
  bool distort_features = true;
  Index images_of_features = 100;
  double checkpoint_every = 20;
  std::uint64_t seed = 1;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bool resume = false, skip_test = false;

  bool pixels() const { return features == "pixels"; }
  bool learned() const { return features == "learned"; }
  bool random() const { return features == "random"; }
  bool distorted() const { return shift > 0 || rotation > 0 || scaling > 0; }
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
inline Generator stream(const Options& o, Draws use) {
  return Generator{.seed = o.seed}.substream(static_cast<std::uint32_t>(use));
}

inline void add_options(CLI::App& app, Options& o) {
  app.option_defaults()->always_capture_default();
  add_data_options(app, o.data, o.set);
  app.add_option("--out", o.out, "folder for pictures, numbers and weights");
  app.add_option(
      "--features", o.features,
      "learned; random: as initialised; pixels: none; or the .npz that an earlier run has written");
  const auto zero = [](Index Sizes::*size) {
    return fmt::format("(0: {}, or {} on generated digits)", on_data.*size, on_digits.*size);
  };
  app.add_option("--hidden", o.hidden, "hidden units " + zero(&Sizes::hidden))->check(CLI::NonNegativeNumber);
  app.add_option("--p", o.p, "Lebesgue norm of the weights, at least 2");
  app.add_option("--k", o.rank,
                 fmt::format("the k-th strongest unit learns with -delta (0: {}, or {} among fewer than {} "
                             "units, where a large k makes a few win everything)",
                             usual_rank, small_rank, few_units))
      ->check(CLI::NonNegativeNumber);
  app.add_option("--delta", o.delta, "strength of anti-Hebbian learning");
  app.add_option("--radius", o.radius, "norm that the weights of a unit get");
  app.add_option("--epochs", o.epochs, "passes over the training set " + zero(&Sizes::epochs))
      ->check(CLI::NonNegativeNumber);
  app.add_option("--rate", o.rate, "largest change of an update, falling linearly to 0")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--batch", o.batch, "images of a minibatch")->check(CLI::PositiveNumber);
  app.add_option("--init-deviation", o.init_deviation, "weights ~ Normal(0, deviation^2)");
  app.add_flag(
      "--unit-length,!--no-unit-length", o.unit_length,
      "features learn from images scaled to length 1 (the top always sees them so; not the default)");
  app.add_option("--n", o.n, "power of the hidden units");
  app.add_option("--coding", o.synaptic, "of the hidden units: weights (W v) or currents (<W, v>)")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, bool>{{"weights", false}, {"currents", true}}))
      ->default_str("weights");
  app.add_flag("--unit-rows,!--no-unit-rows", o.unit_rows,
               "of the coding: each unit's weights are scaled to length 1 (the default)");
  app.add_option("--top", o.top, "tanh: loss |c - t|^m; softmax: cross-entropy")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, Top>{{"tanh", Top::tanh}, {"softmax", Top::softmax}}))
      ->default_str("tanh");
  app.add_option("--m", o.m, "power of the top's loss");
  app.add_option("--beta", o.beta, "steepness of the top");
  app.add_option("--top-epochs", o.top_epochs, "passes of the top " + zero(&Sizes::top_epochs))
      ->check(CLI::NonNegativeNumber);
  app.add_option("--top-rate", o.top_rate, "its learning rate, falling linearly to 0")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--top-batch", o.top_batch, "images of its minibatch")->check(CLI::PositiveNumber);
  app.add_option("--top-optimizer", o.top_optimizer, "adam or sgd")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, Moves>{{"adam", Moves::adam}, {"sgd", Moves::sgd}}))
      ->default_str("adam");
  app.add_option("--shift", o.shift, "training images are shifted by up to so many pixels, anew in each pass")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--rotation", o.rotation, "and turned by up to so many degrees")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--scaling", o.scaling, "and scaled by up to this fraction")->check(CLI::NonNegativeNumber);
  app.add_flag("--distort-features,!--no-distort-features", o.distort_features,
               "those of the features, too (the default)");
  app.add_option("--held-out", o.held_out,
                 "training images, the last, kept aside to watch the error (-1: none, or a sixtieth of "
                 "generated digits)");
  app.add_option("--samples", o.samples, "training images used (0: all)")->check(CLI::NonNegativeNumber);
  add_seed(app, o.seed, "of everything drawn at random");
  app.add_option("--threads", o.threads, "the result does not depend on it")->check(CLI::PositiveNumber);
  app.add_option("--checkpoint", o.checkpoint, "file that is written while training");
  app.add_option("--checkpoint-every", o.checkpoint_every,
                 "seconds at least from one writing to the next (0: after every pass)");
  app.add_flag("--resume", o.resume, "go on from the checkpoint")->needs("--checkpoint");
  app.add_flag("--skip-test", o.skip_test, "leave the test set unseen (for choosing hyper-parameters)");
  app.add_option("--images-of-features", o.images_of_features,
                 "receptive fields in the picture, of the first units")
      ->check(CLI::PositiveNumber);
}

/// The options with their defaults filled in, and folders that can be written.
inline Options settled(Options o) {
  const Sizes& sizes = o.data.empty() ? on_digits : on_data;
  if (o.hidden == 0) o.hidden = sizes.hidden;
  if (o.rank == 0) o.rank = o.hidden < few_units ? small_rank : usual_rank;
  if (o.epochs == 0) o.epochs = sizes.epochs;
  if (o.top_epochs == 0) o.top_epochs = sizes.top_epochs;
  if (o.held_out < 0) o.held_out = o.data.empty() ? -1 : 0;
  check_writable(o.out, "mnist_competing_top.csv", o.checkpoint);
  return o;
}

template <class S> Data<S> load(const Options& o) {
  return load<S>(Source{.folder = o.data,
                        .set = o.set,
                        .digits = stream(o, Draws::digits),
                        .test_digits = stream(o, Draws::test_digits),
                        .samples = o.samples,
                        .held_out = o.held_out,
                        .batch = std::max(o.batch, o.top_batch)});
}

/// Everything that the course of training depends on, as text.
inline std::string course(const Options& o) {
  return fmt::format(
      "{} {} --features {} --hidden {} --p {} --k {} --delta {} --radius {} --epochs {} --rate {} --batch {} "
      "--init-deviation {} {} --n {} --coding {} {} --top {} --m {} --beta {} --top-epochs {} --top-rate {} "
      "--top-batch {} --top-optimizer {} --shift {} --rotation {} --scaling {} {} --held-out {} --samples {} "
      "--seed {}",
      o.data.empty() ? "digits" : "files", o.set, o.features, o.hidden, o.p, o.rank, o.delta, o.radius,
      o.epochs, o.rate, o.batch, o.init_deviation, o.unit_length ? "--unit-length" : "--no-unit-length", o.n,
      o.synaptic ? "currents" : "weights", o.unit_rows ? "--unit-rows" : "--no-unit-rows",
      o.top == Top::tanh ? "tanh" : "softmax", o.m, o.beta, o.top_epochs, o.top_rate, o.top_batch,
      o.top_optimizer == Moves::adam ? "adam" : "sgd", o.shift, o.rotation, o.scaling,
      o.distort_features ? "--distort-features" : "--no-distort-features", o.held_out, o.samples, o.seed);
}

/// Maps of training images for one stage, new ones in each pass.
struct Distortion {
  RandomAffine affine;
  Generator generator;
};
template <class S> std::optional<Distortion> distortion(const Options& o, const Data<S>& data, Draws use) {
  if (!o.distorted()) return std::nullopt;
  Distortion d{{data.height, data.width, o.shift, o.rotation, o.scaling, 0}, stream(o, use)};
  d.affine.validate();
  return d;
}

/// Shuffled images (or codes of them) and labels, one minibatch after the other, gathered by a team.
template <class S> class Minibatches {
 public:
  Minibatches(const Matrix<S>& all, const std::vector<int>& all_labels, Index batch, const Generator& order,
              const std::optional<Distortion>& distorted = {})
      : images(all.rows(), batch),
        labels(static_cast<std::size_t>(batch)),
        all_(all),
        all_labels_(all_labels),
        generator_(order),
        distortion_(distorted) {}
  Index count() const { return all_.cols() / images.cols(); }
  /// Another order for each pass.
  void shuffle(Index pass) {
    pass_ = pass;
    order_ = shuffled(all_.cols(), generator_.at_step(pass));
  }
  /// Fills `images` and `labels` with minibatch k.
  void gather(Index k, ThreadTeam& team) {
    const Index tasks = team.size(), batch = images.cols();
    team.run(tasks, [&](Index task) {
      const Index first = batch * task / tasks, end = batch * (task + 1) / tasks;
      Matrix<S> chosen(distortion_ ? images.rows() : 0, end - first);
      for (Index b = first; b < end; ++b) {
        const Index sample = order_[static_cast<std::size_t>(k * batch + b)];
        if (distortion_)
          chosen.col(b - first) = all_.col(sample);
        else
          images.col(b) = all_.col(sample);
        labels[static_cast<std::size_t>(b)] = all_labels_[static_cast<std::size_t>(sample)];
      }
      if (distortion_)
        distortion_->affine(chosen, distortion_->generator.at_step(pass_).at_sample(k * batch + first),
                            images.middleCols(first, end - first));
    });
  }

  Matrix<S> images;
  std::vector<int> labels;

 private:
  const Matrix<S>& all_;
  const std::vector<int>& all_labels_;
  Generator generator_;
  std::optional<Distortion> distortion_;
  Index pass_ = 0;
  std::vector<Index> order_;
};

/// What every pass of a stage has left, and its progress line: one that renews itself on a terminal; else, and
/// besides, up to fifty lines.
class Stage {
 public:
  /// columns: of what `pass` will be given.
  Stage(std::string name, std::vector<std::string> columns, Index passes, Index images)
      : name_(std::move(name)), columns_(std::move(columns)), passes_(passes), images_(images) {
    columns_.insert(columns_.begin(), "seconds");
  }
  const std::string& name() const { return name_; }
  Index done() const { return static_cast<Index>(values.size() / columns_.size()); }
  bool finished() const { return done() == passes_; }
  std::size_t row() const { return columns_.size(); }
  double last(std::size_t column) const { return values[values.size() - row() + column]; }
  std::vector<double> column(std::size_t c) const {
    std::vector<double> all;
    for (std::size_t i = c; i < values.size(); i += row()) all.push_back(values[i]);
    return all;
  }
  /// Training goes on from `values`.
  void go_on() {
    before_ = values.empty() ? 0 : last(0);
    first_ = done();
    if (first_ > 0) fmt::print("{}: going on after pass {}\n", name_, first_);
  }
  void minibatch(Index images) {
    shown_ += images;
    if (!terminal_ || seconds() - printed_ < 0.5) return;
    printed_ = seconds();
    fmt::print("\r{} {}/{}  {}   ", name_, done() + 1, passes_, speed());
    std::fflush(stdout);
  }
  void pass(const std::vector<double>& row, const std::string& text) {
    values.push_back(before_ + seconds());
    values.insert(values.end(), row.begin(), row.end());
    if (done() % std::max<Index>(1, (passes_ + 49) / 50) != 0 && !finished()) return;
    fmt::print("{}{} {}/{}  {:.0f} s  {}  {}   \n", terminal_ ? "\r" : "", name_, done(), passes_, last(0),
               text, speed());
    std::fflush(stdout);
  }
  void write(const std::string& file) const {
    std::ofstream csv(file);
    csv << fmt::format("pass,{}\n", fmt::join(columns_, ","));
    for (std::size_t i = 0; i < values.size(); ++i)
      csv << (i % row() == 0 ? fmt::format("{},{:.2f}", i / row() + 1, values[i])
                             : fmt::format(",{:.6g}{}", values[i], i % row() + 1 == row() ? "\n" : ""));
    if (!csv.flush()) throw std::runtime_error("cannot write " + file);
  }

  std::vector<double> values;  // pass after pass: seconds, and the columns

 private:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  std::string speed() const {
    const double rate = static_cast<double>(shown_) / seconds();
    return fmt::format("{:.0f} images/s  {:.0f} s left", rate,
                       static_cast<double>((passes_ - first_) * images_ - shown_) / rate);
  }
  std::string name_;
  std::vector<std::string> columns_;
  Index passes_, images_, first_ = 0, shown_ = 0;
  double before_ = 0, printed_ = 0;
  bool terminal_ = isatty(STDOUT_FILENO) != 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The checkpoint: all stages so far, each with weights, learner and history.
class Saves {
 public:
  explicit Saves(const Options& o) : options_(o) {
    finished_.put("course", course(o));
    if (!o.resume) return;
    resumed_ = Checkpoint::load(o.checkpoint);
    std::string trained;
    resumed_->get("course", trained);
    if (trained != course(o))
      throw std::invalid_argument(
          fmt::format("{} was trained with other options: {}", o.checkpoint, trained));
  }
  /// Fills weights, learner and history where the stage had begun.
  void resume(Stage& stage, auto& weights, auto& learner) {
    if (!resumed_ || !resumed_->contains(stage.name())) return;
    Index passes = 0;
    resumed_->get(stage.name() + "/passes", passes);
    if (passes < 0 || passes > 1000000000)
      throw std::runtime_error(fmt::format("{}: {} passes of {}", options_.checkpoint, passes, stage.name()));
    resumed_->get(stage.name() + "/weights", weights);
    resumed_->get(stage.name() + "/learner", learner);
    stage.values.resize(static_cast<std::size_t>(passes) * stage.row());
    resumed_->get(stage.name() + "/history", stage.values);
    stage.go_on();
    if (stage.finished()) put(finished_, stage, weights, learner);
  }
  /// To be called after every pass.
  void pass(const Stage& stage, const auto& weights, const auto& learner) {
    const auto now = std::chrono::steady_clock::now();
    const bool due = std::chrono::duration<double>(now - written_).count() >= options_.checkpoint_every;
    if (options_.checkpoint.empty() || !(due || stage.finished())) return;
    Checkpoint file = finished_;
    put(file, stage, weights, learner);
    file.save(options_.checkpoint);
    written_ = now;
    if (stage.finished()) finished_ = std::move(file);
  }

 private:
  static void put(Checkpoint& file, const Stage& stage, const auto& weights, const auto& learner) {
    file.put(stage.name() + "/passes", stage.done());
    file.put(stage.name() + "/weights", weights);
    file.put(stage.name() + "/learner", learner);
    file.put(stage.name() + "/history", stage.values);
  }
  const Options& options_;
  Checkpoint finished_;
  std::optional<Checkpoint> resumed_;
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
};

inline std::string in_folder(const Options& o, const std::string& name) {
  return (std::filesystem::path(o.out) / ("mnist_competing_" + name)).string();
}

/// Curves over passes.
inline void draw_curves(const std::string& file, const std::string& title, const plot::Axis& y,
                        std::vector<plot::Series> series) {
  plot::write_png(
      file,
      plot::CurvePlot{.title = title, .x = {.label = "pass"}, .y = y, .series = std::move(series)}.draw());
}

/// How far a stage's weights have come: columns of its history.
inline const std::vector<std::string> feature_columns{"mean_norm", "median_norm", "converged",
                                                      "never_won", "others",      "most_wins_of_others"};
enum FeatureColumn : std::size_t { mean_norm = 1, median_norm, converged, never_won, others, most_wins };

template <class S> std::vector<double> feature_row(Vector<S> norms, S norm, const std::vector<Index>& wins) {
  const double mean = static_cast<double>(norms.mean());
  Index near = 0, never = 0, rest = 0, most = 0;
  for (Index u = 0; u < norms.size(); ++u) {
    const Index won = wins[static_cast<std::size_t>(u)];
    never += won == 0;
    if (std::abs(norms(u) - norm) <= S(0.05) * norm) {
      ++near;
    } else if (won > 0) {
      ++rest;
      most = std::max(most, won);
    }
  }
  const auto middle = norms.begin() + norms.size() / 2;
  std::nth_element(norms.begin(), middle, norms.end());
  std::vector<double> row{mean, static_cast<double>(*middle)};
  for (const Index count : {near, never, rest, most}) row.push_back(static_cast<double>(count));
  return row;
}

/// Receptive fields of the first units. The strongest colour is what one in a thousand weights of units with a norm
/// near `norm` exceeds: units that never won keep the large weights they were born with.
template <class S>
void draw_fields(const Options& o, const RowMatrix<S>& weights, const Vector<S>& norms, S norm, Index height,
                 Index width) {
  const Index units = std::min(o.images_of_features, weights.rows());
  std::vector<S> sizes;
  for (const bool all : {false, true})
    if (sizes.empty())
      for (Index i = 0; i < units; ++i)
        if (all || std::abs(norms(i) / norm - 1) <= S(0.05))
          for (const S w : weights.row(i)) sizes.push_back(std::abs(w));
  const auto strong = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() * 999 / 1000);
  std::nth_element(sizes.begin(), strong, sizes.end());
  Index columns = static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(units))));
  while (units % columns != 0 && columns * columns < 4 * units) ++columns;  // full rows, where there is a way
  const plot::Mosaic mosaic{.height = height,
                            .width = width,
                            .columns = units % columns == 0 ? columns : 0,
                            .scale = units > 400 ? 1 : 3,
                            .limit = static_cast<double>(*strong),
                            .colour_bar = true};
  plot::write_png(in_folder(o, "fields.png"), mosaic.draw_fields(weights.topRows(units).transpose()));
}

/// Receptive fields, the way of the norms to R^p, and how many units are there; numbers as CSV.
template <class S>
void draw_features(const Options& o, const RowMatrix<S>& weights, const Vector<S>& norms, const Stage& stage,
                   Index height, Index width) {
  const double norm = std::pow(o.radius, o.p);
  draw_fields(o, weights, norms, static_cast<S>(norm), height, width);
  std::vector<double> within = stage.column(converged), never = stage.column(never_won);
  for (double& x : within) x *= 100.0 / static_cast<double>(o.hidden);
  for (double& x : never) x *= 100.0 / static_cast<double>(o.hidden);
  std::vector<double> wanted(within.size(), norm);
  draw_curves(in_folder(o, "norms.png"),
              std::string("Norms of ") + std::to_string(o.hidden) + " competing units",
              {.label = "sum of |W|^p", .scale = plot::Scale::logarithmic},
              {{.name = "mean", .y = stage.column(mean_norm)},
               {.name = "median", .y = stage.column(median_norm)},
               {.name = "R^p", .y = wanted, .dashed = true}});
  draw_curves(
      in_folder(o, "converged.png"), std::to_string(o.hidden) + " competing units",
      {.label = "units (%)", .range = plot::Range{0, 100}},
      {{.name = "norm within 5 % of R^p", .y = within}, {.name = "never won in this pass", .y = never}});
  stage.write(in_folder(o, "features.csv"));
  fmt::print("wrote {}, {}, {}, {}\n", in_folder(o, "fields.png"), in_folder(o, "norms.png"),
             in_folder(o, "converged.png"), in_folder(o, "features.csv"));
}

/// How many samples of the last step get another class than their label.
Index count_wrong(const auto& top, const auto& state, const std::vector<int>& labels) {
  Index wrong = 0;
  for (std::size_t b = 0; b < labels.size(); ++b)
    wrong += top.predict(state, static_cast<Index>(b)) != labels[b];
  return wrong;
}

/// What a pass of the top leaves.
inline std::vector<std::string> top_columns(bool watched) {
  std::vector<std::string> columns{"loss", "training_error"};
  if (watched) columns.push_back("held_out_error");
  return columns;
}
inline std::string top_text(const std::vector<double>& row) {
  return fmt::format("loss {:.4g}  training error {:.2f} %{}", row[0], row[1],
                     row.size() > 2 ? fmt::format("  held-out error {:.2f} %", row[2]) : "");
}

/// Learning curves of the top; numbers as CSV.
inline void draw_top(const Options& o, const Stage& stage) {
  std::vector<plot::Series> errors{{.name = "training", .y = stage.column(2)}};
  if (stage.row() > 3) errors.push_back({.name = "held out", .y = stage.column(3)});
  for (plot::Series& series : errors)
    for (double& e : series.y) e = std::max(e, 0.01);
  const std::string title =
      "Top on " + (o.learned()  ? fmt::format("{} competing units", o.hidden)
                   : o.pixels() ? "pixels"
                                : fmt::format("{} {} features", o.hidden, o.random() ? "random" : "given"));
  draw_curves(in_folder(o, "error.png"), title, {.label = "error (%)", .scale = plot::Scale::logarithmic},
              std::move(errors));
  draw_curves(in_folder(o, "loss.png"), title, {.label = "loss", .scale = plot::Scale::logarithmic},
              {{.y = stage.column(1)}});
  stage.write(in_folder(o, "top.csv"));
  fmt::print("wrote {}, {}, {}\n", in_folder(o, "error.png"), in_folder(o, "loss.png"),
             in_folder(o, "top.csv"));
}
