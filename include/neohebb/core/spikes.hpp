// Spikes of one time step and one batch, as bytes 0 and 1 and as index lists.
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <neohebb/core/types.hpp>
#include <span>

namespace neohebb {

namespace detail {

/// For each of the 256 sets of eight neurons: its members, ascending, then zeros.
inline constexpr auto members_of_eight = [] {
  std::array<std::array<std::uint8_t, 8>, 256> table{};
  for (unsigned set = 0; set < 256; ++set)
    for (unsigned i = 0, n = 0; i < 8; ++i)
      if ((set >> i) % 2 == 1) table[set][n++] = static_cast<std::uint8_t>(i);
  return table;
}();

}  // namespace detail

/// Index lists: sample b's spiking neurons are active(b), ascending. Memory beyond the spikes is never
/// touched, so the room for all neurons costs nothing while few of them spike.
template <int N = Dynamic, int B = Dynamic> class SpikeLists {
 public:
  /// Throws std::invalid_argument for more neurons × samples than 32 bits can count.
  SpikeLists(Extent<N> neurons, Extent<B> batch)
      : rows_(room(Index(neurons) * Index(batch))),
        first_(Vector<std::int32_t, marks>::Zero(Index(batch) + 1)) {
    NEOHEBB_REQUIRE(Index(neurons) * Index(batch) <= std::numeric_limits<std::int32_t>::max(), "spikes of ",
                    Index(neurons), " neurons x ", Index(batch), " samples are too many for one list");
  }
  SpikeLists(const SpikeLists& other) : rows_(other.rows_.size()), first_(other.first_) { copy(other); }
  SpikeLists(SpikeLists&&) = default;
  SpikeLists& operator=(const SpikeLists& other) {
    if (this == &other) return *this;
    rows_.resize(other.rows_.size());
    copy(other);
    return *this;
  }
  SpikeLists& operator=(SpikeLists&&) = default;

  std::span<const std::int32_t> active(Index b) const {
    return {rows_.data() + first_[b], static_cast<std::size_t>(first_[b + 1] - first_[b])};
  }
  /// Spikes in all samples together.
  Index count() const { return first_[first_.size() - 1]; }
  Index batch() const { return first_.size() - 1; }

  /// Takes over the spikes of lists made for the same sizes: touches the spikes, not the capacity.
  template <int M, int C> void copy(const SpikeLists<M, C>& other) {
    first_ = other.first_;
    rows_.head(count()) = other.rows_.head(count());
  }
  /// Appends to sample b's list the neurons first + i for all i of another list.
  void append(Index b, Index first, std::span<const std::int32_t> listed) {
    std::int32_t* end = rows_.data() + first_[b + 1];
    for (const std::int32_t i : listed) *end++ = static_cast<std::int32_t>(first) + i;
    first_[b + 1] = static_cast<std::int32_t>(end - rows_.data());
  }
  /// For checkpoints: bool, neurons × batch.
  static void fields(auto& self, auto&& visit) {
    const Index samples = self.batch();
    Matrix<bool, N, B> fired = zeros<bool>(Extent<N>(self.neurons()), Extent<B>(samples));
    for (Index b = 0; b < samples; ++b)
      for (const auto i : self.active(b)) fired(i, b) = true;
    visit("fired", fired);
    if constexpr (is_filled<decltype(self)>)
      for (Index b = 0; b < samples; ++b) {
        self.begin(b);
        for (Index i = 0; i < fired.rows(); ++i)
          if (fired(i, b)) self.push(b, i);
      }
  }
  friend bool operator==(const SpikeLists& a, const SpikeLists& b) {
    return a.first_.size() == b.first_.size() && a.first_ == b.first_ &&
           a.rows_.head(a.count()) == b.rows_.head(b.count());
  }

  void clear() { first_.setZero(); }
  /// Starts sample b's list, empty. Samples are listed in order.
  void begin(Index b) { first_[b + 1] = first_[b]; }
  /// Appends a neuron to sample b's list.
  void push(Index b, Index neuron) { rows_[first_[b + 1]++] = static_cast<std::int32_t>(neuron); }
  /// Equals `push` for each neuron that fired (tests/core/spikes.cpp): appends to sample b's list the neurons
  /// first + i with fired[i] = 1, i < n; fired[i] is 0 or 1. Many silent neurons are passed over at once; the
  /// rest goes eight at a time, without a branch.
  void append(Index b, Index first, Index n, const std::uint8_t* fired) {
    std::int32_t* end = rows_.data() + first_[b + 1];
    Index i = 0;
    for (; i + many <= n; i += many)
      if (!all_silent(fired + i))
        for (Index k = i; k < i + many; k += 8) end = append_eight(end, first + k, fired + k, 8);
    for (; i + 8 <= n; i += 8) end = append_eight(end, first + i, fired + i, 8);
    if (i < n) end = append_eight(end, first + i, fired + i, static_cast<std::size_t>(n - i));
    first_[b + 1] = static_cast<std::int32_t>(end - rows_.data());
  }

 private:
  template <int M, int C> friend class SpikeLists;
  static constexpr Index many = 32;
  static bool all_silent(const std::uint8_t* fired) {
    std::array<std::uint64_t, many / 8> all;
    std::memcpy(all.data(), fired, sizeof all);
    return (all[0] | all[1] | all[2] | all[3]) == 0;
  }
  static std::int32_t* append_eight(std::int32_t* end, Index first, const std::uint8_t* fired,
                                    std::size_t n) {
    // A product with `to_top` puts byte i's last bit at bit 56 + i, one with `ones` all bytes' sum there.
    constexpr bool little = std::endian::native == std::endian::little;
    constexpr std::uint64_t to_top = little ? 0x0102040810204080 : 0x8040201008040201;
    constexpr std::uint64_t ones = 0x0101010101010101;
    std::uint64_t eight = 0;
    std::memcpy(&eight, fired, n);
    const auto& members = detail::members_of_eight[static_cast<std::size_t>((eight * to_top) >> 56)];
    std::array<std::int32_t, 8> rows;
    for (std::size_t k = 0; k < 8; ++k) rows[k] = static_cast<std::int32_t>(first) + members[k];
    std::memcpy(end, rows.data(), sizeof rows);  // what is too many is overwritten by the next
    return end + ((eight * ones) >> 56);
  }
  static constexpr Index room(Index n) { return n + 8; }
  Index neurons() const { return N == Dynamic ? (rows_.size() - room(0)) / batch() : Index(N); }
  static constexpr int capacity = times(N, B) == Dynamic ? Dynamic : times(N, B) + 8;
  static constexpr int marks = B == Dynamic ? Dynamic : B + 1;
  Vector<std::int32_t, capacity> rows_;  // not initialised
  Vector<std::int32_t, marks> first_;
};

/// One step's spikes of N neurons in B samples: a byte per neuron, 0 or 1, and index lists. Both forms are
/// written together and always agree.
///
///     Spikes<float> in(784, 100);
///     in.assign(intensity.array() > 0.5f);
///     in.dense();       // 784 × 100, entries 0 and 1
///     in.active(3);     // indices of the neurons that spike in sample 3
template <class S, int N = Dynamic, int B = Dynamic> class Spikes {
 public:
  using Scalar = S;
  /// Neurons that `rewrite` sweeps at a time, at most: while they are listed, the processor fetches what the
  /// next read.
  static constexpr Index block_length = 128;
  Spikes(Extent<N> neurons, Extent<B> batch)
      : fired_(zeros<std::uint8_t>(neurons, batch)), lists_(neurons, batch) {}

  /// fires: a matrix or array expression, neurons × batch; true (or non-zero) where a neuron spikes. One that
  /// holds a matrix product should be evaluated before (`.eval()`): it is taken in pieces. Throws
  /// std::invalid_argument for another shape.
  void assign(const auto& fires) {
    check_shape("what is assigned to spikes", fires, neurons(), batch());
    rewrite([&](Index b, Index first, Index n, std::uint8_t* fired) {
      const auto evaluate = [=](const auto& entries) {
        for (Index i = 0; i < n; ++i) fired[i] = static_cast<bool>(entries.coeff(first + i, b));
      };
      using Fires = std::decay_t<decltype(fires)>;
      if constexpr (std::is_base_of_v<Eigen::EigenBase<Fires>, Fires>) {
        const simd::Evaluator<Fires> local(fires);  // which stores of bytes cannot change
        evaluate(local);
      } else {
        evaluate(fires);
      }
    });
  }
  /// The same from lists: list_of(b) is sample b's spiking neurons, ascending: indices, or values with a
  /// member `neuron`. It touches the spikes alone, where `assign` reads all neurons. Throws
  /// std::invalid_argument for neurons that are not there, or out of order.
  void assign_lists(auto&& list_of) {
    for (Index b = 0; b < batch(); ++b)
      for (const auto i : active(b)) fired_(i, b) = 0;
    lists_.clear();
    for (Index b = 0; b < batch(); ++b) {
      Index before = -1;
      lists_.begin(b);
      for (const auto& listed : list_of(b)) {
        const Index i = index_of(listed);
        NEOHEBB_REQUIRE(i >= 0 && i < neurons(), "a spike of neuron ", i, ", there are neurons 0 to ",
                        neurons() - 1, "; ids may start at 1 in files");
        NEOHEBB_REQUIRE(i > before, "a list of spikes has neuron ", i, " after ", before,
                        "; neurons ascend, each at most once");
        fired_(i, b) = 1;
        lists_.push(b, before = i);
      }
    }
  }
  /// The same list in every sample.
  void assign_list(const auto& list) {
    assign_lists([&](Index) -> const auto& { return list; });
  }
  /// Writes spikes from the old ones: sweep(b, first, n, fired) for pieces of every sample, in order, where
  /// fired[i] is 1 if neuron first + i of sample b spiked, and is to become 1 if it spikes now, else 0.
  void rewrite(auto&& sweep) {
    for (Index b = 0; b < batch(); ++b) {
      std::uint8_t* const fired = fired_.data() + b * neurons();
      Index first = 0;
      lists_.begin(b);
      if constexpr (N == Dynamic || N >= block_length)
        for (; first + block_length <= neurons(); first += block_length) {
          sweep(b, first, block_length, fired + first);
          lists_.append(b, first, block_length, fired + first);
        }
      if (const Index n = neurons() - first; n > 0) {
        sweep(b, first, n, fired + first);
        lists_.append(b, first, n, fired + first);
      }
    }
  }
  /// Takes over spikes of the same sizes, which may be known to the compiler there and not here. Throws
  /// std::invalid_argument for other sizes.
  template <int M, int C> void copy(const Spikes<S, M, C>& other) {
    check_shape("spikes to be copied", other.bytes(), neurons(), batch());
    fired_ = other.bytes();
    lists_.copy(other.lists());
  }
  /// The spikes of populations of one size become these, population after population: part(k), Spikes.
  void stack(Index parts, auto&& part) {
    for (Index k = 0, n = neurons() / parts; k < parts; ++k) fired_.middleRows(k * n, n) = part(k).bytes();
    for (Index b = 0; b < batch(); ++b) {
      lists_.begin(b);
      for (Index k = 0, n = neurons() / parts; k < parts; ++k) lists_.append(b, k * n, part(k).active(b));
    }
  }
  /// The spikes as an Eigen expression of 0 and 1, neurons × batch. Products with a matrix want one that is
  /// evaluated, or the lists.
  auto dense() const { return fired_.template cast<S>(); }
  /// The bytes themselves, 0 and 1, neurons × batch.
  const auto& bytes() const { return fired_; }
  const SpikeLists<N, B>& lists() const { return lists_; }
  std::span<const std::int32_t> active(Index b) const { return lists_.active(b); }
  Index neurons() const { return fired_.rows(); }
  Index batch() const { return fired_.cols(); }
  Index count() const { return lists_.count(); }

  /// For checkpoints: bool, neurons × batch.
  static void fields(auto& self, auto&& visit) {
    SpikeLists<N, B>::fields(self.lists_, visit);
    if constexpr (is_filled<decltype(self)>) {
      self.fired_.setZero();
      for (Index b = 0; b < self.batch(); ++b)
        for (const auto i : self.active(b)) self.fired_(i, b) = 1;
    }
  }
  friend bool operator==(const Spikes& a, const Spikes& b) {
    return a.neurons() == b.neurons() && a.lists_ == b.lists_;
  }

 private:
  static Index index_of(const auto& listed) {
    if constexpr (requires { listed.neuron; })
      return listed.neuron;
    else
      return listed;
  }
  Matrix<std::uint8_t, N, B> fired_;
  SpikeLists<N, B> lists_;
};

}  // namespace neohebb
