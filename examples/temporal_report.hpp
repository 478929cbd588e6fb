// What temporal_digits tells: progress, accuracy, pictures, numbers; and its checkpoints.
#pragma once
#include <chrono>
#include <fstream>
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/plot/beside.hpp>
#include <neohebb/plot/curves.hpp>
#include <neohebb/plot/heatmap.hpp>
#include <neohebb/plot/png.hpp>
#include <neohebb/plot/raster.hpp>

#include "temporal_data.hpp"

/// How often the readout, summed over a sequence, names the right class.
struct Accuracy {
  neohebb::Matrix<double> confusion;  // true class × predicted
  explicit Accuracy(std::size_t classes)
      : confusion(neohebb::Matrix<double>::Zero(neohebb::Index(classes), neohebb::Index(classes))) {}
  void count(int label, int predicted) { confusion(label, predicted) += 1; }
  double per_cent() const { return confusion.sum() > 0 ? 100 * confusion.trace() / confusion.sum() : 0; }
};

/// What every epoch left.
struct Epoch {
  double loss = 0, hertz = 0, held_out = 0, seconds = 0, skipped = 0;  // held out, skipped: per cent
  static void fields(auto& self, auto&& visit) {
    visit("loss", self.loss);
    visit("hertz", self.hertz);
    visit("held_out", self.held_out);
    visit("seconds", self.seconds);
    visit("skipped", self.skipped);
  }
};

/// Throws std::runtime_error where the checkpoint is of another course.
void resume(const std::string& path, const std::string& course, neohebb::Index epochs, neohebb::Index& epoch,
            auto& weights, auto& learner, std::vector<Epoch>& history) {
  const neohebb::Checkpoint file = neohebb::Checkpoint::load(path);
  std::string trained;
  file.get("course", trained);
  if (trained != course) throw std::invalid_argument(path + " was trained with other options: " + trained);
  file.get("epoch", epoch);
  if (epoch < 0 || epoch > epochs) throw std::runtime_error(fmt::format("{}: epoch {}", path, epoch));
  file.get("weights", weights);
  file.get("learner", learner);
  history.assign(static_cast<std::size_t>(epoch), Epoch{});
  file.get("history", history);
  fmt::print("going on after epoch {} of {}\n", epoch, path);
}
void save(const std::string& path, const std::string& course, neohebb::Index epoch, const auto& weights,
          const auto& learner, const std::vector<Epoch>& history) {
  neohebb::Checkpoint file;
  file.put("course", course);
  file.put("epoch", epoch);
  file.put("weights", weights);
  file.put("learner", learner);
  file.put("history", history);
  file.save(path);
}

/// The encoded sequences, for other programs: of each set all spikes one after the other, `_step` and `_input`; sequence k
/// has those from `_first`[k] to `_first`[k + 1], lasts `_steps`[k] steps, and has the class `_label`[k].
inline void write_sequences(const std::string& path, const Task& task) {
  using namespace neohebb;
  Npz file;
  file.put("inputs", task.inputs());
  file.put("channels", task.channels);
  file.put("classes", static_cast<Index>(task.classes.size()));
  for (const auto& [name, set] :
       {std::pair{"train", &task.train}, {"held_out", &task.held_out}, {"test", &task.test}}) {
    const auto n = static_cast<Index>(set->size());
    Index spikes = 0, at = 0;
    for (const Sequence& s : *set) spikes += s.spikes.count();
    Vector<int> step(spikes), input(spikes), steps(n), label(n);
    Vector<Index> first = Vector<Index>::Zero(n + 1);
    for (Index k = 0; k < n; ++k) {
      const Sequence& s = (*set)[static_cast<std::size_t>(k)];
      for (Index t = 0; t < s.spikes.steps(); ++t)
        for (const auto i : s.spikes.active(t)) {
          step(at) = static_cast<int>(t);
          input(at++) = i;
        }
      steps(k) = static_cast<int>(s.spikes.steps());
      label(k) = s.label;
      first(k + 1) = at;
    }
    const std::string start = name;
    file.put(start + "_step", step);
    file.put(start + "_input", input);
    file.put(start + "_first", first);
    file.put(start + "_steps", steps);
    file.put(start + "_label", label);
  }
  write_npz(path, file, Compression::deflate);
}

/// One sequence as the network sees and answers it.
struct Shown {
  neohebb::plot::Raster raster;
  std::vector<neohebb::plot::Series> answers;  // probabilities over time, of some classes
  std::string title;
};

inline void write_curve(const std::string& file, const std::vector<Epoch>& history) {
  std::ofstream csv(file);
  csv << "epoch,loss,rate_hz,held_out_accuracy_percent,seconds,skipped_percent\n";
  for (std::size_t k = 0; k < history.size(); ++k)
    csv << fmt::format("{},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g}\n", k + 1, history[k].loss, history[k].hertz,
                       history[k].held_out, history[k].seconds, history[k].skipped);
  csv.flush();
  if (!csv) throw std::runtime_error(file + ": cannot be written");
}

inline void draw(const std::filesystem::path& folder, const Task& task, const std::vector<Epoch>& history,
                 const Accuracy& accuracy, const std::string& set, const Shown& shown) {
  using namespace neohebb;
  const auto file = [&](const char* name) { return (folder / name).string(); };
  write_curve(file("temporal_digits.csv"), history);
  plot::Series loss;
  for (std::size_t k = 0; k < history.size(); ++k) {
    loss.x.push_back(double(k + 1));
    loss.y.push_back(history[k].loss);
  }
  plot::write_png(file("temporal_digits_curve.png"),
                  plot::CurvePlot{.title = "Learning of " + task.name,
                                  .x = {.label = "epoch"},
                                  .y = {.label = "cross-entropy of the training sequences"},
                                  .series = {loss}}
                      .draw());
  plot::write_png(
      file("temporal_digits_confusion.png"),
      plot::Heatmap{.title = fmt::format("{}, {}: {:.1f} % right", task.name, set, accuracy.per_cent()),
                    .x_label = "predicted",
                    .y_label = "true class",
                    .columns = task.classes,
                    .rows = task.classes,
                    .share_of_row = true}
          .draw(accuracy.confusion));
  plot::write_png(file("temporal_digits_raster.png"), shown.raster.draw());
  plot::write_png(file("temporal_digits_answer.png"),
                  plot::CurvePlot{.title = shown.title,
                                  .x = {.label = "time (ms)"},
                                  .y = {.label = "probability by the readout"},
                                  .series = shown.answers}
                      .draw());
  fmt::print("pictures: {}\n", file("temporal_digits_{curve,confusion,raster,answer}.png"));
}
