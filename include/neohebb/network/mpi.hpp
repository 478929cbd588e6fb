// Processes that MPI starts, as ranks.
#pragma once
#if !__has_include(<mpi.h>)
#error "neohebb: <neohebb/network/mpi.hpp> needs MPI: apt-get install libopenmpi-dev, and link neohebb::mpi"
#else
#include <mpi.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <exception>
#include <list>
#include <neohebb/network/communicator.hpp>
#include <optional>
#include <string>
#include <utility>

namespace neohebb {

/// Messages over MPI, in a group of ranks of its own. Every message begins with its length, which is looked
/// at before anything is allocated. Only the thread that began MPI uses it. Errors, std::runtime_error, name
/// the rank; after one the job must end (run_on_ranks ends it), as messages on their way are given up.
///
///     MpiCommunicator row = world.split(world.rank() / 4);    // groups of four
///     row.send(1, 7, std::make_shared<const Message>(bytes));
///     const Message bytes = row.receive(0, 7, 1000);          // at most 1000 bytes
class MpiCommunicator {
 public:
  /// A copy of a group: its messages do not meet others. most_at_once: bytes that MPI is given in one call,
  /// which counts them with int; longer messages go in parts. Throws std::invalid_argument for 0, and for
  /// more than int holds.
  explicit MpiCommunicator(MPI_Comm group, std::size_t most_at_once = std::size_t{1} << 30)
      : most_at_once_(most_at_once) {
    NEOHEBB_REQUIRE(most_at_once > 0 && most_at_once <= INT_MAX, "MpiCommunicator: ", most_at_once,
                    " bytes at once, must be from 1 to ", INT_MAX);
    check(MPI_Comm_dup(group, &group_), "MPI_Comm_dup");
    begin();
  }
  MpiCommunicator(MpiCommunicator&& other) noexcept
      : group_(std::exchange(other.group_, MPI_COMM_NULL)),
        rank_(other.rank_),
        size_(other.size_),
        most_at_once_(other.most_at_once_),
        under_way_(std::move(other.under_way_)),
        expected_(std::move(other.expected_)) {}
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
    for (Expected& message : expected_)  // that nobody asked for
      for (std::size_t k = message.arrived; k < message.parts.size(); ++k) {
        MPI_Cancel(&message.parts[k].request);
        MPI_Wait(&message.parts[k].request, MPI_STATUS_IGNORE);
      }
    MPI_Comm_free(&group_);
  }
  /// The ranks that give the same colour, in the order they have here. All ranks call it.
  MpiCommunicator split(int colour) const {
    MPI_Comm part = MPI_COMM_NULL;
    check(MPI_Comm_split(group_, colour, rank_, &part), "MPI_Comm_split");
    return MpiCommunicator(part, most_at_once_, Owned{});
  }
  int rank() const { return rank_; }
  int size() const { return size_; }

