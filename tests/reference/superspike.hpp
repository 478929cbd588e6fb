// SuperSpike with one hidden layer, number by number and in the order of the equations. Times in steps.
#pragma once
#include <cmath>
#include <cstddef>
#include <deque>
#include <vector>

namespace reference {

using Numbers = std::vector<double>;
using Table = std::vector<Numbers>;
using Flags = std::vector<int>;

inline Table table(std::size_t rows, std::size_t cols) { return Table(rows, Numbers(cols, 0.0)); }

/// What was pushed `delay` pushes ago; `empty` before.
template <class T> class Late {
 public:
  Late(std::size_t delay, const T& empty) : line_(delay, empty) {}
  T operator()(const T& now) {
    line_.push_back(now);
    T then = line_.front();
    line_.pop_front();
    return then;
  }

 private:
  std::deque<T> line_;
};

struct SuperSpikeConstants {
  double dt = 1e-4, tau_mem = 10e-3, tau_syn = 5e-3, rest = -60e-3, threshold = -50e-3, beta = 1000,
         low = -80e-3;
  int refractory = 50;
  std::size_t axon = 8;
};

/// One population, its synapses, and their eligibility.
struct SuperSpikePopulation {
  SuperSpikeConstants c;
  Table w, z, lambda, sum;
  Numbers v, current, q, psp, x, y;
  std::vector<int> held;
  Flags fired;
  Late<Flags> axons;

  SuperSpikePopulation(const SuperSpikeConstants& constants, const Table& weight)
      : c(constants),
        w(weight),
        z(table(w.size(), w[0].size())),
        lambda(z),
        sum(z),
        v(w.size(), c.rest),
        current(w.size(), 0.0),
        q(w[0].size(), 0.0),
        psp(q),
        x(current),
        y(current),
        held(w.size(), 0),
        fired(w.size(), 0),
        axons(c.axon, Flags(w[0].size(), 0)) {}

  Flags arrived;
  void step(const Flags& in) {
    for (std::size_t i = 0; i < v.size(); ++i) {
      fired[i] = 0;
      if (held[i] > 0) {
        --held[i];
        v[i] = c.rest;
      } else {
        v[i] += c.dt / c.tau_mem * (c.rest - v[i] + current[i]);
        if (v[i] > c.threshold) {
          fired[i] = 1;
          v[i] = c.rest;
          held[i] = c.refractory;
        }
      }
      current[i] *= std::exp(-c.dt / c.tau_syn);
    }
    arrived = axons(in);
    for (std::size_t j = 0; j < q.size(); ++j)
      if (arrived[j])
        for (std::size_t i = 0; i < v.size(); ++i) current[i] += w[i][j];
  }
  void learn(const Numbers& e) {
    for (std::size_t j = 0; j < q.size(); ++j) {
      q[j] += arrived[j];
      psp[j] += c.dt / c.tau_mem * (q[j] - psp[j]);
      q[j] *= std::exp(-c.dt / c.tau_syn);
    }
    for (std::size_t i = 0; i < v.size(); ++i) {
      x[i] += c.dt / c.tau_syn * (e[i] - x[i]);
      y[i] += c.dt / c.tau_mem * (x[i] - y[i]);
      const double surrogate =
          v[i] < c.low ? 0 : c.beta / std::pow(1 + c.beta * std::abs(v[i] - c.threshold), 2);
      for (std::size_t j = 0; j < q.size(); ++j) {
        z[i][j] = z[i][j] * std::exp(-c.dt / c.tau_syn) + surrogate * psp[j];
        lambda[i][j] += c.dt / c.tau_mem * (z[i][j] - lambda[i][j]);
        sum[i][j] += y[i] * lambda[i][j];
      }
    }
  }
};

/// Input, hidden, output; symmetric feedback.
struct SuperSpikeTwoLayers {
  SuperSpikePopulation hidden, output;
  Late<Flags> targets, outputs;

  SuperSpikeTwoLayers(const SuperSpikeConstants& c, const Table& w_hidden, const Table& w_output)
      : hidden(c, w_hidden),
        output(c, w_output),
        targets(c.axon, Flags(w_output.size(), 0)),
        outputs(targets) {}
  void step(const Flags& in, const Flags& target) {
    hidden.step(in);
    output.step(hidden.fired);
    const Flags wanted = targets(target), got = outputs(output.fired);
    Numbers e(wanted.size()), e_hidden(hidden.v.size(), 0.0);
    for (std::size_t k = 0; k < e.size(); ++k) {
      e[k] = wanted[k] - got[k];
      for (std::size_t i = 0; i < e_hidden.size(); ++i) e_hidden[i] += output.w[k][i] * e[k];
    }
    hidden.learn(e_hidden);
    output.learn(e);
  }
};

}  // namespace reference
