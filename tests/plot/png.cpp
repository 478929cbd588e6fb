#include <png.h>

#include <filesystem>
#include <fstream>
#include <neohebb/plot/png.hpp>

#include "catch.hpp"

using namespace neohebb::plot;

namespace {
struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / "neohebb_plot_png";
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

/// The file as libpng reads it.
Image read_png(const std::filesystem::path& path) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_file(&header, path.string().c_str()) != 0);
  CHECK((header.format & PNG_FORMAT_FLAG_ALPHA) == 0);
  header.format = PNG_FORMAT_RGB;
  std::vector<unsigned char> bytes(PNG_IMAGE_SIZE(header));
  REQUIRE(png_image_finish_read(&header, nullptr, bytes.data(), 0, nullptr) != 0);
  Image image(static_cast<int>(header.width), static_cast<int>(header.height));
  std::size_t at = 0;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x, at += 3)
      image.set(x, y, {bytes[at], bytes[at + 1], bytes[at + 2]});
  return image;
}
}  // namespace

TEST_CASE("a written picture reads back pixel by pixel") {
  const Folder folder;
  Image image(37, 21);
  for (int y = 0; y < 21; ++y)
    for (int x = 0; x < 37; ++x)
      image.set(x, y,
                {static_cast<std::uint8_t>(7 * x), static_cast<std::uint8_t>(11 * y),
                 static_cast<std::uint8_t>(x * y)});
  write_png(folder.path / "picture.png", image);
  CHECK(read_png(folder.path / "picture.png") == image);
  write_png(folder.path / "picture.png", Image(1, 1, black));  // replaces it
  CHECK(read_png(folder.path / "picture.png") == Image(1, 1, black));
}

TEST_CASE("a picture that cannot be written is reported with its path and the reason") {
  const Folder folder;
  const std::string missing = (folder.path / "missing" / "a.png").string();
  CHECK_THROWS_AS(write_png(missing, Image(2, 2)), std::runtime_error);
  CHECK_THROWS_WITH(write_png(missing, Image(2, 2)),
                    "neohebb: cannot write " + missing + ": No such file or directory");
  CHECK_THROWS_WITH(write_png(folder.path, Image(2, 2)),
                    "neohebb: cannot write " + folder.path.string() + ": Is a directory");
  const std::string file = (folder.path / "file").string();
  std::ofstream(file) << "text";
  CHECK_THROWS_WITH(write_png(file + "/a.png", Image(2, 2)),
                    "neohebb: cannot write " + file + "/a.png: Not a directory");
}

TEST_CASE("a full disk is reported") {
  if (!std::filesystem::exists("/dev/full")) {
    WARN("skipped: no /dev/full");
    return;
  }
  CHECK_THROWS_WITH(write_png("/dev/full", Image(2, 2)),
                    "neohebb: cannot write /dev/full: No space left on device");
  CHECK(std::filesystem::exists("/dev/full"));
}
