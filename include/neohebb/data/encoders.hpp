// From intensities to spikes: rate, latency and population codes.
#pragma once
#include <limits>
#include <neohebb/core/spikes.hpp>
#include <neohebb/data/random_fires.hpp>

namespace neohebb {

/// Refuses intensities outside [0, 1], and NaN: std::invalid_argument with the first one's place. Call it
/// once, where data enters: each encoder's comment says how much of this it notices by itself.
void check_intensities(const auto& images) {
  using X = std::remove_cvref_t<decltype(images)>;
  using S = typename X::Scalar;
  for (Index b = 0; b < images.cols(); ++b) {
    // Two passes: the first has no branch per pixel and becomes vector code, the second finds the place.
    // Neither trusts a comparison with NaN, which -ffast-math may decide either way.
    int outside = 0;
    for (Index i = 0; i < images.rows(); ++i) {
      if constexpr (std::is_floating_point_v<
                        S>) {  // integers in the order of numbers ≥ 0, NaN above; −0 is 0
        const auto bits = detail::bits_of_entry<X>(images.coeff(i, b));
        outside |= (bits > std::bit_cast<detail::Bits<S>>(S(1))) & (bits != detail::sign_bit<S>);
      } else {
        outside |= (images.coeff(i, b) < 0) | (images.coeff(i, b) > 1);
      }
    }
    if (outside == 0) continue;
    for (Index i = 0; i < images.rows(); ++i) {
      const S x = images.coeff(i, b);
      NEOHEBB_REQUIRE(is_number(x) && x >= 0 && x <= 1, "intensity of pixel ", i, " in sample ", b, " is ", x,
                      ", must be from 0 to 1 (divide grey values by 255)");
    }
  }
}

namespace detail {

/// "Pixel i of sample b fires" for codes without chance.
template <class F> struct Fires {
  Index n, batch;
  F fires;
  Index rows() const { return n; }
  Index cols() const { return batch; }
  bool coeff(Index i, Index b) const { return fires(i, b); }
};

void check_encoder_sizes(const auto& intensity, const auto& spikes) {
  check_shape("intensity given to an encoder", intensity, spikes.neurons(), spikes.batch());
}

template <class X, class Out, class P>
void encode_at_random(const X& intensity, const Generator& generator, Out& spikes, const P& probability) {
  check_encoder_sizes(intensity, spikes);
  const RandomFires<X, P> fires(intensity, probability, generator);
  spikes.assign(fires);
  if (fires.suspicious()) check_intensities(intensity);
}

}  // namespace detail

/// Bernoulli rate code: at every step pixel x fires with probability rate_scale · x, independently.
///
///     encoder(images.middleCols(first, batch), t, generator.at_step(t), spikes);
///
/// Every encoder is called so: intensity (pixels × batch, in [0, 1]), the step t since the sample was shown,
/// the generator at the step whose numbers are wanted, and the spikes to be written. Numbers depend on the
/// generator's seed, stream, step and sample, and on the pixel. Throws std::invalid_argument for parameters
/// that validate() refuses and for sizes that disagree.
///
/// Intensities that are NaN, infinite, negative or at least 2 are refused after the draw, at no cost; those
/// above 1 but below 2 are not noticed and fire as white ones do: check_intensities, once, finds them all.
struct BernoulliEncoder {
  double rate_scale = 1;  // P(spike) of a white pixel, per step, 0 … 1

  void validate() const { check_range("rate_scale", rate_scale, 0.0, 1.0); }
  template <class X, class Out>
  void operator()(const X& intensity, Index, const Generator& generator, Out& spikes) const {
    using S = typename X::Scalar;
    validate();
    const S scale = static_cast<S>(rate_scale);
    detail::encode_at_random(intensity, generator, spikes, [scale](S x) { return scale * x; });
  }
};

/// Poisson rate code: a pixel x fires at rate · x Hz; a step has a spike with p = 1 − exp(−rate · x · Δt).
/// Intensities outside [0, 1] are noticed as by BernoulliEncoder: not between 1 and 2, which fire faster.
/// Throws std::invalid_argument as BernoulliEncoder does.
struct PoissonEncoder {
  double rate = 100;  // Hz, of a white pixel
  double dt = 1;      // ms

  void validate() const {
    NEOHEBB_REQUIRE(is_number(rate) && rate >= 0 && rate < 1e6, "rate is ", rate,
                    " Hz, must be from 0 to 1e6");
    NEOHEBB_REQUIRE(is_number(dt) && dt > 0 && dt < 1e6, "dt is ", dt, " ms, must be positive");
  }
  template <class X, class Out>
  void operator()(const X& intensity, Index, const Generator& generator, Out& spikes) const {
    using S = typename X::Scalar;
    validate();
    const S exponent = static_cast<S>(-rate * dt / 1000);
    detail::encode_at_random(intensity, generator, spikes,
                             [exponent](S x) { return -std::expm1(exponent * x); });
  }
};

/// Latency code: one spike per pixel, brighter earlier: t = round((1 − x) · (steps − 1)); pixels below
/// threshold, and black ones, never fire. The generator is not used. Intensities outside [0, 1], and NaN, are
/// refused at every step (check_intensities).
struct LatencyEncoder {
  Index steps = 20;        // the darkest pixel that fires does so at the last of these
  double threshold = 0.1;  // intensity, 0 … 1

