// MNIST and its kin (Fashion-MNIST, EMNIST): four IDX files in a folder.
#pragma once
#include <algorithm>
#include <filesystem>
#include <neohebb/data/idx.hpp>
#include <string>
#include <utility>
#include <vector>

namespace neohebb {

/// The two halves of the data set.
enum class Split { train, test };

/// What load_mnist takes of a folder, and how it reads it.
///
///   option        default   meaning
///   classes       10        labels are 0 … classes − 1
///   set           ""        what stands before the names: "emnist-letters" (or "emnist-letters-"). "": names
///                           without a prefix, or those of the only set that the folder holds
///   transposed    false     images are stored column by column, as EMNIST's are: turn them
///   first_label   0         the file's label of class 0: 1 for EMNIST's letters
struct MnistFiles {
  int classes = 10;
  std::string set = {};
  bool transposed = false;
  int first_label = 0;

  /// A set by its name. EMNIST's are known: their images are transposed, "emnist-letters" has 26 classes from
  /// 1 on, "emnist-balanced" and "emnist-bymerge" 47, "emnist-byclass" 62. [Cohen, Afshar, Tapson, van Schaik
  /// 2017]
  static MnistFiles of_set(std::string set) {
    if (set.ends_with('-')) set.pop_back();
    const bool emnist = set.starts_with("emnist-"), letters = set == "emnist-letters";
    const int classes = letters                                               ? 26
                        : set == "emnist-balanced" || set == "emnist-bymerge" ? 47
                        : set == "emnist-byclass"                             ? 62
                                                                              : 10;
    return {classes, std::move(set), emnist, letters ? 1 : 0};
  }
};

namespace detail {

/// The path of one of the four files, by any of the names it has in the wild: train-images-idx3-ubyte, or
/// train-images.idx3-ubyte, behind "SET-", raw or .gz; a test set is called t10k or test.
inline std::string find_idx(const std::string& folder, const MnistFiles& files, Split split,
                            const std::string& kind) {
  struct Found {
    std::string set, name;
  };
  std::vector<Found> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (!entry.is_regular_file(error)) continue;  // some archives have a folder of the same name
    const std::string name = entry.path().filename().string();
    for (const char* part : {"train", "t10k", "test"})
      for (const char* dot : {"-", "."})
        for (const char* ending : {"", ".gz"}) {
          const std::string tail =
              part + ("-" + kind) + dot + (kind == "images" ? "idx3" : "idx1") + "-ubyte" + ending;
          const bool wanted = (split == Split::train) == (tail.starts_with("train"));
          if (!wanted || !name.ends_with(tail)) continue;
          std::string set = name.substr(0, name.size() - tail.size());
          if (!set.empty() && set.back() != '-') continue;
          if (!set.empty()) set.pop_back();
          all.push_back({set, entry.path().string()});
        }
  }
  std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
    return std::pair(a.set, a.name) < std::pair(b.set, b.name);
  });
  const auto of_set = [&](std::string set) {
    if (set.ends_with('-')) set.pop_back();
    return std::find_if(all.begin(), all.end(), [&](const Found& f) { return f.set == set; });
  };
  if (const auto chosen = of_set(files.set); chosen != all.end()) return chosen->name;
  std::string sets;
  for (auto f = all.begin(); f != all.end(); ++f)
    if (f == all.begin() || f->set != std::prev(f)->set) sets += (sets.empty() ? "'" : ", '") + f->set + "'";
  if (files.set.empty() && !all.empty() && all.front().set == all.back().set) return all.front().name;
  const std::string name = (split == Split::train ? "train-" : "t10k-") + kind +
                           (kind == "images" ? "-idx3-ubyte" : "-idx1-ubyte");
  if (all.empty())
    NEOHEBB_THROW(std::runtime_error, folder, ": holds neither ", name, " nor ", name,
                  ".gz, nor the same with a dot for its second hyphen or behind the name of a set");
  NEOHEBB_THROW(std::runtime_error, folder, ": holds no ", name,
                files.set.empty() ? "" : " of the set '" + files.set + "'", ", but the sets ", sets,
                "; name one in MnistFiles::set");
}

}  // namespace detail

/// The images and labels of a folder in MNIST's layout: train-images-idx3-ubyte, train-labels-idx1-ubyte,
/// t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, each raw or .gz; or train-images.idx3-ubyte …, as some
/// archives unpack them. Fashion-MNIST has the same names, EMNIST has them behind a prefix. Throws
/// std::runtime_error also when a file is missing, several sets could be meant, counts disagree, or a label
/// is not one of `classes`.
inline LabelledImages load_mnist(const std::string& folder, Split split, const MnistFiles& files = {}) {
  const std::string image_file = detail::find_idx(folder, files, split, "images"),
                    label_file = detail::find_idx(folder, files, split, "labels");
  const auto owner = [](const std::string& path, const std::string& kind) {  // what stands before the kind
    return path.substr(0, path.rfind("-" + kind));
  };
  if (owner(image_file, "images") != owner(label_file, "labels"))
    NEOHEBB_THROW(
        std::runtime_error, image_file, " and ", label_file,
        " are of two sets; put the missing file beside the others, or name a set in MnistFiles::set");
  Images images = read_idx_images(image_file);
  std::vector<int> labels = read_idx_labels(label_file);
  if (images.count() != static_cast<Index>(labels.size()))
    NEOHEBB_THROW(std::runtime_error, label_file, ": holds ", labels.size(), " labels for ", images.count(),
                  " images");
  for (std::size_t k = 0; k < labels.size(); ++k)
    if (labels[k] -= files.first_label; labels[k] < 0 || labels[k] >= files.classes)
      NEOHEBB_THROW(std::runtime_error, label_file, ", byte ", 8 + k, ": label ",
                    labels[k] + files.first_label, " in ", files.classes, " classes from ", files.first_label,
                    " on; see MnistFiles");
  if (files.transposed) {
    Matrix<unsigned char> turned(images.pixels.rows(), images.pixels.cols());
    for (Index k = 0; k < images.count(); ++k)
      for (Index row = 0; row < images.width; ++row)
        for (Index column = 0; column < images.height; ++column)
          turned(row * images.height + column, k) = images.pixels(column * images.width + row, k);
    images.pixels = std::move(turned);
    std::swap(images.height, images.width);
  }
  return {std::move(images.pixels), images.height, images.width, std::move(labels), files.classes};
}

}  // namespace neohebb
