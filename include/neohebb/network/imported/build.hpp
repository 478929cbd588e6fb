// From a NIR node's parameters, and the shape that reaches it, to a node that runs.
#pragma once
#include <neohebb/network/imported/neurons.hpp>
#include <neohebb/network/imported/structure.hpp>
#include <neohebb/network/imported/synapses.hpp>

namespace neohebb::nir {

template <class S>
using RunningMap = std::variant<PassMap<S>, DenseMap<S>, ConvolutionMap<S>, PoolMap<S>, ScaleMap<S>,
                                DelayMap<S>, ThresholdMap<S>, NeuronMap<S>>;

namespace detail {

/// Makes a node's map from its parameters. `shape`: in: of what reaches the node, where it is known; out:
/// of what it gives.
template <class S> class Builder {
 public:
  Builder(const Semantics& how, std::string where, bool known, Shape& shape)
      : how_(how), where_(std::move(where)), known_(known), shape_(shape) {}

  RunningMap<S> operator()(const Input& n) { return passed(n.shape); }
  RunningMap<S> operator()(const Output& n) { return passed(n.shape); }
  RunningMap<S> operator()(const Flatten& n) {
    if (!known_ && n.input_type) shape_ = *n.input_type, known_ = true;
    need("input_type");
    const auto rank = static_cast<Index>(shape_.size());
    const Index from = n.start_dim < 0 ? n.start_dim + rank : n.start_dim;
    const Index to = std::min(n.end_dim < 0 ? n.end_dim + rank : n.end_dim, rank - 1);
    NEOHEBB_REQUIRE(from >= 0 && from <= rank && to >= from - 1, where_, ": start_dim ", n.start_dim,
                    " and end_dim ", n.end_dim, " do not fit the input's shape, ", shape_text(shape_));
    const Index size = size_of_shape(shape_);
    Shape flat;
    Index together = 1;
    for (Index k = 0; k < rank; ++k) {
      const Index here = shape_[static_cast<std::size_t>(k)];
      if (k < from || k > to) flat.push_back(here);
      if (k >= from && k <= to) together *= here;
      if (k == to) flat.push_back(together);
    }
    shape_ = flat;
    return PassMap<S>{size};
  }
  RunningMap<S> operator()(const Affine& n) { return dense(n.weight, &n.bias); }
  RunningMap<S> operator()(const Linear& n) { return dense(n.weight, nullptr); }
  RunningMap<S> operator()(const Scale& n) {
    take(n.scale, "scale");
    return ScaleMap<S>{numbers(n.scale, "scale").template cast<S>()};
  }
  RunningMap<S> operator()(const Threshold& n) {
    take(n.threshold, "threshold");
    return ThresholdMap<S>{numbers(n.threshold, "threshold").template cast<S>()};
  }
  RunningMap<S> operator()(const Delay& n) {
    take(n.delay, "delay");
    DelayMap<S> map;
    for (const double delay : numbers(n.delay, "delay")) {
      const double steps = delay / how_.dt;
      NEOHEBB_REQUIRE(is_finite(steps) && steps >= 0 && steps < 1e6, where_, ": a delay of ", delay, " is ",
                      steps, " steps of ", how_.dt, ", must be 0 to 1e6; is Semantics.dt in the same unit?");
      map.steps.push_back(static_cast<Index>(std::llround(steps)));
      map.longest = std::max(map.longest, map.steps.back());
    }
    return map;
  }
  RunningMap<S> operator()(const Conv1d& n) {
    if (!known_ && n.input_shape) shape_ = {n.weight.shape[1] * n.groups, *n.input_shape}, known_ = true;
    need("input_shape");
    images(2, n.input_shape ? Shape{*n.input_shape} : Shape{});
    auto map = convolution({1, shape_[1]}, n.weight, n.bias, {1, n.stride}, {1, n.dilation}, n.groups,
                           {0, n.padding.by[0]}, n.padding.word);
    shape_ = {map.channels_out, map.right.outputs};
    return map;
  }
  RunningMap<S> operator()(const Conv2d& n) {
    if (!known_ && n.input_shape)
      shape_ = {n.weight.shape[1] * n.groups, (*n.input_shape)[0], (*n.input_shape)[1]}, known_ = true;
    need("input_shape");
    images(3, n.input_shape ? Shape{(*n.input_shape)[0], (*n.input_shape)[1]} : Shape{});
    auto map = convolution({shape_[1], shape_[2]}, n.weight, n.bias, n.stride, n.dilation, n.groups,
                           n.padding.by, n.padding.word);
    shape_ = {map.channels_out, map.down.outputs, map.right.outputs};
    return map;
  }
  RunningMap<S> operator()(const SumPool2d& n) { return pool(n, false); }
  RunningMap<S> operator()(const AvgPool2d& n) { return pool(n, true); }
  RunningMap<S> operator()(const Integrator& n) {
    take(n.r, "r");
    return integrator(n.r);
  }
  RunningMap<S> operator()(const IF& n) {
    take(n.r, "r");
    auto map = integrator(n.r);
    return threshold(map, n);
  }
  RunningMap<S> operator()(const LI& n) {
    take(n.tau, "tau");
    return leaky(n.tau, "tau", n.r, n.v_leak);
  }
  RunningMap<S> operator()(const LIF& n) {
    take(n.tau, "tau");
    auto map = leaky(n.tau, "tau", n.r, n.v_leak);
    return threshold(map, n);
  }
  RunningMap<S> operator()(const CubaLI& n) { return cuba(n); }
  RunningMap<S> operator()(const CubaLIF& n) {
    auto map = cuba(n);
    return threshold(map, n);
  }
  RunningMap<S> operator()(const Graph&) { return PassMap<S>{}; }  // there are none in a Structure

 private:
  void need(const char* member) const {
    NEOHEBB_REQUIRE(known_, where_,
                    ": the shape of its input is not known; give the graph an Input node, or the node ",
                    member);
  }
  RunningMap<S> passed(const Shape& own) {
    if (!known_) shape_ = own;
    return PassMap<S>{size_of_shape(shape_)};
  }
  /// A parameter for each neuron decides about the shape together with what reaches the node.
  void take(const NpyArray& array, const char* member) {
    if (!known_)
      shape_ = array.shape;
    else if (array.size() == size_of_shape(shape_))
      shape_ = array.shape.empty() ? shape_ : array.shape;
    else
      NEOHEBB_REQUIRE(array.size() == 1 || stretches(array.shape, shape_), where_,
                      ": gets an input of shape ", shape_text(shape_), ", its member '", member, "' has ",
                      shape_text(array.shape), "; they must be the same");
    known_ = true;
  }
  Vector<double> numbers(const NpyArray& array, const char* member) const {
    return expanded(array, shape_, where_ + ", member '" + member + "'");
  }
  RunningMap<S> dense(const NpyArray& weight, const NpyArray* bias) {
    const auto rank = weight.shape.size();
    const Index in = weight.shape[rank - 1], out = weight.shape[rank - 2];
    const Shape leading(weight.shape.begin(), weight.shape.end() - 2);
    const Index matrices = size_of_shape(leading);
    if (!known_) shape_ = leading, shape_.push_back(in);
    const Index size = size_of_shape(shape_);
    const bool whole = size == in;  // of any shape: a network that left Flatten out
    NEOHEBB_REQUIRE(in > 0 && (whole || (!shape_.empty() && shape_.back() == in)), where_,
                    ": gets an input of shape ", shape_text(shape_), ", its weight has ",
                    shape_text(weight.shape), ": expected (…, ", in, ")");
    DenseMap<S> map;
    map.rows = matrices == 1 ? size / in : matrices;
    NEOHEBB_REQUIRE(map.rows * in == size, where_, ": gets an input of shape ", shape_text(shape_),
                    ", its weight has ", shape_text(weight.shape), ": expected ", map.rows, " rows");
    const std::vector<double> all = weight.as<double>(where_ + ", member 'weight'");
    for (Index k = 0; k < matrices; ++k)
      map.weights.push_back(Eigen::Map<const Eigen::Matrix<double, Dynamic, Dynamic, Eigen::RowMajor>>(
                                all.data() + k * in * out, out, in)
                                .template cast<S>());
    if (bias) {
      const std::vector<double> b = bias->as<double>(where_ + ", member 'bias'");
      NEOHEBB_REQUIRE(static_cast<Index>(b.size()) == matrices * out || b.size() == 1, where_,
                      ": its bias has shape ", shape_text(bias->shape), ", its weight ",
                      shape_text(weight.shape));
      map.bias = b.size() == 1
                     ? Matrix<S>::Constant(out, matrices, static_cast<S>(b[0])).eval()
                     : Eigen::Map<const Matrix<double>>(b.data(), out, matrices).template cast<S>().eval();
    }
    if (!whole || matrices > 1)
      shape_.back() = out;
    else
      shape_ = leading, shape_.push_back(out);
    return map;
  }
  void images(std::size_t rank, const Shape& stated) {
    while (shape_.size() > rank && shape_[0] == 1) shape_.erase(shape_.begin());
    NEOHEBB_REQUIRE(shape_.size() == rank, where_, ": gets an input of shape ", shape_text(shape_),
                    ", expected ", rank, " dimensions, channels first");
    const Shape got(shape_.begin() + 1, shape_.end());
    NEOHEBB_REQUIRE(stated.empty() || stated == got, where_, ": gets an input of shape ", shape_text(shape_),
                    ", its input_shape is ", shape_text(stated));
  }
  ConvolutionMap<S> convolution(std::array<Index, 2> size, const NpyArray& weight, const NpyArray& bias,
                                std::array<Index, 2> stride, std::array<Index, 2> dilation, Index groups,
                                std::array<Index, 2> padding, const std::string& word) {
    const bool line = weight.shape.size() == 3;
    const std::array<Index, 2> kernel{line ? 1 : weight.shape[2], weight.shape.back()};
    ConvolutionMap<S> map;
    map.channels_out = weight.shape[0], map.groups = groups;
    map.height = size[0], map.width = size[1], map.kernel_height = kernel[0], map.kernel_width = kernel[1];
    map.channels_in = weight.shape[1] * groups;
    NEOHEBB_REQUIRE(map.channels_in == shape_[0], where_, ": gets an input of shape ", shape_text(shape_),
                    ", its weight ", shape_text(weight.shape), " in ", groups, " groups expects ",
                    map.channels_in, " channels");
    std::array<Index, 2> before = padding, after = padding;
    for (std::size_t k = 0; k < 2; ++k) {
      if (word == "valid") before[k] = after[k] = 0;
      if (word != "same") continue;
      NEOHEBB_REQUIRE(stride[k] == 1, where_, ": padding 'same' needs stride 1, it is ", stride[k]);
      before[k] = dilation[k] * (kernel[k] - 1) / 2;
      after[k] = dilation[k] * (kernel[k] - 1) - before[k];  // PyTorch has the odd zero behind
    }
    map.down = AxisWindows(size[0], kernel[0], stride[0], before[0], after[0], dilation[0], where_);
    map.right = AxisWindows(size[1], kernel[1], stride[1], before[1], after[1], dilation[1], where_);
    const std::vector<double> w = weight.as<double>(where_ + ", member 'weight'");
    const Index taps = kernel[0] * kernel[1], per_group = weight.shape[1], n = map.channels_out / groups;
    map.weight.resize(n, map.channels_in * taps);
    for (Index o = 0; o < map.channels_out; ++o)
      for (Index i = 0; i < per_group; ++i)
        for (Index k = 0; k < taps; ++k)
          map.weight(o % n, (o / n * per_group + i) * taps + k) =
              static_cast<S>(w[static_cast<std::size_t>((o * per_group + i) * taps + k)]);
    map.bias = expanded(bias, {map.channels_out}, where_ + ", member 'bias'").template cast<S>();
    return map;
  }
  RunningMap<S> pool(const auto& n, bool mean) {
    need("before it one whose shape is known");
    images(3, {});
    PoolMap<S> map{shape_[0], shape_[1], shape_[2], {}, {}, 1};
    const auto windows = [&](std::size_t k, Index size) {
      return AxisWindows(size, n.kernel_size[k], n.stride[k], n.padding[k], n.padding[k], 1, where_);
    };
    map.down = windows(0, map.height), map.right = windows(1, map.width);
    if (mean) map.factor = S(1) / static_cast<S>(n.kernel_size[0] * n.kernel_size[1]);
    shape_ = {map.channels, map.down.outputs, map.right.outputs};
    return map;
  }

  Vector<double> resistance(const NpyArray& r) const {
    Vector<double> all = numbers(r, "r");
    if (how_.ignores_resistance) all.setOnes();
    return all;
  }
  NeuronMap<S> neurons(const Vector<double>& decay, const Vector<double>& gain,
                       const Vector<double>& constant, const Vector<double>& start) const {
    NeuronMap<S> map;
    map.semantics = how_;
    map.decay = decay.template cast<S>(), map.gain = gain.template cast<S>();
    map.constant = constant.template cast<S>(), map.start = start.template cast<S>();
    return map;
  }
  NeuronMap<S> integrator(const NpyArray& r) const {
    const Vector<double> gain = resistance(r) * (how_.integrates_rates ? how_.dt : 1.0);
    const Vector<double> none = Vector<double>::Zero(gain.size());
    return neurons(Vector<double>::Ones(gain.size()), gain, none, none);
  }
  /// What is left of a quantity with time constant τ after a step.
  Vector<double> decay_of(const NpyArray& tau, const char* member) const {
    Vector<double> all = numbers(tau, member);
    for (double& t : all) {
      NEOHEBB_REQUIRE(t > 0, where_, ": ", member, " is ", t, ", must be above 0");
      const double share = how_.dt / t;
      NEOHEBB_REQUIRE(how_.discretisation == Discretisation::exact || share < 1.001, where_, ": ", member,
                      " is ", t, ", shorter than a step of ", how_.dt,
                      ": Euler's scheme would swing; give a smaller dt (Norse writes time constants 1000 "
                      "times too small) or "
                      "Discretisation::exact");
      t = how_.discretisation == Discretisation::exact ? std::exp(-share) : 1 - share;
    }
    return all;
  }
  NeuronMap<S> leaky(const NpyArray& tau, const char* member, const NpyArray& r,
                     const NpyArray& v_leak) const {
    const Vector<double> decay = decay_of(tau, member), leak = numbers(v_leak, "v_leak");
    const Vector<double> share = (1 - decay.array()).matrix();
    const Vector<double> gain = how_.whole_input ? resistance(r) : share.cwiseProduct(resistance(r)).eval();
    return neurons(decay, gain, share.cwiseProduct(leak), leak);
  }
  NeuronMap<S> cuba(const auto& n) {
    take(n.tau_mem, "tau_mem");
    auto map = leaky(n.tau_mem, "tau_mem", n.r, n.v_leak);
    const Vector<double> decay = decay_of(n.tau_syn, "tau_syn");
    map.has_current = true;
    map.synaptic_decay = decay.template cast<S>();
    Vector<double> gain = numbers(n.w_in, "w_in");
    if (!how_.whole_current) gain.array() *= 1 - decay.array();
    map.synaptic_gain = gain.template cast<S>();
    return map;
  }
  RunningMap<S> threshold(NeuronMap<S>& map, const auto& n) const {
    map.spikes = true;
    map.threshold = numbers(n.v_threshold, "v_threshold").template cast<S>();
    map.reset = numbers(n.v_reset, "v_reset").template cast<S>();
    constexpr bool floored = requires { n.r; }
    &&!requires { n.v_leak; };
    if (floored && how_.floor > 0)
      map.lowest = -static_cast<S>(how_.floor) * map.threshold;
    else
      map.lowest = Vector<S>::Constant(map.threshold.size(), std::numeric_limits<S>::lowest());
    if (how_.several_spikes)
      NEOHEBB_REQUIRE((map.threshold.array() > 0).all(), where_, ": v_threshold is ",
                      map.threshold.minCoeff(), ", must be above 0 where a step has several spikes");
    return map;
  }

  Semantics how_;
  std::string where_;
  bool known_;
  Shape& shape_;
};

}  // namespace detail
}  // namespace neohebb::nir
