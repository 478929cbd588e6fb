// What arrays hold in an HDF5 file: chunks as they are packed, and the heaps where texts and lists are.
// [HDF5 File Format Specification 3.0: III.E global heap, IV.A.2.l filters, zlib's RFC 1950]
#pragma once
#include <neohebb/io/hdf5_type.hpp>
#if __has_include(<zlib.h>)
#include <zlib.h>

namespace neohebb::detail {

/// Looks at the entries of one array. Each byte that libhdf5 would follow is checked.
class Hdf5Entries {
 public:
  Hdf5Entries(const Hdf5Tree& tree, const Hdf5Header& header, Hdf5Array& array, std::uint64_t item)
      : tree_(tree), bytes_(tree.bytes()), header_(header), array_(array), item_(item) {}

  void read_filters(const Hdf5Message& m) {
    const auto version = header_.number(m, 0, 1), count = header_.number(m, 1, 1);
    if (version < 1 || version > 2 || count > 32) header_.fail(m.at, " has filters of unknown layout");
    std::uint64_t at = version == 1 ? 8 : 2;
    for (std::uint64_t k = 0; k < count; ++k) {
      const auto id = header_.number(m, at, 2);
      std::uint64_t length = 0;
      if (version == 1 || id >= 256) length = header_.number(m, at + 2, 2), at += 2;
      const auto values = header_.number(m, at + 4, 2);
      at += 6 + (version == 1 ? (length + 7) / 8 * 8 : length);
      // libhdf5 gives shuffle no size for lists, and then leaves it out in each chunk
      const bool idle = id == 2 && values == 0;
      const bool known = (id == 1 && values == 1) || (id == 2 && values <= 1) || (id == 3 && values == 0);
      if (!known || (id == 1 && std::count(filters_.begin(), filters_.end(), 1u) > 0))
        header_.refuse(" is packed by filter ", id,
                       "; gzip, shuffle and fletcher32 are read: write it with compression='gzip'");
      if (id == 2 && !idle && header_.number(m, at, 4) != array_.entry)
        header_.fail(m.at, " is shuffled by another size");
      filters_.push_back(idle ? 0 : static_cast<unsigned>(id));
      at += 4 * values + (version == 1 && values % 2 == 1 ? 4 : 0);
    }
  }
  bool filtered() const { return !filters_.empty(); }
  /// Whether entries are places in a heap.
  bool lists() const { return array_.kind == Kind::lists || array_.kind == Kind::texts_of_any_length; }

  /// libhdf5 does not look whether a chunk gives as many bytes as it should, `want`: this does. `skipped`:
  /// bits of the filters that the chunk was written without.
  void read_chunk(std::uint64_t at, std::span<const unsigned char> packed, std::uint64_t want,
                  std::uint64_t skipped) {
    if (skipped >> filters_.size() != 0) header_.fail(at, " has a chunk that left out a filter that is none");
    const auto used = [&](std::size_t k) { return (skipped >> k & 1) == 0; };
    std::uint64_t sums = 0;
    for (std::size_t k = 0; k < filters_.size(); ++k) sums += filters_[k] == 3 && used(k);
    Bytes unpacked;
    for (std::size_t k = filters_.size(); k-- > 0;) {
      if (!used(k)) continue;
      if (filters_[k] == 3) {
        if (packed.size() < 4) header_.fail(at, " has a chunk that is too short for its checksum");
        packed = packed.first(packed.size() - 4);
        --sums;
      } else if (filters_[k] == 1) {
        unpacked = inflate_exactly(at, packed, want + 4 * sums, lists());
        if (!lists()) return;
        packed = unpacked;
      } else if (filters_[k] == 0) {
        header_.fail(at, " has a chunk that is shuffled by an unknown size");
      } else if (lists()) {
        unpacked = in_order(packed);
        packed = unpacked;
      }
    }
    if (packed.size() != want)
      header_.fail(at, " has a chunk that should have ", want, " bytes, it has ", packed.size());
    if (lists()) read_entries(packed);
  }

