// What tests of readers share: a folder that goes away, errors as text, damaged copies, NumPy where it is
// installed.
#pragma once
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <neohebb/core/random.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace support {

/// A folder of its own for a test's files, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "neohebb_test_XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary folder");
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

using Bytes = std::vector<unsigned char>;

inline void put_file(const std::string& path, const Bytes& bytes) {
  std::filesystem::remove(path);  // file systems wait for the disk when a file is emptied and written again
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
}

/// The message of the E that f throws; another exception is not caught, none gives "no error".
template <class E = std::runtime_error> std::string error_of(auto&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "no error";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline bool near(double a, double b, double tolerance) { return std::abs(a - b) <= tolerance; }

/// The same bytes with one to four of them changed, lost or added; the same for the same number.
inline Bytes damaged(Bytes bytes, std::uint32_t number) {
  neohebb::RandomSequence random(1, 2, 3, number);
  for (auto changes = random.below(4) + 1; changes > 0 && !bytes.empty(); --changes) {
    const auto at = random.below(static_cast<std::uint32_t>(bytes.size()));
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random.below(4)) {
      case 0:
        bytes.erase(place);
        break;
      case 1:
        bytes.insert(place, static_cast<unsigned char>(random.below(256)));
        break;
      default:
        *place = static_cast<unsigned char>(random.below(256));
    }
  }
  return bytes;
}

/// The folder of data that is not part of the project.
inline std::string shared_folder() {
  const char* named = std::getenv("NEOHEBB_SHARED");
#if defined(NEOHEBB_SHARED_DIR)
  return named ? named : NEOHEBB_SHARED_DIR;
#else
  return named ? named : "../shared";
#endif
}

/// A Python that has NumPy, or "".
inline std::string python_with_numpy() {
  for (const std::string python : {"python3", "/usr/bin/python3"})
    if (std::system((python + " -c 'import numpy' >/dev/null 2>&1").c_str()) == 0) return python;
  std::puts("skipped: no python3 with NumPy to compare with");
  return "";
}

/// Whether the Python program, in `folder`, runs to its end.
inline bool run_python(const std::string& python, const TemporaryFolder& folder, const std::string& program) {
  std::ofstream(folder / "program.py") << "import numpy as np\n" << program;
  return std::system(("cd '" + (folder / "") + "' && " + python + " program.py").c_str()) == 0;
}

}  // namespace support
