// NaN in every parameter and in data is refused, whatever compilers are told about finite numbers (-ffast-math).
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <neohebb/data/augment.hpp>
#include <neohebb/data/digits.hpp>
#include <neohebb/data/encoders.hpp>
#include <neohebb/data/events/camera.hpp>
#include <neohebb/data/events/filters.hpp>
#include <neohebb/data/events/gestures.hpp>
#include <neohebb/data/events/saccades.hpp>
#include <neohebb/data/events/views.hpp>
#include <neohebb/data/images.hpp>
#include <neohebb/data/spike_grid.hpp>
#include <neohebb/data/spike_statistics.hpp>
#include <neohebb/io/npy.hpp>
#include <neohebb/layer/competing.hpp>
#include <neohebb/layer/decolle.hpp>
#include <neohebb/layer/power_coding.hpp>
#include <neohebb/layer/superspike.hpp>
#include <neohebb/layer/supervised_top.hpp>
#include <neohebb/learning/largest_entry.hpp>
#include <neohebb/learning/loss.hpp>
#include <neohebb/learning/rmax_prop.hpp>
#include <neohebb/learning/schedule.hpp>
#include <neohebb/learning/three_factor.hpp>
#include <neohebb/network/lsuv.hpp>
#include <neohebb/neuron/lif.hpp>
#include <neohebb/neuron/spike_likelihood.hpp>
#include <neohebb/neuron/srm.hpp>
#include <neohebb/neuron/surrogate.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/fir.hpp>
#include <neohebb/trace/sum.hpp>

using namespace neohebb;
using S = float;

