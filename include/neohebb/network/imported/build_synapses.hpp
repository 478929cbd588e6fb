// From the parameters of NIR's nodes without a membrane, and the shape that reaches them, to nodes that run.
#pragma once
#include <neohebb/network/imported/neurons.hpp>
#include <neohebb/network/imported/structure.hpp>
#include <neohebb/network/imported/synapses.hpp>

namespace neohebb::nir {

/// What a node does in a step, by its type.
template <class S>
using RunningMap = std::variant<PassMap<S>, DenseMap<S>, ConvolutionMap<S>, PoolMap<S>, ScaleMap<S>,
                                DelayMap<S>, ThresholdMap<S>, NeuronMap<S>>;

namespace detail {

/// Makes a node's map from its parameters. `shape`: in: of what reaches the node, where it is known; out:
/// of what it gives. `at_end`: a Delay takes its input at the end of a step.
template <class S> class SynapseBuilder {
 public:
  SynapseBuilder(const Semantics& how, std::string where, bool known, bool at_end, Shape& shape,
                 std::vector<std::string>& remarks)
      : how_(how),
        where_(std::move(where)),
        known_(known),
        at_end_(at_end),
        shape_(shape),
        remarks_(remarks) {}

  RunningMap<S> operator()(const Input& n) { return passed(n.shape); }
  RunningMap<S> operator()(const Output& n) { return passed(n.shape); }
  RunningMap<S> operator()(const Flatten& n) {
    if (!known_ && n.input_type) shape_ = *n.input_type, known_ = true;
    need("input_type");
    if (n.start_dim >= static_cast<Index>(shape_.size()) && !shape_.empty()) {
      remark("start_dim ", n.start_dim, " lies behind the last dimension of ", shape_text(shape_),
             ", as if a batch came first: nothing is flattened");
      return PassMap<S>{size_of_shape(shape_)};
    }
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
    map.at_end = at_end_;
    double worst = 0, rounded = 0;
    for (const double delay : numbers(n.delay, "delay")) {
      const double steps = delay / how_.dt;
      NEOHEBB_REQUIRE(is_finite(steps) && steps >= 0 && steps < 1e6, where_, ": a delay of ", delay, " is ",
                      steps, " steps of ", how_.dt, ", must be 0 to 1e6; is Semantics.dt in the same unit?");
      map.steps.push_back(std::max(static_cast<Index>(std::llround(steps)), Index{at_end_}));
      map.longest = std::max(map.longest, map.steps.back());
      const double off = std::abs(steps - static_cast<double>(map.steps.back()));
      if (off > worst) worst = off, rounded = delay;
    }
    NEOHEBB_REQUIRE(map.longest < most_numbers / map.inputs(), where_, ": a delay of ", map.longest,
                    " steps for ", map.inputs(), " neurons keeps more than ", most_numbers, " numbers");
    if (worst > 1e-3)
      remark("a delay of ", rounded, " is ", rounded / how_.dt, " steps of ", how_.dt, ": rounded to ",
             at_end_ ? std::max(std::round(rounded / how_.dt), 1.0) : std::round(rounded / how_.dt),
             at_end_ ? ", at least 1 in a loop" : "");
    return map;
  }
  RunningMap<S> operator()(const Conv1d& n) {
    if (!known_ && n.input_shape) shape_ = {n.weight.shape[1] * n.groups, *n.input_shape}, known_ = true;
    need("input_shape");
    images(2, n.input_shape ? Shape{*n.input_shape} : Shape{});
    auto map = convolution({1, shape_[1]}, n.weight, n.bias, {1, n.stride}, {1, n.dilation}, n.groups,
                           {0, n.padding.by[0]}, n.padding.word);
    give({map.channels_out, map.right.outputs});
    return map;
  }
  RunningMap<S> operator()(const Conv2d& n) {
    if (!known_ && n.input_shape)
      shape_ = {n.weight.shape[1] * n.groups, (*n.input_shape)[0], (*n.input_shape)[1]}, known_ = true;
    need("input_shape");
    images(3, n.input_shape ? Shape{(*n.input_shape)[0], (*n.input_shape)[1]} : Shape{});
    auto map = convolution({shape_[1], shape_[2]}, n.weight, n.bias, n.stride, n.dilation, n.groups,
                           n.padding.by, n.padding.word);
    give({map.channels_out, map.down.outputs, map.right.outputs});
    return map;
  }
  RunningMap<S> operator()(const SumPool2d& n) { return pool(n, false); }
  RunningMap<S> operator()(const AvgPool2d& n) { return pool(n, true); }
  RunningMap<S> operator()(const Graph&) { return PassMap<S>{}; }  // there are none in a Structure

 protected:
  void need(const char* member) const {
    NEOHEBB_REQUIRE(known_, where_,
                    ": the shape of its input is not known; give the graph an Input node, or the node ",
                    member);
    check_shape_size(shape_, where_);
  }
  void give(const Shape& shape) {
    check_shape_size(shape, where_);
    shape_ = shape;
  }
  RunningMap<S> passed(const Shape& own) {
    if (!known_) give(own);
    return PassMap<S>{size_of_shape(shape_)};
  }
  /// A parameter for each neuron decides about the shape together with what reaches the node. Flat ones take
  /// images as they are.
  void take(const NpyArray& array, const char* member) {
    if (!known_) {
      give(array.shape);
    } else if (array.size() != 1 || size_of_shape(shape_) == 1) {
      const Likeness like = likeness(array.shape, shape_);
      NEOHEBB_REQUIRE(like != Likeness::other || stretches(array.shape, shape_), where_,
                      ": gets an input of shape ", shape_text(shape_), ", its member '", member, "' has ",
                      shape_text(array.shape), "; they must be the same");
      if (like == Likeness::in_order && array.size() > 1)
        remark("gets an input of shape ", shape_text(shape_), ", its member '", member, "' has ",
               shape_text(array.shape), ": taken in C order");
      if (like == Likeness::in_order && !array.shape.empty()) shape_ = less_flat(array.shape, shape_);
    }
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
    check_shape_size(shape_, where_);
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
    Shape given = !whole || matrices > 1 ? Shape(shape_.begin(), shape_.end() - 1) : leading;
    given.push_back(out);
    give(given);
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
    give({map.channels, map.down.outputs, map.right.outputs});
    return map;
  }

  template <class... Text> void remark(const Text&... text) const {
    std::string all = where_ + ": ";
    (neohebb::MessagePart(text).append_to(all), ...);
    remarks_.push_back(all);
  }

  Semantics how_;
  std::string where_;
  bool known_, at_end_;
  Shape& shape_;
  std::vector<std::string>& remarks_;
};

}  // namespace detail
}  // namespace neohebb::nir
