// What the programs share: a command line, the options of all, and a training: table, progress, checkpoint.
#pragma once
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <neohebb/core/random.hpp>
#include <neohebb/io/checkpoint.hpp>
#include <numeric>
#include <optional>
#include <set>
#include <thread>

#include "pictures.hpp"

using neohebb::Index;
using Clock = std::chrono::steady_clock;

/// Options that all programs have, or most.
struct Common {
  std::string out = "out", pictures = "png", checkpoint;
  std::uint64_t seed = 1;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bool resume = false;
  std::string settings = {};  // that decide the weights: see Program
  bool writes = true;         // files: of several processes (ranks.hpp) one does

  std::string file(const std::string& name) const { return (std::filesystem::path(out) / name).string(); }
  std::string picture(const std::string& name) const { return file(name + '.' + pictures); }
  /// Throws where a file cannot be written in the folder, or the checkpoint: better known now than after training.
  void check_writable() const {
    if (!writes) return;
    std::filesystem::create_directories(out);
    for (const auto& name : {file("probe"), checkpoint.empty() ? file("probe") : checkpoint + ".probe"}) {
      if (!std::ofstream(name)) throw std::runtime_error("cannot write " + name);
      std::filesystem::remove(name);
    }
  }
};

/// One stream of random numbers for each use, an enumeration of the program's.
inline neohebb::Generator stream(const Common& o, auto use) {
  return neohebb::Generator{.seed = o.seed}.substream(static_cast<std::uint32_t>(use));
}
/// 0 … n − 1 in random order (Fisher and Yates).
inline std::vector<Index> shuffled(Index n, const neohebb::Generator& generator) {
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  neohebb::RandomSequence numbers = generator.sequence();
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[numbers.below(static_cast<std::uint32_t>(i))]);
  return order;
}

/// Samples [first, first + n).
auto slice(const auto& samples, Index first, Index n) {
  return std::span(samples).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(n));
}

/// How many copies of this program mpirun or its like has started, as far as it says; 0: it was started by itself.
inline int copies_started() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
    if (const char* copies = std::getenv(name)) return std::max(1, std::atoi(copies));
  if (const char* rank = std::getenv("PMIX_RANK")) return std::atoi(rank) + 1;
  return 0;
}

