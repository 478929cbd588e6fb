// What mnist_competing needs around the two stages: minibatches, what a pass leaves, pictures.
#pragma once
#include <neohebb/layer/competing.hpp>
#include <neohebb/layer/power_coding.hpp>
#include <neohebb/layer/supervised_top.hpp>
#include <neohebb/learning/largest_entry.hpp>
#include <neohebb/neohebb.hpp>

#include "mnist.hpp"

/// Maps of training images for one stage, new ones in each pass.
struct Distortion {
  RandomAffine affine;
  Generator generator;
};

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

/// What a pass of stage 1 leaves: how far weights have come.
inline const std::vector<std::string> feature_columns{
    "seconds", "mean_norm", "median_norm", "converged", "never_won", "others", "most_wins_of_others"};
template <class S>
std::vector<double> feature_row(double seconds, Vector<S> norms, S norm, const std::vector<Index>& wins) {
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
  std::vector<double> row{seconds, mean, static_cast<double>(*middle)};
  for (const Index count : {near, never, rest, most}) row.push_back(static_cast<double>(count));
  return row;
}

/// Receptive fields of the first units. The strongest colour is what one in a thousand weights of units with a norm
/// near `norm` exceeds: units that never won keep the large weights they were born with.
template <class S>
void draw_fields(const std::string& file, const RowMatrix<S>& weights, const Vector<S>& norms, S norm,
                 Index units, Index height, Index width) {
  units = std::min(units, weights.rows());
  std::vector<S> sizes;
  for (const bool all : {false, true})
    if (sizes.empty())
      for (Index i = 0; i < units; ++i)
        if (all || std::abs(norms(i) / norm - 1) <= S(0.05))
          for (const S w : weights.row(i)) sizes.push_back(std::abs(w));
  const auto strong = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() * 999 / 1000);
  std::nth_element(sizes.begin(), strong, sizes.end());
  pictures::draw(file, {pictures::mosaic(fmt::format("Weights of the first {} units, {} x {} pixels each",
                                                     units, height, width),
                                         weights.topRows(units).transpose().template cast<double>(), height,
                                         width, "weight", std::max(1e-9, static_cast<double>(*strong)))});
}
/// The way of the norms to R^p = `norm`, and how many units are there; numbers as CSV.
inline void draw_norms(const Common& o, const Training& training, Index units, double norm) {
  const auto share = [&](const char* column, const char* name) {
    pictures::Series series = training.curve(column, name);
    for (double& y : series.y) y *= 100.0 / static_cast<double>(units);
    return series;
  };
  const std::string title = fmt::format("{} competing units", units);
  pictures::Series wanted = training.curve("mean_norm", "R^p");
  wanted.mark = pictures::Mark::dashes;
  std::fill(wanted.y.begin(), wanted.y.end(), norm);
  training.write(o.file("mnist_competing_features.csv"));
  pictures::draw(
      o.picture("mnist_competing_norms"),
      {{"Norms of " + title,
        {"pass"},
        {{{"sum of |W|^p", true},
          {training.curve("mean_norm", "mean"), training.curve("median_norm", "median"), wanted}}}}});
  pictures::draw(
      o.picture("mnist_competing_converged"),
      {{title,
        {"pass"},
        {{{"units (%)", false, {0, 100}},
          {share("converged", "norm within 5 % of R^p"), share("never_won", "never won in this pass")}}}}});
}
/// Learning curves of the top; numbers as CSV.
inline void draw_top(const Common& o, const Training& training, const std::string& title, bool watched) {
  std::vector<pictures::Series> errors{training.curve("training_error", "training")};
  if (watched) errors.push_back(training.curve("held_out_error", "held out"));
  for (pictures::Series& series : errors)
    for (double& e : series.y) e = std::max(e, 0.01);
  training.write(o.file("mnist_competing_top.csv"));
  pictures::draw(o.picture("mnist_competing_error"), {{title, {"pass"}, {{{"error (%)", true}, errors}}}});
  pictures::draw(o.picture("mnist_competing_loss"),
                 {{title, {"pass"}, {{{"loss", true}, {training.curve("loss")}}}}});
}
