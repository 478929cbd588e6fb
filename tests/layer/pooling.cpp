// Max-pooling of potentials: what is shown, which spikes, and where an error belongs.
#include <neohebb/layer/pooling.hpp>
#include <neohebb/neuron/srm.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;

namespace {

struct Shown {
  Matrix<double> potential;
  Spikes<double> spikes;
};
/// A neuron's state with random potentials, and spikes of its own choice: those of escape noise need not follow Θ.
Shown neurons(const MaxPooling& p, Index batch, std::uint64_t seed, bool noisy) {
  const Index n = p.height * p.width * p.channels;
  Shown s{support::random_matrix(n, batch, seed), {Extent{n}, Extent{batch}}};
  if (noisy)
    support::NoisyInput{.rate = 0.2}(0, 0, s.spikes);
  else
    s.spikes.assign(s.potential.array() > 0);
  return s;
}

}  // namespace

TEST_CASE("pooling shows the largest potential and any spike of each square; errors go to the largest",
          "[layer]") {
  for (const MaxPooling p : {MaxPooling{8, 6, 5, 2}, MaxPooling{7, 11, 3, 2}, MaxPooling{9, 10, 20, 3},
                             MaxPooling{4, 5, 2, 4}, MaxPooling{5, 6, 3, 1}})
    for (const bool noisy : {false, true}) {
      constexpr Index batch = 3;
      const Shown n = neurons(p, batch, 4, noisy);
      auto state = p.zero_state<double>(Extent<>{n.potential.rows()}, Extent{batch});
      p.step(state, n);
      const auto& u = p.potential(state, n);
      const auto& s = p.spikes(state, n);
      const Index units = p.units(n.potential.rows());
      REQUIRE(units == (p.height / p.size) * (p.width / p.size) * p.channels);
      REQUIRE(u.rows() == units);
      const Matrix<double> delta = support::random_matrix(units, batch, 5);
      Matrix<double> spread = Matrix<double>::Zero(n.potential.rows(), batch);
      for (Index b = 0; b < batch; ++b)
        for (Index r = 0; r < p.out_height(); ++r)
          for (Index c = 0; c < p.out_width(); ++c)
            for (Index ch = 0; ch < p.channels; ++ch) {
              Index best = -1;
              bool any = false;
              for (Index i = 0; i < p.size; ++i)
                for (Index j = 0; j < p.size; ++j) {
                  const Index k = ((r * p.size + i) * p.width + c * p.size + j) * p.channels + ch;
                  if (best < 0 || n.potential(k, b) > n.potential(best, b)) best = k;
                  any = any || n.spikes.dense()(k, b) == 1;
                }
              const Index unit = (r * p.out_width() + c) * p.channels + ch;
              CHECK(u(unit, b) == n.potential(best, b));
              CHECK((s.dense()(unit, b) == 1) == any);
              if (!noisy) CHECK((s.dense()(unit, b) == 1) == (u(unit, b) > 0));  // Θ is monotone
              spread(best, b) = delta(unit, b);
            }
      CHECK(p.unpool(state, delta) == spread);
    }
}

TEST_CASE("of equal potentials the first is the largest", "[layer]") {
  const MaxPooling p{2, 2, 1, 2};
  Shown n{Matrix<double>::Constant(4, 1, 0.5), {Extent{4}, Extent{1}}};
  auto state = p.zero_state<double>(Extent<>{4}, Extent{1});
  p.step(state, n);
  const Matrix<double> delta = Matrix<double>::Constant(1, 1, 2);
  CHECK(p.unpool(state, delta) == Vector<double>{{2, 0, 0, 0}});
}

TEST_CASE("a pooling without sense is refused", "[layer]") {
  using Catch::Matchers::Contains;
  CHECK_THROWS_WITH((MaxPooling{4, 4, 0, 2}.validate()), Contains("MaxPooling.channels"));
  CHECK_THROWS_WITH((MaxPooling{4, 4, 2, 0}.validate()), Contains("MaxPooling.size"));
  CHECK_THROWS_WITH((MaxPooling{4, 3, 2, 4}.validate()),
                    Contains("MaxPooling.size is 4, more than the image of 4 x 3"));
  CHECK_THROWS_WITH((MaxPooling{4, 4, 2, 2}.units(Extent<>{33})),
                    Contains("4 x 4 x 2 images for 33 neurons"));
  CHECK_THROWS_WITH((MaxPooling{4, 4, 2, 2}.zero_state<double>(Extent<>{33}, Extent{1})),
                    Contains("4 x 4 x 2 images for 33 neurons"));
}
