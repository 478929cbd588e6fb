// Recordings of the golden form, made by plain loops over DECOLLE's equations, go through replay_golden: it
// handles other sizes, constants, losses and optimizers than the recordings that came with the project, and
// notices one wrong number.
//
//     golden_recording        runs replay_golden, which lies beside it; exits 0 only if it says what it should
//
// No code of the library but write_npy: a mistake in both would have to be made twice.
#include <sys/wait.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <neohebb/io/npy.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "support/temporary_file.hpp"

namespace {

using Numbers = std::vector<double>;

constexpr std::size_t inputs = 7, classes = 3, batch = 5, steps = 12, layers = 3;
constexpr std::size_t sizes[layers + 1] = {inputs, 5, 9, 4};
constexpr double alpha = 0.83, beta = 0.71, gamma = 0.58, rho = 1.6, rate = 0.02;
constexpr double regularisation[layers] = {0, 0.3, 0};
constexpr double quiet_bias = -3.5;  // keeps the mean of σ(U) below 0.1: the penalty of silence acts

struct Case {
  const char* neuron;  // LIFLayer: normalised traces, fast sigmoid; LIFLayerNonorm: neither, boxcar
  const char* loss;
  double bias;  // of the regularised layer, on average

  bool normalised() const { return std::string(neuron) == "LIFLayer"; }
  bool mean_square() const { return std::string(loss) == "mse"; }
};

/// Adam as golden/README.md gives it: betas 0.9 and 0.999, epsilon 1e-8.
struct Moments {
  Numbers m, v;
  int t = 0;

  void update(Numbers& weights, const Numbers& gradient) {
    m.resize(weights.size());
    v.resize(weights.size());
    ++t;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      m[k] = 0.9 * m[k] + 0.1 * gradient[k];
      v[k] = 0.999 * v[k] + 0.001 * gradient[k] * gradient[k];
      const double mean = m[k] / (1 - std::pow(0.9, t)), square = v[k] / (1 - std::pow(0.999, t));
      weights[k] -= rate * mean / (std::sqrt(square) + 1e-8);
    }
  }
};

/// One layer: P, Q are batch × in, R, U, S batch × out, weights out × in, all row after row.
struct Layer {
  std::size_t in = 0, out = 0;
  Numbers weight, bias, readout_weight, readout_bias;
  Numbers P, Q, R, U, S, Y, grad_weight, grad_bias;
  double loss = 0;
  Moments weight_moments, bias_moments;

  void step(const Case& c, const Numbers& spikes_in) {
    const double a_P = c.normalised() ? 1 - alpha : 1, a_Q = c.normalised() ? 1 - beta : 1,
                 a_R = c.normalised() ? 1 - gamma : 1;
    for (std::size_t k = 0; k < batch * in; ++k) {
      P[k] = alpha * P[k] + a_P * Q[k];  // the old Q
      Q[k] = beta * Q[k] + a_Q * spikes_in[k];
    }
    for (std::size_t b = 0; b < batch; ++b) {
      for (std::size_t i = 0; i < out; ++i) {
        R[b * out + i] = gamma * R[b * out + i] - a_R * rho * S[b * out + i];  // the old S
        double u = bias[i] + R[b * out + i];
        for (std::size_t j = 0; j < in; ++j) u += weight[i * in + j] * P[b * in + j];
        U[b * out + i] = u;
      }
      for (std::size_t i = 0; i < out; ++i) S[b * out + i] = U[b * out + i] > 0 ? 1 : 0;
      for (std::size_t k = 0; k < classes; ++k) {
        double y = readout_bias[k];
        for (std::size_t i = 0; i < out; ++i) y += readout_weight[k * out + i] * S[b * out + i];
        Y[b * classes + k] = y;
      }
    }
  }

