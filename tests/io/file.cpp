#include <signal.h>
#include <sys/wait.h>

#include <neohebb/io/file.hpp>
#include <thread>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

TEST_CASE("a written file has its bytes, and nothing else stays in the folder", "[io]") {
  const support::TemporaryFolder folder;
  write_file(folder / "a", Bytes{1, 2, 3});
  CHECK(read_file(folder / "a") == Bytes{1, 2, 3});
  write_file(folder / "a", Bytes{});
  CHECK(read_file(folder / "a").empty());
  CHECK(folder.files() == 1);
}

TEST_CASE("replacing a file keeps its permissions and the link that leads to it", "[io]") {
  const support::TemporaryFolder folder;
  write_file(folder / "a", Bytes{1});
  std::filesystem::permissions(folder / "a", std::filesystem::perms(0640));
  std::filesystem::create_symlink("a", folder / "link");
  write_file(folder / "link", Bytes{2});
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(read_file(folder / "a") == Bytes{2});
  CHECK(std::filesystem::status(folder / "a").permissions() == std::filesystem::perms(0640));
}

TEST_CASE("what cannot be read or written is refused by name", "[io]") {
  const support::TemporaryFolder folder;
  const std::string missing = error_of([&] { read_file(folder / "missing"); });
  CHECK(contains(missing, "missing: cannot be read: No such file"));
  CHECK(contains(error_of([&] { read_file(folder / ""); }), "cannot be read"));
  CHECK(contains(error_of([&] { write_file(folder / "no/such/folder", Bytes{1}); }),
                 "folder: cannot create it: No such"));
}

TEST_CASE("a write that fails leaves the old file and no other", "[io]") {
  const support::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "taken");
  std::ofstream(folder / "taken/inside") << "x";
  CHECK(contains(error_of([&] { write_file(folder / "taken", Bytes{1}); }), "taken: cannot rename it"));
  CHECK(std::filesystem::exists(folder / "taken/inside"));
  CHECK(folder.files() == 1);
}

TEST_CASE("a writer killed at any moment leaves the old file or the new one, whole", "[io]") {
  const support::TemporaryFolder folder;
  const std::string path = folder / "weights";
  const Bytes odd(3000001, 1), even(2000002, 2);
  write_file(path, even);
  for (int round = 0; round < 12; ++round) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      for (int k = 0;; ++k) write_file(path, k % 2 == 0 ? odd : even);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(500 + 1700 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const Bytes found = read_file(path);
    CHECK((found == odd || found == even));
  }
  write_file(path, odd);  // the strays of killed writers are in nobody's way
  CHECK(read_file(path) == odd);
}
