// Processes that MPI starts, as ranks.
#pragma once
#if !__has_include(<mpi.h>)
#error "neohebb: <neohebb/network/mpi.hpp> needs MPI: apt-get install libopenmpi-dev, and link neohebb::mpi"
#else
#include <mpi.h>

#include <array>
#include <cstdio>
#include <exception>
#include <list>
#include <neohebb/network/communicator.hpp>
#include <string>
#include <utility>

namespace neohebb {

/// Messages over MPI, in a group of ranks of its own. Every message begins with its length, which is looked at before
/// anything is allocated. One thread of a process uses it at a time. Errors, std::runtime_error, name the rank.
///
///     MpiCommunicator row = world.split(world.rank() / 4);    // groups of four
///     row.send(1, 7, std::make_shared<const Message>(bytes));
///     const Message bytes = row.receive(0, 7, 1000);          // at most 1000 bytes
class MpiCommunicator {
 public:
  /// A copy of a group: its messages do not meet others.
  explicit MpiCommunicator(MPI_Comm group) {
    check(MPI_Comm_dup(group, &group_), "MPI_Comm_dup");
    begin();
  }
  MpiCommunicator(MpiCommunicator&& other) noexcept
      : group_(std::exchange(other.group_, MPI_COMM_NULL)),
        rank_(other.rank_),
        size_(other.size_),
        under_way_(std::move(other.under_way_)) {}
  MpiCommunicator& operator=(MpiCommunicator&&) = delete;
  /// Waits until all messages have left, unless an error is on its way out.
  ~MpiCommunicator() {
    if (group_ == MPI_COMM_NULL) return;
    if (std::uncaught_exceptions() > 0) return;  // the job is about to be ended
    for (UnderWay& message : under_way_)
      if (MPI_Waitall(static_cast<int>(message.requests.size()), message.requests.data(),
                      MPI_STATUSES_IGNORE) != MPI_SUCCESS) {
        std::fprintf(stderr, "rank %d of %d: a message could not be sent\n", rank_, size_);
        MPI_Abort(MPI_COMM_WORLD, 1);
      }
    MPI_Comm_free(&group_);
  }
  /// The ranks that give the same colour, in the order they have here. All ranks call it.
  MpiCommunicator split(int colour) const {
    MPI_Comm part = MPI_COMM_NULL;
    check(MPI_Comm_split(group_, colour, rank_, &part), "MPI_Comm_split");
    return MpiCommunicator(part, Owned{});
  }
  int rank() const { return rank_; }
  int size() const { return size_; }

  /// Begins to send, and keeps the message until it has left. tag: 0 to 32767.
  void send(int to, int tag, std::shared_ptr<const Message> message) {
    under_way_.remove_if([this](UnderWay& old) {
      int done = 0;
      check(
          MPI_Testall(static_cast<int>(old.requests.size()), old.requests.data(), &done, MPI_STATUSES_IGNORE),
          "MPI_Testall");
      return done != 0;
    });
    under_way_.push_back({Header{mark, message->size()}, std::move(message), {}});
    UnderWay& now = under_way_.back();
    begin_send(now, &now.header, sizeof now.header, to, tag);
    for (std::size_t at = 0; at < now.message->size(); at += most_at_once)
      begin_send(now, now.message->data() + at, std::min(most_at_once, now.message->size() - at), to, tag);
  }
  /// Waits for the next message of that rank and tag. Throws std::runtime_error with both numbers for one of more than `most`
  /// bytes, and for one that is none.
  Message receive(int from, int tag, std::size_t most) {
    Header header{};
    receive_bytes(&header, sizeof header, from, tag);
    if (header.mark != mark)
      fail("a message of rank ", from, ", tag ", tag, " begins with ", header.mark, ", expected ", mark);
    if (header.bytes > most)
      fail("a message of rank ", from, ", tag ", tag, " says it has ", header.bytes, " bytes, at most ", most,
           " were expected");
    Message message(header.bytes);
    for (std::size_t at = 0; at < message.size(); at += most_at_once)
      receive_bytes(message.data() + at, std::min(most_at_once, message.size() - at), from, tag);
    return message;
  }
  /// MPI's own handle, for what is not here.
  MPI_Comm handle() const { return group_; }

