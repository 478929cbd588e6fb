#pragma once
#include <algorithm>
#include <memory>
#include <neohebb/core/random.hpp>
#include <neohebb/projection/connectivity.hpp>
#include <numeric>
#include <vector>

namespace neohebb {

/// Every input has a few synapses of its own: memory and time for those alone, for populations of ten
/// thousand neurons.
///
///     y_i = Σ_{j, k: targets(k, j) = i} W(k, j) x_j         W: synapses of an input × inputs
///
///     const Sparse joins = Sparse::random({10000}, {10000}, 100, Generator{.seed = 1});
///     const EventDriven<Pulses<float>, Sparse> lateral{.connectivity = joins, .bias = false};
///
/// An input with fewer synapses than others ends in targets of −1: no synapse, whose weight stays 0 and
/// learns nothing. Targets are shared by all copies. There is no bias. Initialisations take the number of
/// inputs for each neuron's number of synapses: scale them by √(inputs / synapses of a neuron). Throws
/// std::invalid_argument for targets that are not there.
///
///   parameter   meaning
///   from, to    inputs, outputs
///   targets     synapses of an input × inputs: which output each reaches; −1: none, after all others
struct Sparse {
  static constexpr double dense_above = 1, dense_above_single = 1;  // a product is no faster
  Extent<> from{}, to{};
  std::shared_ptr<const Matrix<std::int32_t>> targets{};

  /// `each` different targets of every input at random; self: an input may reach the output of its own
  /// number.
  static Sparse random(Extent<> from, Extent<> to, Index each, const Generator& generator, bool self = true) {
    check_range<Index>("Sparse: synapses of an input", each, 1, Index(to) - (self ? 0 : 1));
    auto targets = std::make_shared<Matrix<std::int32_t>>(each, Index(from));
    std::vector<std::int32_t> all(static_cast<std::size_t>(Index(to)));
    std::iota(all.begin(), all.end(), 0);
    for (Index j = 0; j < Index(from); ++j) {
      RandomSequence numbers = generator.sequence(j);
      for (Index k = 0, place = 0; k < each; ++place) {  // the first places of a shuffle
        const auto left = static_cast<std::uint32_t>(Index(to) - place);
        const auto chosen = static_cast<std::size_t>(place) + numbers.below(left);
        std::swap(all[static_cast<std::size_t>(place)], all[chosen]);
        if (const std::int32_t i = all[static_cast<std::size_t>(place)]; self || i != j)
          (*targets)(k++, j) = i;
      }
      std::sort(targets->col(j).data(), targets->col(j).data() + each);
    }
    return {from, to, std::move(targets)};
  }

  void validate() const {
    check_positive("Sparse.from", Index(from));
    check_positive("Sparse.to", Index(to));
    NEOHEBB_REQUIRE(targets, "Sparse.targets is empty; Sparse::random makes them");
    NEOHEBB_REQUIRE(targets->rows() > 0 && targets->cols() == Index(from), "Sparse.targets is ",
                    targets->rows(), " x ", targets->cols(), ", must have a column for each of ", Index(from),
                    " inputs");
    NEOHEBB_REQUIRE(targets->minCoeff() >= -1 && targets->maxCoeff() < Index(to), "Sparse.targets are from ",
                    targets->minCoeff(), " to ", targets->maxCoeff(), ", must be from 0 to ", Index(to) - 1,
                    ", or -1 where there is no synapse");
    for (Index j = 0; j < Index(from); ++j)
      NEOHEBB_REQUIRE((targets->col(j).head(count(j)).array() >= 0).all() &&
                          (targets->col(j).array() >= 0).count() == count(j),
                      "Sparse.targets of input ", j, " has a target after a -1; all -1 must come last");
  }
  /// Synapses of input j: its targets before the first −1.
  Index count(Index j) const {
    const std::int32_t *const begin = targets->col(j).data(), *const end = begin + targets->rows();
    return end[-1] >= 0 ? targets->rows()
                        : std::partition_point(begin, end, [](std::int32_t i) { return i >= 0; }) - begin;
  }
  /// The weights of targets that are none become 0.
  void drop_absent(auto& weight) const {
    for (Index j = 0; j < weight.cols(); ++j) weight.col(j).tail(weight.rows() - count(j)).setZero();
  }
  Extent<> inputs() const { return from; }
  Extent<> outputs() const { return to; }
  Extent<> rows() const { return targets ? targets->rows() : 0; }
  Extent<> cols() const { return from; }
  /// The output that weight k of input j reaches; −1: none.
  Index output_of(Index k, Index j) const { return (*targets)(k, j); }
  struct Workspace {};
  template <class S> Workspace workspace() const { return {}; }

  void forward(const auto& w, const auto& x, auto&& y, Workspace&) const {
    shape_output("Sparse output", y, Index(to), x.cols());
    y.setZero();
    for (Index b = 0; b < x.cols(); ++b)
      for (Index j = 0; j < Index(from); ++j)
        if (const auto weighed = x(j, b); weighed != 0)
          for (Index k = 0, n = count(j); k < n; ++k) y((*targets)(k, j), b) += w(k, j) * weighed;
  }
  void gather(auto scale, const auto& delta, const auto& x, auto&& gradient, Workspace&) const {
    check_shape("Sparse gradient", gradient, Index(rows()), Index(from));
    for (Index b = 0; b < x.cols(); ++b)
      for (Index j = 0; j < Index(from); ++j)
        if (const auto weighed = scale * x(j, b); weighed != 0)
          for (Index k = 0, n = count(j); k < n; ++k) gradient(k, j) += weighed * delta((*targets)(k, j), b);
  }
  void forward_spikes(const auto& w, std::span<const std::int32_t> active, auto&& y, Workspace&) const {
    for (const auto j : active)
      for (Index k = 0, n = count(j); k < n; ++k) y((*targets)(k, j)) += w(k, j);
  }
  void gather_spikes(auto scale, const auto& delta, const SpikeRecord& spikes, auto&& gradient, Index first,
                     Workspace&) const {
    for (Index j = 0; j < gradient.cols(); ++j)
      for (const auto c : spikes.columns_of(first + j))
        gather_spike(first + j, scale * delta.col(c), gradient.col(j));
  }
  /// What a spike of input j adds to the gradient: δ of its step, at the synapses that there are.
  void gather_spike(Index j, const auto& delta, auto&& column) const {
    const std::int32_t* to_each = targets->col(j).data();
    for (Index k = 0, n = count(j); k < n; ++k) column(k) += delta(to_each[k]);
  }
  void add_bias(const auto&, auto&) const {}
  void gather_bias(auto, const auto&, auto&) const {}
};

}  // namespace neohebb
