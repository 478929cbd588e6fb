// What the exchange between processes requires of the carrier of its messages.
#pragma once
#include <memory>
#include <neohebb/network/packing.hpp>

namespace neohebb {

/// Messages between processes that run the same program, its ranks. Messages of one pair with one tag arrive in the order
/// in which they were sent. MpiCommunicator (network/mpi.hpp) is one; tests have one of threads.
template <class C>
concept Communicator = requires(C& c, int rank, int tag, std::shared_ptr<const Message> message,
                                std::size_t most) {
  { c.rank() } -> std::convertible_to<int>;  // this process, from 0
  { c.size() } -> std::convertible_to<int>;  // so many processes
  c.send(rank, tag, message);                // begins to send; does not wait for the other
  // Waits. Throws std::runtime_error for more than `most` bytes, before anything is allocated for them.
  { c.receive(rank, tag, most) } -> std::convertible_to<Message>;
};

/// What Ranks has sent and waited for, of one layer.
struct ExchangeCounts {
  Index by_factors = 0, by_gradient = 0;  // updates
  std::size_t factor_bytes = 0;           // of the last update's factors, all ranks together
  std::size_t gradient_bytes = 0;         // of the gradient
  std::size_t sent = 0;                   // bytes sent by this rank, to all others together
  double waiting = 0;                     // seconds in which this rank waited for messages
};

}  // namespace neohebb
