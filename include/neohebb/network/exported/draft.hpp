// A NIR graph in the making: nodes one after the other, their parameters in NIR's order and form.
#pragma once
#include <algorithm>
#include <neohebb/core/types.hpp>
#include <neohebb/io/nir_graph.hpp>
#include <neohebb/io/npy.hpp>
#include <neohebb/network/imported/semantics.hpp>
#include <neohebb/trace/decay.hpp>

namespace neohebb::nir::detail {

/// A node, and the shape of what it gives: (n) or, of an image, (channels, height, width).
struct Place {
  std::string node = {};
  Shape shape = {};
  bool image() const { return shape.size() == 3; }
  Index size() const {
    Index n = 1;
    for (const Index each : shape) n *= each;
    return n;
  }
};

/// Where number k of ours is in NIR: our images have the channel fastest, NIR's first.
inline Index nir_place(Index k, const Shape& shape) {
  return shape.size() == 3 ? k % shape[0] * shape[1] * shape[2] + k / shape[0] : k;
}

/// Parameters are of the network's scalar type, since frameworks add them to its weights' products.
template <class S> class Draft {
 public:
  Graph graph = {};
  Semantics how = {.dt = 1e-3};
  bool order_is_fixed = false;  // some neuron needs its current of the same step
  Index layer = 0;              // which is being drafted
  double in_weights = 1;        // of its membranes' gain, what its weights have taken over

  template <class... Why> [[noreturn]] void refuse(const Why&... why) const {
    NEOHEBB_THROW(std::invalid_argument, "nir::exported: layer ", layer, ": ", why...);
  }
  std::string name_of(const char* what) const { return what + ("_" + std::to_string(layer)); }
  /// A node of this layer, and edges to it.
  std::string add(const char* what, Parameters parameters, const std::vector<std::string>& from) {
    graph.nodes.push_back({name_of(what), std::move(parameters), {}});
    for (const std::string& node : from) join(node, graph.nodes.back().name);
    return graph.nodes.back().name;
  }
  void join(const std::string& from, const std::string& to) { graph.edges.push_back({from, to}); }

  /// Numbers of neurons, in NIR's order.
  NpyArray numbers(const Vector<double>& ours, const Shape& shape) const {
    Vector<S> all(ours.size());
    for (Index k = 0; k < ours.size(); ++k) all[nir_place(k, shape)] = static_cast<S>(ours[k]);
    NpyArray array = to_npy(all);
    array.shape = shape;
    return array;
  }
  NpyArray constant(double each, const Shape& shape) const {
    return numbers(Vector<double>::Constant(Place{{}, shape}.size(), each), shape);
  }
  /// A coefficient for each of n neurons.
  static Vector<double> spread(const auto& coefficient, Index n) {
    if constexpr (shared_by_all<std::decay_t<decltype(coefficient)>>)
      return Vector<double>::Constant(n, static_cast<double>(coefficient));
    else
      return coefficient.template cast<double>();
  }
  /// τ of which a step makes the decay again: Δt/(1 − decay) by Euler's scheme, or −Δt/log(decay).
  NpyArray taus(const Vector<double>& decay, const Shape& shape) const {
    if (how.discretisation == Discretisation::euler)
      return numbers((how.dt / (1 - decay.array())).matrix(), shape);
    if ((decay.array() == 0).any()) refuse("a decay of 0 has no time constant but by Discretisation::euler");
    return numbers((-how.dt / decay.array().log()).matrix(), shape);
  }

  /// v ← decay v + gain x + (1 − decay) leak, which begins at `leak`: LI; or, where nothing decays, NIR's I.
  Parameters leaky(const char* what, const Vector<double>& decay, const Vector<double>& gain,
                   const Vector<double>& leak, const Shape& shape) const {
    const bool none_decays = (decay.array() == 1).all();
    if (none_decays && (leak.array() == 0).all()) return Integrator{numbers(gain, shape)};
    check_decays(what, decay);
    return LI{taus(decay, shape), numbers((gain.array() / (1 - decay.array())).matrix(), shape),
              numbers(leak, shape)};
  }
  void check_decays(const char* what, const Vector<double>& decay) const {
    if ((decay.array() == 1).any())
      refuse(what, " does not decay (a decay of 1): NIR has no time constant for that here");
  }

  /// Nodes for a trace of what `from` gives, times `factor`: x[t] = factor · (trace ∗ from)[t] + constant.
  template <class T>
  std::string filter(const char* what, const T& trace, const std::string& from, const Shape& shape,
                     double factor, const Vector<double>& constant_term) {
    const Index n = constant_term.size();
    if constexpr (requires { T::stages; }) {
      if constexpr (T::stages == 1 && requires { trace.decay; }) {
        const Vector<double> decay = spread(trace.decay, n);
        return add(what, leaky(what, decay, factor * gains(trace, decay), constant_term, shape), {from});
      } else if constexpr (requires { trace.membrane_decay; }) {
        return cuba(what, trace, trace.membrane_decay, trace.synaptic_decay, from, shape, factor,
                    constant_term);
      } else if constexpr (requires { trace.decay; }) {
        return cuba(what, trace, trace.decay, trace.decay, from, shape, factor, constant_term);
      }
    }
    refuse("the kernel of ", what,
           " is none of Exponential, DoubleExponential, Alpha, which are NIR's LI and "
           "CubaLI");
  }
  /// One step later, where the membrane is to take the current of the step before and the network's order is
  /// the other. Returns the node to lead to the current.
  std::string one_step_later(const char* what, const std::vector<std::string>& from, const Shape& shape) {
    return add(what, Delay{constant(how.dt, shape)}, from);
  }
  bool needs_delay() {
    if (order_is_fixed) return true;
    how.order = CurrentOrder::membrane_first;
    return false;
  }

 private:
  static Vector<double> gains(const auto& trace, const Vector<double>& decay) {
    return trace.normalised ? (1 - decay.array()).matrix().eval() : Vector<double>::Ones(decay.size()).eval();
  }
  std::string cuba(const char* what, const auto& trace, const auto& membrane, const auto& synaptic,
                   std::string from, const Shape& shape, double factor, const Vector<double>& leak) {
    const Index n = leak.size();
    const Vector<double> a = spread(membrane, n), b = spread(synaptic, n);
    check_decays(what, a);
    check_decays(what, b);
    if (needs_delay()) from = one_step_later((std::string(what) + "_delay").c_str(), {from}, shape);
    return add(
        what,
        CubaLI{taus(b, shape), taus(a, shape),
               numbers((factor * gains(trace, a).array() / (1 - a.array())).matrix(), shape),
               numbers(leak, shape), numbers((gains(trace, b).array() / (1 - b.array())).matrix(), shape)},
        {from});
  }
};

}  // namespace neohebb::nir::detail
