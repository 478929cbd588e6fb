// A frozen projection computes what the one it holds does, and keeps its weights, bit for bit.
#include <neohebb/projection/frozen.hpp>

#include <neohebb/io/checkpoint.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;

namespace {

using Kernel = DoubleExponential<double>;
static_assert(Projection<Frozen<Dense<Kernel>>> && !Recurrent<Frozen<Dense<Kernel>>>);
static_assert(Projection<Frozen<EventDriven<Kernel>>>);
static_assert(Projection<Frozen<Frozen<Dense<Kernel>>>>);
static_assert(Recurrent<Frozen<WithRecurrence<Dense<Kernel>>>>);
static_assert(Recurrent<WithRecurrence<Frozen<Dense<Kernel>>, EventDriven<Kernel>>>);
static_assert(std::is_empty_v<CreditOf<Frozen<EventDriven<Kernel>>>>);

constexpr Index in = 30, out = 9;

/// Twenty credited steps beside the held projection, which learns nothing; an update after each.
void check(const auto& frozen, auto batch) {
  const auto& held = frozen.projection;
  auto weights = frozen.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
  const auto given = held.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
  CHECK((weights == given));
  auto state = frozen.zero_state(batch);
  auto beside = held.zero_state(batch);
  auto credit = frozen.zero_credit(batch, 1);
  auto learner = frozen.learner(Adam<double>{.rate = 0.1});
  set_rate(learner, 0.2);
  const auto each_credit = [&](auto&& use) { use(credit); };
  Matrix<double> drive(out, Index(batch)), wanted(out, Index(batch));
  Spikes<double, extent_of<decltype(held.inputs())>, extent_of<decltype(batch)>> spikes(held.inputs(), batch);
  for (Index t = 0; t < 20; ++t) {
    support::NoisyInput{.rate = 0.1}(t, 0, spikes);
    frozen.step(weights, state, spikes, drive);
    held.step(given, beside, spikes, wanted);
    CHECK(drive == wanted);
    frozen.credit(weights, state, support::random_matrix(out, batch, std::uint64_t(t)), credit);
    frozen.update(weights, state, credit, learner);
    frozen.prepare_update(credit);  // as threads do it
    for (Index k = 0; k < frozen.parts(); ++k) frozen.update_part(weights, each_credit, learner, k);
    frozen.finish_update(weights, each_credit);
  }
  CHECK(!drive.isZero(0));
  CHECK((weights == given));
}

}  // namespace

TEST_CASE("a frozen projection computes what the one it holds does, and stays", "[projection]") {
  const Dense<Kernel> dense{.connectivity = {in, out}};
  const EventDriven<Kernel> events{.connectivity = {in, out}};
  for (const Index batch : {1, 6}) {
    check(Frozen<Dense<Kernel>>{dense}, Extent{batch});
    check(Frozen<EventDriven<Kernel>>{events}, Extent{batch});
  }
  check(Frozen<Dense<Kernel, AllToAll<in, out>>>{}, Extent<2>{});
  check(Frozen<EventDriven<Kernel, AllToAll<in, out>>>{}, Extent<1>{});
}

TEST_CASE("given weights are checked by the projection that is frozen", "[projection]") {
  const Frozen<EventDriven<Kernel>> frozen{{.connectivity = {in, out}}};
  const auto weight = support::random_matrix(out, in, 1);
  const auto bias = Vector<double>::Ones(out);
  const auto w = frozen.weights(weight, bias);
  CHECK(w.copy().weight == weight);
  CHECK(w.copy().bias == bias);
  CHECK_THROWS_AS(frozen.weights(weight.transpose(), bias), std::invalid_argument);
  CHECK_THROWS_AS(frozen.weights(weight * NAN, bias), std::invalid_argument);
  CHECK_THROWS_AS(Frozen<EventDriven<Kernel>>{}.validate(), std::invalid_argument);
}

TEST_CASE("a lateral projection learns beside a frozen forward one, and the other way round",
          "[projection]") {
  const Dense<Kernel> forward{.connectivity = {in, out}}, lateral{.connectivity = {out, out}, .bias = false};
  const auto learned = [](const auto& projection) {
    auto w = projection.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
    auto state = projection.zero_state(Extent{3});
    auto credit = projection.zero_credit(Extent{3}, 1);
    auto learner = projection.learner(Adam<double>{});
    set_rate(learner, 0.1);
    Spikes<double> spikes(in, 3), own(out, 3);
    Matrix<double> drive(out, 3);
    for (Index t = 0; t < 10; ++t) {
      support::NoisyInput{}(t, 0, spikes);
      support::NoisyInput{.seed = 5}(t, 0, own);
      projection.step(w, state, spikes, own, drive);
      projection.credit(w, state, support::random_matrix(out, 3, std::uint64_t(t)), credit);
      projection.update(w, state, credit, learner);
    }
    return w;
  };
  const WithRecurrence<Dense<Kernel>> plain{forward, lateral};
  const auto before = plain.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1}),
             both = learned(plain);
  const auto upper = learned(WithRecurrence<Dense<Kernel>, Frozen<Dense<Kernel>>>{forward, {lateral}});
  CHECK((upper.forward == both.forward && upper.lateral == before.lateral));
  const auto lower = learned(WithRecurrence<Frozen<Dense<Kernel>>, Dense<Kernel>>{{forward}, lateral});
  CHECK((lower.forward == before.forward && lower.lateral == both.lateral));
  const auto neither = learned(Frozen<WithRecurrence<Dense<Kernel>>>{plain});
  CHECK((neither == before && !(neither == both)));
}

TEST_CASE("a checkpoint has the weights of a frozen projection, and nothing of its learner", "[projection]") {
  const support::TemporaryFolder folder;
  const Frozen<EventDriven<Kernel>> frozen{{.connectivity = {in, out}}};
  const auto weights = frozen.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
  auto learner = frozen.learner(Adam<double>{});
  auto credit = frozen.zero_credit(Extent{2}, 3);
  Checkpoint file;
  file.put("weights", weights);
  file.put("learner", learner);
  file.put("credit", credit);
  CHECK(!file.contains("learner"));
  CHECK(!file.contains("credit"));
  file.save(folder / "frozen.npz");
  const Checkpoint saved = Checkpoint::load(folder / "frozen.npz");
  auto read = frozen.zero_weights();
  saved.get("weights", read);
  saved.get("learner", learner);
  saved.get("credit", credit);
  CHECK((read == weights));
}
