#include <neohebb/data/mnist.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::Bytes;
using support::contains;
using support::error_of;
using support::near;

namespace {

/// An IDX file of any type and sizes.
Bytes idx(unsigned char type, const std::vector<std::uint32_t>& sizes, const Bytes& entries) {
  Bytes bytes = {0, 0, type, static_cast<unsigned char>(sizes.size())};
  for (const std::uint32_t n : sizes)
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<unsigned char>(n >> shift));
  bytes.insert(bytes.end(), entries.begin(), entries.end());
  return bytes;
}
Bytes three_images() { return idx(8, {3, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}); }
Bytes three_labels() { return idx(8, {3}, {7, 0, 9}); }

void put_gzip(const std::string& path, const Bytes& bytes) {
  const gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size()));
  REQUIRE(gzclose(file) == Z_OK);
}
Bytes get_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("images and labels are read, raw and gzipped", "[data]") {
  const support::TemporaryFolder folder;
  support::put_file(folder / "images", three_images());
  put_gzip(folder / "images.gz", three_images());
  for (const char* name : {"images", "images.gz"}) {
    const Images images = read_idx_images(folder / name);
    CHECK(images.height == 2);
    CHECK(images.width == 2);
    CHECK(images.count() == 3);
    CHECK(images.pixels.col(1).cast<int>() == Vector<int>{{5, 6, 7, 8}});
    CHECK(intensities<float>(images.pixels, 2, 1)(3) == 12.f / 255);
  }
  put_gzip(folder / "labels.gz", three_labels());
  CHECK(read_idx_labels(folder / "labels.gz") == std::vector<int>{7, 0, 9});
}

TEST_CASE("arrays of every type are read in big-endian order", "[data]") {
  const support::TemporaryFolder folder;
  const auto read = [&](unsigned char type, const Bytes& entries) {
    support::put_file(folder / "x", idx(type, {2}, entries));
    return read_idx(folder / "x").as<double>();
  };
  CHECK(read(0x08, {255, 1}) == std::vector<double>{255, 1});
  CHECK(read(0x09, {255, 1}) == std::vector<double>{-1, 1});
  CHECK(read(0x0B, {0xff, 0xfe, 1, 0}) == std::vector<double>{-2, 256});
  CHECK(read(0x0C, {0, 1, 0, 0, 0, 0, 0, 5}) == std::vector<double>{65536, 5});
  CHECK(read(0x0D, {0x3f, 0xc0, 0, 0, 0, 0, 0, 0}) == std::vector<double>{1.5, 0});
  CHECK(read(0x0E, {0xbf, 0xf0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) == std::vector<double>{-1, 0});
}

TEST_CASE("a mislabelled file is refused with what it is", "[data]") {
  const support::TemporaryFolder folder;
  support::put_file(folder / "images", three_images());
  support::put_file(folder / "labels", three_labels());
  support::put_file(folder / "floats", idx(0x0D, {1}, {0, 0, 0, 0}));
  support::put_file(folder / "text", {'h', 'e', 'l', 'l', 'o'});
  support::put_file(folder / "unknown", idx(0x0A, {1}, {0}));
  CHECK(contains(error_of([&] { read_idx_labels(folder / "images"); }),
                 "images, byte 4: labels have 1 dimension, this file has 3 (are these the images?)"));
  CHECK(contains(error_of([&] { read_idx_images(folder / "labels"); }),
                 "images have 3 dimensions, this file has 1 (are these the labels?)"));
  CHECK(contains(error_of([&] { read_idx_labels(folder / "floats"); }), "type code 8, this file has 13"));
  CHECK(
      contains(error_of([&] { read_idx(folder / "text"); }), "no IDX file (the magic begins with 104 101)"));
  CHECK(contains(error_of([&] { read_idx(folder / "unknown"); }), "type code 10 are unknown"));
  CHECK(contains(error_of([&] { read_idx(folder / "missing"); }), "missing: cannot be read: No such file"));
  CHECK(contains(error_of([&] { read_idx(folder / ""); }), "cannot be read"));
}

TEST_CASE("absurd IDX sizes are refused before anything of that size is allocated", "[data]") {
  const support::TemporaryFolder folder;
  for (const auto& sizes :
       {std::vector<std::uint32_t>{0xffffffff, 0xffffffff, 0xffffffff}, {60000, 28, 28}}) {
    support::put_file(folder / "x", idx(8, sizes, Bytes(12)));
    CHECK(contains(error_of([&] { read_idx_images(folder / "x"); }), "more entries than the file can hold"));
    put_gzip(folder / "x.gz", idx(8, sizes, Bytes(12)));
    CHECK(
        contains(error_of([&] { read_idx_images(folder / "x.gz"); }), "more entries than the file can hold"));
  }
  put_gzip(folder / "x.gz", idx(8, {30000}, Bytes(12)));
  CHECK(contains(error_of([&] { read_idx_labels(folder / "x.gz"); }),
                 "ask for 30000 bytes of entries, 12 are there"));
  support::put_file(folder / "x", idx(8, {0}, {}));
  CHECK(contains(error_of([&] { read_idx_labels(folder / "x"); }), "size 0 is 0"));
  support::put_file(folder / "x", idx(8, {}, {}));
  CHECK(contains(error_of([&] { read_idx(folder / "x"); }), "no dimensions"));
}

TEST_CASE("an IDX file cut off at any byte is refused with the place, and so is one that goes on", "[data]") {
  const support::TemporaryFolder folder;
  put_gzip(folder / "whole.gz", three_images());
  for (const Bytes& whole : {three_images(), get_file(folder / "whole.gz")}) {
    for (std::size_t n = 0; n < whole.size(); ++n) {
      support::put_file(folder / "x", Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)));
      CHECK(contains(error_of([&] { read_idx_images(folder / "x"); }), "x, byte "));
    }
  }
  Bytes longer = three_images();
  longer.push_back(0);
  support::put_file(folder / "x", longer);
  CHECK(contains(error_of([&] { read_idx_images(folder / "x"); }),
                 "byte 29: the file goes on beyond the 12 bytes"));
}

