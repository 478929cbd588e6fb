// expect: (satisfaction of|satisfy|because) 'SpikingConnectivity
// A connectivity that takes matrices of spikes, and no lists of them.
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/exponential.hpp>

struct OneToOne {
  neohebb::Extent<> neurons{};
  auto inputs() const { return neurons; }
  auto outputs() const { return neurons; }
  auto rows() const { return neurons; }
  auto cols() const { return neohebb::Extent<1>{}; }
  struct Workspace {};
  template <class S> Workspace workspace() const { return {}; }
  void forward(const auto& w, const auto& x, auto& y, Workspace&) const { y = w.col(0).asDiagonal() * x; }
  void gather(auto scale, const auto& delta, const auto& x, auto&& gradient, Workspace&) const {
    gradient += scale * delta.cwiseProduct(x).rowwise().sum();
  }
  void add_bias(const auto& bias, auto& y) const { y.colwise() += bias; }
  void gather_bias(auto scale, const auto& delta, auto& gradient) const {
    gradient += scale * delta.rowwise().sum();
  }
};

neohebb::Dense<neohebb::Exponential<float>, OneToOne> plain;  // this one may
neohebb::EventDriven<neohebb::Exponential<float>, OneToOne> projection;
