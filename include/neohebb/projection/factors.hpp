// The factors of a gradient, as a credit holds them for an update: what one process sends another.
#pragma once
#include <neohebb/projection/projection.hpp>

namespace neohebb {

/// Walks over what `gather` reads of a credit after `prepare_update`: δ and P or the spikes of a window, and
/// what has been summed already. io(part) for numbers, matrices and types with fields; io.columns(matrix,
/// used) and io.head(vector, used) for those of which the first ones are used. A credit of your own lists
/// them in a member `static void factors(auto& self, auto&& io)`.
template <class Credit> void visit_factors(Credit& credit, auto&& io) {
  using C = std::remove_const_t<Credit>;
  if constexpr (requires { C::factors(credit, io); }) {
    C::factors(credit, io);
  } else if constexpr (requires { credit.forward; }) {  // WithRecurrence
    visit_factors(credit.forward, io);
    visit_factors(credit.lateral, io);
  } else if constexpr (requires { credit.adjoint; }) {  // EventCredit
    visit_factors(credit.plain, io);
    io(credit.steps);
    io(credit.prepared);
    if (!credit.prepared) return;
    io(credit.from_zero);
    Index columns = credit.spikes.columns();
    io.columns(credit.delta, columns);
    io(credit.bias);
    if (!credit.from_zero) {
      io(credit.origin);
      io(credit.adjoint);
    }
    std::remove_cvref_t<decltype(credit.spikes)>::factors(credit.spikes, io);
    if constexpr (is_filled<decltype(credit)>) {
      if (columns != credit.spikes.columns())
        NEOHEBB_THROW(std::runtime_error, "errors of ", columns, " columns were sent with spikes of ",
                      credit.spikes.columns());
      constexpr int stages = std::remove_reference_t<decltype(credit.bias_origin)>::ColsAtCompileTime;
      credit.spikes.group(credit.from_zero ? 0 : credit.origin.cols() / stages);
    }
  } else if constexpr (requires { credit.plain; }) {  // StepCredit
    visit_factors(credit.plain, io);
    io(credit.steps);
  } else if constexpr (requires { credit.pre; }) {  // DenseCredit
    io(credit.summed);
    io(credit.credited);
    io.columns(credit.delta, credit.columns);
    const auto of_delta = [&](Index columns) {
      if (columns != credit.columns)
        NEOHEBB_THROW(std::runtime_error, "errors of ", credit.columns, " columns were sent with traces of ",
                      columns);
    };
    Index columns = credit.columns;
    io.columns(credit.pre, columns);
    of_delta(columns);
    if (credit.constant.size() > 0) {
      io.columns(credit.constant, columns);
      of_delta(columns);
    }
    if (credit.summed) io(credit.sum);
  } else {
    static_assert(std::is_empty_v<C>,
                  "neohebb: between processes a credit needs `static void factors(auto& self, auto&& io)`, "
                  "which lists what its gradient is made of (projection/factors.hpp)");
  }
}

}  // namespace neohebb