TEST_CASE("random damage of an IDX file is refused or gives as many pixels as the sizes say", "[data]") {
  const support::TemporaryFolder folder;
  put_gzip(folder / "whole.gz", three_images());
  for (const Bytes& whole : {three_images(), get_file(folder / "whole.gz")})
    for (std::uint32_t k = 0; k < 2000; ++k) {
      support::put_file(folder / "x", support::damaged(whole, k));
      Images images;
      const std::string error = error_of([&] { images = read_idx_images(folder / "x"); });
      CHECK((error == "no error" ? images.pixels.rows() == images.height * images.width
                                 : contains(error, "x, byte ")));
    }
}

TEST_CASE("a folder's images and labels must belong together", "[data]") {
  const support::TemporaryFolder folder;
  const auto load = [&] { return load_mnist(folder / "", Split::test); };
  CHECK(contains(error_of(load), "holds neither t10k-images-idx3-ubyte nor t10k-images-idx3-ubyte.gz"));
  support::put_file(folder / "t10k-images-idx3-ubyte", three_images());
  put_gzip(folder / "t10k-labels-idx1-ubyte.gz", three_labels());
  CHECK(load().labels == std::vector<int>{7, 0, 9});
  CHECK(load().count() == 3);
  CHECK(contains(error_of([&] { load_mnist(folder / "", Split::test, {.classes = 9}); }),
                 "byte 10: label 9 in 9 classes"));
  put_gzip(folder / "t10k-labels-idx1-ubyte.gz", idx(8, {2}, {1, 2}));
  CHECK(contains(error_of(load), "holds 2 labels for 3 images"));
}

TEST_CASE("MNIST's files are found by the names that they have in the wild", "[data]") {
  for (const std::string ending : {"", ".gz"})
    for (const std::string dot : {"-", "."})
      for (const std::string set : {"", "emnist-letters-"})
        for (const std::string part : {"t10k", "test"}) {
          const support::TemporaryFolder folder;
          const auto put = [&](const std::string& name, const Bytes& bytes) {
            const std::string path = folder / (set + part + "-" + name + "-ubyte" + ending);
            ending.empty() ? support::put_file(path, bytes) : put_gzip(path, bytes);
          };
          put("images" + dot + "idx3", three_images());
          put("labels" + dot + "idx1", three_labels());
          CHECK(load_mnist(folder / "", Split::test).labels == std::vector<int>{7, 0, 9});
          CHECK(contains(error_of([&] { load_mnist(folder / "", Split::train); }),
                         "holds neither train-images"));
        }
}

