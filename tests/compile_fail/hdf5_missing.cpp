// expect only: error.* needs libhdf5: apt-get install libhdf5-dev, and link neohebb::hdf5
// Debian's hdf5.h is not where compilers look by themselves; where it is, there is nothing to see.
#if __has_include(<hdf5.h>)
#error "not seen here: needs libhdf5: apt-get install libhdf5-dev, and link neohebb::hdf5"
#else
#include <neohebb/data/shd.hpp>
#include <neohebb/io/hdf5_writer.hpp>
#include <neohebb/io/nir.hpp>
#include <neohebb/io/nir_writer.hpp>
#endif