/// A command line. Options of the groups Data, Network and Learning are the settings of a training: the same settings give
/// the same weights. Folders and files are not among them.
class Program {
 public:
  Program(const std::string& name, const std::string& about, const std::string& example) : app_(about, name) {
    app_.option_defaults()->always_capture_default();
    app_.footer("Example: build/examples/" + name + ' ' + example);
    group("Data");
  }
  /// Options that follow are of this group.
  void group(const std::string& name) { app_.option_defaults()->group(group_ = name); }
  template <class T> CLI::Option* option(const std::string& name, T& value, const std::string& about) {
    return recorded(name, value, app_.add_option(name, value, about));
  }
  CLI::Option* flag(const std::string& name, bool& value, const std::string& about) {
    return recorded(name.substr(0, name.find(',')), value, app_.add_flag(name, value, about));
  }
  /// One of the names.
  template <class T>
  CLI::Option* choice(const std::string& name, T& value, const std::map<std::string, T>& names,
                      const std::string& about) {
    const auto is_now = [&value](const auto& n) { return n.second == value; };
    const auto now = [=] { return std::find_if(names.begin(), names.end(), is_now)->first; };
    settings_.push_back([=] { return name + '=' + now(); });
    std::vector<std::string> known(names.size());
    std::transform(names.begin(), names.end(), known.begin(), [](const auto& each) { return each.first; });
    const auto transformer =
        CLI::CheckedTransformer(names).description(fmt::format("{{{}}}", fmt::join(known, ",")));
    return app_.add_option(name, value, about)->transform(transformer)->default_str(now())->type_name("TEXT");
  }
  /// A folder or file, which is no setting; `check`: CLI::ExistingDirectory …, where it is read.
  CLI::Option* path(const std::string& name, std::string& value, const std::string& about,
                    const CLI::Validator& check = {}) {
    own_.insert(name);
    const auto where_read = [this, check](std::string& text) { return reads_ ? check(text) : std::string(); };
    return app_.add_option(name, value, about)->check(CLI::Validator(where_read, check.get_description()));
  }
  void seed(std::uint64_t& value, const std::string& about) {  // CLI11 alone would read -1 as a large number
    option("--seed", value, about)->check([](const std::string& text) {
      return std::string(text.starts_with('-') ? "a seed must not be negative, got " + text : "");
    });
  }
  /// The group Output: folder and pictures; for programs that train threads and a checkpoint, too.
  void output(Common& o, bool trains, const std::string& holds = "folder for pictures and numbers") {
    group("Output");
    option("--out", o.out, holds);
    option("--pictures", o.pictures, "drawn by gnuplot as png, svg or pdf; none: only their numbers")
        ->check(CLI::IsMember({"png", "svg", "pdf", "none"}));
    if (!trains) return;
    option("--threads", o.threads, "the result does not depend on it")->check(CLI::PositiveNumber);
    CLI::Option* const file = option("--checkpoint", o.checkpoint, "file that is written while training");
    flag("--resume", o.resume, "go on from the checkpoint")->needs(file);
  }
  /// The settings with today's values, as arguments.
  std::string settings() const {
    std::string all;
    for (const auto& option : settings_) {
      if (!all.empty()) all += ' ';
      all += option();
    }
    return all;
  }
  /// The options that were given, and values of those that processes of one job must share.
  std::string given() const {
    std::string all;
    for (const CLI::Option* o : app_.get_options([](const auto* one) { return one->count() > 0; })) {
      all += ' ' + o->get_name();
      if (own_.count(o->get_name()) == 0) all += fmt::format(" {}", fmt::join(o->results(), " "));
    }
    return all;
  }
  void parse(const auto&... arguments) { app_.parse(arguments...); }
  /// The exit code where the arguments end the program: --help, and mistakes. Of several processes the first prints why, and
  /// reads data: others need not have the folders.
  std::optional<int> parsed(int argc, char** argv, bool first = true) {
    reads_ = first;
    try {
      app_.parse(argc, argv);
      return {};
    } catch (const CLI::ParseError& e) {  // --help is one, too
      return (first ? app_.exit(e) : e.get_exit_code()) == 0 ? 0 : 1;
    }
  }
  /// Calls `run` when the options are parsed. Returns the exit code of main. Refuses to do the same work several times.
  int run(int argc, char** argv, const std::function<void()>& run) {
    try {
      if (const auto code = parsed(argc, argv)) return *code;
      if (const int copies = copies_started(); copies > 1)
        throw std::runtime_error(fmt::format(
            "{} copies were started, but this program, as it was built, does not share its work among "
            "processes: start one; mnist_decolle, dvs_decolle and temporal_digits do where MPI is (Debian: "
            "libopenmpi-dev)",
            copies));
      run();
      return 0;
    } catch (const std::exception& e) {
      fmt::print(stderr, "{}: {}\n", app_.get_name(), e.what());
    }
    return 1;
  }

 private:
  template <class T> CLI::Option* recorded(const std::string& name, const T& value, CLI::Option* made) {
    if constexpr (!requires { value.has_value(); })
      if (group_ != "Output")
        settings_.push_back([name, &value, made] {
          [[maybe_unused]] const std::string separator(
              1, made->get_delimiter() == 0 ? ',' : made->get_delimiter());
          if constexpr (requires { value.begin(); } && !std::is_same_v<T, std::string>)
            return name + '=' + (value.empty() ? "0" : fmt::format("{}", fmt::join(value, separator)));
          else
            return fmt::format("{}={}", name, value);
        });
    return made;
  }
  CLI::App app_;
  std::string group_;
  std::set<std::string> own_{"--out", "--threads"};  // values may differ from process to process
  bool reads_ = true;
  std::vector<std::function<std::string()>> settings_;
};

