// expect: the kernels of a Sum must share one Scalar
#include <neohebb/trace/exponential.hpp>
#include <neohebb/trace/sum.hpp>

neohebb::Sum<neohebb::Exponential<float>, neohebb::Exponential<double>> trace;
