// Nodes of an imported network without a state: products, convolutions, pooling. Each adds what the inputs
// that are not zero bring, so that a step costs as much as there are spikes.
#pragma once
#include <neohebb/network/imported/node_state.hpp>

namespace neohebb::nir {

/// Weights and bias: y = W x + b for each of `rows` rows of x; row k has matrix k, or all have the only one.
/// Affine and Linear.
template <class S> struct DenseMap {
  std::vector<Matrix<S>> weights = {};  // out × in
  Matrix<S> bias = {};                  // out × weights; empty: none
  Index rows = 1;
  /// More entries than this share that are not zero are multiplied as they are.
  static constexpr double dense_above = 0.5;

  Index inputs() const { return rows * weights[0].cols(); }
  Index outputs() const { return rows * weights[0].rows(); }
  void reserve(Scratch<S>& t) const { t.reserve(weights[0].cols(), 0); }
  bool has_room(const Scratch<S>& t) const { return t.has(weights[0].cols(), 0); }
  std::uint64_t synapses() const { return static_cast<std::uint64_t>(rows * weights[0].size()); }

  void step(NodeState<S>& s, const Matrix<S>& x, Scratch<S>& t) const {
    const Index in = weights[0].cols(), out = weights[0].rows();
    for (Index b = 0; b < x.cols(); ++b)
      for (Index r = 0; r < rows; ++r) {
        const auto k = weights.size() == 1 ? 0 : r;
        const Matrix<S>& w = weights[static_cast<std::size_t>(k)];
        Eigen::Map<Vector<S>> y(s.output.col(b).data() + r * out, out);
        const S* from = x.col(b).data() + r * in;
        const Index count = neohebb::detail::list_nonzeros(from, in, t.values.data(), t.places.data());
        if (static_cast<double>(count) > dense_above * static_cast<double>(in)) {
          y.noalias() = w * Eigen::Map<const Vector<S>>(from, in);
          if (bias.size() > 0) y += bias.col(k);
        } else {
          if (bias.size() > 0)
            y = bias.col(k);
          else
            y.setZero();
          add_columns(w, count, t, y);
        }
        s.operations += static_cast<std::uint64_t>(count * out);
      }
  }

 private:
  /// Four columns at a time: y is read and written a quarter as often.
  static void add_columns(const Matrix<S>& w, Index count, const Scratch<S>& t, auto& y) {
    const auto col = [&](Index k) { return w.col(t.places[k]); };
    Index k = 0;
    for (; k + 4 <= count; k += 4)
      y += (t.values[k] * col(k) + t.values[k + 1] * col(k + 1)) +
           (t.values[k + 2] * col(k + 2) + t.values[k + 3] * col(k + 3));
    for (; k < count; ++k) y += t.values[k] * col(k);
  }
};

/// The windows along one axis that an entry lies in: tap and window.
struct AxisWindows {
  std::vector<std::int32_t> first = {};             // of entry i: windows first[i] to first[i + 1]
  std::vector<std::int32_t> tap = {}, window = {};  // tap: place in the kernel; window: place of the output
  Index outputs = 0;

