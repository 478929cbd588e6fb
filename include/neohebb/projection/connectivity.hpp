// Connectivity: which weight joins which input to which output.
#pragma once
#include <algorithm>
#include <neohebb/core/columns.hpp>
#include <neohebb/core/product.hpp>
#include <neohebb/core/spikes.hpp>
#include <neohebb/projection/spike_record.hpp>

namespace neohebb {

/// Products with one weight matrix W (rows × cols of the connectivity), linear in W and in x, for numbers of
/// type S. Rows share a bias. x: inputs × batch; y, δ: outputs × batch. A projection needs nothing else,
/// so a convolution or a sparse pattern learns like a dense matrix. A complete one of your own:
///
///     struct OneToOne {                             // y_i = w_i x_i, W is neurons × 1
///       Extent<> neurons;
///       auto inputs() const { return neurons; }
///       auto outputs() const { return neurons; }
///       auto rows() const { return neurons; }
///       auto cols() const { return Extent<1>{}; }
///       struct Workspace {};                        // what forward and gather need not allocate each time
///       template <class S> Workspace workspace() const { return {}; }
///       void forward(const auto& w, const auto& x, auto& y, Workspace&) const {
///         y = w.col(0).asDiagonal() * x;
///       }
///       void gather(auto scale, const auto& delta, const auto& x, auto&& gradient, Workspace&) const {
///         gradient += scale * delta.cwiseProduct(x).rowwise().sum();
///       }
///       void add_bias(const auto& bias, auto& y) const { y.colwise() += bias; }
///       void gather_bias(auto scale, const auto& delta, auto& gradient) const {
///         gradient += scale * delta.rowwise().sum();
///       }
///     };
template <class C, class S>
concept Connectivity = requires(const C c, Matrix<S>& w, const Matrix<S>& x, Matrix<S>& y, Vector<S>& bias,
                                decltype(c.template workspace<S>())& scratch) {
  c.inputs();   // Extent of x
  c.outputs();  // Extent of y and δ
  c.rows();     // Extents of W
  c.cols();
  c.forward(w, x, y, scratch);       // y = W∘x
  c.gather(S(1), y, x, w, scratch);  // W += scale · δ∘xᵀ, the gradient of forward
  c.add_bias(bias, y);               // y += b
  c.gather_bias(S(1), y, bias);      // b += scale · Σ δ
};

/// One that also takes index lists of spikes in place of a 0/1 matrix x: what event-driven projections need.
template <class C, class S>
concept SpikingConnectivity = Connectivity<C, S> &&
    requires(const C c, Matrix<S>& w, Vector<S>& y, std::span<const std::int32_t> active,
             const SpikeRecord& spikes, Index first, decltype(c.template workspace<S>())& scratch) {
  // (after prepare(w, scratch) where there is one)
  c.forward_spikes(w, active, y, scratch);  // y += W∘s of one sample, at a cost per spike
  c.gather_spikes(S(1), w, spikes, w, first,
                  scratch);  // columns of W from `first` on += scale · δ∘sᵀ of the recorded spikes
};

/// One that wants to see weights before forward_spikes is called with them, once until they change, and that
/// keeps room for sums over spikes in those workspaces alone that are to make them.
template <class C, class S>
concept PreparesWeights = requires(const C c, const Matrix<S>& w,
                                   decltype(c.template workspace<S>())& scratch) {
  c.prepare(w, scratch);
  c.reserve_forward_spikes(scratch);
  c.reserve_gather_spikes(scratch);
};

/// A connectivity whose column j of W belongs to input j alone: updates can be split by columns, and wait for
/// input j.
template <class C> inline constexpr bool column_per_input = requires { requires C::column_per_input; };

/// One whose columns of W come in groups, column_group() of them, that may be gathered apart, by a last
/// argument of `gather`: the first column asked for. So a convolution's input channels.
template <class C>
concept GroupedColumns = requires(const C c) {
  { c.column_group() } -> std::convertible_to<Index>;
};

/// Every input to every output:  W is outputs × inputs, y = W x.
/// A projection throws std::invalid_argument for sizes below 1.
template <int Inputs = Dynamic, int Outputs = Dynamic> struct AllToAll {
  /// Column j of W belongs to input j alone: updates can be split by columns, and wait for input j.
  static constexpr bool column_per_input = true;
  /// W has an entry for every pair of neurons, outputs × inputs.
  static constexpr bool weight_per_pair = true;
  Extent<Inputs> from{};  // number of inputs
  Extent<Outputs> to{};   // number of outputs

  void validate() const {
    check_positive("AllToAll.from", Index(from));
    check_positive("AllToAll.to", Index(to));
  }
  Extent<Inputs> inputs() const { return from; }
  Extent<Outputs> outputs() const { return to; }
  Extent<Outputs> rows() const { return to; }
  Extent<Inputs> cols() const { return from; }
  struct Workspace {};
  template <class S> Workspace workspace() const { return {}; }
  void forward(const auto& w, const auto& x, auto& y, Workspace&) const { product(w, x, y); }
  void gather(auto scale, const auto& delta, const auto& x, auto&& gradient, Workspace&) const {
    add_product(gradient, scale, delta, x);
  }
  /// δ xᵀ of one sample, to be read while it is found.
  auto outer(const auto& delta, const auto& x) const { return delta.lazyProduct(x.transpose()); }
  void forward_spikes(const auto& w, std::span<const std::int32_t> active, auto&& y, Workspace&) const {
    add_columns(w, active, typename std::decay_t<decltype(w)>::Scalar(1), y);
  }
  /// delta: outputs × recorded columns; gradient: the columns of W from `first` on. As many rows at a time as
  /// keep δ, which is read over and over, within the second-level cache.
  void gather_spikes(auto scale, const auto& delta, const SpikeRecord& spikes, auto&& gradient, Index first,
                     Workspace&) const {
    check_shape("AllToAll gradient", gradient, delta.rows(), gradient.cols());
    constexpr Index cache = (Index{1} << 20) / Index{sizeof(scale)};
    const Index fit = cache / std::max<Index>(1, spikes.columns()),
                block = std::max<Index>(32, fit / 32 * 32);
    for (Index row = 0; row < delta.rows(); row += block) {
      const Index rows = std::min(block, delta.rows() - row);
      const auto* const part = detail::column_of(delta, 0) + row;
      for (Index j = 0; j < gradient.cols(); ++j)  // a block of a matrix takes longer to make than a sum
        detail::add_columns(part, delta.colStride(), rows, spikes.columns_of(first + j), scale,
                            detail::column_of(gradient, j) + row);
    }
  }
  /// What a spike of input j adds to that input's column of W's gradient: δ of its step.
  void gather_spike(Index, const auto& delta, auto&& column) const { column += delta; }
  void add_bias(const auto& bias, auto& y) const {
    check_shape("AllToAll output", y, bias.rows(), y.cols());
    y.colwise() += bias;
  }
  void gather_bias(auto scale, const auto& delta, auto& gradient) const {
    check_shape("AllToAll gradient of the bias", gradient, delta.rows(), 1);
    gradient += scale * delta.rowwise().sum();
  }
};

}  // namespace neohebb