namespace {

int count = 0, accepted = 0;

void refused(const char* what, auto&& use) {
  ++count;
  try {
    use();
  } catch (const std::invalid_argument&) {
    return;
  } catch (const std::runtime_error&) {  // from a file
    return;
  }
  ++accepted;
  std::printf("accepted: %s\n", what);
}

// As they come from a file or a command line.
const float not_a_number = std::strtof("nan", nullptr), inf = std::strtof("inf", nullptr);

/// validate() refuses NaN in each of the fields, and takes the value as it was.
template <class T, class... Fields> void parameters(const char* what, T value, Fields... fields) {
  value.validate();
  const auto without = [&](auto field) {
    T wrong = value;
    wrong.*field = not_a_number;
    refused(what, [&] { wrong.validate(); });
  };
  (without(fields), ...);
}
template <class T, class... Fields> void finite_parameters(const char* what, T value, Fields... fields) {
  parameters(what, value, fields...);
  const auto without = [&](auto field) {
    T wrong = value;
    wrong.*field = inf;
    refused(what, [&] { wrong.validate(); });
  };
  (without(fields), ...);
}

/// v with NaN at its end.
Matrix<S> spoilt(Matrix<S> v) {
  v(v.rows() - 1, v.cols() - 1) = not_a_number;
  return v;
}
Matrix<S> half(Index rows, Index cols) {
  Matrix<S> m = Matrix<S>::Constant(rows, cols, S(0.5));
  m.topRows(1).setConstant(S(0.25));
  return m;
}

void traces_and_neurons() {
  using E = Exponential<S>;
  using D = DoubleExponential<S>;
  parameters("Exponential", E{}, &E::decay);
  parameters("DoubleExponential", D{}, &D::membrane_decay, &D::synaptic_decay);
  parameters("Alpha", Alpha<S>{}, &Alpha<S>::decay);
  refused("a decay of one neuron",
          [] { Exponential<S, Vector<S>>{Vector<S>(spoilt(half(3, 1)))}.validate(); });
  refused("Fir", [] { Fir<S>{Vector<S>(spoilt(half(3, 1)))}.validate(); });
  refused("Sum", [] { Sum<E, E>{{}, {1, not_a_number}}.validate(); });
  refused("decay_from_time_constant", [] { return decay_from_time_constant(not_a_number, 1.f); });
  refused("decay_from_time_constant", [] { return decay_from_time_constant(1.f, not_a_number); });
  refused("euler_decay_from_time_constant", [] { return euler_decay_from_time_constant(not_a_number, 1.f); });
  refused("random_decays", [] { random_decays(Extent{3}, 20.f, not_a_number, 1.f, Generator{}); });
  finite_parameters("Lif", Lif<S>{}, &Lif<S>::decay, &Lif<S>::threshold, &Lif<S>::rest,
                    &Lif<S>::adaptation_decay, &Lif<S>::adaptation_strength);
  finite_parameters("Srm", Srm<S>{}, &Srm<S>::refractory_weight);
  parameters("FastSigmoid", FastSigmoid<S>{}, &FastSigmoid<S>::steepness);
  parameters("Logistic", Logistic<S>{}, &Logistic<S>::steepness);
  parameters("Arctan", Arctan<S>{}, &Arctan<S>::steepness);
  parameters("Gaussian", Gaussian<S>{}, &Gaussian<S>::width);
  parameters("EscapeNoise", EscapeNoise<S>{}, &EscapeNoise<S>::temperature);
  parameters("ExponentialEscape", ExponentialEscape<S>{}, &ExponentialEscape<S>::rate,
             &ExponentialEscape<S>::temperature);
}

void learning() {
  finite_parameters("Sgd", Sgd<S>{}, &Sgd<S>::rate);
  finite_parameters("Momentum", Momentum<S>{}, &Momentum<S>::rate, &Momentum<S>::momentum);
  parameters("Adam", Adam<S>{}, &Adam<S>::rate, &Adam<S>::beta1, &Adam<S>::beta2, &Adam<S>::epsilon);
  parameters("AdaMax", AdaMax<S>{}, &AdaMax<S>::rate, &AdaMax<S>::beta1, &AdaMax<S>::beta2,
             &AdaMax<S>::epsilon);
  finite_parameters("RMaxProp", RMaxProp<S>{}, &RMaxProp<S>::rate, &RMaxProp<S>::decay,
                    &RMaxProp<S>::epsilon);
  parameters("LargestEntry", LargestEntry<S>{}, &LargestEntry<S>::rate, &LargestEntry<S>::precision);
  finite_parameters("ConstantRate", ConstantRate<S>{}, &ConstantRate<S>::initial);
  parameters("LinearDecay", LinearDecay<S>{}, &LinearDecay<S>::initial, &LinearDecay<S>::final,
             &LinearDecay<S>::length);
  parameters("CosineDecay", CosineDecay<S>{}, &CosineDecay<S>::initial, &CosineDecay<S>::final,
             &CosineDecay<S>::length);
  parameters("StepDecay", StepDecay<S>{}, &StepDecay<S>::initial, &StepDecay<S>::factor,
             &StepDecay<S>::every);
  refused("progress of a schedule", [] { return CosineDecay<S>{}(static_cast<double>(not_a_number)); });
  finite_parameters("TanhPower", TanhPower<S>{}, &TanhPower<S>::exponent);
  parameters("Bounds", Bounds<S>{}, &Bounds<S>::lower, &Bounds<S>::upper);
  refused("Mask", [] { Mask<S>{spoilt(Matrix<S>::Ones(2, 3))}.validate(); });
  refused("Signs", [] { Signs<S>{Vector<S>(spoilt(Matrix<S>::Ones(3, 1)))}.validate(); });
  refused("random_readout", [] { random_readout(Extent{2}, Extent{3}, not_a_number, Generator{}); });
  refused("PairStdp",
          [] { PairStdp<S>{.potentiation = not_a_number}.zero_state(Extent{2}, Extent{2}, Extent{1}); });
  refused("VanRossumError", [] { VanRossumError<S>{.tau_syn = not_a_number}.validate(); });
  refused("VanRossumMeasure", [] { VanRossumMeasure{.tau = not_a_number}.validate(); });
  refused("Ranked", [] { Ranked<S>{.anti_hebbian = not_a_number}.validate(3); });
  refused("Uninhibited", [] { Uninhibited<S>{.threshold = not_a_number}.validate(3); });
  for (const auto field :
       {&LateralInhibition<S>::inhibition, &LateralInhibition<S>::threshold,
        &LateralInhibition<S>::anti_hebbian, &LateralInhibition<S>::step, &LateralInhibition<S>::tolerance}) {
    LateralInhibition<S> wrong;
    wrong.*field = not_a_number;
    refused("LateralInhibition", [&] { wrong.validate(3); });
  }
  const auto compete = [](const char* what, const auto& competition) {
    auto state = competition.zero_state(Extent{5});
    const Vector<S> currents = spoilt(half(5, 1));
    refused(what, [&] { competition(state, currents, [](Index, S) {}); });
  };
  compete("currents of Ranked", Ranked<S>{});
  compete("currents of LateralInhibition", LateralInhibition<S>{});
  compete("currents of Uninhibited", Uninhibited<S>{});
}

void layers() {
  const Dense<Exponential<S>> dense{.connectivity = {3, 2}};
  refused("weights of Dense", [&] { dense.weights(spoilt(half(2, 3)), Vector<S>::Zero(2)); });
  refused("bias of Dense", [&] { dense.weights(half(2, 3), spoilt(half(2, 1))); });
  using Layer = DecolleLayer<Dense<Exponential<S>>>;
  Layer layer{.projection = dense, .signal = {.classes = 2}};
  using Signal = decltype(layer.signal);
  parameters("OwnReadout", layer.signal, &Signal::scale, &Signal::dropout);
  layer.rate.strength = not_a_number;
  refused("RateRegularisation", [&] { layer.validate(); });
  using Top = SupervisedTop<S>;
  const Top top{.inputs = 4, .classes = 3};
  finite_parameters("SupervisedTop", top, &Top::steepness);
  auto state = top.zero_state(Extent{2});
  auto credit = top.zero_credit();
  const auto weights = top.zero_weights();
  const Matrix<S> target = Matrix<S>::Ones(3, 2);
  refused("features of SupervisedTop", [&] { top.step(weights, state, spoilt(half(4, 2))); });
  top.step(weights, state, half(4, 2));
  refused("targets of SupervisedTop",
          [&] { top.credit(weights, state, half(4, 2), spoilt(target), credit); });
  using Units = CompetingUnits<S>;
  const Units units{.inputs = 4, .units = 3};
  finite_parameters("CompetingUnits", units, &Units::power, &Units::radius);
  const auto fields = units.initial_weights(Generator{.seed = 1});
  auto competing = units.zero_state(Extent{2});
  refused("images of CompetingUnits", [&] { units.step(fields, competing, spoilt(half(4, 2))); });
  refused("weights of CompetingUnits", [&] { units.weights(spoilt(half(3, 4))); });
  finite_parameters("PowerCoding", PowerCoding<S>{}, &PowerCoding<S>::exponent, &PowerCoding<S>::gain);
  refused("features of PowerCoding", [] { PowerCoding<S>{}.features(spoilt(half(3, 4))); });
  using Rule = SuperSpike<S>;
  finite_parameters("SuperSpike", Rule{}, &Rule::dt, &Rule::tau_mem, &Rule::tau_syn, &Rule::rest,
                    &Rule::threshold, &Rule::refractory, &Rule::axonal_delay, &Rule::error_delay,
                    &Rule::feedback_delay, &Rule::steepness, &Rule::bound, &Rule::window,
                    &Rule::rate_regularisation, &Rule::tau_rate);
  parameters("SuperSpike", Rule{}, &Rule::silent_below);
  using Rate = Heterosynaptic<S>;
  finite_parameters("Heterosynaptic", Rate{}, &Rate::strength, &Rate::scale);
  parameters("Heterosynaptic", Rate{}, &Rate::decay);
  using Heard = Smoothed<TargetSpikes<S>>;
  finite_parameters("Smoothed", Heard{}, &Heard::scale);
  parameters("Smoothed", Heard{}, &Heard::rise, &Heard::follow);
  parameters("TwiceFiltered", TwiceFiltered<S>{}, &TwiceFiltered<S>::synaptic_decay,
             &TwiceFiltered<S>::follow);
  parameters("CurrentPulses", CurrentPulses<S>{}, &CurrentPulses<S>::synaptic_decay,
             &CurrentPulses<S>::follow);
  parameters("CutOff", CutOff<S>{}, &CutOff<S>::scale, &CutOff<S>::below);
  finite_parameters("Lif", Lif<S>{}, &Lif<S>::synaptic_decay, &Lif<S>::synaptic_gain);
  parameters("Lsuv", Lsuv<S>{}, &Lsuv<S>::tolerance);
}

void data() {
  Spikes<S> spikes(4, 2);
  const Matrix<S> x = spoilt(half(4, 2));
  parameters("BernoulliEncoder", BernoulliEncoder{}, &BernoulliEncoder::rate_scale);
  parameters("PoissonEncoder", PoissonEncoder{}, &PoissonEncoder::rate, &PoissonEncoder::dt);
  parameters("LatencyEncoder", LatencyEncoder{}, &LatencyEncoder::threshold);
  using First = FirstSpikeEncoder;
  using Population = PopulationEncoder;
  parameters("FirstSpikeEncoder", First{}, &First::tau, &First::threshold, &First::dt);
  parameters("PopulationEncoder", Population{}, &Population::low, &Population::high, &Population::width,
             &Population::peak);
  const auto encode = [&](const char* what, const auto& encoder) {
    refused(what, [&] { encoder(x, 0, Generator{.seed = 1}, spikes); });
    refused(what, [&] { encoder(x.array() * S(0.5), 0, Generator{.seed = 1}, spikes); });
  };
  encode("intensities of BernoulliEncoder", BernoulliEncoder{});
  encode("intensities of PoissonEncoder", PoissonEncoder{});
  encode("intensities of LatencyEncoder", LatencyEncoder{});
  encode("intensities of FirstSpikeEncoder", FirstSpikeEncoder{});
  Spikes<S> population(40, 2);
  refused("values of PopulationEncoder", [&] { Population{}(x, 0, Generator{.seed = 1}, population); });
  refused("check_intensities", [&] { check_intensities(x); });
  refused("check_finite", [&] { check_finite("x", x); });
  refused("check_finite of an expression", [&] { check_finite("x", x * S(2)); });
  refused("unit_length", [&] { unit_length(x); });
  refused("an integer in an array", [&] { to_npy(x).as<int>(); });
  using Affine = RandomAffine;
  using Digits = HandwrittenDigits;
  using Camera = EventCamera;
  parameters("RandomAffine", Affine{}, &Affine::shift, &Affine::rotation, &Affine::scale, &Affine::shear);
  parameters("ElasticDistortion", ElasticDistortion{}, &ElasticDistortion::amplitude,
             &ElasticDistortion::smoothness);
  parameters("HandwrittenDigits", Digits{}, &Digits::slant, &Digits::rotation, &Digits::scale, &Digits::shift,
             &Digits::thickness, &Digits::unevenness, &Digits::wobble);
  parameters("EventCamera", Camera{}, &Camera::threshold_on, &Camera::threshold_off, &Camera::spread,
             &Camera::refractory, &Camera::leak, &Camera::shot_noise, &Camera::dark);
  const auto pixels = Camera{}.make_pixels({2, 2}, Generator{.seed = 1});
  refused("a frame of EventCamera",
          [&] { Camera{}.zero_state(pixels, Vector<S>(spoilt(half(4, 1))), 0, Generator{}); });
  parameters("Gestures", Gestures{}, &Gestures::tempo, &Gestures::variation, &Gestures::background,
             &Gestures::arm);
  parameters("Saccades", Saccades{}, &Saccades::paper, &Saccades::ink);
  refused("Saccades", [] { Saccades{.corners = {{{not_a_number, 1}, {1, 1}, {1, 1}}}}.validate(); });
  refused("Saccades", [] { Saccades{.duration = {not_a_number, 1, 1}}.validate(); });
  refused("PixelCounts", [] { PixelCounts({4, 4}).without_hot_pixels(not_a_number); });
  refused("TimeSurface", [] { TimeSurface({4, 4}).surface(true, 0, not_a_number); });
  refused("SpikeTimes", [] { SpikeTimes{.neurons = 1, .duration = not_a_number}.validate(); });
  refused("a time of SpikeTimes", [] { SpikeTimes{.neurons = 1, .spikes = {{not_a_number, 0}}}.validate(); });
  refused("SpikeTrains", [] { SpikeTrains{.neurons = 1, .steps = 1, .dt = not_a_number}.validate(); });
  refused("a grid", [] { on_grid(SpikeTimes{.neurons = 1}, {.dt = not_a_number}); });
  const std::vector<double> times{0.1, 0.2};
  refused("van_rossum_distance", [&] { return van_rossum_distance(times, times, not_a_number); });
  refused("victor_purpura_distance", [&] { return victor_purpura_distance(times, times, not_a_number); });
  refused("cross_correlogram", [&] { cross_correlogram(times, times, not_a_number, 1); });
  refused("cross_correlogram", [&] { cross_correlogram(times, times, 0.1, not_a_number); });
}

}  // namespace

int main() {
  traces_and_neurons();
  learning();
  layers();
  data();
  const bool told = is_nan(interval_cv(std::vector<double>{1.0})) && is_nan(not_a_number) && !is_finite(inf);
  if (!told) std::printf("NaN and infinity are not told from numbers\n");
  std::printf("%d refusals of NaN and infinity wanted, %d accepted\n", count, accepted);
  return accepted == 0 && told ? 0 : 1;
}
