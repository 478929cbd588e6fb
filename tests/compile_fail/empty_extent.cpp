// expect: neohebb: a size is at least 1
// instead: neohebb::Extent<1>
#include <neohebb/core/types.hpp>

neohebb::Extent<0> nobody;
