// Writes a small network, its input and what it gives, and a conversion of events to counts: for
// tests/examples/nir_run.sh.
#include <cstdio>
#include <filesystem>
#include <neohebb/io/nir_writer.hpp>
#include <neohebb/io/npz.hpp>

#include "support/nir.hpp"

using namespace neohebb;
using support::filled;

namespace {

/// Three inputs to two neurons that integrate, and are reset to zero.
void small(const std::string& folder) {
  nir::Graph graph;
  graph.nodes = {{"input", nir::Input{{3}}, {}},
                 {"fc", nir::Linear{filled({2, 3}, 0.1f)}, {}},  // 0.1 0.2 0.3, 0.4 0.5 0.6
                 {"neurons", nir::IF{filled({2}, 1), filled({2}, 1), {}}, {}},
                 {"output", nir::Output{{7}}, {}}};  // which is wrong
  std::get<nir::IF>(graph.nodes[2].parameters).v_threshold = to_npy(Vector<float>::Ones(2).eval());
  std::get<nir::IF>(graph.nodes[2].parameters).r = to_npy(Vector<float>::Ones(2).eval());
  std::get<nir::IF>(graph.nodes[2].parameters).v_reset = to_npy(Vector<float>::Zero(2).eval());
  graph.edges = {{"input", "fc"}, {"fc", "neurons"}, {"neurons", "output"}};
  nir::write_nir(folder + "/small.nir", graph);

  nir::Graph values;  // without the neurons
  values.nodes = {graph.nodes[0], graph.nodes[1], {"output", nir::Output{{2}}, {}}};
  values.edges = {{"input", "fc"}, {"fc", "output"}};
  nir::write_nir(folder + "/values.nir", values);

  const Index steps = 20;
  Matrix<float> x(steps, 3), spikes(steps, 2);
  float v[2] = {};
  for (Index t = 0; t < steps; ++t) {
    x.row(t) << float(t % 2), float(t % 3 == 0), float(t % 5 == 1);
    for (Index k = 0; k < 2; ++k) {
      const float w = 0.1f + 0.3f * static_cast<float>(k);
      v[k] += w * x(t, 0) + (w + 0.1f) * x(t, 1) + (w + 0.2f) * x(t, 2);
      spikes(t, k) = v[k] > 1;
      if (v[k] > 1) v[k] = 0;
    }
  }
  write_npy(folder + "/input.npy", x);
  write_npy(folder + "/spikes.npy", spikes);
  Npz npz;
  npz.put("x", x);
  npz.put("spikes", spikes);
  write_npz(folder + "/both.npz", npz);
  spikes(7, 1) = 1 - spikes(7, 1);
  write_npy(folder + "/wrong.npy", spikes);
}
/// Three inputs to two neurons whose membranes stay above the threshold after a spike; and what snnTorch's
/// spikes are, reset by subtraction at once.
void strong(const std::string& folder) {
  nir::Graph graph;
  const auto two = [](float x) { return to_npy(Vector<float>::Constant(2, x).eval()); };
  graph.nodes = {{"input", nir::Input{{3}}, {}},
                 {"fc", nir::Linear{filled({2, 3}, 0.7f)}, {}},  // 0.7 0.8 0.9, 1 1.1 1.2
                 {"neurons", nir::LIF{two(2e-4f), two(2), two(0), two(1), two(0)}, {}},
                 {"output", nir::Output{{2}}, {}}};
  graph.edges = {{"input", "fc"}, {"fc", "neurons"}, {"neurons", "output"}};
  nir::write_nir(folder + "/strong.nir", graph);
  const Index steps = 20;
  Matrix<float> spikes(steps, 2);
  float v[2] = {};
  for (Index t = 0; t < steps; ++t)
    for (Index k = 0; k < 2; ++k) {
      const float w = 0.7f + 0.3f * static_cast<float>(k);
      const float x = w * float(t % 2) + (w + 0.1f) * float(t % 3 == 0) + (w + 0.2f) * float(t % 5 == 1);
      const float before = v[k] > 1;
      v[k] = 0.5f * v[k] + x - before;
      spikes(t, k) = v[k] > 1;
      v[k] -= spikes(t, k) - before;
    }
  write_npy(folder + "/strong_spikes.npy", spikes);
}
/// Two outputs, of which the one of the polarity with more events has more spikes; and two recordings.
void camera(const std::string& folder) {
  nir::Graph graph;
  nir::Conv2d conv;
  conv.weight = filled({2, 2, 1, 1}, 0);
  conv.weight = to_npy(Vector<float>{{1, 0, 0, 1}});
  conv.weight.shape = {2, 2, 1, 1};
  conv.bias = to_npy(Vector<float>::Zero(2).eval());
  conv.input_shape = {4, 4};
  const auto two = [](float x) { return to_npy(Vector<float>::Constant(2, x).eval()); };
  NpyArray threshold = two(0.5f), one = two(1), zero = two(0);
  for (NpyArray* array : {&threshold, &one, &zero}) array->shape = {2, 1, 1};
  graph.nodes = {{"input", nir::Input{{2, 4, 4}}, {}},
                 {"conv", conv, {}},
                 {"sum", nir::SumPool2d{{4, 4}, {4, 4}, {0, 0}}, {}},
                 {"neurons", nir::IF{one, threshold, zero}, {}},
                 {"flat", nir::Flatten{0, -1, nir::Shape{2, 1, 1}}, {}},
                 {"output", nir::Output{{2}}, {}}};
  graph.edges = {
      {"input", "conv"}, {"conv", "sum"}, {"sum", "neurons"}, {"neurons", "flat"}, {"flat", "output"}};
  nir::write_nir(folder + "/camera.nir", graph);
  std::filesystem::create_directories(folder + "/wide/Test/0");  // an event in column 4
  write_file(folder + "/wide/Test/0/00001.bin", Bytes{0, 0, 0, 0, 10, 4, 2, 128, 0, 20});
  for (const int digit : {0, 1}) {
    const std::string place = folder + "/nmnist/Test/" + std::to_string(digit);
    std::filesystem::create_directories(place);
    Bytes bytes;
    for (unsigned char ms = 0; ms < 5; ++ms) {  // x, y, polarity and time; 4 of 5 of the digit's polarity
      const unsigned us = 1000u * ms + 10;
      const bool on = ms == 2 ? digit == 0 : digit == 1;
      for (const unsigned byte : {unsigned{ms} % 4, 2u, on ? 128u : 0u, us >> 8, us & 255u})
        bytes.push_back(static_cast<unsigned char>(byte));
    }
    write_file(place + "/0000" + std::to_string(digit + 1) + ".bin", bytes);
  }
}

}  // namespace

int main(int count, char** words) {
  if (count == 2) {
    small(words[1]);
    strong(words[1]);
    camera(words[1]);
  } else {
    std::puts("nir_networks FOLDER");  // as a test of its own it has nothing to do
  }
}