  void credit(const Case& c, const Numbers& target, double strength) {
    // The loss, a mean over classes and samples, and its derivative.
    Numbers dY(batch * classes);
    loss = 0;
    for (std::size_t k = 0; k < batch * classes; ++k) {
      const double e = Y[k] - target[k], n = static_cast<double>(batch * classes);
      if (c.mean_square()) {
        loss += e * e / n;
        dY[k] = 2 * e / n;
      } else {
        loss += (std::abs(e) < 1 ? e * e / 2 : std::abs(e) - 0.5) / n;
        dY[k] = (std::abs(e) < 1 ? e : e > 0 ? 1 : -1) / n;
      }
    }
    // strength · mean(relu(U + 0.01)) + strength · 0.003 · relu(mean(0.1 − σ(U)))
    const double n = static_cast<double>(batch * out);
    double high = 0, quiet = 0;
    for (const double u : U) {
      high += std::max(0.0, u + 0.01) / n;
      quiet += (0.1 - 1 / (1 + std::exp(-u))) / n;
    }
    loss += strength * high + strength * 0.003 * std::max(0.0, quiet);
    // δ = (Gᵀ ∂L/∂Y) ∘ σ'(U), and what the regularisation adds
    std::fill(grad_weight.begin(), grad_weight.end(), 0.0);
    std::fill(grad_bias.begin(), grad_bias.end(), 0.0);
    for (std::size_t b = 0; b < batch; ++b)
      for (std::size_t i = 0; i < out; ++i) {
        const double u = U[b * out + i], sigma = 1 / (1 + std::exp(-u));
        double delta = 0;
        for (std::size_t k = 0; k < classes; ++k) delta += readout_weight[k * out + i] * dY[b * classes + k];
        if (c.normalised())
          delta /= (1 + 10 * std::abs(u)) * (1 + 10 * std::abs(u));
        else if (!(u > -0.5 && u <= 0.5))
          delta = 0;
        if (u > -0.01) delta += strength / n;
        if (quiet > 0) delta -= strength * 0.003 * sigma * (1 - sigma) / n;
        for (std::size_t j = 0; j < in; ++j) grad_weight[i * in + j] += delta * P[b * in + j];
        grad_bias[i] += delta;
      }
  }

  void update() {
    weight_moments.update(weight, grad_weight);
    bias_moments.update(bias, grad_bias);
  }
};

struct Array {
  std::vector<std::size_t> shape;
  Numbers values;

  void write(const std::string& path) const {
    neohebb::NpyArray array;
    array.shape.assign(shape.begin(), shape.end());
    array.type = neohebb::data_type<double>();
    array.data.resize(values.size() * sizeof(double));
    std::memcpy(array.data.data(), values.data(), array.data.size());
    neohebb::write_npy(path, array);
  }
};

/// The recording's arrays by name, without ".npy".
std::map<std::string, Array> record(const Case& c) {
  std::map<std::string, Array> arrays;
  std::mt19937_64 random(20);
  const auto uniform = [&](std::size_t n, double low, double high) {
    Numbers numbers(n);
    for (double& x : numbers) x = std::uniform_real_distribution<double>(low, high)(random);
    return numbers;
  };
  Numbers input = uniform(batch * steps * inputs, 0, 1);
  for (double& x : input) x = x < 0.4 ? 1 : 0;
  const Numbers target = uniform(batch * classes, -1.5, 1.5);
  arrays["input_spikes"] = {{batch, steps, inputs}, input};
  arrays["target"] = {{batch, classes}, target};

  const double w = c.normalised() ? 1 : 0.1;  // traces without normalisation are larger
  std::vector<Layer> stack;
  for (std::size_t l = 0; l < layers; ++l) {
    const std::size_t in = sizes[l], out = sizes[l + 1];
    Layer layer;
    layer.in = in;
    layer.out = out;
    layer.weight = uniform(out * in, -w, w);
    layer.bias = uniform(out, 0, 0.6);
    layer.readout_weight = uniform(classes * out, -1, 1);
    layer.readout_bias = uniform(classes, -0.5, 0.5);
    if (regularisation[l] > 0)
      for (double& x : layer.bias) x += c.bias;
    layer.P = layer.Q = Numbers(batch * in);
    layer.R = layer.U = layer.S = Numbers(batch * out);
    layer.Y = Numbers(batch * classes);
    layer.grad_weight = Numbers(out * in);
    layer.grad_bias = Numbers(out);
    const std::string prefix = "layer" + std::to_string(l) + "_";
    arrays[prefix + "weight_initial"] = {{out, in}, layer.weight};
    arrays[prefix + "bias_initial"] = {{out}, layer.bias};
    arrays[prefix + "readout_weight"] = {{classes, out}, layer.readout_weight};
    arrays[prefix + "readout_bias"] = {{classes}, layer.readout_bias};
    stack.push_back(layer);
  }

  for (std::size_t t = 0; t < steps; ++t) {
    Numbers spikes;
    for (std::size_t b = 0; b < batch; ++b)
      for (std::size_t j = 0; j < inputs; ++j) spikes.push_back(input[(b * steps + t) * inputs + j]);
    for (std::size_t l = 0; l < layers; ++l) {
      Layer& layer = stack[l];
      layer.step(c, spikes);
      layer.credit(c, target, regularisation[l]);
      layer.update();
      spikes = layer.S;
      const auto note = [&](const char* name, std::vector<std::size_t> shape, const Numbers& now) {
        Array& array = arrays["layer" + std::to_string(l) + "_" + name];
        shape.insert(shape.begin(), steps);
        array.shape = shape;
        array.values.insert(array.values.end(), now.begin(), now.end());
      };
      note("synaptic_trace_Q", {batch, layer.in}, layer.Q);
      note("membrane_trace_P", {batch, layer.in}, layer.P);
      note("refractory_R", {batch, layer.out}, layer.R);
      note("potential_U", {batch, layer.out}, layer.U);
      note("spikes_S", {batch, layer.out}, layer.S);
      note("readout", {batch, classes}, layer.Y);
      note("loss", {}, {layer.loss});
      note("grad_weight", {layer.out, layer.in}, layer.grad_weight);
      note("grad_bias", {layer.out}, layer.grad_bias);
      note("weight_after", {layer.out, layer.in}, layer.weight);
      note("bias_after", {layer.out}, layer.bias);
    }
  }
  return arrays;
}

