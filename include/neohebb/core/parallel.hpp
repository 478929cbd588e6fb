// Threads: a team that works through numbered tasks. What a task is depends on sizes only, never on the team.
#pragma once
#if !defined(__cpp_exceptions)
#error "neohebb: threads need exceptions. Without them include headers one by one, and no parallel.hpp"
#endif
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <neohebb/core/types.hpp>
#include <thread>
#include <utility>
#include <vector>

namespace neohebb {

/// Threads that live as long as the team; the caller is one of them. Task k is done by thread k mod size, so
/// a team of one does them in order. Results do not depend on the size as long as tasks do not depend on each
/// other.
///
///     ThreadTeam team(2);
///     team.run(chunks, [&](Index c) { … });     // returns when all are done, throws the first error
///
/// Throws std::invalid_argument for no threads or more than 1024, std::runtime_error where the system starts
/// fewer than it was asked for.
class ThreadTeam {
 public:
  explicit ThreadTeam(int threads = 1) {
    NEOHEBB_REQUIRE(threads >= 1 && threads <= 1024, "ThreadTeam: ", threads,
                    " threads, must be from 1 to 1024");
    errors_.resize(static_cast<std::size_t>(threads));
    try {
      workers_.reserve(errors_.size() - 1);
      for (int k = 1; k < threads; ++k) workers_.emplace_back([this, k] { work(k); });
    } catch (const std::exception& error) {
      const int started = size();
      stop();
      NEOHEBB_THROW(std::runtime_error, "ThreadTeam: asked for ", threads, " threads, got ", started, " (",
                    error.what(), "); ask for fewer, or raise the system's limit");
    }
  }
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;
  ~ThreadTeam() { stop(); }
  int size() const { return 1 + static_cast<int>(workers_.size()); }

  template <class F> void run(Index tasks, F&& f) {
    if (workers_.empty()) {
      for (Index k = 0; k < tasks; ++k) f(k);
      return;
    }
    task_ = &f;
    call_ = [](void* task, Index k) { (*static_cast<std::remove_reference_t<F>*>(task))(k); };
    tasks_ = tasks;
    pending_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
    {
      const std::lock_guard lock(mutex_);
      round_.fetch_add(1, std::memory_order_release);
    }
    begin_.notify_all();
    share(0);
    wait([&] { return pending_.load(std::memory_order_acquire) == 0; }, end_);
    std::exception_ptr
        first;  // several threads may have failed: the others' errors must not wait for the next run
    for (std::exception_ptr& e : errors_)
      if (std::exception_ptr error = std::exchange(e, nullptr); error && !first) first = error;
    if (first) std::rethrow_exception(first);
  }

 private:
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
      ++round_;
    }
    begin_.notify_all();
    for (std::thread& t : workers_) t.join();
  }
  void share(int thread) {
    try {
      for (Index k = thread; k < tasks_; k += size()) call_(task_, k);
    } catch (...) {
      errors_[static_cast<std::size_t>(thread)] = std::current_exception();
    }
  }
  void work(int thread) {
    for (unsigned seen = 0;;) {
      wait([&] { return round_.load(std::memory_order_acquire) != seen; }, begin_);
      ++seen;
      if (stop_) return;
      share(thread);
      if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        const std::lock_guard lock(mutex_);
        end_.notify_one();
      }
    }
  }
  /// Looks for a short while before sleeping: steps of a network follow each other within microseconds.
  template <class Condition> void wait(Condition&& condition, std::condition_variable& signal) {
    for (int spin = 0; spin < 20000; ++spin)
      if (condition()) return;
    std::unique_lock lock(mutex_);
    signal.wait(lock, condition);
  }

  std::vector<std::thread> workers_;
  std::vector<std::exception_ptr> errors_;
  std::mutex mutex_;
  std::condition_variable begin_, end_;
  std::atomic<unsigned> round_{0};
  std::atomic<int> pending_{0};
  Index tasks_ = 0;
  void* task_ = nullptr;
  void (*call_)(void*, Index) = nullptr;
  bool stop_ = false;
};

}  // namespace neohebb
