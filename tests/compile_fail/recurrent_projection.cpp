// expect: (satisfaction of|satisfy|because) 'Projection
// A matrix where a lateral projection is wanted.
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/exponential.hpp>

neohebb::WithRecurrence<neohebb::Dense<neohebb::Exponential<float>>, Eigen::MatrixXf> projection;
