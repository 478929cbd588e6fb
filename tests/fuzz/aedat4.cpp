// AEDAT 4, as the choice says: the input is the file; or its packets, which are packed here, so that what is
// behind LZ4 and ZSTD is reached, not only their own checks.
#include <neohebb/data/events/lz4.hpp>
#include <neohebb/data/events/zstd.hpp>

#include "fuzz.hpp"
#include "support/aedat4.hpp"

namespace {

using support::Bytes, support::join;

Bytes pack(const Bytes& plain, bool zstd) {
  Bytes packed(zstd ? ZSTD_compressBound(plain.size()) : LZ4F_compressFrameBound(plain.size(), nullptr));
  packed.resize(zstd ? ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 1)
                     : LZ4F_compressFrame(packed.data(), packed.size(), plain.data(), plain.size(), nullptr));
  return packed;
}

/// A file of packets {stream 8 bits, size 16 bits, content}; that of stream 255 is the table of contents.
Bytes file(std::span<const unsigned char> bytes, int compression) {
  const std::string xml =
      R"(<node name="0"><attr key="typeIdentifier">EVTS</attr><attr key="sizeX">99</attr></node>)";
  Bytes packets, contents;
  while (bytes.size() >= 3 && contents.empty()) {
    const int stream = bytes[0];
    const std::size_t size = std::min(bytes[1] + std::size_t{256} * bytes[2], bytes.size() - 3);
    const Bytes content =
        pack({bytes.begin() + 3, bytes.begin() + 3 + static_cast<std::ptrdiff_t>(size)}, compression > 2);
    bytes = bytes.subspan(3 + size);
    if (stream == 255)
      contents = content;
    else
      packets = join(packets, support::packet(stream, content));
  }
  const std::size_t begin = support::header(compression, 0, xml).size();
  const auto end = contents.empty() ? -1 : static_cast<std::int64_t>(begin + packets.size());
  return join(support::header(compression, end, xml), packets, contents);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  fuzz::Input input(data, size);
  input.options.lz4 = neohebb::unpack_lz4;
  input.options.zstd = neohebb::unpack_zstd;
  if (input.choice % 3 != 0) input.bytes = file(input.bytes, input.choice % 3 == 1 ? 1 : 3);
  fuzz::read(input);
  return 0;
}