void write_meta(const Case& c, const std::string& path) {
  nlohmann::json meta = {{"batch", batch},         {"steps", steps},
                         {"alpha", alpha},         {"beta", beta},
                         {"gamma", gamma},         {"refractory_weight", rho},
                         {"learning_rate", rate},  {"optimizer", "adam"},
                         {"loss", c.loss},         {"neuron", c.neuron},
                         {"input", inputs},        {"classes", classes},
                         {"convolutional", false}, {"regularization", regularisation}};
  meta["hidden"] = std::vector<std::size_t>(sizes + 1, sizes + layers + 1);
  std::ofstream(path) << meta.dump(1) << '\n';
}

struct Outcome {
  int status;
  std::string printed;
};
Outcome run(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot run " + command);
  Outcome outcome{};
  char text[4096];
  while (const std::size_t n = std::fread(text, 1, sizeof(text), pipe)) outcome.printed.append(text, n);
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

int failures = 0;
void check(bool holds, const std::string& what, const std::string& details = "") {
  std::cout << (holds ? "ok      " : "FAILED  ") << what << '\n';
  if (!holds) std::cout << details << '\n';
  failures += !holds;
}

double mean_of(const Numbers& numbers, auto&& function) {
  double sum = 0;
  for (const double x : numbers) sum += function(x);
  return sum / static_cast<double>(numbers.size());
}

}  // namespace

int main(int, char** argv) {
  const auto beside = std::filesystem::absolute(argv[0]).parent_path() / "replay_golden";
  std::string replay("'");
  replay.append(beside.string()).append("' '");
  for (const Case& c : {Case{"LIFLayer", "mse", 0}, Case{"LIFLayer", "smooth_l1", quiet_bias},
                        Case{"LIFLayerNonorm", "mse", quiet_bias}, Case{"LIFLayerNonorm", "smooth_l1", 0}}) {
    const std::string name = std::string(c.neuron) + ", " + c.loss + (c.bias < 0 ? ", a quiet layer" : "");
    const support::TemporaryFolder folder;
    auto arrays = record(c);
    for (const auto& [file, array] : arrays) array.write(folder / (file + ".npy"));
    write_meta(c, folder / "meta.json");

    const auto same = [](double x) { return x; };
    const auto sigma = [](double u) { return 1 / (1 + std::exp(-u)); };
    check(mean_of(arrays["layer0_spikes_S"].values, same) > 0.1 &&
              (mean_of(arrays["layer1_potential_U"].values, sigma) < 0.1) == (c.bias < 0) &&
              (mean_of(arrays["layer1_spikes_S"].values, same) > 0.1) == (c.bias == 0),
          name + ": neurons spike where they should");
    const Outcome agreed = run(replay + (folder / "") + "' 2>&1");
    check(agreed.status == 0, name + ": a recording of plain loops is reproduced", agreed.printed);

    for (const double change : {1e-6, std::numeric_limits<double>::quiet_NaN()}) {
      Array damaged = arrays["layer1_weight_after"];
      damaged.values[damaged.values.size() / 2] += change;
      damaged.write(folder / "layer1_weight_after.npy");
      const Outcome refused = run(replay + (folder / "") + "' 2>&1");
      const std::string line =
          std::isnan(change) ? "layer1_weight_after nan\n" : "layer1_weight_after 1e-06\n";
      check(refused.status == 1 && support::contains(refused.printed, line),
            name + ": one number wrong, " + line.substr(0, line.size() - 1), refused.printed);
    }
  }
  return failures == 0 ? 0 : 1;
}