/// The checkpoint of a program: the stages of its training so far, each with weights, learner and table.
class CheckpointFile {
 public:
  /// every: seconds at least from one writing to the next. Throws where the file to resume has other settings.
  explicit CheckpointFile(const Common& o, double every = 0)
      : file_(o.checkpoint), every_(every), writes_(o.writes) {
    saved_.put("settings", o.settings);
    if (!o.resume) return;
    resumed_ = neohebb::Checkpoint::load(file_);
    const std::string trained = settings_of(*resumed_);
    if (trained != o.settings)
      throw std::invalid_argument(file_ + " was trained with other options: " + trained);
  }
  /// Those that a file's network was trained with. Older files call them course.
  static std::string settings_of(const neohebb::Checkpoint& file) {
    std::string trained;
    file.get(file.contains("course") ? "course" : "settings", trained);
    return trained;
  }
  /// Kept in the file beside what is learned.
  void note(const std::string& name, const auto& value) { saved_.put(name, value); }
  /// Where the stage had begun: fills weights, learner and table, whose rows have `row` numbers.
  bool resume(const std::string& stage, std::vector<double>& table, std::size_t row, auto& weights,
              auto& learner) {
    if (!resumed_ || !resumed_->contains(stage + "rows")) return false;
    Index rows = 0;
    resumed_->get(stage + "rows", rows);
    if (rows < 1 || rows > 1'000'000'000) throw std::runtime_error(fmt::format("{}: {} rows", file_, rows));
    table.resize(static_cast<std::size_t>(rows) * row);
    resumed_->get(stage + "table", table);
    resumed_->get(stage + "weights", weights);
    resumed_->get(stage + "learner", learner);
    return true;
  }
  void save(const std::string& stage, const std::vector<double>& table, std::size_t row, const auto& weights,
            const auto& learner, bool finished) {
    const std::chrono::duration<double> since = Clock::now() - written_;
    if (file_.empty() || !writes_ || (!finished && since.count() < every_)) return;
    neohebb::Checkpoint all = saved_;
    all.put(stage + "rows", static_cast<Index>(table.size() / row));
    all.put(stage + "table", table);
    all.put(stage + "weights", weights);
    all.put(stage + "learner", learner);
    all.save(file_);
    written_ = Clock::now();
    if (finished) saved_ = std::move(all);
  }

 private:
  std::string file_;
  double every_;
  bool writes_;
  neohebb::Checkpoint saved_;  // with the stages that are finished
  std::optional<neohebb::Checkpoint> resumed_;
  Clock::time_point written_ = Clock::now();
};

/// One stage: `total` epochs (or passes, trials …, as `unit` says), some of which leave a row of the table.
class Training {
 public:
  /// columns: of the table, after the unit; samples: of an epoch.
  Training(CheckpointFile& file, std::string unit, Index total, std::vector<std::string> columns,
           Index samples, std::string stage = "")
      : file_(file),
        unit_(std::move(unit)),
        stage_(std::move(stage)),
        total_(total),
        samples_(samples),
        columns_(std::move(columns)) {
    columns_.insert(columns_.begin(), unit_);
  }
  void resume(auto& weights, auto& learner) {
    if (!file_.resume(prefix("/"), table_, columns_.size(), weights, learner)) return;
    begun_ = done();
    if (std::find(columns_.begin(), columns_.end(), "seconds") != columns_.end()) before_ = last("seconds");
    if (begun_ < 0 || begun_ > total_)
      throw std::runtime_error(fmt::format("the checkpoint is of {} {}", unit_, begun_));
    fmt::print("{}going on after {} {}\n", prefix(": "), unit_, begun_);
    if (finished()) file_.save(prefix("/"), table_, columns_.size(), weights, learner, true);
  }
  Index done() const {
    return table_.empty() ? 0 : static_cast<Index>(table_[table_.size() - columns_.size()]);
  }
  bool finished() const { return done() == total_; }
  /// Since the training began; a resumed one goes on from its last row.
  double seconds() const { return before_ + std::chrono::duration<double>(Clock::now() - start_).count(); }
  /// So many samples were learned; on a terminal a line says so.
  void batch(Index samples) {
    seen_ += samples;
    if (!terminal_ || seconds() - printed_ < 0.5) return;
    printed_ = seconds();
    fmt::print("\r{}{} {}/{}: {}   ", prefix(" "), unit_, done() + 1, total_, speed());
    std::fflush(stdout);
  }
  /// … with these losses, of which losses() gives the means until then, and starts anew.
  void batch(Index samples, const auto& losses) {
    losses_.resize(losses.size());
    for (std::size_t k = 0; k < losses_.size(); ++k) losses_[k] += static_cast<double>(losses[k]);
    ++batches_;
    batch(samples);
  }
  std::vector<double>& loss_sums() { return losses_; }
  std::vector<double> losses() {
    std::vector<double> mean = std::exchange(losses_, {});
    for (double& m : mean) m /= batches_;
    batches_ = 0;
    return mean;
  }
  /// `now` epochs are done: a row of the table, a line on the screen (of fifty or so), a checkpoint.
  void end(Index now, const std::vector<double>& row, const std::string& text, const auto& weights,
           const auto& learner) {
    const Index each = std::max<Index>(1, table_.empty() ? now : static_cast<Index>(table_[0])),
                lines = std::max<Index>(1, (total_ / each + 49) / 50),
                rows = static_cast<Index>(table_.size() / columns_.size()) + 1;
    table_.push_back(static_cast<double>(now));
    table_.insert(table_.end(), row.begin(), row.end());
    seen_ = (now - begun_) * samples_;
    if (rows % lines == 0 || finished()) {
      const char* const start = terminal_ ? "\r" : "";
      fmt::print("{}{}{} {}/{}: {}, {}   \n", start, prefix(" "), unit_, now, total_, text, speed());
      std::fflush(stdout);
    }
    file_.save(prefix("/"), table_, columns_.size(), weights, learner, finished());
  }
  std::vector<double> column(const std::string& name) const {
    const auto place = std::find(columns_.begin(), columns_.end(), name);
    if (place == columns_.end()) throw std::invalid_argument("no column " + name);
    std::vector<double> all;
    for (auto k = static_cast<std::size_t>(place - columns_.begin()); k < table_.size(); k += columns_.size())
      all.push_back(table_[k]);
    return all;
  }
  double last(const std::string& name) const { return table_.empty() ? 0 : column(name).back(); }
  pictures::Series curve(const std::string& name, const std::string& legend = "") const {
    return {legend, column(unit_), column(name)};
  }
  /// The table as CSV.
  void write(const std::string& file) const {
    std::ofstream csv(file);
    csv << fmt::format("{}\n", fmt::join(columns_, ","));
    for (std::size_t k = 0; k < table_.size(); ++k)
      csv << fmt::format("{:.6g}{}", table_[k], (k + 1) % columns_.size() == 0 ? '\n' : ',');
    if (!csv.flush()) throw std::runtime_error("cannot write " + file);
  }

 private:
  std::string prefix(const char* separator) const { return stage_.empty() ? "" : stage_ + separator; }
  std::string speed() const {
    const double rate = static_cast<double>(seen_) / std::max(1e-9, seconds() - before_);
    return fmt::format("{:.0f} s, {:.0f} samples/s, {:.0f} s left", seconds(), rate,
                       static_cast<double>((total_ - begun_) * samples_ - seen_) / rate);
  }
  CheckpointFile& file_;
  std::string unit_, stage_;
  Index total_, samples_, begun_ = 0, seen_ = 0;
  std::vector<std::string> columns_;
  std::vector<double> table_, losses_;
  double before_ = 0, printed_ = 0, batches_ = 0;
  bool terminal_ = isatty(STDOUT_FILENO) != 0;  // a line that renews itself
  Clock::time_point start_ = Clock::now();
};