  void validate() const {
    check_positive("steps", steps);
    check_range("threshold", threshold, 0.0, 1.0);
  }
  /// The step at which x fires, −1: never.
  Index spike_step(double x) const {
    return x > 0 && x >= threshold ? static_cast<Index>(std::lround((1 - x) * static_cast<double>(steps - 1)))
                                   : -1;
  }
  template <class X, class Out>
  void operator()(const X& intensity, Index t, const Generator&, Out& spikes) const {
    validate();
    detail::check_encoder_sizes(intensity, spikes);
    check_intensities(intensity);
    const auto fires = [&](Index i, Index b) {
      return spike_step(static_cast<double>(intensity.coeff(i, b))) == t;
    };
    spikes.assign(detail::Fires<decltype(fires)>{intensity.rows(), intensity.cols(), fires});
  }
};

/// First spike of a leaky integrator that the constant current x charges, τ dv/dt = x − v, at v = θ:
/// t = τ ln(x / (x − θ)), for x > θ; darker pixels never reach θ. The generator is not used. Intensities
/// outside [0, 1], and NaN, are refused at every step (check_intensities).
struct FirstSpikeEncoder {
  double tau = 20;         // ms
  double threshold = 0.2;  // θ, in the units of x
  double dt = 1;           // ms

  void validate() const {
    NEOHEBB_REQUIRE(is_number(tau) && tau > 0 && tau < 1e9, "tau is ", tau, " ms, must be positive");
    NEOHEBB_REQUIRE(is_number(threshold) && threshold > 0 && threshold < 1, "threshold is ", threshold,
                    ", must lie between 0 and 1");
    NEOHEBB_REQUIRE(is_number(dt) && dt > 0 && dt < 1e9, "dt is ", dt, " ms, must be positive");
  }
  /// Milliseconds until x fires, infinity: never.
  double spike_time(double x) const {
    return x > threshold ? tau * std::log(x / (x - threshold))
                         : detail::as_result<double>(detail::infinite_bits<double>);
  }
  template <class X, class Out>
  void operator()(const X& intensity, Index t, const Generator&, Out& spikes) const {
    validate();
    detail::check_encoder_sizes(intensity, spikes);
    check_intensities(intensity);
    // The intensities that fire within step t, [t, t + 1) · Δt: two bounds in place of a logarithm per pixel.
    const double brightest = fires_at(static_cast<double>(t) * dt),
                 darkest = fires_at(static_cast<double>(t + 1) * dt);
    const auto fires = [&](Index i, Index b) {
      const double x = static_cast<double>(intensity.coeff(i, b));
      return (x <= brightest) & (x > darkest);
    };
    spikes.assign(detail::Fires<decltype(fires)>{intensity.rows(), intensity.cols(), fires});
  }

 private:
  /// The intensity that fires after `time` ms.
  double fires_at(double time) const {
    return time > 0 ? threshold / -std::expm1(-time / tau) : std::numeric_limits<double>::max();
  }
};

/// Population code: n neurons whose Gaussian tuning curves share [low, high] evenly; neuron k fires at a step
/// with probability peak · exp(−(v − μ_k)² / (2σ²)), μ_k = low + k (high − low)/(n − 1), σ = width spacings.
/// Values are (inputs × batch), spikes (inputs·n × batch), neuron k of input j at j·n + k. Values that are
/// NaN or infinite are refused at every step; check_intensities is not for them.
struct PopulationEncoder {
  Index neurons = 10;  // per value, at least 2
  double low = 0;      // the value that the first neuron prefers
  double high = 1;     // in the units of the values
  double width = 1;    // σ over the distance of neighbouring preferred values
  double peak = 1;     // P(spike) per step at the preferred value, 0 … 1

  void validate() const {
    NEOHEBB_REQUIRE(neurons >= 2, "neurons is ", neurons, ", must be at least 2");
    NEOHEBB_REQUIRE(is_finite(high) && is_finite(low) && high > low && high - low < 1e30, "high is ", high,
                    ", must be above low, which is ", low);
    NEOHEBB_REQUIRE(is_number(width) && width > 0 && width < 1e6, "width is ", width,
                    " spacings, must be positive");
    check_range("peak", peak, 0.0, 1.0);
  }
  /// The value that neuron k prefers.
  double preferred(Index k) const { return low + static_cast<double>(k) * spacing(); }
  /// The tuning curve of neuron k at value v.
  double rate(Index k, double v) const {
    const double z = (v - preferred(k)) / (width * spacing());
    return peak * std::exp(-z * z / 2);
  }
  /// inputs × batch values to inputs·n × batch rates in [0, peak], for any of the encoders above.
  template <class X> auto rates(const X& values) const {
    using S = typename X::Scalar;
    validate();
    check_finite("values given to a population encoder", values);
    Matrix<S> all(values.rows() * neurons, values.cols());
    for (Index b = 0; b < all.cols(); ++b)
      for (Index i = 0; i < all.rows(); ++i)
        all(i, b) = static_cast<S>(rate(i % neurons, static_cast<double>(values(i / neurons, b))));
    return all;
  }
  template <class X, class Out>
  void operator()(const X& values, Index, const Generator& generator, Out& spikes) const {
    validate();
    check_shape("values given to a population encoder", values, spikes.neurons() / neurons, spikes.batch());
    NEOHEBB_REQUIRE(spikes.neurons() % neurons == 0, "a population of ", neurons, " per value cannot fill ",
                    spikes.neurons(), " neurons");
    check_finite("values given to a population encoder", values);
    detail::encode_at_random(Rates<X>{*this, values}, generator, spikes, [](auto x) { return x; });
  }

 private:
  template <class X> struct Rates {
    using Scalar = typename X::Scalar;
    const PopulationEncoder& code;
    const X& values;
    Index rows() const { return values.rows() * code.neurons; }
    Index cols() const { return values.cols(); }
    Scalar coeff(Index i, Index b) const {
      return static_cast<Scalar>(
          code.rate(i % code.neurons, static_cast<double>(values.coeff(i / code.neurons, b))));
    }
  };
  double spacing() const { return (high - low) / static_cast<double>(neurons - 1); }
};

}  // namespace neohebb
