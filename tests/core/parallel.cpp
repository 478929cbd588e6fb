#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <neohebb/core/parallel.hpp>
#include <string>

#include "catch.hpp"
#include "reference/message.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

using namespace neohebb;

TEST_CASE("a team of any size does every task once", "[core]") {
  for (int threads = 1; threads <= 4; ++threads) {
    ThreadTeam team(threads);
    CHECK(team.size() == threads);
    for (const Index tasks : {0, 1, 2, 3, 4, 5, 100}) {
      std::array<std::atomic<int>, 100> done{};
      team.run(tasks, [&](Index k) { ++done[static_cast<std::size_t>(k)]; });
      for (Index k = 0; k < 100; ++k) CHECK(done[static_cast<std::size_t>(k)] == (k < tasks ? 1 : 0));
    }
  }
}

TEST_CASE("a team is ready for the next round at once, and after a rest", "[core]") {
  ThreadTeam team(3);
  std::atomic<int> sum = 0;
  for (int round = 0; round < 2000; ++round) team.run(5, [&](Index k) { sum += static_cast<int>(k); });
  CHECK(sum == 2000 * 10);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the others have gone to sleep
  team.run(5, [&](Index k) { sum += static_cast<int>(k); });
  CHECK(sum == 2001 * 10);
}

TEST_CASE("which thread does a task depends on the task's number only", "[core]") {
  ThreadTeam team(2);
  std::array<std::thread::id, 8> by{};
  team.run(8, [&](Index k) { by[static_cast<std::size_t>(k)] = std::this_thread::get_id(); });
  for (std::size_t k = 0; k < 8; ++k) {
    CHECK(by[k] == by[k % 2]);
    CHECK((by[k] == std::this_thread::get_id()) == (k % 2 == 0));
  }
}

TEST_CASE("a task's exception reaches the caller, once, and the team goes on", "[core]") {
  for (int threads = 1; threads <= 4; ++threads) {
    ThreadTeam team(threads);
    for (const Index bad : {0, 1, 2, 3}) {
      std::string caught;
      try {
        team.run(4, [&](Index k) {
          if (k == bad) throw std::runtime_error("task " + std::to_string(k));
        });
      } catch (const std::runtime_error& error) {
        caught = error.what();
      }
      CHECK(caught == "task " + std::to_string(bad));
    }
    // All fail at once: one exception is thrown, and none is left over for the round after.
    CHECK_THROWS_AS(team.run(8, [](Index) { throw std::runtime_error("all"); }), std::runtime_error);
    std::atomic<int> done = 0;
    CHECK_NOTHROW(team.run(8, [&](Index) { ++done; }));
    CHECK(done == 8);
  }
}

TEST_CASE("a team has at least one thread", "[core]") {
  CHECK(reference::message_of([] { ThreadTeam team(0); }) ==
        "neohebb: ThreadTeam: 0 threads, must be from 1 to 1024");
  CHECK(reference::message_of([] { ThreadTeam team(-3); }) ==
        "neohebb: ThreadTeam: -3 threads, must be from 1 to 1024");
}

#if !defined(SANITIZED) && defined(__linux__)
TEST_CASE("a team that the system does not start is refused with the number asked for, and leaves no thread",
          "[core]") {
  int channel[2];
  REQUIRE(pipe(channel) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // a process of its own, with room for the stacks of a few threads
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t room = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + (rlim_t{150} << 20);
    const rlimit limit{room, room};
    std::string answer = setrlimit(RLIMIT_AS, &limit) == 0 ? "" : "no limit; ";
    rlimit kept{};
    if (getrlimit(RLIMIT_AS, &kept) == 0 && kept.rlim_cur != room) answer += "not kept; ";
    try {
      ThreadTeam team(1000);
    } catch (const std::runtime_error& error) {
      answer += error.what();
    }
    try {
      std::atomic<int> done = 0;
      ThreadTeam(2).run(8, [&](Index) { ++done; });
      if (done == 8) answer += "; a smaller one works";
    } catch (const std::exception& error) {
      answer += error.what();
    }
    const bool written =
        write(channel[1], answer.data(), answer.size()) == static_cast<ssize_t>(answer.size());
    _exit(written ? 0 : 1);
  }
  close(channel[1]);
  std::string answer(1000, '\0');
  answer.resize(
      static_cast<std::size_t>(std::max<ssize_t>(0, read(channel[0], answer.data(), answer.size()))));
  close(channel[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  INFO(answer);
  CHECK(WIFEXITED(status));
  if (answer.rfind("not kept; ", 0) == 0) {  // QEMU says that it has set the limit, and has not
    std::puts("skipped: this system does not keep the limit that it was given");
    return;
  }
  CHECK(answer.find("neohebb: ThreadTeam: asked for 1000 threads, got ") == 0);
  CHECK(answer.find("; ask for fewer, or raise the system's limit; a smaller one works") !=
        std::string::npos);
  int started = 0;
  REQUIRE(std::sscanf(answer.c_str(), "neohebb: ThreadTeam: asked for 1000 threads, got %d", &started) == 1);
  CHECK((started > 1 && started < 1000));  // the caller and those that had begun
}
#endif
