// Folders of recordings with labels: N-MNIST's, and any with a labels.csv.
#pragma once
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <neohebb/core/check.hpp>
#include <neohebb/io/number.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace neohebb {

/// A file that holds one sample.
struct LabelledRecording {
  std::string path;  // of the file
  int label = 0;     // from 0
  long index = 0;    // its place in the data set, from 0

  friend bool operator==(const LabelledRecording&, const LabelledRecording&) = default;
};

namespace detail {

/// Throws std::runtime_error for a file that cannot be read. use(number from 1, line without its end).
inline void for_each_line(const std::string& path, auto&& use) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path))
    NEOHEBB_THROW(std::runtime_error, path, ": cannot be read");
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    use(++number, std::string_view(line));
  }
}
inline std::vector<std::string_view> comma_separated(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(',', begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return fields;
}
/// A whole number with nothing but spaces around it.
template <class T> bool read_field(std::string_view text, T& number) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return read_number(text, number);
}

}  // namespace detail

/// N-MNIST numbers its files from 1, in the order of MNIST: Train/5/00001.bin shows training image 0. Throws
/// std::runtime_error for a name that is no number from 1 on.
inline long mnist_index(const std::string& path) {
  long number = 0;
  if (!detail::read_field(std::filesystem::path(path).stem().string(), number) || number < 1)
    NEOHEBB_THROW(std::runtime_error, path,
                  ": the name is no number from 1 on, as N-MNIST's are (Train/5/00001.bin)");
  return number - 1;
}

/// The recordings of a folder in N-MNIST's layout, `part` is "Train" or "Test": PART/DIGIT/NUMBER.bin, sorted
/// by number; index is that of the MNIST image (mnist_index). Digits may be missing, other files are passed
/// over. [Orchard, Jayawant, Cohen, Thakor 2015, "Converting static image datasets to spiking neuromorphic
/// datasets using saccades"]
/// Throws std::runtime_error, which names the folder or file: not there, none of the digits in it, no
/// recording, a name that is no number, a number that comes twice.
inline std::vector<LabelledRecording> list_nmnist(const std::string& folder, const std::string& part) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path root = fs::path(folder) / part;
  if (!fs::is_directory(root, error))
    NEOHEBB_THROW(std::runtime_error, root.string(), ": is no folder; N-MNIST's holds Train and Test");
  std::vector<LabelledRecording> all;
  bool any_digit = false;
  for (int digit = 0; digit < 10; ++digit) {
    const fs::path place = root / std::to_string(digit);
    if (!fs::is_directory(place, error)) continue;
    any_digit = true;
    for (const auto& file : fs::directory_iterator(place))
      if (file.path().extension() == ".bin")
        all.push_back({file.path().string(), digit, mnist_index(file.path().string())});
  }
  if (!any_digit)
    NEOHEBB_THROW(std::runtime_error, root.string(), ": holds none of the folders 0 to 9 that N-MNIST has");
  if (all.empty()) NEOHEBB_THROW(std::runtime_error, root.string(), ": its folders 0 to 9 hold no .bin file");
  const auto by_index = [](const auto& a, const auto& b) {
    return a.index != b.index ? a.index < b.index : a.path < b.path;
  };
  std::sort(all.begin(), all.end(), by_index);
  for (std::size_t k = 1; k < all.size(); ++k)
    if (all[k].index == all[k - 1].index)
      NEOHEBB_THROW(std::runtime_error, all[k].path, ": has the number of ", all[k - 1].path);
  return all;
}

/// The recordings that a folder's labels.csv names, in its order. The first line names the columns: `file`, a
/// path within the folder, and `label`, from 0, or `class_1based`, from 1; others are passed over, empty
/// lines too. Throws std::runtime_error with the line: columns missing, no number, a label below the first, a
/// file that is not there, no recording at all.
inline std::vector<LabelledRecording> list_labelled_folder(const std::string& folder) {
  const std::string list = (std::filesystem::path(folder) / "labels.csv").string();
  std::vector<LabelledRecording> all;
  std::ptrdiff_t file_column = -1, label_column = -1;
  int first_label = 0;
  detail::for_each_line(list, [&](int number, std::string_view line) {
    if (line.empty()) return;
    const auto fields = detail::comma_separated(line);
    if (file_column < 0) {
      for (std::size_t k = 0; k < fields.size(); ++k) {
        if (fields[k] == "file") file_column = static_cast<std::ptrdiff_t>(k);
        if (fields[k] != "label" && fields[k] != "class_1based") continue;
        label_column = static_cast<std::ptrdiff_t>(k);
        first_label = fields[k] == "label" ? 0 : 1;
      }
      if (file_column < 0 || label_column < 0)
        NEOHEBB_THROW(std::runtime_error, list, ", line ", number,
                      ": names no columns `file` and `label` (or `class_1based`): ", std::string(line));
      return;
    }
    const auto file = static_cast<std::size_t>(file_column), label = static_cast<std::size_t>(label_column);
    if (fields.size() <= std::max(file, label))
      NEOHEBB_THROW(std::runtime_error, list, ", line ", number, ": has ", fields.size(), " fields, too few");
    LabelledRecording one{(std::filesystem::path(folder) / fields[file]).string(), 0,
                          static_cast<long>(all.size())};
    if (!detail::read_field(fields[label], one.label) || one.label < first_label || one.label > 1'000'000)
      NEOHEBB_THROW(std::runtime_error, list, ", line ", number, ": label \"", std::string(fields[label]),
                    "\" is no number from ", first_label, " on");
    one.label -= first_label;
    std::error_code error;
    if (!std::filesystem::is_regular_file(one.path, error))
      NEOHEBB_THROW(std::runtime_error, list, ", line ", number, ": ", one.path, " is not there");
    all.push_back(std::move(one));
  });
  if (all.empty()) NEOHEBB_THROW(std::runtime_error, list, ": names no recording");
  return all;
}

}  // namespace neohebb
