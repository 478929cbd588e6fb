// LZ4 for AEDAT 4.
#pragma once
#if !__has_include(<lz4frame.h>)
#error "neohebb/data/events/lz4.hpp needs LZ4: apt-get install liblz4-dev, and link neohebb::lz4"
#endif
#include <lz4frame.h>

#include <memory>
#include <neohebb/data/events/options.hpp>

namespace neohebb {

/// See Unpack; for EventOptions::lz4. Memory beside `unpacked` is a few megabytes at most.
inline std::string unpack_lz4(std::span<const unsigned char> packed, std::size_t limit, Bytes& unpacked) {
  LZ4F_dctx* made = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION))) return "LZ4 has no memory";
  const std::unique_ptr<LZ4F_dctx, decltype([](LZ4F_dctx* c) { LZ4F_freeDecompressionContext(c); })> context(
      made);
  std::size_t done = 0;
  for (;;) {
    if (done == unpacked.size()) unpacked.resize(std::min(limit, 2 * done + (1 << 16)) + 1);
    std::size_t out = unpacked.size() - done, in = packed.size();
    const std::size_t more =
        LZ4F_decompress(context.get(), unpacked.data() + done, &out, packed.data(), &in, nullptr);
    if (LZ4F_isError(more)) return std::string("LZ4: ") + LZ4F_getErrorName(more);
    done += out;
    packed = packed.subspan(in);
    if (done > limit) return "more than " + std::to_string(limit) + " bytes, EventOptions::largest_packet";
    if (more == 0) break;
    if (in == 0 && out == 0) return "the LZ4 frame is cut off";
  }
  if (!packed.empty()) return "bytes follow the LZ4 frame";
  unpacked.resize(done);
  return "";
}

}  // namespace neohebb
