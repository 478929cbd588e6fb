#pragma once
#include <neohebb/layer/layer.hpp>
#include <neohebb/network/layers.hpp>
#include <neohebb/projection/projection.hpp>

namespace neohebb {

namespace detail {
template <Layer L> using WeightsOf = typename L::Weights;
template <class Layers> struct LayerTypes;
template <class First, class... L> struct LayerTypes<std::tuple<First, L...>> {
  using Scalar = typename First::Scalar;
  using Weights = std::tuple<WeightsOf<First>, WeightsOf<L>...>;
};
template <class L> inline constexpr bool receives_readout_error = requires {
  requires L::receives_readout_error;
};
/// Layers for which a step without a target is a step, because they remember it.
template <class L> inline constexpr bool takes_no_target = requires { requires L::takes_no_target; };
template <class Layers> inline constexpr std::integral_constant<std::size_t, 0> last_of{};
template <class... L>
inline constexpr std::integral_constant<std::size_t, sizeof...(L) - 1> last_of<std::tuple<L...>>{};
/// One target for all layers: a matrix, Spikes, or none.
template <class T>
concept SharedTarget = is_no_target<T> || requires(const T& t) {
  t.cols();
} || requires(const T& t) {
  t.dense();
};
template <class Layers> inline constexpr bool some_receive_readout_error = false;
template <class... L>
inline constexpr bool some_receive_readout_error<std::tuple<L...>> = (receives_readout_error<L> || ...);
template <class L> struct LayerTypes<std::vector<L>> {
  using Scalar = typename L::Scalar;
  using Weights = std::vector<WeightsOf<L>>;
};
}  // namespace detail

/// Layers of any types, each fed by the one before, each taught on its own.
///
///     const Network net{first, second, third};                 // a tuple: types may differ
///     const Network net{std::vector{layer, layer}};            // as many as a program's user asks for
///
///     auto weights = net.initial_weights(ScaledNormal<float>{}, Generator{.seed = 1});
///     auto state = net.zero_state(Extent{batch});
///     auto learner = net.learner(Adam<float>{}, Extent{batch}, window);
///     net.step(weights, state, spikes_in);                     // every layer once
///     net.credit(weights, state, target, learner);             // note this step's gradient
///     net.update(weights, state, learner);                     // at every step, or when a window ends
///
/// Nothing passes between layers but spikes, upwards, and where layers learn from a readout (Broadcast) its
/// error. So where many steps are known beforehand, `run` takes each layer through all of them before it
/// begins the next, with the same results: a layer's weights are fetched from memory once, not once a step.
/// `learn` does so where no layer learns from a readout's error; Parallel learns any network.
///
///     auto record = net.record(state, steps);            // room for all layers' spikes of `steps` steps
///     net.run(weights, state, record, input);            // input[t]: spikes of step t, t < steps
///     net.learn(weights, state, learner, record, input, target, window);
///     record[2][t]                                       // what layer 2 showed in step t
///
/// Stepping needs Layers, teaching LearningLayers. Throws std::invalid_argument where one layer's
/// units and the next one's inputs differ, and for weights, states, learners and targets of another number of
/// layers.
template <class Layers> class Network {
 public:
  using Scalar = typename detail::LayerTypes<Layers>::Scalar;
  using Weights = typename detail::LayerTypes<Layers>::Weights;
  /// Whether some layer's learning signal is the error of the last one (LeakyReadout).
  static constexpr bool any_receives_readout_error = detail::some_receive_readout_error<Layers>;
  /// The layer whose error others receive: the last.
  static constexpr auto top = detail::last_of<Layers>;
  Layers layers;  // tuple or vector

  explicit Network(Layers all) : layers(std::move(all)) { check_chain(); }
  template <Layer... L> explicit Network(L... each) : layers(std::move(each)...) { check_chain(); }

  auto initial_weights(const auto& initialisation, const Generator& generator) const {
    auto weights = map([&](auto i) { return layer(i).initial_weights(initialisation, part(generator, i)); });
    attach_readout(weights);
    return weights;
  }
  /// Adaptive feedback is made to move with the readout's weights from these on. Given weights need it once.
  void attach_readout(auto& weights) const {
    if constexpr (any_receives_readout_error)
      for_each_layer(layers, [&](auto i) {
        if constexpr (receives<decltype(i)>)
          layer(i).signal.attach_readout(at(weights, i).signal,
                                         readout_for(i).projection.weight(at(weights, top).projection),
                                         readout_for(i).units(), layer(i).units());
      });
  }
  template <int B> auto zero_state(Extent<B> batch, const Generator& generator = {}) const {
    return map([&](auto i) { return layer(i).zero_state(batch, part(generator, i)); });
  }
  /// Lets a state draw its random numbers from another place.
  void reseed(auto& state, const Generator& generator) const {
    for_each_layer(layers, [&](auto i) {
      if constexpr (requires { layer(i).reseed(at(state, i), generator); })
        layer(i).reseed(at(state, i), part(generator, i));
    });
  }
  template <int B> auto zero_credit(Extent<B> batch, Index window) const {
    return map([&](auto i) { return learning(layer(i)).zero_credit(batch, window); });
  }
  /// An optimizer with its moments for each layer.
  template <Optimizer O> auto rules(const O& optimizer) const {
    return map([&](auto i) { return learning(layer(i)).learner(optimizer); });
  }
  /// Optimizers with their moments, and the credit of one batch since the last update.
  template <class Rules, class Credit> struct Learner {
    /// An optimizer with its moments for each layer.
    Rules rules;
    Credit credit;
    static void fields(auto& self, auto&& visit) {
      visit("rules", self.rules);
      visit("credit", self.credit);
    }
  };
  /// window: credited steps per update (1: online).
  template <Optimizer O, int B> auto learner(const O& optimizer, Extent<B> batch, Index window) const {
    auto made = rules(optimizer);
    auto credit = zero_credit(batch, window);
    return Learner<decltype(made), decltype(credit)>{std::move(made), std::move(credit)};
  }

  /// Sets every layer's learning rate.
  void set_rate(auto& learner, Scalar rate) const {
    for_each_layer(layers, [&](auto i) { neohebb::set_rate(at(learner.rules, i), rate); });
  }

  void step(const auto& weights, auto& state, const auto& input) const {
    check_layers("weights", weights);
    check_layers("states", state);
    for_each_layer(layers, [&](auto i) {
      feed(
          i, input, [&](auto below) -> const auto& { return spikes(state, below); },
          [&](const auto& in) { layer(i).step(at(weights, i), at(state, i), in); });
    });
  }
  /// target: classes × batch for all layers, or a tuple or vector with one for each. Returns the sum of the
  /// layers' losses; each layer's own is left in its state's `loss`. NoTarget{}: this step has no target,
  /// but synapses remember it.
  Scalar credit(const auto& weights, auto& state, const auto& target, auto& learner) const {
    check_layers("weights", weights);
    check_layers("states", state);
    check_layers("credits", learner.credit);
    check_targets(target);
    Scalar sum = 0;
    teach(weights, state, target, [&](auto i, const auto& own) {
      sum += learning(layer(i)).credit(at(weights, i), at(state, i), own, at(learner.credit, i));
    });
    return sum;
  }
  /// Calls credit(i, target of layer i), the readout first, as its error is what Broadcast layers are given.
  void teach(const auto& weights, const auto& state, const auto& target, auto&& credit) const {
    if constexpr (any_receives_readout_error) credit(top, target_of(target, top));
    for_each_layer(layers, [&](auto i) {
      if constexpr (receives<decltype(i)>) {
        if constexpr (is_no_target<decltype(target)>)
          credit(i, target);
        else
          credit(i, readout_for(i).readout_error(at(weights, top), at(state, top)));
      } else if constexpr (!any_receives_readout_error ||
                           !std::same_as<decltype(i), std::decay_t<decltype(top)>>) {
        if constexpr (!is_no_target<decltype(target)> ||
                      detail::takes_no_target<std::decay_t<decltype(layer(i))>>)
          credit(i, target_of(target, i));
      }
    });
  }
  void update(auto& weights, auto& state, auto& learner) const {
    check_layers("weights", weights);
    check_layers("states", state);
    check_layers("learners", learner.rules);
    check_layers("credits", learner.credit);
    for_each_layer(layers, [&](auto i) {
      learning(layer(i)).update(at(weights, i), at(state, i), at(learner.credit, i), at(learner.rules, i));
    });
  }

  /// Room for the spikes of every layer in `steps` steps of a state like this one.
  auto record(const auto& state, Index steps) const {
    check_layers("states", state);
    check_positive("steps", steps);
    return map([&](auto i) { return std::vector(static_cast<std::size_t>(steps), spikes(state, i)); });
  }
  /// Steps t = 0, 1, … of `input` (spikes for each step, as many as the record has room for, or fewer), layer
  /// by layer. after(i, t) is called when layer i has made step t.
  void run(const auto& weights, auto& state, auto& record, const auto& input, auto&& after) const {
    check_layers("weights", weights);
    check_layers("states", state);
    check_layers("records", record);
    for_each_layer(layers, [&](auto i) {
      const std::size_t steps = input.size();
      NEOHEBB_REQUIRE(steps <= at(record, i).size(), "Network: ", steps, " steps, the record has room for ",
                      at(record, i).size());
      for (std::size_t t = 0; t < steps; ++t) {
        feed(
            i, input[t], [&](auto below) -> const auto& { return at(record, below)[t]; },
            [&](const auto& in) { layer(i).step(at(weights, i), at(state, i), in); });
        at(record, i)[t] = spikes(state, i);
        after(i, static_cast<Index>(t));
      }
    });
  }
  void run(const auto& weights, auto& state, auto& record, const auto& input) const {
    run(weights, state, record, input, [](auto, Index) {});
  }
  /// The same with learning: a target as for `credit`, shared by all steps; an update after every `window`
  /// steps and after the last one. Returns the sum over layers and steps of the losses.
  Scalar learn(auto& weights, auto& state, auto& learner, auto& record, const auto& input, const auto& target,
               Index window) const {
    static_assert(
        !any_receives_readout_error,
        "neohebb: Network::learn takes layer by layer through all steps, but some layer receives the "
        "readout's error (Broadcast) in every step: use step, credit, update; or Parallel");
    check_layers("learners", learner.rules);
    check_layers("credits", learner.credit);
    check_targets(target);
    check_positive("window", window);
    Scalar sum = 0;
    run(weights, state, record, input, [&](auto i, Index t) {
      const auto& taught = learning(layer(i));
      sum += taught.credit(at(weights, i), at(state, i), target_of(target, i), at(learner.credit, i));
      if ((t + 1) % window == 0 || t + 1 == static_cast<Index>(input.size()))
        taught.update(at(weights, i), at(state, i), at(learner.credit, i), at(learner.rules, i));
    });
    return sum;
  }

  std::size_t size() const { return layer_count(layers); }
  /// Layer i; of a tuple i is a std::integral_constant.
  const auto& layer(auto i) const { return at(layers, i); }
  const auto& spikes(const auto& state, auto i) const { return layer(i).spikes(at(state, i)); }

  /// The target of layer i: the shared one, or its own.
  static const auto& target_of(const auto& target, auto i) {
    if constexpr (detail::SharedTarget<std::decay_t<decltype(target)>>)
      return target;
    else
      return at(target, i);
  }
  /// Refuses targets of another number of layers.
  void check_targets(const auto& target) const {
    if constexpr (!detail::SharedTarget<std::decay_t<decltype(target)>>) check_layers("targets", target);
  }

 private:
  /// It depends on a type, so that compilers look into it only where some layer i receives it.
  const auto& readout_for(auto /*i*/) const { return layer(top); }
  template <class I>
  static constexpr bool receives = [] {
    if constexpr (TupleLike<Layers>)
      return detail::receives_readout_error<std::tuple_element_t<I::value, Layers>>;
    else
      return false;
  }();

  /// Refuses weights, states … of another number of layers. A tuple's is known to the compiler.
  template <class C> void check_layers(const char* what, const C& each) const {
    if constexpr (TupleLike<C> && TupleLike<Layers>)
      static_assert(std::tuple_size_v<C> == std::tuple_size_v<Layers>,
                    "neohebb: the tuple has one element for each layer of the network");
    else
      NEOHEBB_REQUIRE(layer_count(each) == size(), "Network: ", layer_count(each), " ", what, " for ", size(),
                      " layers");
  }
  /// A layer that is to learn; the compiler says which member it lacks.
  template <LearningLayer L> static const L& learning(const L& layer) { return layer; }
  auto map(auto&& make) const { return map_layers(layers, make); }
  static Generator part(const Generator& generator, auto i) {
    return generator.substream(static_cast<std::uint32_t>(i));
  }
  void check_chain() const {
    NEOHEBB_REQUIRE(size() > 0, "Network without layers");
    Index units = 0;
    for_each_layer(layers, [&](auto i) {
      layer(i).validate();
      NEOHEBB_REQUIRE(i == 0 || Index(layer(i).inputs()) == units, "Network: layer ",
                      static_cast<std::size_t>(i), " takes ", Index(layer(i).inputs()),
                      " inputs, the layer before has ", units, " units");
      units = layer(i).units();
    });
  }
};

/// Layers of any types.
template <Layer... L> Network(L...) -> Network<std::tuple<L...>>;
/// A single layer.
template <Layer L> Network(L) -> Network<std::tuple<L>>;
/// Any number of layers of one type.
template <Layer L> Network(std::vector<L>) -> Network<std::vector<L>>;

}  // namespace neohebb
