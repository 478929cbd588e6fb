// Networks in the Neuromorphic Intermediate Representation: nodes with their parameters, and edges, as plain
// values. [Pedersen et al. 2024, "Neuromorphic intermediate representation", Nature Communications 15; nir
// 1.0.8]
#pragma once
#include <algorithm>
#include <array>
#include <map>
#include <neohebb/core/check.hpp>
#include <neohebb/io/array.hpp>
#include <optional>
#include <string_view>
#include <variant>

/// Networks in the Neuromorphic Intermediate Representation: as files have them, and as they run and learn
/// here.
namespace neohebb::nir {

// Each node type lists its members, by the names that they have in files: members(node, f) calls f(name,
// member). Parameters keep the type and the shape that the file gives them. Times are in seconds by practice;
// shapes are without batch and time, channels first.

/// Sizes of each dimension, channels first, without batch and time.
using Shape = std::vector<Index>;

/// Where the network's input comes in.
struct Input {
  Shape shape = {};
  static constexpr const char* type = "Input";
  static void members(auto& n, auto&& f) { f("shape", n.shape); }
  friend bool operator==(const Input&, const Input&) = default;
};
/// What the network shows.
struct Output {
  Shape shape = {};
  static constexpr const char* type = "Output";
  static void members(auto& n, auto&& f) { f("shape", n.shape); }
  friend bool operator==(const Output&, const Output&) = default;
};

/// Weights and bias: y = W x + b.
struct Affine {
  NpyArray weight = {}, bias = {};  // (…, out, in), (…, out)
  static constexpr const char* type = "Affine";
  static void members(auto& n, auto&& f) { f("weight", n.weight), f("bias", n.bias); }
  friend bool operator==(const Affine&, const Affine&) = default;
};
/// Weights: y = W x.
struct Linear {
  NpyArray weight = {};  // (…, out, in)
  static constexpr const char* type = "Linear";
  static void members(auto& n, auto&& f) { f("weight", n.weight); }
  friend bool operator==(const Linear&, const Linear&) = default;
};
/// A factor for each entry: y = s x.
struct Scale {
  NpyArray scale = {};  // s
  static constexpr const char* type = "Scale";
  static void members(auto& n, auto&& f) { f("scale", n.scale); }
  friend bool operator==(const Scale&, const Scale&) = default;
};

/// Zeros around a convolution's input: as many as `by` says in each dimension, or by PyTorch's word.
template <std::size_t N> struct Padding {
  std::array<Index, N> by = {};  // zeros on each side, in each dimension
  std::string word = {};         // "", "same" or "valid"
  friend bool operator==(const Padding&, const Padding&) = default;
};
/// Cross-correlation and bias, as torch.nn.Conv1d.
struct Conv1d {
  std::optional<Index> input_shape = {};
  NpyArray weight = {};  // (out, in/groups, k)
  Index stride = 1;
  Padding<1> padding = {};
  Index dilation = 1, groups = 1;
  NpyArray bias = {};  // (out,)
  static constexpr const char* type = "Conv1d";
  static void members(auto& n, auto&& f) {
    f("input_shape", n.input_shape), f("weight", n.weight), f("stride", n.stride), f("padding", n.padding);
    f("dilation", n.dilation), f("groups", n.groups), f("bias", n.bias);
  }
  friend bool operator==(const Conv1d&, const Conv1d&) = default;
};
/// Cross-correlation and bias, as torch.nn.Conv2d. Sizes are (height, width).
struct Conv2d {
  std::optional<std::array<Index, 2>> input_shape = {};
  NpyArray weight = {};  // (out, in/groups, height, width)
  std::array<Index, 2> stride = {1, 1};
  Padding<2> padding = {};
  std::array<Index, 2> dilation = {1, 1};
  Index groups = 1;
  NpyArray bias = {};  // (out,)
  static constexpr const char* type = "Conv2d";
  static void members(auto& n, auto&& f) {
    f("input_shape", n.input_shape), f("weight", n.weight), f("stride", n.stride), f("padding", n.padding);
    f("dilation", n.dilation), f("groups", n.groups), f("bias", n.bias);
  }
  friend bool operator==(const Conv2d&, const Conv2d&) = default;
};
/// The sum over windows; (height, width).
struct SumPool2d {
  std::array<Index, 2> kernel_size = {}, stride = {}, padding = {};
  static constexpr const char* type = "SumPool2d";
  static void members(auto& n, auto&& f) {
    f("kernel_size", n.kernel_size), f("stride", n.stride), f("padding", n.padding);
  }
  friend bool operator==(const SumPool2d&, const SumPool2d&) = default;
};
/// The mean over windows; (height, width).
struct AvgPool2d {
  std::array<Index, 2> kernel_size = {}, stride = {}, padding = {};
  static constexpr const char* type = "AvgPool2d";
  static void members(auto& n, auto&& f) {
    f("kernel_size", n.kernel_size), f("stride", n.stride), f("padding", n.padding);
  }
  friend bool operator==(const AvgPool2d&, const AvgPool2d&) = default;
};
/// Fewer dimensions: start_dim to end_dim, which may count from the end (−1: the last), become one.
struct Flatten {
  /// the first and the last dimension that become one; −1: the last there is
  Index start_dim = 1, end_dim = -1;
  std::optional<Shape> input_type = {};  // a shape
  static constexpr const char* type = "Flatten";
  static void members(auto& n, auto&& f) {
    f("start_dim", n.start_dim), f("end_dim", n.end_dim), f("input_type", n.input_type);
  }
  friend bool operator==(const Flatten&, const Flatten&) = default;
};

// The parameters of the following have a value for each neuron, all of one shape.

/// A delay for each entry: y(t) = x(t − delay).
struct Delay {
  NpyArray delay = {};  // s
  static constexpr const char* type = "Delay";
  static void members(auto& n, auto&& f) { f("delay", n.delay); }
  friend bool operator==(const Delay&, const Delay&) = default;
};
/// Spikes where the input is above a threshold: Θ(x − threshold).
struct Threshold {
  NpyArray threshold = {};  // θ
  static constexpr const char* type = "Threshold";
  static void members(auto& n, auto&& f) { f("threshold", n.threshold); }
  friend bool operator==(const Threshold&, const Threshold&) = default;
};
/// NIR's I: dv/dt = r i.
struct Integrator {
  NpyArray r = {};
  static constexpr const char* type = "I";
  static void members(auto& n, auto&& f) { f("r", n.r); }
  friend bool operator==(const Integrator&, const Integrator&) = default;
};
/// Integrate-and-fire: dv/dt = r i; v > v_threshold: a spike, and v ← v_reset.
struct IF {
  NpyArray r = {}, v_threshold = {}, v_reset = {};
  static constexpr const char* type = "IF";
  static void members(auto& n, auto&& f) {
    f("r", n.r), f("v_threshold", n.v_threshold), f("v_reset", n.v_reset);
  }
  friend bool operator==(const IF&, const IF&) = default;
};
/// Leaky integrator: tau dv/dt = v_leak − v + r i.
struct LI {
  NpyArray tau = {}, r = {}, v_leak = {};
  static constexpr const char* type = "LI";
  static void members(auto& n, auto&& f) { f("tau", n.tau), f("r", n.r), f("v_leak", n.v_leak); }
  friend bool operator==(const LI&, const LI&) = default;
};
/// LI with the threshold and reset of IF.
struct LIF {
  NpyArray tau = {}, r = {}, v_leak = {}, v_threshold = {}, v_reset = {};
  static constexpr const char* type = "LIF";
  static void members(auto& n, auto&& f) {
    f("tau", n.tau), f("r", n.r), f("v_leak", n.v_leak), f("v_threshold", n.v_threshold),
        f("v_reset", n.v_reset);
  }
  friend bool operator==(const LIF&, const LIF&) = default;
};
/// Leaky integrator with a synaptic current: tau_syn di/dt = −i + w_in s; tau_mem dv/dt = v_leak − v + r i.
struct CubaLI {
  NpyArray tau_syn = {}, tau_mem = {}, r = {}, v_leak = {}, w_in = {};
  static constexpr const char* type = "CubaLI";
  static void members(auto& n, auto&& f) {
    f("tau_syn", n.tau_syn), f("tau_mem", n.tau_mem), f("r", n.r), f("v_leak", n.v_leak), f("w_in", n.w_in);
  }
  friend bool operator==(const CubaLI&, const CubaLI&) = default;
};
/// CubaLI with the threshold and reset of IF.
struct CubaLIF {
  NpyArray tau_syn = {}, tau_mem = {}, r = {}, v_leak = {}, v_threshold = {}, v_reset = {}, w_in = {};
  static constexpr const char* type = "CubaLIF";
  static void members(auto& n, auto&& f) {
    f("tau_syn", n.tau_syn), f("tau_mem", n.tau_mem), f("r", n.r), f("v_leak", n.v_leak);
    f("v_threshold", n.v_threshold), f("v_reset", n.v_reset), f("w_in", n.w_in);
  }
  friend bool operator==(const CubaLIF&, const CubaLIF&) = default;
};

/// Whether the type's parameters have a value for each neuron.
template <class T>
inline constexpr bool is_elementwise =
    std::disjunction_v<std::is_same<T, Scale>, std::is_same<T, Delay>, std::is_same<T, Threshold>,
                       std::is_same<T, Integrator>, std::is_same<T, IF>, std::is_same<T, LI>,
                       std::is_same<T, LIF>, std::is_same<T, CubaLI>, std::is_same<T, CubaLIF>>;

}  // namespace neohebb::nir
