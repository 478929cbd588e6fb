// What dvs_decolle tells: progress, accuracies, pictures; and checkpoints.
#pragma once
#include <unistd.h>

#include <chrono>
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/plot/curves.hpp>
#include <neohebb/plot/heatmap.hpp>
#include <neohebb/plot/mosaic.hpp>
#include <neohebb/plot/png.hpp>
#include <neohebb/plot/raster.hpp>

#include "dvs_data.hpp"

/// How often each layer is right by either rule of prediction, and all layers' summed readouts together.
struct Accuracy {
  std::vector<double> most_frequent, summed;
  double together = 0, samples = 0;
  Matrix<double> confusion;  // true class × predicted, by all layers together

  Accuracy(std::size_t layers, Index classes)
      : most_frequent(layers), summed(layers), confusion(Matrix<double>::Zero(classes, classes)) {}
  void count(const auto& state, Index b, int label) {
    for (std::size_t l = 0; l < summed.size(); ++l) {
      most_frequent[l] += state.most_frequent(static_cast<Index>(l), b) == label;
      summed[l] += state.summed(static_cast<Index>(l), b) == label;
    }
    together += state.together(b) == label;
    confusion(label, state.together(b)) += 1;
    ++samples;
  }
  double per_cent(double correct) const { return samples > 0 ? 100 * correct / samples : 0; }
  void print(const char* set) const {
    for (std::size_t l = 0; l < summed.size(); ++l)
      fmt::print("layer {} {} accuracy: {:.2f} % (most frequent winner {:.2f} %)\n", l + 1, set,
                 per_cent(summed[l]), per_cent(most_frequent[l]));
    fmt::print("{} accuracy: {:.2f} %\n", set, per_cent(together));
  }
};

/// What every epoch left, layer by layer.
struct Epoch {
  double seconds = 0, together = 0;                          // per cent
  std::vector<double> losses, rates, most_frequent, summed;  // rates: per cent of neurons in a step
  explicit Epoch(std::size_t layers) : losses(layers), rates(layers), most_frequent(layers), summed(layers) {}
  static void fields(auto& self, auto&& visit) {
    visit("seconds", self.seconds);
    visit("together", self.together);
    visit("losses", self.losses);
    visit("rates", self.rates);
    visit("most_frequent", self.most_frequent);
    visit("summed", self.summed);
  }
};
struct History {
  std::vector<Epoch> epochs;
  void add(const std::vector<double>& losses, double seconds, const std::vector<double>& rates,
           const Accuracy& held_out) {
    Epoch e(losses.size());
    e.seconds = seconds;
    e.losses = losses;
    e.rates = rates;
    e.together = held_out.per_cent(held_out.together);
    for (std::size_t l = 0; l < losses.size(); ++l) {
      e.most_frequent[l] = held_out.per_cent(held_out.most_frequent[l]);
      e.summed[l] = held_out.per_cent(held_out.summed[l]);
    }
    epochs.push_back(std::move(e));
  }
};

