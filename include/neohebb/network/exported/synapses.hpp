// Projections as NIR nodes: Linear, Affine, Conv2d, Flatten, Delay, and LI or CubaLI for their traces.
#pragma once
#include <neohebb/network/exported/draft.hpp>
#include <neohebb/projection/convolution.hpp>
#include <neohebb/projection/projection.hpp>
#include <neohebb/trace/pulses.hpp>

namespace neohebb::nir::detail {

/// What reaches neurons: the sum of nodes, and a constant that no node gives.
struct Drive {
  std::vector<std::string> nodes = {};
  Shape shape = {};  // of the neurons
  Vector<double> constant = {};
};

/// The projection without what only stops its learning.
const auto& thawed(const auto& projection) {
  if constexpr (requires { requires std::decay_t<decltype(projection)>::frozen; })
    return thawed(projection.projection);
  else
    return projection;
}
/// The one that brings spikes from outside.
const auto& from_outside(const auto& projection) {
  if constexpr (Recurrent<std::decay_t<decltype(thawed(projection))>>)
    return thawed(thawed(projection).forward);
  else
    return thawed(projection);
}
/// Convolution, AllToAll, …
const auto& connectivity_of(const auto& projection) { return innermost(thawed(projection)).connectivity; }

/// Shapes of what a projection takes and gives: images, of convolutions.
Shape shape_before(const auto& projection) {
  const auto& joins = connectivity_of(projection);
  if constexpr (std::is_same_v<std::decay_t<decltype(joins)>, Convolution>)
    return {joins.channels_in, joins.height, joins.width};
  else
    return {Index(projection.inputs())};
}
Shape shape_after(const auto& projection) {
  const auto& joins = connectivity_of(projection);
  if constexpr (std::is_same_v<std::decay_t<decltype(joins)>, Convolution>)
    return {joins.channels_out, joins.out_height(), joins.out_width()};
  else
    return {Index(joins.outputs())};
}

/// Where spikes come from: the layer below; or the layer itself, which is a loop, perhaps with a Delay
/// elsewhere.
enum class Way { forward, loop, loop_with_delay };

/// Nodes of a projection of `in`. Where `gives_constant`, they give its bias, too; otherwise they need not.
/// A loop lasts a step, but where it has Delays, it lasts as long as these: so a step is added to them.
template <class S> class Synapses {
 public:
  Synapses(Draft<S>& draft, const char* name, bool gives_constant, Way way)
      : draft_(draft), name_(name), gives_constant_(gives_constant), way_(way) {}

  Drive operator()(const auto& whole, const auto& weights, Place in) {
    const auto& outer = thawed(whole);
    const auto& own = innermost(outer);
    auto affine = weights.copy();
    if (draft_.in_weights != 1) {
      affine.weight *= static_cast<S>(draft_.in_weights);
      affine.bias *= static_cast<S>(draft_.in_weights);
    }
    const Shape before = shape_before(outer);
    if (before.size() == 3 && before != in.shape)
      draft_.refuse("its convolution takes images of ", shape_text(before), ", but gets ",
                    shape_text(in.shape), " (channels, height, width): NIR tells shapes apart");
    Index lines = 1, steps = 0;
    if constexpr (requires { outer.spread; }) lines = outer.spread + 1, steps = outer.steps;
    using T = std::decay_t<decltype(own.trace)>;
    Drive all{{}, shape_after(outer), Vector<double>::Zero(Index(own.outputs()))};
    if (lines == 1) {
      in.node = delayed<T>(in, steps, "delay");
      project(own, affine, in, Index(0), name_, all);
      return all;
    }
    for (Index line = 0; line < lines; ++line) {
      Place late = in;
      const std::string tail = "_line" + std::to_string(line);
      late.node = delayed<T>(in, steps + line, "delay" + tail);
      project(own, affine, late, line * in.size(), name_ + tail, all);
    }
    return all;
  }

 private:
  template <class T> std::string delayed(const Place& in, Index steps, const std::string& what) {
    constexpr bool one_stage = requires { requires T::stages == 1; };
    const bool has_delay = way_ == Way::loop_with_delay || !(arrives_as_pulse<T> || one_stage);
    if (way_ != Way::forward && (steps > 0 || has_delay)) ++steps;
    if (steps == 0) return in.node;
    return draft_.add((name_ + "_" + what).c_str(),
                      Delay{draft_.constant(static_cast<double>(steps) * draft_.how.dt, in.shape)},
                      {in.node});
  }
  /// Of inputs from `first` on, as many as `in` has.
  void project(const auto& own, const auto& affine, Place in, Index first, const std::string& name,
               Drive& all) {
    using T = std::decay_t<decltype(own.trace)>;
    Vector<S> bias = Vector<S>::Zero(all.constant.size());
    if (first == 0) {
      Matrix<S> spread = Matrix<S>::Zero(bias.size(), 1);
      own.connectivity.add_bias(affine.bias, spread);
      bias = spread.col(0);
    }
    if constexpr (arrives_as_pulse<T>) {
      const S gain = own.trace.gain();
      all.nodes.push_back(weigh(own, affine, in, first, gain, bias, name));
    } else if constexpr (!filters_outputs<T>()) {  // traces of their own for each input: before the weights
      in.node = draft_.filter((name + "_trace").c_str(), own.trace, in.node, in.shape, 1,
                              Vector<double>::Zero(in.size()));
      all.nodes.push_back(weigh(own, affine, in, first, S(1), bias, name));
    } else {
      const std::string node = weigh(own, affine, in, first, S(1), Vector<S>::Zero(bias.size()), name);
      const Vector<double> rest = bias.template cast<double>();
      Vector<double> given = Vector<double>::Zero(bias.size());
      if (gives_constant_)
        given = rest;
      else
        all.constant += rest;
      all.nodes.push_back(draft_.filter((name + "_trace").c_str(), own.trace, node, all.shape, 1, given));
    }
  }
  template <class T> static constexpr bool filters_outputs() {
    if constexpr (requires { T::commutes; })
      return T::commutes;
    else
      return false;
  }
  std::string weigh(const auto& own, const auto& affine, const Place& in, Index first, S gain,
                    const Vector<S>& bias, const std::string& name) {
    const auto& joins = own.connectivity;
    if constexpr (std::is_same_v<std::decay_t<decltype(joins)>, Convolution>) {
      Conv2d node;
      node.input_shape = {joins.height, joins.width};
      node.weight = row_major(gain * affine.weight);
      node.weight.shape = {joins.channels_out, joins.channels_in, joins.kernel, joins.kernel};
      node.stride = {joins.stride, joins.stride};
      node.padding.by = {joins.padding, joins.padding};
      node.bias = to_npy(Vector<S>(gain * bias.head(joins.channels_out)));
      return draft_.add(name.c_str(), node, {in.node});
    } else {
      const Matrix<S> all = dense(joins, affine.weight);
      Matrix<S> weight(all.rows(), in.size());
      for (Index j = 0; j < in.size(); ++j) weight.col(nir_place(j, in.shape)) = gain * all.col(first + j);
      std::string from = in.node;
      if (in.image()) from = draft_.add((name + "_flat").c_str(), Flatten{0, -1, in.shape}, {from});
      if ((bias.array() == 0).all()) return draft_.add(name.c_str(), Linear{row_major(weight)}, {from});
      return draft_.add(name.c_str(), Affine{row_major(weight), to_npy(Vector<S>(gain * bias))}, {from});
    }
  }
  static NpyArray row_major(const Matrix<S>& matrix) {
    return to_npy(Eigen::Matrix<S, Dynamic, Dynamic, Eigen::RowMajor>(matrix));
  }
  /// outputs × inputs, of any connectivity.
  static Matrix<S> dense(const auto& joins, const auto& weight) {
    using C = std::decay_t<decltype(joins)>;
    if constexpr (requires { requires C::weight_per_pair; }) {
      return weight;
    } else {
      auto workspace = joins.template workspace<S>();
      Matrix<S> all(Index(joins.outputs()), Index(joins.inputs()));
      const Matrix<S> each = Matrix<S>::Identity(all.cols(), all.cols());
      joins.forward(weight, each, all, workspace);
      return all;
    }
  }

  Draft<S>& draft_;
  std::string name_;
  bool gives_constant_;
  Way way_;
};

}  // namespace neohebb::nir::detail
