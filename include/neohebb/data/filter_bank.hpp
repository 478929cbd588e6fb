// Sound as an ear sends it on: its power in bands of frequencies, frame by frame.
#pragma once
#include <algorithm>
#include <cmath>
#include <complex>
#include <neohebb/core/check.hpp>
#include <neohebb/core/types.hpp>
#include <numbers>
#include <span>
#include <unsupported/Eigen/FFT>
#include <vector>

namespace neohebb {

/// A filter bank like the cochlea's: bands that are evenly spaced on the mel scale. [O'Shaughnessy 1987]
///
///     m(f) = 2595 log10(1 + f/700)                     f in Hz
///     X_t[k] = Σ_n w[n] x[t·hop + n] exp(−2πi k n/N)   w: Hann's window; N: a power of two
///     E_ct = Σ_k h_c(k) |X_t[k]|²                      h_c: 1 at band c's centre, 0 from its neighbours' on
///     y_ct = max(0, 1 + 10 log10(E_ct/E) / range)      channels × frames; 1: as loud as E, 0: `range` below
///
///     const MelFilterBank<float> bank{.channels = 40, .high = 4000};
///     const Matrix<float> level = bank(sound, 8000);         // 8000 samples per second
///
/// Any sampling rate will do: bands, window and hop are in Hz and ms, and frames begin at the sample that is
/// nearest. Throws std::invalid_argument for parameters without sense, a sound that is empty or not finite,
/// and a rate that is too low for the highest band.
///
///   parameter   default   meaning
///   channels    40        bands
///   low, high   0, 4000   Hz: the first band begins at `low`, the last one ends at `high`
///   window      25        ms that a frame looks at
///   hop         5         ms from frame to frame
///   range       60        dB
///   reference   0         E; 0: of the loudest band and frame of the sound
template <class S> struct MelFilterBank {
  Index channels = 40;
  double low = 0, high = 4000, window = 25, hop = 5, range = 60, reference = 0;

  void validate() const {
    check_positive("MelFilterBank.channels", channels);
    NEOHEBB_REQUIRE(is_number(low) && low >= 0 && is_finite(high) && high > low, "MelFilterBank: bands from ",
                    low, " to ", high, " Hz; they must not be negative, and end above their beginning");
    NEOHEBB_REQUIRE(is_number(hop) && hop > 0 && hop <= 1e6, "MelFilterBank.hop is ", hop,
                    " ms, must be positive");
    NEOHEBB_REQUIRE(is_number(window) && window > 0 && window <= 1e4, "MelFilterBank.window is ", window,
                    " ms, must be positive and at most ten seconds");
    NEOHEBB_REQUIRE(is_finite(range) && range > 0, "MelFilterBank.range is ", range, " dB, must be positive");
    NEOHEBB_REQUIRE(is_number(reference) && reference >= 0, "MelFilterBank.reference is ", reference,
                    ", must not be negative");
  }
  /// Hz at which a band has its peak; −1 and `channels` are the two ends.
  double centre(Index band) const {
    const double first = mel(low), step = (mel(high) - first) / double(channels + 1);
    return 700 * (std::pow(10, (first + step * double(band + 1)) / 2595) - 1);
  }
  /// Frames of a sound of so many samples: one for each hop that has begun.
  Index frames(std::size_t samples, double rate) const {
    return static_cast<Index>(std::ceil(double(samples) / (hop / 1000 * rate) - 1e-9));
  }

  /// E, channels × frames. rate: samples per second.
  template <class X> Matrix<S> power(std::span<X> sound, double rate) const {
    check_sound(sound, rate);
    const auto width = static_cast<std::size_t>(std::max(1.0, std::round(window / 1000 * rate)));
    std::size_t size = 2;  // at least two lines of the spectrum from a band's centre to the next one's
    while (size < width || double(size) < 2 * rate / (centre(0) - centre(-1))) size *= 2;
    std::vector<S> frame(size), hann(width);
    for (std::size_t n = 0; n < width; ++n)
      hann[n] =
          static_cast<S>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * (double(n) + 0.5) / double(width)));
    std::vector<std::complex<S>> spectrum(size / 2 + 1);
    const Matrix<S> bands = weights(size, rate);
    Eigen::FFT<S> fourier;
    fourier.SetFlag(Eigen::FFT<S>::HalfSpectrum);
    Matrix<S> all(channels, frames(sound.size(), rate));
    Vector<S> lines(static_cast<Index>(spectrum.size()));
    for (Index t = 0; t < all.cols(); ++t) {
      const auto first = static_cast<std::size_t>(std::llround(double(t) * hop / 1000 * rate));
      for (std::size_t n = 0; n < size; ++n)
        frame[n] = n < width && first + n < sound.size() ? hann[n] * static_cast<S>(sound[first + n]) : S(0);
      fourier.fwd(spectrum.data(), frame.data(), static_cast<Index>(size));
      for (Index k = 0; k < lines.size(); ++k) lines(k) = std::norm(spectrum[static_cast<std::size_t>(k)]);
      all.col(t).noalias() = bands * lines;
    }
    return all;
  }
  /// y, channels × frames; all zero where the sound is silent.
  template <class X> Matrix<S> operator()(std::span<X> sound, double rate) const {
    Matrix<S> level = power(sound, rate);
    const double full = reference > 0 ? reference : double(level.maxCoeff());
    if (!(full > 0)) return level;
    for (Index i = 0; i < level.size(); ++i) {
      const double quiet = double(level.data()[i]) / full;
      level.data()[i] = static_cast<S>(quiet > 0 ? std::max(0.0, 1 + 10 * std::log10(quiet) / range) : 0.0);
    }
    return level;
  }
  template <class X> Matrix<S> operator()(const std::vector<X>& sound, double rate) const {
    return (*this)(std::span(sound), rate);
  }

 private:
  static double mel(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
  void check_sound(const auto& sound, double rate) const {
    validate();
    NEOHEBB_REQUIRE(is_finite(rate) && rate > 0, "MelFilterBank: a sampling rate of ", rate,
                    " Hz, must be positive");
    NEOHEBB_REQUIRE(high <= rate / 2, "MelFilterBank.high is ", high, " Hz, but a sound of ", rate,
                    " samples per second holds nothing above ", rate / 2, "; lower it");
    NEOHEBB_REQUIRE(!sound.empty(), "MelFilterBank: the sound has no samples");
    for (std::size_t n = 0; n < sound.size(); ++n)
      NEOHEBB_REQUIRE(is_finite(static_cast<S>(sound[n])), "MelFilterBank: sample ", n, " of the sound is ",
                      sound[n], ", must be finite");
  }
  /// h, channels × lines of the spectrum.
  Matrix<S> weights(std::size_t size, double rate) const {
    Matrix<S> h = Matrix<S>::Zero(channels, static_cast<Index>(size / 2 + 1));
    for (Index c = 0; c < channels; ++c) {
      const double left = centre(c - 1), peak = centre(c), right = centre(c + 1);
      for (Index k = 0; k < h.cols(); ++k) {
        const double f = double(k) * rate / double(size);
        h(c, k) =
            static_cast<S>(std::max(0.0, std::min((f - left) / (peak - left), (right - f) / (right - peak))));
      }
    }
    return h;
  }
};

}  // namespace neohebb
