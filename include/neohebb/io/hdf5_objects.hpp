// The beginning of an HDF5 file, and the headers of its objects, in the layouts of all versions of HDF5.
// [HDF5 File Format Specification 3.0: II.A superblock, IV.A object headers]
#pragma once
#include <map>
#include <neohebb/io/hdf5_bytes.hpp>
#include <vector>

namespace neohebb::detail {

struct Hdf5Message {
  unsigned type = 0;
  bool shared = false;
  std::uint64_t at = 0, size = 0;
};

/// Parts of a file, by where they start.
struct Hdf5Claim {
  std::uint64_t end = 0;
  bool heap = false;
};
using Hdf5Claims = std::map<std::uint64_t, Hdf5Claim>;

/// Throws std::runtime_error with file, byte and reason where something is damaged.
class Hdf5Objects {
 public:
  /// Counted from the superblock, which may stand behind bytes of a user.
  const Hdf5Bytes& bytes() const { return bytes_; }
  /// Entries of a node in the B-tree of an array's chunks.
  std::uint64_t chunk_node() const { return chunk_node_; }
  /// Throws where `n` bytes at `at` overlap another part: libhdf5 keeps what it reads by its address, and
  /// cannot let go of a file in which two things have the same one.
  void expect_apart(std::uint64_t at, std::uint64_t n, const char* what) const {
    bytes_.part(at, n, what);
    auto next = claimed_.lower_bound(at);
    if (n == 0 || (next != claimed_.end() && next->first - at < n) ||
        (next != claimed_.begin() && std::prev(next)->second.end > at))
      bytes_.fail(at, "the ", what, " here is empty, reached twice, or in another part's place");
  }
  /// No byte is used twice: no cycles, and no more work than there are bytes.
  void claim(std::uint64_t at, std::uint64_t n, const char* what) {
    expect_apart(at, n, what);
    claimed_[at] = {at + n, false};
  }
  /// What an array has claimed. Heaps are claimed by many.
  void claim(const Hdf5Claims& all) { claimed_.insert(all.begin(), all.end()); }
  bool claimed_heap(std::uint64_t at, std::uint64_t n) const {
    const auto found = claimed_.find(at);
    return found != claimed_.end() && found->second.heap && found->second.end == at + n;
  }

 protected:
  Hdf5Objects(std::span<const unsigned char> all, const std::string& file) : bytes_(all, file) {
    constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";
    std::uint64_t start = 0;
    const auto here = [&] {
      return std::equal(signature.begin(), signature.end(), all.begin() + static_cast<std::ptrdiff_t>(start),
                        [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; });
    };
    while (start + signature.size() <= all.size() && !here()) start = start == 0 ? 512 : 2 * start;
    if (start + signature.size() > all.size()) start = 0;
    bytes_ = Hdf5Bytes(all.subspan(static_cast<std::size_t>(start)), file, start);
    bytes_.expect(0, signature, "HDF5 file");
    const auto version = bytes_.number(8, 1, "superblock");
    if (version > 3)
      bytes_.fail(8, "superblock ", version, " is of a version of HDF5 that is not known here");
    const std::uint64_t sizes = version < 2 ? 13 : 9;
    if (bytes_.number(sizes, 2, "superblock") != 0x0808)
      bytes_.fail(sizes, "addresses and lengths have other than 8 bytes");
    std::uint64_t at = 12, extension = Hdf5Bytes::nowhere;
    if (version < 2) {
      leaf_ = 2 * bytes_.number(16, 2, "superblock");
      node_ = 2 * bytes_.number(18, 2, "superblock");
      at = 24;
    }
    if (version == 1) {
      chunk_node_ = 2 * bytes_.number(at, 2, "superblock");
      at += 4;
    }
    if (leaf_ == 0 || node_ == 0 || chunk_node_ == 0) bytes_.fail(16, "a B-tree with nodes of no entries");
    if (version >= 2) bytes_.expect_sum(0, 48, "superblock");
    if (bytes_.address(at, "superblock") != start)
      bytes_.fail(at, "the file's addresses do not count from its superblock");
    if (version >= 2) extension = bytes_.address(at + 8, "superblock");
    const std::uint64_t end = bytes_.address(at + 16, "superblock");
    if (end > all.size() || end < start)
      bytes_.fail(bytes_.size(), "the file is cut off, it should have ", end, " bytes");
    if (version < 2 && bytes_.address(at + 24, "superblock") != Hdf5Bytes::nowhere)
      bytes_.fail(at + 24, "the file belongs to a driver that spreads it over several");
    bytes_.cut(end - start);
    symbols_ = version < 2;
    root_ = symbols_ ? at + 32 : bytes_.address(at + 24, "superblock");
    claim(0, symbols_ ? at + 72 : 48, "superblock");
    if (extension != Hdf5Bytes::nowhere) read_extension(extension);
  }

