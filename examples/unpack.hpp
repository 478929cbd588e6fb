// Reading events in any format this machine can: LZ4 and ZSTD, which AEDAT 4 may be packed with, where they are
// installed. CMake leaves out a program whose headers are missing, but for those marked "optional".
#pragma once
#include <neohebb/data/events/options.hpp>

#if __has_include(<lz4frame.h>)
#include <neohebb/data/events/lz4.hpp>  // optional
#define NEOHEBB_EXAMPLE_LZ4
#endif
#if __has_include(<zstd.h>)
#include <neohebb/data/events/zstd.hpp>  // optional
#define NEOHEBB_EXAMPLE_ZSTD
#endif

inline neohebb::EventOptions any_format() {
  neohebb::EventOptions options;
#if defined(NEOHEBB_EXAMPLE_LZ4)
  options.lz4 = neohebb::unpack_lz4;
#endif
#if defined(NEOHEBB_EXAMPLE_ZSTD)
  options.zstd = neohebb::unpack_zstd;
#endif
  return options;
}
