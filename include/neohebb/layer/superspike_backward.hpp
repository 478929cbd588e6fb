// SuperSpike's eligibility, backwards in time: what one spike of an input adds to a window's gradient.
#pragma once
#include <neohebb/layer/superspike_rule.hpp>

namespace neohebb::detail {

/// The adjoint of the chain  spike → q → psp → z → λ → Σ y λ  (SuperSpikeRule), from a window's last step to its first:
///
///     L ← L + y                       weight of λ[t]
///     ζ = f L + r Z,  L ← (1−f) L     weight of z[t] before its decay
///     π ← ζ h + (1−f) π               weight of psp[t],  h = σ'(v[t])
///     χ ← f π + r χ                   weight of q[t]: what a spike in step t adds to G
///
/// The same with y = 0 and L = 1 or Z = 1 at the end gives what a spike adds to λ or z after the window. There ζ is
/// the same number for every neuron, and vanishes some ten time constants before the end: `edge` steps are enough.
template <class S> class SuperSpikeBackward {
  using Packet = simd::Packet<S>;
  static constexpr Index lanes = simd::packet_size<S>;

 public:
  static constexpr int packets = 2;
  /// Neurons that are swept together, in registers.
  static constexpr Index rows = packets * lanes;
  using Lanes = Eigen::Array<S, int{rows}, 1>;
  /// Weights of λ, z, psp, q before the window.
  struct Ends {
    Lanes lambda, z, psp, q;
  };

  SuperSpikeBackward(const SuperSpikeRule& rule, Index window) : c_(rule) {
    // the chain's answer to a constant h, relative to its largest, until it is far below rounding
    const S enough = std::numeric_limits<S>::epsilon() / 8192;
    S largest = 0, sum = 0;
    Chain all[2] = {{.lambda = 1}, {.z = 1}};
    zeta_.resize(2, window);
    ends_.resize(4, window);
    do {
      for (int k = 0; k < 2; ++k) {
        Chain& a = all[k];
        zeta_(k, edge_) = step(a);
        ends_(2 * k, edge_) = a.lambda;
        ends_(2 * k + 1, edge_) = a.z;
      }
      ++edge_;
      sum = all[0].q + all[1].q + all[0].psp + all[1].psp;
      largest = std::max(largest, sum);
    } while (edge_ < window && sum > enough * largest);
  }
  /// Steps at a window's end whose spikes reach λ and z beyond it.
  Index edge() const { return edge_; }
  /// Weight of what was λ (k = 0: of λ, 1: of z) or z (k = 2, 3: likewise) n steps ago in λ or z of now.
  S end(int k, Index n) const { return n <= edge_ && n > 0 ? ends_(k, n - 1) : S(0); }

  /// y, v: rows × n, one step after the other. y becomes χ. in_lambda, in_z: the last min(n, edge) columns become χ
  /// of λ and z after the window; columns before are left as they are. Returns what is left at the window's start.
  void operator()(Index n, S* y, const S* v, S* in_lambda, S* in_z, Ends& window, Ends& last_lambda,
                  Ends& last_z) const {
    Registers a{}, lambda{}, z{};
    const Index from = std::max<Index>(0, n - edge_);
    for (Index t = n; t-- > from;) {
      Packet h[packets];
      sweep(a, h, y + t * rows, v + t * rows);
      edge_sweep(lambda, zeta_(0, n - 1 - t), h, in_lambda + t * rows);
      edge_sweep(z, zeta_(1, n - 1 - t), h, in_z + t * rows);
    }
    for (Index t = from; t-- > 0;) {
      Packet h[packets];
      sweep(a, h, y + t * rows, v + t * rows);
    }
    store(a, window);
    store(lambda, last_lambda);
    store(z, last_z);
  }

 private:
  struct Chain {
    S lambda = 0, z = 0, psp = 0, q = 0;
  };
  struct Registers {
    Packet lambda[packets], z[packets], psp[packets], q[packets];
    Registers() {
      for (int k = 0; k < packets; ++k) lambda[k] = z[k] = psp[k] = q[k] = simd::pset1<Packet>(S(0));
    }
  };
  /// One step back for h = 1, y = 0. Returns ζ.
  S step(Chain& a) const {
    a.z = c_.follow * a.lambda + c_.decay * a.z;
    a.lambda *= c_.leak;
    a.psp = a.z + c_.leak * a.psp;
    a.q = c_.follow * a.psp + c_.decay * a.q;
    return a.z;
  }
  void sweep(Registers& a, Packet* h, S* y, const S* v) const {
    using namespace simd;
    const Packet f = pset1<Packet>(c_.follow), r = pset1<Packet>(c_.decay), leak = pset1<Packet>(c_.leak);
    const Packet beta = pset1<Packet>(c_.steepness), theta = pset1<Packet>(c_.threshold);
    const Packet low = pset1<Packet>(c_.silent_below), one = pset1<Packet>(S(1));
    for (int k = 0; k < packets; ++k) {
      const Packet potential = ploadu<Packet>(v + k * lanes);
      const Packet d = pmadd(beta, pabs(psub(potential, theta)), one);
      h[k] = pand(pcmp_le(low, potential), pdiv(beta, pmul(d, d)));
      a.lambda[k] = padd(a.lambda[k], ploadu<Packet>(y + k * lanes));
      a.z[k] = pmadd(f, a.lambda[k], pmul(r, a.z[k]));
      a.lambda[k] = pmul(leak, a.lambda[k]);
      a.psp[k] = pmadd(a.z[k], h[k], pmul(leak, a.psp[k]));
      a.q[k] = pmadd(f, a.psp[k], pmul(r, a.q[k]));
      pstoreu(y + k * lanes, a.q[k]);
    }
  }
  void edge_sweep(Registers& a, S zeta, const Packet* h, S* q) const {
    using namespace simd;
    const Packet f = pset1<Packet>(c_.follow), r = pset1<Packet>(c_.decay), leak = pset1<Packet>(c_.leak);
    for (int k = 0; k < packets; ++k) {
      a.psp[k] = pmadd(pset1<Packet>(zeta), h[k], pmul(leak, a.psp[k]));
      a.q[k] = pmadd(f, a.psp[k], pmul(r, a.q[k]));
      pstoreu(q + k * lanes, a.q[k]);
    }
  }
  static void store(const Registers& a, Ends& ends) {
    for (int k = 0; k < packets; ++k) {
      simd::pstoreu(ends.lambda.data() + k * lanes, a.lambda[k]);
      simd::pstoreu(ends.z.data() + k * lanes, a.z[k]);
      simd::pstoreu(ends.psp.data() + k * lanes, a.psp[k]);
      simd::pstoreu(ends.q.data() + k * lanes, a.q[k]);
    }
  }

  SuperSpikeCoefficients<S> c_;
  Index edge_ = 0;
  Matrix<S> zeta_, ends_;  // 2 and 4 × steps before the end
};

}  // namespace neohebb::detail