  const std::vector<Hdf5Message>& header(std::uint64_t at) {
    const auto known = headers_.find(at);
    if (known != headers_.end()) return known->second;
    auto all = bytes_.number(at, 4, "header") == 0x5244484f ? new_header(at) : old_header(at);
    return headers_.emplace(at, std::move(all)).first->second;
  }
  void replace(std::uint64_t at, std::size_t message, const Hdf5Message& by) {
    headers_.at(at)[message] = by;
  }

  Hdf5Bytes bytes_;
  std::map<std::uint64_t, std::vector<Hdf5Message>> headers_;
  // What superblocks before HDF5 1.8 say, and the format's values where they do not.
  std::uint64_t leaf_ = 8, node_ = 32, chunk_node_ = 64;
  std::uint64_t root_ = 0;  // its symbol, or its header
  bool symbols_ = true;

 private:
  struct Block {
    std::uint64_t at, size;  // of messages
  };
  void read_extension(std::uint64_t at) {
    for (const Hdf5Message& m : header(at)) {
      if (m.type == 0x13 && m.size >= 7 && !m.shared) {
        chunk_node_ = 2 * bytes_.number(m.at + 1, 2, "superblock's extension");
        node_ = 2 * bytes_.number(m.at + 3, 2, "superblock's extension");
        leaf_ = 2 * bytes_.number(m.at + 5, 2, "superblock's extension");
      } else if (m.type == 0x0f) {
        bytes_.fail(m.at, "the file keeps messages that its objects share, which is not read here");
      } else if (m.type == 0x14) {
        bytes_.fail(m.at, "the file belongs to a driver that spreads it over several");
      }
    }
    if (leaf_ == 0 || node_ == 0 || chunk_node_ == 0) bytes_.fail(at, "a B-tree with nodes of no entries");
  }

  std::vector<Hdf5Message> old_header(std::uint64_t at) {
    if (bytes_.number(at, 1, "header") != 1) bytes_.fail(at, "no header of an object (its version is not 1)");
    const auto count = bytes_.number(at + 2, 2, "header");
    claim(at, 16, "header");
    std::vector<Block> blocks{{at + 16, bytes_.number(at + 8, 4, "header")}};
    std::vector<Hdf5Message> all;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      auto [from, size] = blocks[b];
      claim(from, size, "block of a header");
      while (size > 0) {
        const Hdf5Message m{static_cast<unsigned>(bytes_.number(from, 2, "message")),
                            (bytes_.number(from + 4, 1, "message") & 2) != 0, from + 8,
                            bytes_.number(from + 2, 2, "message")};
        if (size < 8 || m.size > size - 8 || m.size % 8 != 0)
          bytes_.fail(from, "a message of ", m.size, " bytes ends beyond its header, or is no multiple of 8");
        if (m.type == 0x10) blocks.push_back(continuation(m));
        all.push_back(m);
        from += 8 + m.size;
        size -= 8 + m.size;
      }
    }
    if (all.size() != count) bytes_.fail(at, "a header of ", count, " messages holds ", all.size());
    return all;
  }

  /// Of HDF5 1.8 and later; each block ends with its sum.
  std::vector<Hdf5Message> new_header(std::uint64_t at) {
    if (bytes_.number(at + 4, 1, "header") != 2) bytes_.fail(at + 4, "a header of unknown version");
    const auto flags = static_cast<unsigned>(bytes_.number(at + 5, 1, "header"));
    const std::uint64_t first = at + 6 + (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0);
    const unsigned width = 1u << (flags & 3);
    const std::uint64_t held = bytes_.number(first, width, "header"), start = first + width,
                        head = flags & 4 ? 6 : 4;
    bytes_.part(start, held, "header");
    claim(at, start - at + held + 4, "header");
    bytes_.expect_sum(at, start - at + held + 4, "header");
    std::vector<Block> blocks{{start, held}};
    std::vector<Hdf5Message> all;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      auto [from, size] = blocks[b];
      while (size >= head) {  // fewer bytes are a gap
        const Hdf5Message m{static_cast<unsigned>(bytes_.number(from, 1, "message")),
                            (bytes_.number(from + 3, 1, "message") & 2) != 0, from + head,
                            bytes_.number(from + 1, 2, "message")};
        if (m.size > size - head) bytes_.fail(from, "a message of ", m.size, " bytes ends beyond its header");
        if (m.type == 0x10) {
          const Block next = continuation(m);
          claim(next.at, next.size, "block of a header");
          bytes_.expect(next.at, "OCHK", "block of a header");
          bytes_.expect_sum(next.at, next.size, "block of a header");
          if (next.size < 8) bytes_.fail(next.at, "a block of a header is cut off");
          blocks.push_back({next.at + 4, next.size - 8});
        }
        all.push_back(m);
        from += head + m.size;
        size -= head + m.size;
      }
    }
    return all;
  }
  Block continuation(const Hdf5Message& m) const {
    if (m.size < 16) bytes_.fail(m.at, "the header's continuation is cut off");
    return {bytes_.address(m.at, "message"), bytes_.number(m.at + 8, 8, "message")};
  }

  Hdf5Claims claimed_;
};

}  // namespace neohebb::detail