TEST_CASE("images of one set are never joined to labels of another; folders are no files", "[data]") {
  const support::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "t10k-images-idx3-ubyte");
  support::put_file(folder / "t10k-images.idx3-ubyte", three_images());
  support::put_file(folder / "test-labels.idx1-ubyte", three_labels());
  CHECK(contains(error_of([&] { load_mnist(folder / "", Split::test); }), "are of two sets"));
  support::put_file(folder / "t10k-labels.idx1-ubyte", three_labels());
  CHECK(load_mnist(folder / "", Split::test).count() == 3);
}

TEST_CASE("EMNIST: a set is chosen by name, images are turned, letters are counted from 1", "[data]") {
  const support::TemporaryFolder folder;
  const auto put = [&](const std::string& set, const Bytes& labels) {
    support::put_file(folder / (set + "test-images-idx3-ubyte"),
                      idx(8, {2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
    support::put_file(folder / (set + "test-labels-idx1-ubyte"), labels);
  };
  put("emnist-letters-", idx(8, {2}, {1, 26}));
  put("emnist-digits-", idx(8, {2}, {0, 9}));
  CHECK(contains(error_of([&] { load_mnist(folder / "", Split::test); }),
                 "but the sets 'emnist-digits', 'emnist-letters'; name one"));
  CHECK(contains(error_of([&] { load_mnist(folder / "", Split::test, {.set = "emnist-mnist"}); }),
                 "of the set 'emnist-mnist'"));
  CHECK(load_mnist(folder / "", Split::test, {.set = "emnist-digits"}).labels == std::vector<int>{0, 9});
  CHECK(load_mnist(folder / "", Split::test, {.set = "emnist-digits-"}).labels == std::vector<int>{0, 9});
  CHECK(contains(error_of([&] { load_mnist(folder / "", Split::test, {.set = "emnist-letters"}); }),
                 "label 26 in 10 classes from 0 on"));
  const LabelledImages letters = load_mnist(folder / "", Split::test, MnistFiles::of_set("emnist-letters"));
  CHECK(letters.labels == std::vector<int>{0, 25});
  CHECK(letters.classes == 26);
  CHECK(letters.height == 3);
  CHECK(letters.width == 2);
  CHECK(letters.pixels.col(0).cast<int>() == Vector<int>{{1, 4, 2, 5, 3, 6}});
  put("", idx(8, {2}, {3, 4}));  // names without a prefix come first
  CHECK(load_mnist(folder / "", Split::test).labels == std::vector<int>{3, 4});
}

TEST_CASE("images that are not there are refused", "[data]") {
  const Matrix<unsigned char> pixels = Matrix<unsigned char>::Zero(4, 3);
  CHECK(contains(error_of<std::invalid_argument>([&] { intensities<float>(pixels, 2, 2); }),
                 "images 2 to 4 are wanted, there are 3"));
}

TEST_CASE("MNIST has its counts and first labels", "[data]") {
  const std::string folder = support::shared_folder() + "/data/mnist";
  if (!std::filesystem::exists(folder)) {
    std::puts(("skipped: no " + folder).c_str());
    return;
  }
  const LabelledImages train = load_mnist(folder, Split::train), test = load_mnist(folder, Split::test);
  CHECK(train.count() == 60000);
  CHECK(test.count() == 10000);
  CHECK(train.height == 28);
  CHECK(train.width == 28);
  CHECK(std::vector<int>(train.labels.begin(), train.labels.begin() + 10) ==
        std::vector<int>{5, 0, 4, 1, 9, 2, 1, 3, 1, 4});
  CHECK(std::vector<int>(test.labels.begin(), test.labels.begin() + 5) == std::vector<int>{7, 2, 1, 0, 4});
  CHECK(near(train.pixels.cast<double>().mean() / 255, 0.1307, 0.0001));
}

TEST_CASE("Fashion-MNIST is read by the same names", "[data]") {
  const std::string folder =
      "/usr/share/datasets/fashion-mnist";  // where Debian's dataset-fashion-mnist puts it
  if (!std::filesystem::exists(folder)) {
    std::puts(("skipped: no " + folder).c_str());
    return;
  }
  const LabelledImages test = load_mnist(folder, Split::test);
  CHECK(test.count() == 10000);
  CHECK(std::vector<int>(test.labels.begin(), test.labels.begin() + 4) == std::vector<int>{9, 2, 1, 1});
}
