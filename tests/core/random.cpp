#include <neohebb/core/random.hpp>
#include <set>

#include "catch.hpp"

using namespace neohebb;

namespace {
using Block = std::array<std::uint32_t, 4>;
constexpr Index many = 200'000;
}  // namespace

TEST_CASE("Philox gives the answers its authors published", "[core]") {
  CHECK(philox({0, 0, 0, 0}, 0) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, ~std::uint64_t{0}) ==
        Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("the bulk of bits is the sequence of bits, for any length", "[core]") {
  const Generator generator{.seed = 0x123456789abcdef, .stream = 7, .step = 8, .sample = 9};
  for (Index n : {1, 3, 4, 5, 31, 32, 33, 64, 100}) {
    RandomSequence sequence = generator.sequence(2);
    Index used = 0;
    generator.bits(2, n, [&](Index i, std::uint32_t bits) {
      CHECK(i == used++);
      CHECK(bits == sequence.bits());
    });
    CHECK(used == n);
  }
}

TEMPLATE_TEST_CASE("a sample's numbers are the same in any chunk of a batch", "[core]", float, double) {
  const Generator origin{.seed = 3, .stream = 1, .step = 5, .sample = 10};
  Matrix<TestType> uniform(37, 6), normal(37, 6);
  Generator generator = origin;
  generator.uniform(uniform);
  CHECK(generator == Generator{.seed = 3, .stream = 1, .step = 6, .sample = 10});
  generator.normal(normal);
  CHECK(generator.step == 7);
  for (Index first : {0, 2, 5}) {
    Generator chunk = origin.at_sample(first);
    Matrix<TestType> part(37, 6 - first);
    chunk.uniform(part);
    CHECK(part == uniform.rightCols(6 - first));
    chunk.normal(part);
    CHECK(part == normal.rightCols(6 - first));
  }
  Matrix<TestType, 37, 6> fixed;
  Generator(origin).uniform(fixed);
  CHECK(fixed == uniform);
  Matrix<TestType> shorter(12, 6);  // nor do they depend on how many more are drawn
  Generator(origin).uniform(shorter);
  CHECK(shorter == uniform.topRows(12));
}

TEST_CASE("float and double draw the same numbers", "[core]") {
  const Generator generator{.seed = 4};
  RandomSequence a = generator.sequence(), b = generator.sequence();
  for (int k = 0; k < 1000; ++k) CHECK(static_cast<double>(a.uniform<float>()) == b.uniform<double>());
  CHECK(unit_interval<float>(0) == 0);
  CHECK(unit_interval<float>(0xffffffff) < 1);
}

TEMPLATE_TEST_CASE("uniform numbers have mean 1/2 and variance 1/12", "[core]", float, double) {
  Vector<TestType> u(many);
  Generator{.seed = 5}.uniform(u);
  const Vector<double> x = u.template cast<double>();
  CHECK(x.minCoeff() >= 0);
  CHECK(x.maxCoeff() < 1);
  CHECK(std::abs(x.mean() - 0.5) < 4 * std::sqrt(1.0 / 12 / many));
  CHECK(std::abs((x.array() - 0.5).square().mean() - 1.0 / 12) < 4 * std::sqrt(1.0 / 180 / many));
  CHECK(std::abs((x.head(many - 1).array() - 0.5).cwiseProduct(x.tail(many - 1).array() - 0.5).mean()) <
        4 / (12 * std::sqrt(double(many))));  // neighbours are not correlated
  RandomSequence numbers = Generator{.seed = 5}.sequence();
  for (int k = 0; k < 100; ++k) {
    const TestType y = numbers.uniform<TestType>(-3, 7);
    CHECK((y >= -3 && y < 7));
  }
}

TEMPLATE_TEST_CASE("normal numbers have the moments 0, 1, 0, 3", "[core]", float, double) {
  Vector<TestType> z(many);
  Generator{.seed = 6}.normal(z);
  const auto x = z.template cast<double>().array().eval();
  const double error = 4 / std::sqrt(double(many));
  CHECK(std::abs(x.mean()) < error);
  CHECK(std::abs(x.square().mean() - 1) < error * std::sqrt(2.0));
  CHECK(std::abs(x.cube().mean()) < error * std::sqrt(15.0));
  CHECK(std::abs(x.square().square().mean() - 3) < error * std::sqrt(96.0));
}

TEST_CASE("whole numbers below n are all equally likely", "[core]") {
  RandomSequence numbers = Generator{.seed = 7}.sequence();
  std::array<int, 7> counts{};
  const int draws = 70'000;
  for (int k = 0; k < draws; ++k) ++counts.at(numbers.below(7));
  for (const int count : counts) CHECK(std::abs(count - draws / 7) < 4 * std::sqrt(draws / 7.0));
  CHECK(numbers.below(1) == 0);
}

TEST_CASE("substreams, steps, samples and seeds are different numbers", "[core]") {
  const Generator generator{.seed = 8, .stream = 2, .step = 3, .sample = 4};
  std::set<std::uint32_t> streams{generator.stream};
  for (std::uint32_t part = 0; part < 1000; ++part) streams.insert(generator.substream(part).stream);
  CHECK(streams.size() == 1001);
  CHECK_FALSE(generator.substream(1).substream(2) == generator.substream(2).substream(1));
  const Generator sub = generator.substream(9);
  CHECK((sub.seed == 8 && sub.step == 3 && sub.sample == 4));
  CHECK(generator.at_step(30) == Generator{.seed = 8, .stream = 2, .step = 30, .sample = 4});
  CHECK(generator.at_sample(5) == Generator{.seed = 8, .stream = 2, .step = 3, .sample = 9});

  std::set<std::uint32_t> firsts;
  for (const Generator& g :
       {generator, sub, generator.at_step(30), generator.at_sample(5),
        Generator{.seed = 9, .stream = 2, .step = 3, .sample = 4},
        Generator{.seed = 8 + (std::uint64_t{1} << 32), .stream = 2, .step = 3, .sample = 4}})
    firsts.insert(g.sequence().bits());
  CHECK(firsts.size() == 6);
}
