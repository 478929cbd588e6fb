// ZSTD for AEDAT 4.
#pragma once
#if !__has_include(<zstd.h>)
#error "neohebb/data/events/zstd.hpp needs ZSTD: apt-get install libzstd-dev, and link neohebb::zstd"
#endif
#include <zstd.h>

#include <memory>
#include <neohebb/data/events/options.hpp>

namespace neohebb {

/// See Unpack; for EventOptions::zstd. Memory beside `unpacked`: the frame's window, at most 8 MiB or
/// `limit`.
inline std::string unpack_zstd(std::span<const unsigned char> packed, std::size_t limit, Bytes& unpacked) {
  const std::unique_ptr<ZSTD_DCtx, decltype([](ZSTD_DCtx* c) { ZSTD_freeDCtx(c); })> context(
      ZSTD_createDCtx());
  if (!context) return "ZSTD has no memory";
  const int window = std::clamp(static_cast<int>(std::bit_width(limit)), 23, 27);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, window);
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  std::size_t done = 0;
  for (;;) {
    if (done == unpacked.size()) unpacked.resize(std::min(limit, 2 * done + (1 << 16)) + 1);
    ZSTD_outBuffer out{unpacked.data(), unpacked.size(), done};
    const std::size_t before = in.pos, more = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(more)) return std::string("ZSTD: ") + ZSTD_getErrorName(more);
    const bool moved = in.pos != before || out.pos != done;
    done = out.pos;
    if (done > limit) return "more than " + std::to_string(limit) + " bytes, EventOptions::largest_packet";
    if (more == 0) break;
    if (!moved) return "the ZSTD frame is cut off";
  }
  if (in.pos != in.size) return "bytes follow the ZSTD frame";
  unpacked.resize(done);
  return "";
}

}  // namespace neohebb
