// expect only: error.* needs MPI: apt-get install libopenmpi-dev, and link neohebb::mpi
// Debian's mpi.h is not where compilers look by themselves; where it is, there is nothing to see.
#if __has_include(<mpi.h>)
#error "not seen here: needs MPI: apt-get install libopenmpi-dev, and link neohebb::mpi"
#else
#include <neohebb/network/mpi.hpp>
#endif