  /// Begins to send, and keeps the message until it has left. tag: 0 to 32767.
  void send(int to, int tag, std::shared_ptr<const Message> message) {
    forget_sent();
    under_way_.push_back({Header{mark, message->size()}, std::move(message), {}});
    UnderWay& now = under_way_.back();
    begin_send(now, &now.header, sizeof now.header, to, tag);
    for (std::size_t at = 0; at < now.message->size(); at += most_at_once_)
      begin_send(now, now.message->data() + at, std::min(most_at_once_, now.message->size() - at), to, tag);
  }
  /// Begins to receive the next message of that rank and tag, of at most `most` bytes: `receive` gives it.
  /// Throws std::runtime_error for a second one of the same rank and tag before the first was received.
  void expect(int from, int tag, std::size_t most) {
    if (find(from, tag) != expected_.end())
      fail("two messages of rank ", from, ", tag ", tag, " are expected at once");
    expected_.push_back({from, tag, most, {}, {}, {}, 0, false});
    Expected& now = expected_.back();
    begin_receive(now, &now.header, sizeof now.header);
  }
  /// Moves messages on that are sent or expected: MPI moves long ones only while it is called.
  void poll() {
    forget_sent();
    for (Expected& message : expected_) advance(message, false);
  }
  /// Waits for the next message of that rank and tag. Throws std::runtime_error with both numbers for one of
  /// more than `most` bytes, and for one that is none.
  Message receive(int from, int tag, std::size_t most) {
    if (find(from, tag) == expected_.end()) expect(from, tag, most);
    const auto now = find(from, tag);
    now->most = std::min(now->most, most);
    advance(*now, true);
    Message message = std::move(now->message);
    expected_.erase(now);
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
  struct Part {
    std::size_t bytes;
    MPI_Request request;
  };
  struct Expected {
    int from, tag;
    std::size_t most;
    Header header;
    Message message;
    std::vector<Part> parts;  // the header, and then those of the message
    std::size_t arrived;      // of them
    bool has_header;
  };

  MpiCommunicator(MPI_Comm group, std::size_t most_at_once, Owned)
      : group_(group), most_at_once_(most_at_once) {
    begin();
  }
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
  void forget_sent() {
    under_way_.remove_if([this](UnderWay& old) {
      int done = 0;
      check(
          MPI_Testall(static_cast<int>(old.requests.size()), old.requests.data(), &done, MPI_STATUSES_IGNORE),
          "MPI_Testall");
      return done != 0;
    });
  }
  std::list<Expected>::iterator find(int from, int tag) {
    return std::find_if(expected_.begin(), expected_.end(),
                        [&](const Expected& e) { return e.from == from && e.tag == tag; });
  }
  void begin_receive(Expected& now, void* bytes, std::size_t count) {
    now.parts.push_back({count, MPI_REQUEST_NULL});
    check(MPI_Irecv(bytes, static_cast<int>(count), MPI_BYTE, now.from, now.tag, group_,
                    &now.parts.back().request),
          "MPI_Irecv");
  }
  /// Whether all parts of a message that were asked for have arrived; waits: until they have.
  bool have_arrived(Expected& now, bool waits) {
    for (; now.arrived < now.parts.size(); ++now.arrived) {
      Part& part = now.parts[now.arrived];
      MPI_Status status;
      int done = 1, got = 0;
      if (waits)
        check(MPI_Wait(&part.request, &status), "MPI_Wait");
      else
        check(MPI_Test(&part.request, &done, &status), "MPI_Test");
      if (done == 0) return false;
      check(MPI_Get_count(&status, MPI_BYTE, &got), "MPI_Get_count");
      if (static_cast<std::size_t>(got) != part.bytes)
        fail("a message of rank ", now.from, ", tag ", now.tag, " has ", got, " bytes, expected ",
             part.bytes);
    }
    return true;
  }
  /// Asks for the bytes of a message when its header has arrived; waits: until all of it has.
  void advance(Expected& now, bool waits) {
    if (!have_arrived(now, waits) || now.has_header) return;
    const auto [begins, bytes] = now.header;
    if (begins != mark)
      fail("a message of rank ", now.from, ", tag ", now.tag, " begins with ", begins, ", expected ", mark);
    if (bytes > now.most)
      fail("a message of rank ", now.from, ", tag ", now.tag, " says it has ", bytes, " bytes, at most ",
           now.most, " were expected");
    now.has_header = true;
    now.message.resize(bytes);
    for (std::size_t at = 0; at < bytes; at += most_at_once_)
      begin_receive(now, now.message.data() + at, std::min(most_at_once_, bytes - at));
    have_arrived(now, waits);
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
  std::size_t most_at_once_;
  std::list<UnderWay> under_way_;
  std::list<Expected> expected_;
};

/// MPI from its first to its last call. Throws std::runtime_error where MPI cannot stand a program with
/// threads.
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

/// program(world) on every rank, between MPI's first and last call. Returns its exit code. A std::exception
/// ends the whole job: its message is printed with the rank, and the other ranks are stopped, which would
/// wait for ever.
///
///     int main(int argc, char** argv) {
///       return run_on_ranks(argc, argv, [&](MpiCommunicator& world) { …; return 0; });
///     }
int run_on_ranks(int& argc, char**& argv, auto&& program) {
  std::optional<MpiSession> session;
  try {
    session.emplace(argc, argv);
    MpiCommunicator world = session->world();
    return program(world);
  } catch (const std::exception& error) {
    int rank = 0, size = 1, begun = 0;
    MPI_Initialized(&begun);
    if (begun != 0) {
      MPI_Comm_rank(MPI_COMM_WORLD, &rank);
      MPI_Comm_size(MPI_COMM_WORLD, &size);
    }
    std::fprintf(stderr, "rank %d of %d: %s\n", rank, size, error.what());
    std::fflush(stderr);
    if (size > 1) MPI_Abort(MPI_COMM_WORLD, 1);
    return 1;
  }
}

}  // namespace neohebb
#endif
