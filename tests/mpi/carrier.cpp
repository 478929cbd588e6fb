// What MpiCommunicator promises, on two ranks or more:  mpirun -n 2 mpi_carrier CASE
//   good      messages of many sizes arrive in order, whoever sends first; groups do not hear each other; samples are sent
//   too_long  a header that says more bytes than the receiver expects ends the job
//   no_mark   a message that is none ends the job
//   too_short a message that has fewer bytes than its header says ends the job
//   throws    a rank that throws ends the job
#include <unistd.h>

#include <neohebb/network/mpi.hpp>
#include <neohebb/network/sent_samples.hpp>

using namespace neohebb;

namespace {

Message bytes_of(int seed, std::size_t size) {
  Message m(size);
  for (std::size_t k = 0; k < size; ++k)
    m[k] = static_cast<unsigned char>(k * 31 + static_cast<std::size_t>(seed));
  return m;
}
void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}
/// Messages of many sizes arrive in order, whoever sends first; those of tag 5 are expected before they are asked for.
void exchange(MpiCommunicator& world) {
  const std::size_t sizes[] = {0, 1, 15, 16, 17, 5000, 70000, 3000000};
  const int me = world.rank(), all = world.size();
  for (int from = 0; from < all; ++from)
    if (from != me) world.expect(from, 5, 2000000);
  for (int to = 0; to < all; ++to)
    if (to != me) world.send(to, 5, std::make_shared<const Message>(bytes_of(me, 2000000)));
  for (int k = 0; k < 100; ++k) world.poll();
  for (const std::size_t size : sizes)
    for (int to = 0; to < all; ++to)
      if (to != me) world.send(to, 3, std::make_shared<const Message>(bytes_of(me + to, size)));
  for (int to = 0; to < all; ++to)
    if (to != me) world.send(to, 4, std::make_shared<const Message>(bytes_of(9, 10)));
  for (int from = all; from-- > 0;) {
    if (from == me) continue;
    require(world.receive(from, 4, 10) == bytes_of(9, 10), "another tag's message");
    for (const std::size_t size : sizes)
      require(world.receive(from, 3, size) == bytes_of(me + from, size), "another message");
    require(world.receive(from, 5, 2000000) == bytes_of(from, 2000000), "another expected message");
  }
}
void good(MpiCommunicator& world) {
  const int me = world.rank(), all = world.size();
  exchange(world);
  MpiCommunicator in_parts(world.handle(), 1000);
  exchange(in_parts);
  bool refused = false;
  try {
    const MpiCommunicator none(world.handle(), 0);
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  require(refused, "messages in parts of nothing");
  MpiCommunicator half = world.split(me % 2);
  require(half.size() == (all + 1 - me % 2) / 2 && half.rank() == me / 2, "another group");
  for (int to = 0; to < half.size(); ++to)
    if (to != half.rank()) half.send(to, 3, std::make_shared<const Message>(bytes_of(me % 2, 100)));
  for (int from = 0; from < half.size(); ++from)
    if (from != half.rank())
      require(half.receive(from, 3, 100) == bytes_of(me % 2, 100), "another group's message");
  std::vector<std::vector<int>> read;  // sample k holds k numbers
  for (int k = 0; k < 9 && me == 0; ++k) read.emplace_back(static_cast<std::size_t>(k), k);
  SentSamples samples(world, read);
  samples.fetch(std::vector<Index>{8, 3, 0, 5}, [](int rank, Index b) { return b % 2 == rank % 2; });
  for (Index b = 0; b < 4; ++b) {
    const auto k = std::array{8, 3, 0, 5}[static_cast<std::size_t>(b)];
    if (samples.here(b))
      require(samples[b] == std::vector<int>(static_cast<std::size_t>(k), k), "another sample");
  }
  if (me == 0) std::printf("good\n");
}
/// Rank 0 sends what looks like a message; all others wait for it, and for ever if nobody ends them.
void spoiled(MpiCommunicator& world, const MpiCommunicator::Header& header, int bytes = 0) {
  if (world.rank() == 0) MPI_Send(&header, static_cast<int>(sizeof header), MPI_BYTE, 1, 3, world.handle());
  const Message body(static_cast<std::size_t>(bytes));
  if (world.rank() == 0 && bytes > 0) MPI_Send(body.data(), bytes, MPI_BYTE, 1, 3, world.handle());
  world.receive(world.rank() == 0 ? 1 : 0, 3, 1000);
}

}  // namespace

int main(int argc, char** argv) {
  return run_on_ranks(argc, argv, [&](MpiCommunicator& world) {
    const std::string what = argc > 1 ? argv[1] : "good";
    if (what == "good") good(world);
    if (what == "too_long") spoiled(world, {MpiCommunicator::mark, std::uint64_t{1} << 62});
    if (what == "no_mark") spoiled(world, {5, 10});
    if (what == "too_short") spoiled(world, {MpiCommunicator::mark, 100}, 99);
    if (what == "throws") {
      if (world.rank() == world.size() - 1) throw std::invalid_argument("enough of this");
      world.receive(world.size() - 1, 3, 10);
    }
    return 0;
  });
}
