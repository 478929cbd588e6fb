// What an array in an HDF5 file is: its type, shape, and where its entries are. All that libhdf5 will follow is looked at.
// [HDF5 File Format Specification 3.0: IV.A.2 messages, III.A.1 B-trees of chunks, III.E global heap, zlib's RFC 1950]
#pragma once
#if !__has_include(<zlib.h>)
#error "neohebb: <neohebb/io/hdf5.hpp> needs zlib: apt-get install zlib1g-dev, and link neohebb::hdf5"
#endif
#include <zlib.h>

#include <neohebb/io/hdf5_type.hpp>

namespace neohebb::detail {

/// Reads the messages of one array's header. `limit` bytes at most are believed.
class Hdf5ArrayCheck {
 public:
  Hdf5ArrayCheck(const Hdf5Tree& tree, const Hdf5Member& member, const std::string& path, std::uint64_t limit)
      : tree_(tree),
        bytes_(tree.bytes()),
        header_(tree, member, path),
        limit_(limit),
        most_(tree.chunk_node()) {
    if (header_.find(0x07)) header_.refuse(" keeps its entries in another file");
    item_ = read_hdf5_type(header_, *header_.find(0x03), array);
    read_hdf5_shape(header_, *header_.find(0x01), limit, array);
    if (const auto* fill = header_.find(0x05)) check_hdf5_fill(header_, *fill, array);
    if (const auto* fill = header_.find(0x04))
      if (const auto n = header_.number(*fill, 0, 4); n != 0 && (n != array.entry || n > fill->size - 4))
        header_.fail(fill->at, " has a fill value of another size than its entries");
    if (const auto* filters = header_.find(0x0b)) read_filters(*filters);
    read_layout(*header_.find(0x08));
  }

  Hdf5Array array;

