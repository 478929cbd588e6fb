// Ranks as threads of one process: what several processes would send each other lies in mailboxes.
#pragma once
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <neohebb/network/communicator.hpp>
#include <thread>
#include <tuple>

namespace support {

using neohebb::Message;

class Mailboxes {
 public:
  explicit Mailboxes(int ranks) : ranks_(ranks) {}

  /// One rank's end of it. `spoil`, if any, sees every message before it is sent.
  struct Rank {
    Mailboxes* all;
    int number;
    std::function<void(int to, int tag, Message&)> spoil{};
    int rank() const { return number; }
    int size() const { return all->ranks_; }
    void send(int to, int tag, const std::shared_ptr<const Message>& message) const {
      Message copy = *message;
      if (spoil) spoil(to, tag, copy);
      const std::lock_guard lock(all->mutex_);
      all->boxes_[{number, to, tag}].push_back(std::move(copy));
      all->arrived_.notify_all();
    }
    void expect(int from, int tag, std::size_t most) const {
      const std::lock_guard lock(all->mutex_);
      if (!all->expected_.insert({{from, number, tag}, most}).second)
        throw std::runtime_error("two messages of one rank and tag are expected at once");
    }
    void poll() const {}
    Message receive(int from, int tag, std::size_t most) const {
      std::unique_lock lock(all->mutex_);
      if (const auto said = all->expected_.extract({from, number, tag}); said && said.mapped() != most)
        throw std::runtime_error("a message of " + std::to_string(said.mapped()) +
                                 " bytes was expected, now of " + std::to_string(most));
      auto& box = all->boxes_[{from, number, tag}];
      all->arrived_.wait(lock, [&] { return !box.empty() || all->failed_; });
      if (box.empty()) throw std::runtime_error("another rank failed");
      Message message = std::move(box.front());
      box.pop_front();
      if (message.size() > most)
        throw std::runtime_error("a message has " + std::to_string(message.size()) + " bytes, at most " +
                                 std::to_string(most) + " were expected");
      return message;
    }
  };

  /// program(rank) on a thread for each rank. Throws the first error.
  void run(const auto& program) {
    std::exception_ptr first;
    std::vector<std::thread> threads;
    for (int r = 0; r < ranks_; ++r)
      threads.emplace_back([&, r] {
        try {
          Rank rank{this, r};
          program(rank);
        } catch (...) {
          const std::lock_guard lock(mutex_);
          if (!first) first = std::current_exception();
          failed_ = true;
          arrived_.notify_all();
        }
      });
    for (std::thread& t : threads) t.join();
    if (first) std::rethrow_exception(first);
  }
  /// Wakes those who wait, with an error.
  void fail() {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    arrived_.notify_all();
  }
  /// Messages that nobody has received, and those that were expected and not asked for.
  std::size_t left() const {
    std::size_t count = expected_.size();
    for (const auto& [key, box] : boxes_) count += box.size();
    return count;
  }

 private:
  int ranks_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<std::tuple<int, int, int>, std::deque<Message>> boxes_;  // by sender, receiver and tag
  std::map<std::tuple<int, int, int>, std::size_t> expected_;
  bool failed_ = false;
};

}  // namespace support
