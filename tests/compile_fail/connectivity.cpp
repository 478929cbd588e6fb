// expect: (satisfaction of|satisfy|because) 'Connectivity
// A connectivity that goes forward and cannot gather.
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

struct OneWay {
  neohebb::Extent<> inputs() const { return {}; }
  neohebb::Extent<> outputs() const { return {}; }
  neohebb::Extent<> rows() const { return {}; }
  neohebb::Extent<> cols() const { return {}; }
  struct Workspace {};
  template <class S> Workspace workspace() const { return {}; }
  void forward(const auto& w, const auto& x, auto& y, Workspace&) const { y = w * x; }
};

neohebb::Dense<neohebb::Exponential<float>, OneWay> projection;