  /// Entries as they are in the file. Those of texts and lists are places in the file's global heap.
  void read_entries(std::span<const unsigned char> data) {
    if (!lists()) return;
    const Hdf5Bytes entries(data, bytes_.file());
    for (std::uint64_t at = 0; at + 16 <= data.size(); at += 16) {
      const auto length = entries.number(at, 4, "entry"), heap = entries.number(at + 4, 8, "entry"),
                 index = entries.number(at + 12, 4, "entry");
      if (heap == 0 && length == 0) continue;
      if (heap == 0 || !heaps_.contains(heap)) read_heap(heap);
      const auto& objects = heaps_.at(heap);
      const auto found = objects.find(index);
      if (found == objects.end() || found->second != length * item_ || !used_.insert({heap, index}).second)
        header_.fail(heap, " has an entry of ", length, " items, which the heap here does not hold so");
      array_.listed += length * item_;
    }
  }

  void read_heap(std::uint64_t at) {
    bytes_.expect(at, "GCOL", "global heap");
    const auto size = bytes_.number(at + 8, 8, "global heap");
    claim(at, size, "global heap", true);
    if (bytes_.number(at + 4, 1, "global heap") != 1 || size < 4096)
      bytes_.fail(at, "a heap of unknown version or size");
    auto& objects = heaps_[at];
    for (std::uint64_t k = 16; k + 16 <= size;) {
      const auto index = bytes_.number(at + k, 2, "global heap"),
                 n = bytes_.number(at + k + 8, 8, "global heap");
      const std::uint64_t room = size - k;
      if (index == 0) {  // what is left
        if (n != room) bytes_.fail(at + k, "the unused part of the heap has ", n, " bytes, expected ", room);
        break;
      }
      if (n > room - 16 || (n + 7) / 8 * 8 > room - 16 || !objects.emplace(index, n).second)
        bytes_.fail(at + k, "an entry of the heap is there twice, or ends beyond it");
      k += 16 + (n + 7) / 8 * 8;
    }
  }

  /// As Hdf5Objects::claim, for this array alone until all of it is known to be right. Many arrays use one
  /// heap.
  void claim(std::uint64_t at, std::uint64_t n, const char* what, bool heap = false) {
    if (!heap || !tree_.claimed_heap(at, n)) tree_.expect_apart(at, n, what);
    const auto next = claims_.lower_bound(at);
    if ((next != claims_.end() && next->first - at < n) ||
        (next != claims_.begin() && std::prev(next)->second.end > at))
      bytes_.fail(at, "the ", what, " here overlaps another part of its array, or is reached twice");
    claims_[at] = {at + n, heap};
  }
  /// By place.
  const Hdf5Claims& claims() const { return claims_; }

 private:
  using Kind = Hdf5Array::Kind;
  /// The bytes of every entry together: what the filter shuffle has spread.
  Bytes in_order(std::span<const unsigned char> spread) const {
    const auto size = static_cast<std::size_t>(array_.entry), n = spread.size() / size;
    Bytes bytes(spread.begin(), spread.end());
    for (std::size_t k = 0; k < n * size; ++k) bytes[k] = spread[k % size * n + k / size];
    return bytes;
  }

  Bytes inflate_exactly(std::uint64_t at, std::span<const unsigned char> packed, std::uint64_t want,
                        bool keep) const {
    Bytes unpacked;
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK)
      NEOHEBB_THROW(std::runtime_error, bytes_.file(), ": zlib has no memory");
    struct End {
      z_stream& stream;
      ~End() { inflateEnd(&stream); }
    } end{stream};
    stream.next_in = const_cast<unsigned char*>(packed.data());
    stream.avail_in = static_cast<unsigned>(packed.size());
    unsigned char buffer[1 << 14];
    std::uint64_t got = 0;
    int status = Z_OK;
    while (status == Z_OK && got <= want) {
      stream.next_out = buffer;
      stream.avail_out = sizeof(buffer);
      status = inflate(&stream, Z_NO_FLUSH);
      const std::size_t n = sizeof(buffer) - stream.avail_out;
      got += n;
      if (keep) unpacked.insert(unpacked.end(), buffer, buffer + n);
    }
    if (status != Z_STREAM_END || got != want)
      header_.fail(at, " has a packed chunk that should give ", want, " bytes, it gives ", got,
                   status == Z_STREAM_END || got > want ? "" : " and is damaged");
    return unpacked;
  }

  const Hdf5Tree& tree_;
  const Hdf5Bytes& bytes_;
  const Hdf5Header& header_;
  Hdf5Array& array_;
  std::uint64_t item_;
  std::vector<unsigned> filters_;  // 0: shuffle without a size
  std::map<std::uint64_t, std::map<std::uint64_t, std::uint64_t>> heaps_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> used_;
  Hdf5Claims claims_;
};

}  // namespace neohebb::detail
#endif
