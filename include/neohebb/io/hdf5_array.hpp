// What an array in an HDF5 file is: its type, shape, and where its entries are. All that libhdf5 will follow
// is looked at. [HDF5 File Format Specification 3.0: IV.A.2 messages, III.A.1 B-trees of chunks]
#pragma once
#include <neohebb/io/hdf5_entries.hpp>
#if __has_include(<zlib.h>)
#include <functional>

namespace neohebb::detail {

/// A chunk as it is in the file; `size` 0: it is not there.
struct Hdf5Chunk {
  std::uint64_t size = 0;
  std::uint32_t skipped = 0;  // filters, by bits
};
/// The chunks of one array by libhdf5, for the indices of HDF5 1.10, which have checksums.
struct Hdf5ChunkIndex {
  std::function<Hdf5Chunk(std::span<const std::uint64_t> place)> find;
  std::function<Bytes(std::span<const std::uint64_t> place, std::uint64_t size)> read;
};

/// Reads the messages of one array's header. `limit` bytes at most are believed. index() gives an
/// Hdf5ChunkIndex.
class Hdf5ArrayCheck {
 public:
  Hdf5ArrayCheck(const Hdf5Tree& tree, const Hdf5Member& member, const std::string& path, std::uint64_t limit,
                 const std::function<Hdf5ChunkIndex()>& index)
      : tree_(tree), bytes_(tree.bytes()), header_(tree, member, path), limit_(limit), index_(index) {
    if (header_.find(0x07)) header_.refuse(" keeps its entries in another file");
    const auto item = read_hdf5_type(header_, *header_.find(0x03), array);
    read_hdf5_shape(header_, *header_.find(0x01), limit, array);
    if (const auto* fill = header_.find(0x05)) check_hdf5_fill(header_, *fill, array);
    if (const auto* fill = header_.find(0x04))
      if (const auto n = header_.number(*fill, 0, 4); n != 0 && (n != array.entry || n > fill->size - 4))
        header_.fail(fill->at, " has a fill value of another size than its entries");
    entries_.emplace(tree_, header_, array, item);
    if (const auto* filters = header_.find(0x0b)) entries_->read_filters(*filters);
    read_layout(*header_.find(0x08));
  }
  Hdf5ArrayCheck(const Hdf5ArrayCheck&) = delete;
  Hdf5ArrayCheck& operator=(const Hdf5ArrayCheck&) = delete;

  Hdf5Array array;
  /// The parts of the file that are this array's.
  const Hdf5Claims& claims() const { return entries_->claims(); }

 private:
  void read_layout(const Hdf5Message& m) {
    const auto version = header_.number(m, 0, 1), klass = header_.number(m, 1, 1);
    if (version < 3 || version > 4 || klass > 2)
      header_.refuse(" is laid out by version ", version, ", class ", klass,
                     klass == 3 ? ": it is a view of other arrays" : "", ", which is not read");
    if (klass < 2 && entries_->filtered()) header_.refuse(" has filters, but no chunks");
    if (klass == 2) return version == 3 ? read_chunks(m) : read_indexed_chunks(m);
    const std::uint64_t at = klass == 0 ? m.at + 4 : header_.number(m, 2, 8),
                        size = header_.number(m, klass == 0 ? 2 : 10, klass == 0 ? 2 : 8);
    if (klass == 0) header_.number(m, 4 + size, 0);  // within the message
    if (size != array.bytes)
      header_.fail(m.at, " takes ", array.bytes, " bytes, ", size, " are said to be there");
    if (klass == 1 && at == Hdf5Bytes::nowhere) return unwritten(0);
    entries_->read_entries(bytes_.part(at, size, "array's data"));
  }

  /// What was never written is read as fill values; a small file could claim any amount of them.
  void unwritten(std::uint64_t written) const {
    constexpr std::uint64_t allowed = 1 << 20;
    if (array.bytes > allowed && array.bytes - allowed > written)
      header_.refuse(" claims ", array.bytes, " bytes, of which only ", written, " are in the file");
  }