 private:
  using Kind = Hdf5Array::Kind;
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
      const bool known = (id == 1 && values == 1) || (id == 2 && values == 1) || (id == 3 && values == 0);
      if (!known || (id == 1 && std::count(filters_.begin(), filters_.end(), 1u) > 0))
        header_.refuse(" is packed by filter ", id,
                       "; gzip, shuffle and fletcher32 are read: write it with compression='gzip'");
      if (id == 2 && header_.number(m, at, 4) != array.entry)
        header_.fail(m.at, " is shuffled by another size");
      filters_.push_back(static_cast<unsigned>(id));
      at += 4 * values + (version == 1 && values % 2 == 1 ? 4 : 0);
    }
  }

  void read_layout(const Hdf5Message& m) {
    const auto version = header_.number(m, 0, 1), klass = header_.number(m, 1, 1);
    if (version != 3 || klass > 2)
      header_.refuse(" is laid out by version ", version, ", class ", klass,
                     ", which HDF5's defaults do not write; repack it: h5repack --low=0 --high=0 OLD NEW");
    if (klass < 2 && !filters_.empty()) header_.refuse(" has filters, but no chunks");
    const std::uint64_t at = klass == 0 ? m.at + 4 : header_.number(m, 2, 8),
                        size = header_.number(m, klass == 0 ? 2 : 10, klass == 0 ? 2 : 8);
    if (klass == 0) header_.number(m, 4 + size, 0);  // within the message
    if (klass < 2 && size != array.bytes)
      header_.fail(m.at, " takes ", array.bytes, " bytes, ", size, " are said to be there");
    if (klass == 2) return read_chunks(m);
    if (klass == 1 && at == Hdf5Bytes::nowhere) return unwritten(0);
    read_entries(bytes_.part(at, size, "array's data"));
  }

  /// What was never written is read as fill values; a small file could claim any amount of them.
  void unwritten(std::uint64_t written) const {
    constexpr std::uint64_t allowed = 1 << 20;
    if (array.bytes > allowed && array.bytes - allowed > written)
      header_.refuse(" claims ", array.bytes, " bytes, of which only ", written, " are in the file");
  }

  void read_chunks(const Hdf5Message& m) {
    const auto rank = array.shape.size();
    if (header_.number(m, 2, 1) != rank + 1 || rank == 0) header_.fail(m.at, " has chunks of another rank");
    std::uint64_t chunks = 1;
    chunk_bytes_ = header_.number(m, 11 + 4 * rank, 4);
    if (chunk_bytes_ != array.entry) header_.fail(m.at, " has chunks of other entries");
    for (std::size_t d = 0; d < rank; ++d) {
      const auto n = header_.number(m, 11 + 4 * d, 4);
      if (n == 0 || chunk_bytes_ > std::min<std::uint64_t>(limit_, 0xffffffff) / n)
        header_.fail(m.at, " has chunks of ", n, " in dimension ", d, ": none, or more than allowed");
      chunk_bytes_ *= n;
      chunk_.push_back(n);
      chunks *= (static_cast<std::uint64_t>(array.shape[d]) + n - 1) / n;
    }
    const std::uint64_t top = header_.number(m, 3, 8);
    if (top != Hdf5Bytes::nowhere) chunk_node(top, -1);
    unwritten(found_ * chunk_bytes_);
    if (chunks > found_ && chunks - found_ > 65536)
      header_.refuse(" lacks ", chunks - found_, " of its ", chunks, " chunks");
  }

  void chunk_node(std::uint64_t at, int level) {
    const std::uint64_t rank = chunk_.size(), key = 16 + 8 * rank, most = most_;
    bytes_.expect(at, "TREE", "B-tree of chunks");
    tree_.expect_apart(at, 24 + 8 * most + key * (most + 1), "B-tree of chunks");
    const auto is = static_cast<int>(bytes_.number(at + 5, 1, "B-tree")),
               used = static_cast<int>(bytes_.number(at + 6, 2, "B-tree"));
    if (!nodes_.insert(at).second || bytes_.number(at + 4, 1, "B-tree") != 1 || (level >= 0 && is != level) ||
        is > 16 || static_cast<std::uint64_t>(used) > most)
      bytes_.fail(at, "a B-tree's node of another kind, level or size than expected, or reached twice");
    for (int k = 0; k < used; ++k) {
      const std::uint64_t entry = at + 24 + static_cast<std::uint64_t>(k) * (key + 8);
      const auto child = bytes_.address(entry + key, "B-tree");
      if (is > 0) {
        chunk_node(child, is - 1);
        continue;
      }
      std::vector<std::uint64_t> place;
      for (std::uint64_t d = 0; d <= rank; ++d)
        place.push_back(bytes_.number(entry + 8 + 8 * d, 8, "B-tree"));
      bool inside =
          place.back() == 0 && bytes_.number(entry + 4, 4, "B-tree") == 0 && (found_ == 0 || last_ < place);
      for (std::size_t d = 0; d < rank; ++d)
        inside = inside && place[d] % chunk_[d] == 0 && place[d] < static_cast<std::uint64_t>(array.shape[d]);
      if (!inside) header_.fail(entry, " has a chunk that is out of place or order, or left out a filter");
      last_ = place;
      ++found_;
      read_chunk(child, bytes_.number(entry, 4, "B-tree"));
    }
  }

  /// libhdf5 does not look whether a chunk gives as many bytes as it should: this does.
  void read_chunk(std::uint64_t at, std::uint64_t size) {
    auto packed = bytes_.part(at, size, "chunk");
    std::uint64_t want = chunk_bytes_;
    bool deflated = false;
    for (const unsigned filter : filters_) {
      if (filter == 3 && !deflated) want += 4;  // a checksum
      if (filter == 3 && deflated) {
        if (packed.size() < 4) header_.fail(at, " has a chunk that is too short for its checksum");
        packed = packed.first(packed.size() - 4);
      }
      deflated = deflated || filter == 1;
    }
    const bool lists = array.kind == Kind::lists || array.kind == Kind::texts_of_any_length;
    if (lists && std::any_of(filters_.begin(), filters_.end(), [](unsigned f) { return f != 1; }))
      header_.refuse(" holds texts or lists behind a filter other than gzip");
    Bytes unpacked;
    if (deflated) packed = inflate_exactly(at, packed, want, lists, unpacked);
    if (!deflated && packed.size() != want)
      header_.fail(at, " has a chunk that should have ", want, " bytes, it has ", packed.size());
    if (lists) read_entries(packed);
  }

  std::span<const unsigned char> inflate_exactly(std::uint64_t at, std::span<const unsigned char> packed,
                                                 std::uint64_t want, bool keep, Bytes& unpacked) const {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK)
      NEOHEBB_THROW(std::runtime_error, bytes_.file(), ": zlib has no memory");
    struct End {
      z_stream& stream;
      ~End() { inflateEnd(&stream); }
    } end{stream};
    stream.next_in = const_cast<unsigned char*>(packed.data());
    stream.avail_in = static_cast<unsigned>(packed.size());
    unsigned char piece[1 << 14];
    std::uint64_t got = 0;
    int status = Z_OK;
    while (status == Z_OK && got <= want) {
      stream.next_out = piece;
      stream.avail_out = sizeof(piece);
      status = inflate(&stream, Z_NO_FLUSH);
      const std::size_t n = sizeof(piece) - stream.avail_out;
      got += n;
      if (keep) unpacked.insert(unpacked.end(), piece, piece + n);
    }
    if (status != Z_STREAM_END || got != want)
      header_.fail(at, " has a packed chunk that should give ", want, " bytes, it gives ", got,
                   status == Z_STREAM_END || got > want ? "" : " and is damaged");
    return unpacked;
  }

  /// Entries as they are in the file. Those of texts and lists are places in the file's global heap.
  void read_entries(std::span<const unsigned char> data) {
    if (array.kind != Kind::lists && array.kind != Kind::texts_of_any_length) return;
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
      array.listed += length * item_;
    }
  }

  void read_heap(std::uint64_t at) {
    bytes_.expect(at, "GCOL", "global heap");
    const auto size = bytes_.number(at + 8, 8, "global heap");
    tree_.expect_apart(at, size, "global heap");
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

  const Hdf5Tree& tree_;
  const Hdf5Bytes& bytes_;
  Hdf5Header header_;
  std::uint64_t limit_, most_, item_ = 0, chunk_bytes_ = 0, found_ = 0;
  std::vector<unsigned> filters_;
  std::vector<std::uint64_t> chunk_, last_;
  std::set<std::uint64_t> nodes_;
  std::map<std::uint64_t, std::map<std::uint64_t, std::uint64_t>> heaps_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> used_;
};

}  // namespace neohebb::detail
