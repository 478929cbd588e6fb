// What replays of recordings share: arrays compared step by step.
#pragma once
#include <cmath>
#include <filesystem>
#include <neohebb/io/npy.hpp>
#include <string>
#include <utility>
#include <vector>

namespace replay {

using S = double;
using neohebb::Index;

inline constexpr S allowed = 1e-9;

/// One recorded array, compared step by step. relative: deviations are divided by the largest recorded entry where that is
/// above 1 (recordings in which learning diverges hold 1e8 and more, of which rounding alone takes 1e-8).
class Comparison {
 public:
  Comparison(const std::filesystem::path& folder, std::string name, bool relative = false)
      : name_(std::move(name)) {
    array_ = neohebb::read_npy((folder / (name_ + ".npy")).string());
    values_ = array_.as<S>();
    if (relative)
      for (const S value : values_) scale_ = std::max(scale_, std::abs(value));
  }
  /// ours: in the order of the recording's entries of step t. steps: of the first axis, or of the first two.
  void step(Index t, Index steps, const auto& ours) {
    const Index each = static_cast<Index>(values_.size()) / steps;
    const bool counted =
        !array_.shape.empty() &&
        (array_.shape[0] == steps || (array_.shape.size() > 1 && array_.shape[0] * array_.shape[1] == steps));
    if (!counted || each != ours.size())
      throw std::runtime_error(name_ + ": shape " + neohebb::shape_text(array_.shape) +
                               " does not fit meta.json");
    for (Index i = 0; i < each; ++i) {
      const S off =
          std::abs(values_[static_cast<std::size_t>(t * each + i)] - ours.derived().coeff(i)) / scale_;
      if (!(off <= worst_) && !std::isnan(worst_)) worst_ = off;  // NaN counts, and stays
    }
  }
  const std::string& name() const { return name_; }
  S worst() const { return worst_; }

 private:
  std::string name_;
  neohebb::NpyArray array_;
  std::vector<S> values_;
  S worst_ = 0, scale_ = 1;
};

/// Entries in Eigen's own order, column after column.
auto flat(const auto& matrix) {
  neohebb::Matrix<S> copy = matrix;
  return neohebb::Vector<S>(Eigen::Map<neohebb::Vector<S>>(copy.data(), copy.size()));
}
/// Entries row after row, as NumPy writes them.
auto by_rows(const auto& matrix) { return flat(matrix.transpose()); }

/// The larger deviation; NaN wins.
inline S worse(S a, S b) { return a >= b || std::isnan(a) ? a : b; }

/// Name and deviation of every recorded array.
using Deviations = std::vector<std::pair<std::string, S>>;

/// Prints them; whether all are small enough.
inline bool report(const Deviations& all) {
  bool agrees = true;
  for (const auto& [name, off] : all) {
    std::printf("%s %.3g\n", name.c_str(), off);
    agrees = off <= allowed && agrees;
  }
  return agrees;
}
/// Whatever was replayed twice: the worst of each array.
inline void add(Deviations& worst, const Deviations& found) {
  if (worst.empty()) worst = found;
  for (std::size_t k = 0; k < found.size(); ++k) worst[k].second = worse(worst[k].second, found[k].second);
}
inline S worst_of(const Deviations& all) {
  S most = 0;
  for (const auto& [name, off] : all) most = worse(most, off);
  return most;
}

}  // namespace replay