  /// What every message begins with.
  struct Header {
    std::uint64_t mark, bytes;
  };
  static constexpr std::uint64_t mark = 0x6265686f656e0001;

 private:
  struct Owned {};
  struct UnderWay {
    Header header;
    std::shared_ptr<const Message> message;
    std::vector<MPI_Request> requests;
  };
  static constexpr std::size_t most_at_once = std::size_t{1} << 30;  // MPI counts with int

  MpiCommunicator(MPI_Comm group, Owned) : group_(group) { begin(); }
  void begin() {
    check(MPI_Comm_set_errhandler(group_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Comm_rank(group_, &rank_), "MPI_Comm_rank");
    check(MPI_Comm_size(group_, &size_), "MPI_Comm_size");
  }
  void begin_send(UnderWay& now, const void* bytes, std::size_t count, int to, int tag) {
    now.requests.push_back(MPI_REQUEST_NULL);
    check(MPI_Isend(bytes, static_cast<int>(count), MPI_BYTE, to, tag, group_, &now.requests.back()),
          "MPI_Isend");
  }
  void receive_bytes(void* bytes, std::size_t count, int from, int tag) {
    MPI_Status status;
    check(MPI_Recv(bytes, static_cast<int>(count), MPI_BYTE, from, tag, group_, &status), "MPI_Recv");
    int got = 0;
    check(MPI_Get_count(&status, MPI_BYTE, &got), "MPI_Get_count");
    if (static_cast<std::size_t>(got) != count)
      fail("a message of rank ", from, ", tag ", tag, " has ", got, " bytes, expected ", count);
  }
  void check(int code, const char* what) const {
    if (code == MPI_SUCCESS) return;
    std::array<char, MPI_MAX_ERROR_STRING + 1> text{};
    int length = 0;
    MPI_Error_string(code, text.data(), &length);
    fail(what, ": ", std::string(text.data(), static_cast<std::size_t>(length)));
  }
  template <class... Parts> [[noreturn]] void fail(const Parts&... parts) const {
    NEOHEBB_THROW(std::runtime_error, "on rank ", rank_, ", ", parts...);
  }

  MPI_Comm group_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1;
  std::list<UnderWay> under_way_;
};

/// MPI from its first to its last call. Throws std::runtime_error where MPI cannot stand a program with threads.
class MpiSession {
 public:
  MpiSession(int& argc, char**& argv) {
    int provided = MPI_THREAD_SINGLE;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
    if (provided < MPI_THREAD_FUNNELED)
      NEOHEBB_THROW(std::runtime_error, "this MPI gives threads of level ", provided, ", needed is ",
                    int{MPI_THREAD_FUNNELED}, " (MPI_THREAD_FUNNELED)");
  }
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;
  /// An error on its way out ends the job: MPI_Finalize would wait for ranks that wait for this one.
  ~MpiSession() { std::uncaught_exceptions() > 0 ? MPI_Abort(MPI_COMM_WORLD, 1) : MPI_Finalize(); }
  MpiCommunicator world() const { return MpiCommunicator(MPI_COMM_WORLD); }
};

/// program(world) on every rank, between MPI's first and last call. Returns its exit code. An exception ends the whole job: its
/// message is printed with the rank, and the other ranks are stopped, which would wait for ever.
///
///     int main(int argc, char** argv) {
///       return run_on_ranks(argc, argv, [&](MpiCommunicator& world) { …; return 0; });
///     }
int run_on_ranks(int& argc, char**& argv, auto&& program) {
  const MpiSession session(argc, argv);
  try {
    MpiCommunicator world = session.world();
    return program(world);
  } catch (const std::exception& error) {
    int rank = 0, size = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    std::fprintf(stderr, "rank %d of %d: %s\n", rank, size, error.what());
    std::fflush(stderr);
    if (size > 1) MPI_Abort(MPI_COMM_WORLD, 1);
    return 1;
  }
}

}  // namespace neohebb
#endif