  AxisWindows() = default;
  AxisWindows(Index size, Index kernel, Index stride, Index before, Index after, Index dilation,
              const std::string& what) {
    const Index span = dilation * (kernel - 1) + 1, padded = size + before + after;
    NEOHEBB_REQUIRE(padded >= span, what, ": inputs of ", size, " with padding ", before, " and ", after,
                    " are smaller than the kernel, which spans ", span);
    outputs = (padded - span) / stride + 1;
    NEOHEBB_REQUIRE(outputs <= most_numbers, what, ": inputs of ", size, " with padding ", before, " and ",
                    after, " give ", outputs, " windows, more than ", most_numbers);
    NEOHEBB_REQUIRE(kernel <= most_numbers / size, what, ": a kernel of ", kernel, " for inputs of ", size,
                    " makes a table of more than ", most_numbers, " entries");
    first.push_back(0);
    for (Index i = 0; i < size; ++i) {
      for (Index k = 0; k < kernel; ++k) {
        const Index at = i + before - k * dilation;
        if (at < 0 || at % stride != 0 || at / stride >= outputs) continue;
        tap.push_back(static_cast<std::int32_t>(k));
        window.push_back(static_cast<std::int32_t>(at / stride));
      }
      first.push_back(static_cast<std::int32_t>(tap.size()));
    }
  }
  /// use(tap, window) for those of entry i.
  void each(Index i, auto&& use) const {
    const auto at = static_cast<std::size_t>(i);
    for (auto k = static_cast<std::size_t>(first[at]); k < static_cast<std::size_t>(first[at + 1]); ++k)
      use(Index{tap[k]}, Index{window[k]});
  }
};

/// Cross-correlation as torch.nn.Conv2d, of which Conv1d is a case of height 1: any kernel, stride,
/// padding, dilation, groups.
///
///     y[o, r, c] = b[o] + Σ_{i, ky, kx} W[o, i, ky, kx] x[i, r·stride + ky·dilation − padding, …]
///
/// (projection/convolution.hpp has square kernels, no dilation and no groups, and spikes of 0 and 1; here
/// come counts, too.)
template <class S> struct ConvolutionMap {
  /// pixels and channels
  Index channels_in = 0, channels_out = 0, height = 0, width = 0, groups = 1, kernel_height = 0,
        kernel_width = 0;             // pixels
  AxisWindows down = {}, right = {};  // the windows of each row, of each column
  Matrix<S> weight = {};              // channels_out/groups × channels_in·taps: column (i, ky, kx)
  Vector<S> bias = {};

  Index inputs() const { return channels_in * height * width; }
  Index outputs() const { return channels_out * pixels(); }
  Index pixels() const { return down.outputs * right.outputs; }
  void reserve(Scratch<S>& t) const { t.reserve(inputs(), outputs()); }
  bool has_room(const Scratch<S>& t) const { return t.has(inputs(), outputs()); }
  std::uint64_t synapses() const {
    return static_cast<std::uint64_t>(down.tap.size() * right.tap.size()) *
           static_cast<std::uint64_t>(channels_in * weight.rows());
  }

  void step(NodeState<S>& s, const Matrix<S>& x, Scratch<S>& t) const {
    switch (weight.rows()) {  // lengths that compilers know of need no loop
      case 8:
        return add_all<8>(s, x, t);
      case 16:
        return add_all<16>(s, x, t);
      case 32:
        return add_all<32>(s, x, t);
      default:
        return add_all<Dynamic>(s, x, t);
    }
  }

 private:
  template <int N> void add_all(NodeState<S>& s, const Matrix<S>& x, Scratch<S>& t) const {
    const Index per_group = channels_in / groups, n = N == Dynamic ? weight.rows() : N;
    for (Index b = 0; b < x.cols(); ++b) {
      Eigen::Map<Matrix<S>> sums(t.sums.data(), channels_out, pixels());
      sums.colwise() = bias;
      Index channel = 0, row = 0, first = 0;  // of the image's row that the numbers are in, which ascend
      t.each_nonzero(x.col(b).data(), inputs(), [&](Index place, S value) {
        for (; place >= first + width; first += width)
          if (++row == height) row = 0, ++channel;
        S* const to = t.sums.data() + channel / per_group * n;
        const S* const kernel = weight.data() + channel * kernel_height * kernel_width * n;
        down.each(row, [&](Index ky, Index r) {
          right.each(place - first, [&](Index kx, Index c) {
            const Eigen::Map<const Vector<S, N>> w(kernel + (ky * kernel_width + kx) * n, n);
            Eigen::Map<Vector<S, N>>(to + (r * right.outputs + c) * channels_out, n) += value * w;
            s.operations += static_cast<std::uint64_t>(n);
          });
        });
      });
      Eigen::Map<Matrix<S>>(s.output.col(b).data(), pixels(), channels_out) = sums.transpose();
    }
  }
};

/// Sums or means over windows of each channel's image; a mean counts the zeros of the padding, as
/// torch.nn.AvgPool2d.
template <class S> struct PoolMap {
  Index channels = 0, height = 0, width = 0;
  AxisWindows down = {}, right = {};  // the windows of each row, of each column
  S factor = 1;                       // of each sum

  Index inputs() const { return channels * height * width; }
  Index outputs() const { return channels * down.outputs * right.outputs; }
  void reserve(Scratch<S>& t) const { t.reserve(inputs(), 0); }
  bool has_room(const Scratch<S>& t) const { return t.has(inputs(), 0); }
  std::uint64_t synapses() const { return 0; }

  void step(NodeState<S>& s, const Matrix<S>& x, Scratch<S>& t) const {
    for (Index b = 0; b < x.cols(); ++b) {
      S* const out = s.output.col(b).data();
      s.output.col(b).setZero();
      t.each_nonzero(x.col(b).data(), inputs(), [&](Index place, S value) {
        const Index channel = place / (height * width), row = place / width % height, column = place % width;
        down.each(row, [&](Index, Index r) {
          right.each(column, [&](Index, Index c) {
            out[(channel * down.outputs + r) * right.outputs + c] += factor * value;
          });
        });
      });
    }
  }
};

/// Scale: y = s x.
template <class S> struct ScaleMap {
  Vector<S> scale = {};  // for each neuron
  Index inputs() const { return scale.size(); }
  Index outputs() const { return scale.size(); }
  void reserve(Scratch<S>&) const {}
  bool has_room(const Scratch<S>&) const { return true; }
  std::uint64_t synapses() const { return 0; }
  void step(NodeState<S>& s, const Matrix<S>& x, Scratch<S>&) const {
    s.output = (x.array().colwise() * scale.array()).matrix();
  }
};

/// Input, Output, Flatten: y = x.
template <class S> struct PassMap {
  Index size = 0;
  Index inputs() const { return size; }
  Index outputs() const { return size; }
  void reserve(Scratch<S>&) const {}
  bool has_room(const Scratch<S>&) const { return true; }
  std::uint64_t synapses() const { return 0; }
  void step(NodeState<S>& s, const Matrix<S>& x, Scratch<S>&) const { s.output = x; }
};

/// Delay: y(t) = x(t − n Δt), n of each neuron its own, zero before the first input.
/// One that closes a loop takes its input at the end of a step, when the nodes behind it have theirs: n is at
/// least 1 then.
template <class S> struct DelayMap {
  std::vector<Index> steps = {};
  Index longest = 0;    // steps
  bool at_end = false;  // whether the input is taken at the end of a step, as in a loop
  Index inputs() const { return static_cast<Index>(steps.size()); }
  Index outputs() const { return inputs(); }
  void reserve(Scratch<S>&) const {}
  bool has_room(const Scratch<S>&) const { return true; }
  std::uint64_t synapses() const { return 0; }
  /// The state before the first step: no spike is under way.
  void prepare(NodeState<S>& s, Index batch) const {
    s.past = Matrix<S>::Zero(inputs(), batch * (longest + 1));
  }
  /// Whether the state holds as many steps.
  bool fits(const NodeState<S>& s) const {
    return s.past.rows() == inputs() && s.past.cols() == s.output.cols() * (longest + 1) && s.now >= 0 &&
           s.now <= longest;
  }
  void step(NodeState<S>& s, const Matrix<S>& x, Scratch<S>&) const {
    take(s, x);
    give(s);
    s.now = (s.now + 1) % (longest + 1);
  }
  void take(NodeState<S>& s, const Matrix<S>& x) const { s.past.middleCols(s.now * x.cols(), x.cols()) = x; }
  /// Shows what arrives in this step.
  void give(NodeState<S>& s) const {
    const Index batch = s.output.cols(), kept = longest + 1;
    for (Index b = 0; b < batch; ++b)
      for (Index i = 0; i < inputs(); ++i) {
        const Index at = (s.now + kept - steps[static_cast<std::size_t>(i)]) % kept;
        s.output(i, b) = s.past(i, at * batch + b);
      }
  }
};

/// Threshold: y = Θ(x − θ).
template <class S> struct ThresholdMap {
  Vector<S> threshold = {};  // for each neuron
  Index inputs() const { return threshold.size(); }
  Index outputs() const { return threshold.size(); }
  void reserve(Scratch<S>&) const {}
  bool has_room(const Scratch<S>&) const { return true; }
  std::uint64_t synapses() const { return 0; }
  void step(NodeState<S>& s, const Matrix<S>& x, Scratch<S>&) const {
    for (Index b = 0; b < x.cols(); ++b)
      s.output.col(b) = (x.col(b).array() > threshold.array()).template cast<S>().matrix();
  }
};

}  // namespace neohebb::nir