/// The progress line, and the epoch's mean losses.
class Progress {
 public:
  Progress(const Options& o, Index samples) : options_(o), samples_(samples), sums_(o.layers()) {}
  void batch(Index epoch, Index n, const auto& losses) {
    done_ += n;
    ++batches_;
    for (std::size_t l = 0; l < sums_.size(); ++l) sums_[l] += static_cast<double>(losses[l]);
    if (!terminal_ || seconds() - printed_ < 0.5) return;
    printed_ = seconds();
    fmt::print("\repoch {}/{}  {}   ", epoch + 1, options_.epochs, speed());
    std::fflush(stdout);
  }
  void epoch(Index epoch, const Epoch& e) {
    std::string watched;
    if (options_.holds_out())
      watched = fmt::format("  held-out accuracy {} %, together {:.4g} %", text(e.summed), e.together);
    fmt::print("{}epoch {}/{}  {:.0f} s  loss {}  rates {} %{}  {}   \n", terminal_ ? "\r" : "", epoch + 1,
               options_.epochs, e.seconds, text(e.losses), text(e.rates), watched, speed());
    std::fflush(stdout);
    batches_ = 0;
    std::fill(sums_.begin(), sums_.end(), 0);
  }
  std::vector<double>& sums() { return sums_; }
  std::vector<double> losses() const {
    std::vector<double> mean = sums_;
    for (double& m : mean) m /= static_cast<double>(std::max<Index>(1, batches_));
    return mean;
  }
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::string speed() const {
    const double rate = static_cast<double>(done_) / seconds();
    return fmt::format("{:.0f} recordings/s, {:.0f} s left", rate,
                       static_cast<double>(samples_ - done_) / rate);
  }
  static std::string text(const std::vector<double>& numbers) {
    std::string all;
    for (const double x : numbers) all += fmt::format("{}{:.3g}", all.empty() ? "" : ", ", x);
    return all;
  }
  const Options& options_;
  Index samples_, done_ = 0, batches_ = 0;
  std::vector<double> sums_;
  double printed_ = 0;
  bool terminal_ = isatty(STDOUT_FILENO) != 0;  // a line that renews itself; else one line an epoch
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Per cent of each layer's neurons that spike in a step, over a few recordings.
template <class Net>
std::vector<double> spike_rates(const Net& net, const auto& weights, const Options& o,
                                const std::vector<Sample>& samples) {
  std::vector<EventBins> some;
  for (std::size_t k = 0; k < std::min<std::size_t>(8, samples.size()); ++k)
    some.push_back(view(samples[k], o, o.steps));
  const Extent<> batch{static_cast<Index>(some.size())};
  auto state = net.zero_state(batch);
  Spikes<typename Net::Scalar> in(Extent<>{net.layer(std::size_t{0}).inputs()}, batch);
  std::vector<double> rates(net.size());
  for (Index t = 0; t < o.steps; ++t) {
    bins_to_spikes(some, t, in);
    net.step(weights, state, in);
    for (std::size_t l = 0; l < rates.size(); ++l) {
      const auto& spikes = state[l].neuron.spikes;
      rates[l] += 100.0 * static_cast<double>(spikes.count()) /
                  static_cast<double>(spikes.neurons() * batch * o.steps);
    }
  }
  return rates;
}

void save(const Options& o, Index epoch, const auto& weights, const auto& learner, const History& history) {
  Checkpoint file;
  file.put("weights", weights);
  file.put("learner", learner);
  file.put("course", course(o));
  file.put("kind", static_cast<int>(o.kind()));
  file.put("epoch", epoch);
  file.put("history", history.epochs);
  file.save(o.checkpoint);
}
/// The options that a checkpoint's network was trained with, and how the given ones say to run it.
inline Options course_of_checkpoint(const Options& given) {
  const Checkpoint file = Checkpoint::load(given.checkpoint);
  std::string trained;
  int kind = 0;
  file.get("kind", kind);
  file.get("course", trained);
  Options o;
  CLI::App app;
  add_course(app, o);
  app.parse(trained);
  o = settled(std::move(o), World());
  o.simulated = kind == static_cast<int>(Kind::gestures) ? "gestures" : "nmnist";
  o.checkpoint = given.checkpoint;
  o.stream = given.stream;
  o.say_every = given.say_every;
  o.sensor = given.sensor;
  return o;
}
void resume(const Options& o, Index& epoch, auto& weights, auto& learner, History& history) {
  const Checkpoint file = Checkpoint::load(o.checkpoint);
  std::string trained;
  int kind = 0;
  file.get("kind", kind);
  file.get("course", trained);
  if (trained != course(o) || kind != static_cast<int>(o.kind()))
    throw std::invalid_argument(fmt::format("{} was trained with other options: {}", o.checkpoint, trained));
  file.get("epoch", epoch);
  if (epoch < 0 || epoch > o.epochs)
    throw std::runtime_error(fmt::format("{}: epoch {}", o.checkpoint, epoch));
  file.get("weights", weights);
  file.get("learner", learner);
  history.epochs.assign(static_cast<std::size_t>(epoch), Epoch(o.layers()));
  file.get("history", history.epochs);
  fmt::print("going on after epoch {} of {}\n", epoch, o.checkpoint);
}

/// The first recording of every class, ON minus OFF; one recording's spikes in all layers; the confusion matrix; the
/// learning curve; and its numbers.
template <class Net>
void draw(const Net& net, const auto& weights, const Options& o, const Recordings& data,
          const std::vector<Sample>& tested, const History& history, const Accuracy& accuracy,
          const char* set) {
  const auto file = [&](const char* name) { return (std::filesystem::path(o.pictures) / name).string(); };
  std::ofstream csv(file("dvs_decolle.csv"));
  csv << "epoch,layer,seconds,loss,rate,held_out_most_frequent,held_out_summed,held_out_together\n";
  for (std::size_t k = 0; k < history.epochs.size(); ++k)
    for (std::size_t l = 0; l < net.size(); ++l) {
      const Epoch& e = history.epochs[k];
      csv << fmt::format("{},{},{:.1f},{:.6g},{:.4g},{:.2f},{:.2f},{:.2f}\n", k + 1, l + 1, e.seconds,
                         e.losses[l], e.rates[l], e.most_frequent[l], e.summed[l], e.together);
    }
  if (!csv.flush()) throw std::runtime_error("cannot write " + file("dvs_decolle.csv"));

  const auto classes = static_cast<Index>(data.classes.size());
  Matrix<double> seen = Matrix<double>::Zero(Index{o.cells} * o.cells, classes);
  for (auto s = tested.rbegin(); s != tested.rend(); ++s) {
    seen.col(s->label).setZero();
    const EventBins bins = view(*s, o, o.test_steps);
    for (Index t = 0; t < bins.steps(); ++t)
      for (const auto i : bins.active(t)) seen(i / 2, s->label) += i % 2 == 1 ? 1 : -1;
  }
  plot::write_png(file("dvs_decolle_events.png"),
                  plot::Mosaic{.height = o.cells,
                               .width = o.cells,
                               .scale = 5,
                               .per_field = true,
                               .title = "ON minus OFF events, one recording of each class"}
                      .draw_fields(seen));
  plot::write_png(
      file("dvs_decolle_confusion.png"),
      plot::Heatmap{.title = fmt::format("{} set: {:.1f} %", set, accuracy.per_cent(accuracy.together)),
                    .x_label = "predicted",
                    .y_label = "true class",
                    .columns = data.classes,
                    .rows = data.classes,
                    .share_of_row = true}
          .draw(accuracy.confusion));

  const bool watched = o.holds_out();
  plot::CurvePlot curve{
      .title = "DECOLLE on events",
      .x = {.label = "epoch"},
      .y = {.label = watched ? "held-out error (%)" : "loss", .scale = plot::Scale::logarithmic}};
  for (std::size_t l = 0; l < net.size(); ++l) {
    plot::Series series{.name = fmt::format("layer {}", l + 1), .markers = true};
    for (const Epoch& e : history.epochs)
      series.y.push_back(watched ? std::max(100 - e.summed[l], 0.01) : e.losses[l]);
    curve.series.push_back(std::move(series));
  }
  plot::write_png(file("dvs_decolle_curve.png"), curve.draw());

  const Sample& sample = tested.front();
  const EventBins bins = view(sample, o, o.test_steps);
  plot::Raster raster{.title = "one recording: " + data.classes[static_cast<std::size_t>(sample.label)],
                      .steps = o.test_steps,
                      .step_duration = o.dt};
  raster.panels.push_back({.name = "events", .neurons = bins.size()});
  for (std::size_t l = 0; l < net.size(); ++l)
    raster.panels.push_back({.name = fmt::format("layer {}", l + 1), .neurons = net.layer(l).units()});
  auto state = net.zero_state(Extent{1});
  Spikes<typename Net::Scalar> in(Extent<>{bins.size()}, Extent{1});
  const auto mark = [](plot::RasterPanel& panel, Index t, std::span<const std::int32_t> active) {
    for (const auto i : active) panel.spikes.push_back({t, i});
  };
  for (Index t = 0; t < o.test_steps; ++t) {
    active_to_spikes(bins.active(t), in);
    net.step(weights, state, in);
    mark(raster.panels[0], t, bins.active(t));
    for (std::size_t l = 0; l < net.size(); ++l)
      mark(raster.panels[l + 1], t, net.spikes(state, l).active(0));
  }
  plot::write_png(file("dvs_decolle_raster.png"), raster.draw());
  fmt::print(
      "wrote dvs_decolle_events.png, _confusion.png, _curve.png, _raster.png and dvs_decolle.csv into {}\n",
      o.pictures);
}