  /// The sizes of a chunk, and behind them those of an entry, are at `at`, `width` bytes each.
  void read_chunk_shape(const Hdf5Message& m, std::uint64_t at, unsigned width) {
    const auto rank = array.shape.size();
    chunk_bytes_ = header_.number(m, at + width * rank, width);
    if (chunk_bytes_ != array.entry) header_.fail(m.at, " has chunks of other entries");
    // gzip makes a byte of 1032 at most; libhdf5 takes the memory of a chunk for a part of it
    const std::uint64_t most = std::min<std::uint64_t>(
        {limit_, 0xffffffff, std::max<std::uint64_t>(std::uint64_t{16} << 20, 1032 * bytes_.size())});
    for (std::size_t d = 0; d < rank; ++d) {
      const auto n = header_.number(m, at + width * d, width);
      if (n == 0 || chunk_bytes_ > most / n)
        header_.fail(m.at, " has chunks of ", n, " in dimension ", d, ": none, or more than the ", most,
                     " bytes that a chunk in a file of ", bytes_.size(), " may have");
      chunk_bytes_ *= n;
      chunk_.push_back(n);
      chunks_ *= (static_cast<std::uint64_t>(array.shape[d]) + n - 1) / n;
    }
  }
  void read_chunks(const Hdf5Message& m) {
    const auto rank = array.shape.size();
    if (header_.number(m, 2, 1) != rank + 1 || rank == 0) header_.fail(m.at, " has chunks of another rank");
    read_chunk_shape(m, 11, 4);
    const std::uint64_t top = header_.number(m, 3, 8);
    if (top != Hdf5Bytes::nowhere) chunk_node(top, -1);
    unwritten(found_ * chunk_bytes_);
    if (chunks_ > found_ && chunks_ - found_ > 65536)
      header_.refuse(" lacks ", chunks_ - found_, " of its ", chunks_, " chunks");
  }
  void read_indexed_chunks(const Hdf5Message& m) {
    const auto rank = array.shape.size();
    const auto width = static_cast<unsigned>(header_.number(m, 4, 1));
    if (header_.number(m, 3, 1) != rank + 1 || rank == 0 || width < 1 || width > 8)
      header_.fail(m.at, " has chunks of another rank");
    if (header_.number(m, 2, 1) & 1)
      header_.refuse(" has chunks at its edges that are not packed, which is not read");
    read_chunk_shape(m, 5, width);
    const auto index = index_();
    std::uint64_t lacking = 0;
    for (std::vector<std::uint64_t> place(rank, 0); chunks_ > 0;) {
      const Hdf5Chunk chunk = index.find(place);
      if (chunk.size == 0) {
        if (++lacking > 65536) header_.refuse(" lacks more than 65536 of its ", chunks_, " chunks");
      } else {
        if (chunk.size > bytes_.size())
          header_.refuse(" has a chunk of ", chunk.size, " bytes, more than its file");
        ++found_;
        if (entries_->filtered() || entries_->lists())
          entries_->read_chunk(m.at, index.read(place, chunk.size), chunk_bytes_, chunk.skipped);
        else if (chunk.size != chunk_bytes_)
          header_.fail(m.at, " has a chunk that should have ", chunk_bytes_, " bytes, it has ", chunk.size);
      }
      std::size_t d = rank;
      while (d > 0 && (place[d - 1] += chunk_[d - 1]) >= static_cast<std::uint64_t>(array.shape[d - 1]))
        place[--d] = 0;
      if (d == 0) break;
    }
    unwritten(found_ * chunk_bytes_);
  }

  void chunk_node(std::uint64_t at, int level) {
    const std::uint64_t rank = chunk_.size(), key = 16 + 8 * rank, most = tree_.chunk_node();
    bytes_.expect(at, "TREE", "B-tree of chunks");
    entries_->claim(at, 24 + 8 * most + key * (most + 1), "B-tree of chunks");
    const auto is = static_cast<int>(bytes_.number(at + 5, 1, "B-tree")),
               used = static_cast<int>(bytes_.number(at + 6, 2, "B-tree"));
    if (bytes_.number(at + 4, 1, "B-tree") != 1 || (level >= 0 && is != level) || is > 16 ||
        static_cast<std::uint64_t>(used) > most)
      bytes_.fail(at, "a B-tree's node of another kind, level or size than expected");
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
      bool inside = place.back() == 0 && (found_ == 0 || last_ < place);
      for (std::size_t d = 0; d < rank; ++d)
        inside = inside && place[d] % chunk_[d] == 0 && place[d] < static_cast<std::uint64_t>(array.shape[d]);
      if (!inside) header_.fail(entry, " has a chunk that is out of place or order");
      last_ = place;
      ++found_;
      entries_->read_chunk(child, bytes_.part(child, bytes_.number(entry, 4, "B-tree"), "chunk"),
                           chunk_bytes_, bytes_.number(entry + 4, 4, "B-tree"));
    }
  }

  const Hdf5Tree& tree_;
  const Hdf5Bytes& bytes_;
  Hdf5Header header_;
  std::uint64_t limit_, chunk_bytes_ = 0, chunks_ = 1, found_ = 0;
  const std::function<Hdf5ChunkIndex()>& index_;
  std::optional<Hdf5Entries> entries_;
  std::vector<std::uint64_t> chunk_, last_;
};

}  // namespace neohebb::detail
#endif
