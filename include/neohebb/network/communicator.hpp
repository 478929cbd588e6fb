// What the exchange between processes requires of the carrier of its messages.
#pragma once
#include <memory>
#include <neohebb/network/packing.hpp>
#include <stdexcept>

namespace neohebb {

/// Messages between processes that run the same program, its ranks. Messages of one pair with one tag arrive
/// in the order in which they were sent. MpiCommunicator (network/mpi.hpp) is one; tests have one of threads.
template <class C>
concept Communicator = requires(C& c, int rank, int tag, std::shared_ptr<const Message> message,
                                std::size_t most) {
  { c.rank() } -> std::convertible_to<int>;  // this process, from 0
  { c.size() } -> std::convertible_to<int>;  // so many processes
  c.send(rank, tag, message);                // begins to send; does not wait for the other
  c.expect(rank, tag, most);                 // begins to receive what `receive` gives; may do nothing
  c.poll();                                  // moves messages on; may do nothing
  // Waits. Throws std::runtime_error for more than `most` bytes, before anything is allocated for them.
  { c.receive(rank, tag, most) } -> std::convertible_to<Message>;
};

/// One rank, for programs that were not started on several. Throws std::runtime_error for messages, as nobody
/// is there.
struct OneRank {
  int rank() const { return 0; }
  int size() const { return 1; }
  void send(int to, int, std::shared_ptr<const Message>) { refuse(to); }
  void expect(int from, int, std::size_t) { refuse(from); }
  void poll() {}
  Message receive(int from, int, std::size_t) { refuse(from); }
  OneRank split(int /*colour*/) const { return {}; }

 private:
  [[noreturn]] static void refuse(int rank) {
    NEOHEBB_THROW(std::runtime_error, "there is no rank ", rank, ", only one process");
  }
};

/// What a rank has sent and waited for: of a layer's updates (Ranks); or of spikes (RankGrid), samples
/// (SentSamples) and sums over the batch (Ranks::of_batch), of which only the last two numbers tell.
struct ExchangeCounts {
  Index by_factors = 0, by_gradient = 0;  // updates
  std::size_t factor_bytes = 0;           // of the last update's factors, all ranks together
  std::size_t gradient_bytes = 0;         // of the gradient
  std::size_t sent = 0;                   // bytes sent by this rank, to all others together
  double waiting = 0;                     // seconds in which this rank waited for messages
};

}  // namespace neohebb
