// What the examples on MNIST share: images and labels, random order, files that can be written.
#pragma once
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <neohebb/core/random.hpp>
#include <neohebb/data/digits.hpp>
#include <neohebb/data/mnist.hpp>
#include <numeric>
#include <string>
#include <vector>

using namespace neohebb;

template <class S> struct Data {
  Matrix<S> train, held_out, test;  // pixels × samples, 0 … 1
  std::vector<int> train_labels, held_out_labels, test_labels;
  Index height, width;
  int classes;
};

/// Where images come from, and which are used for what.
struct Source {
  std::string folder;             // with the four files; empty: digits are drawn
  std::string set;                // what stands before their names
  Generator digits, test_digits;  // by these
  Index samples = 0;              // training images used, the first (0: all)
  Index held_out = -1;            // of them kept aside, the last (-1: a sixtieth)
  Index batch = 1;                // so many must remain
};

template <class S> Data<S> load(const Source& source) {
  LabelledImages train, test;
  if (source.folder.empty()) {
    fmt::print("no --data: learning from digits drawn by a generator\n");
    train = HandwrittenDigits{}.make(10000, source.digits);
    test = HandwrittenDigits{}.make(2000, source.test_digits);
  } else {
    MnistFiles files = MnistFiles::of_set(source.set);
    train = load_mnist(source.folder, Split::train, files);
    test = load_mnist(source.folder, Split::test, files);
  }
  if (train.height != test.height || train.width != test.width)
    throw std::runtime_error(fmt::format("{}: training images are {} x {}, test images {} x {}",
                                         source.folder, train.height, train.width, test.height, test.width));
  const Index all = source.samples > 0 ? std::min(source.samples, train.count()) : train.count();
  const Index held = source.held_out < 0 ? all / 60 : source.held_out;
  if (held + source.batch > all)
    throw std::invalid_argument(
        fmt::format("{} samples are too few for {} held out and a batch of {}", all, held, source.batch));
  const auto middle = train.labels.begin() + (all - held);
  Data<S> data{intensities<S>(train.pixels, 0, all - held),
               intensities<S>(train.pixels, all - held, held),
               intensities<S>(test.pixels),
               {train.labels.begin(), middle},
               {middle, train.labels.begin() + all},
               test.labels,
               train.height,
               train.width,
               train.classes};
  fmt::print("{} training, {} held-out, {} test images of {} x {}\n", data.train.cols(), held,
             data.test.cols(), data.height, data.width);
  return data;
}

/// The two options that say where images come from.
inline void add_data_options(CLI::App& app, std::string& folder, std::string& set) {
  app.add_option("--data", folder,
                 "folder with the MNIST, Fashion-MNIST or EMNIST files; without it digits are generated")
      ->check(CLI::ExistingDirectory);
  app.add_option("--set", set,
                 "the set that is meant where file names begin with one: emnist-letters, emnist-balanced …");
}

/// 0 … n − 1 in random order (Fisher and Yates).
inline std::vector<Index> shuffled(Index n, const Generator& generator) {
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  RandomSequence numbers = generator.sequence();
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[numbers.below(static_cast<std::uint32_t>(i))]);
  return order;
}

/// The folder `out` is made; a file in it and the checkpoint (if any) can be written: better known now than
/// after training. Throws std::runtime_error.
inline void check_writable(const std::string& out, const std::string& file, const std::string& checkpoint) {
  std::filesystem::create_directories(out);
  std::vector<std::string> probes{(std::filesystem::path(out) / file).string()};
  if (!checkpoint.empty()) probes.push_back(checkpoint + ".probe");
  for (const std::string& probe : probes)
    if (!std::ofstream(probe, std::ios::app)) throw std::runtime_error("cannot write " + probe);
  if (!checkpoint.empty()) std::filesystem::remove(probes.back());
}
