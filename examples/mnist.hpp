// What the examples on MNIST share: images and labels, how training images vary, their options.
#pragma once
#include <neohebb/data/augment.hpp>
#include <neohebb/data/digits.hpp>
#include <neohebb/data/mnist.hpp>

#include "program.hpp"

using namespace neohebb;

struct ImageOptions : Common {
  std::string data, set;  // a folder with the four files, or none; what stands before their names
  Index samples = 0, hold_out = -1, epochs = 0, batch = 100;
  double shift = 1, rotation = 0, scaling = 0, shear = 0;  // of training images
  bool skip_test = false;
};

inline void add_images(Program& program, ImageOptions& o, const std::string& usual) {
  program.path("--data", o.data,
               "folder with the MNIST, Fashion-MNIST or EMNIST files; without it digits are generated",
               CLI::ExistingDirectory);
  program.option("--set", o.set,
                 "the set that is meant where file names begin with one: emnist-letters, emnist-balanced …");
  program.option("--samples", o.samples, "training images used (0: all)")->check(CLI::NonNegativeNumber);
  program.option("--hold-out", o.hold_out,
                 "the last N of them are kept apart to watch accuracy (-1: " + usual + ")");
  program.flag("--skip-test", o.skip_test, "leave the test set unseen (for choosing hyper-parameters)");
  program.option("--shift", o.shift,
                 "training images are shifted by up to so many pixels, anew in each epoch");
  program.option("--rotation", o.rotation, "and turned by up to so many degrees");
  program.option("--scaling", o.scaling, "and scaled by up to this fraction");
  program.option("--shear", o.shear, "and slanted by up to this many columns per row");
}

template <class S> struct Data {
  Matrix<S> train, held_out, test;  // pixels × samples, 0 … 1
  std::vector<int> train_labels, held_out_labels, test_labels;
  Index height = 0, width = 0;
  int classes = 0;
};

/// digits: two streams, of training and of test digits that are drawn where there are no files.
template <class S>
Data<S> load(const ImageOptions& o, const Generator& digits, const Generator& test_digits, Index batch) {
  LabelledImages train, test;
  if (o.data.empty()) {
    fmt::print("no --data: learning from digits drawn by a generator\n");
    train = HandwrittenDigits{}.make(10000, digits);
    test = HandwrittenDigits{}.make(2000, test_digits);
  } else {
    const MnistFiles files = MnistFiles::of_set(o.set);
    train = load_mnist(o.data, Split::train, files);
    test = load_mnist(o.data, Split::test, files);
  }
  if (train.height != test.height || train.width != test.width)
    throw std::runtime_error(fmt::format("{}: training images are {} x {}, test images {} x {}", o.data,
                                         train.height, train.width, test.height, test.width));
  const Index all = o.samples > 0 ? std::min(o.samples, train.count()) : train.count();
  const Index held = o.hold_out < 0 ? all / 60 : o.hold_out;
  if (held + batch > all)
    throw std::invalid_argument(
        fmt::format("{} samples are too few for {} held out and a batch of {}", all, held, batch));
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
/// How training images vary. Throws std::invalid_argument for options without sense.
inline RandomAffine variation(const ImageOptions& o, const auto& data) {
  const RandomAffine affine{data.height, data.width, o.shift, o.rotation, o.scaling, o.shear};
  affine.validate();
  return affine;
}
