#include "laws/users_own.hpp"

#include "laws/loss_laws.hpp"
#include "laws/optimizer_laws.hpp"
#include "laws/surrogate_laws.hpp"
#include "laws/trace_laws.hpp"

TEMPLATE_TEST_CASE("a user's own trace, surrogate, loss and optimizer keep the laws", "[laws]", float,
                   double) {
  using S = TestType;
  laws::check_trace(users::Receptors<S>{});
  laws::check_surrogate<S>(users::Cusp<S>{});
  laws::check_loss<S>(users::LogCosh<S>{});
  laws::check_loss_of_fixed_size<S>(users::LogCosh<S>{});
  laws::check_optimizer(users::RmsProp<S>{});
  laws::check_descent(users::RmsProp<S>{.rate = S(1e-3)}, 1e-2);
}
