// What stands where in an HDF5 file: groups, headers of objects, names. libhdf5 crashes, hangs or fills the memory on many
// damaged files, so that each byte that steers it is looked at before it reads.
// [HDF5 File Format Specification 3.0: III.A superblock, III.A.1 B-trees, III.B–D symbol tables and heaps, IV objects]
#pragma once
#include <algorithm>
#include <map>
#include <neohebb/io/file.hpp>
#include <set>
#include <string_view>
#include <utility>

namespace neohebb::detail {

/// The bytes of a file, each read within its end.
class Hdf5Bytes {
 public:
  static constexpr std::uint64_t nowhere = ~std::uint64_t{0};  // the format's undefined address

  Hdf5Bytes(std::span<const unsigned char> bytes, std::string file) : bytes_(bytes), file_(std::move(file)) {}
  std::uint64_t size() const { return bytes_.size(); }
  const std::string& file() const { return file_; }
  void cut(std::uint64_t size) { bytes_ = bytes_.first(static_cast<std::size_t>(size)); }

  template <class... Reason> [[noreturn]] void fail(std::uint64_t at, const Reason&... reason) const {
    bad_file(file_, at, reason...);
  }
  std::span<const unsigned char> part(std::uint64_t at, std::uint64_t n, const char* what) const {
    if (at > size() || n > size() - at)
      fail(at, "a ", what, " of ", n, " bytes is said to be here, the file ends at ", size());
    return bytes_.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(n));
  }
  std::uint64_t number(std::uint64_t at, unsigned n, const char* what) const {
    std::uint64_t x = 0;
    const auto bytes = part(at, n, what);
    for (unsigned k = n; k-- > 0;) x = x << 8 | bytes[k];
    return x;
  }
  std::uint64_t address(std::uint64_t at, const char* what) const { return number(at, 8, what); }
  void expect(std::uint64_t at, std::string_view signature, const char* what) const {
    const auto bytes = part(at, signature.size(), what);
    if (!std::equal(bytes.begin(), bytes.end(), signature.begin(),
                    [](unsigned char a, char b) { return a == static_cast<unsigned char>(b); }))
      fail(at, "no ", what, " (its signature is wrong)");
  }
  /// A text that ends with a zero before `end`.
  std::string text(std::uint64_t at, std::uint64_t end, const char* what) const {
    const auto bytes = part(at, end > at ? end - at : 0, what);
    const auto zero = std::find(bytes.begin(), bytes.end(), 0);
    if (zero == bytes.end()) fail(at, "a ", what, " does not end");
    return {bytes.begin(), zero};
  }

 private:
  std::span<const unsigned char> bytes_;
  std::string file_;
};

struct Hdf5Message {
  unsigned type = 0;
  bool shared = false;
  std::uint64_t at = 0, size = 0;
};

/// What a name stands for.
struct Hdf5Member {
  bool group = false;
  std::string problem;             // why it cannot be read; empty if it can
  std::vector<std::string> names;  // of a group, sorted
  std::uint64_t header = 0;
};

/// All members that can be reached, by path: "/node/edges". Throws std::runtime_error with file, byte and reason where
/// anything that leads to them is damaged, and for layouts that do not come from HDF5's defaults.
class Hdf5Tree {
 public:
  Hdf5Tree(std::span<const unsigned char> all, const std::string& file) : bytes_(all, file) {
    bytes_.expect(0, "\x89HDF\r\n\x1a\n", "HDF5 file");
    const auto version = bytes_.number(8, 1, "superblock");
    if (version > 1) bytes_.fail(8, "superblock ", version, newer);
    if (bytes_.number(13, 2, "superblock") != 0x0808)
      bytes_.fail(13, "addresses and lengths have other than 8 bytes");
    leaf_ = 2 * bytes_.number(16, 2, "superblock");
    node_ = 2 * bytes_.number(18, 2, "superblock");
    std::uint64_t at = 24;
    if (version == 1) {
      chunk_node_ = 2 * bytes_.number(at, 2, "superblock");
      at += 4;
    }
    if (leaf_ == 0 || node_ == 0 || chunk_node_ == 0) bytes_.fail(16, "a B-tree with nodes of no entries");
    if (bytes_.address(at, "superblock") != 0)
      bytes_.fail(at, "the file's addresses do not count from its first byte");
    const std::uint64_t end = bytes_.address(at + 16, "superblock");
    if (end > bytes_.size())
      bytes_.fail(bytes_.size(), "the file is cut off, it should have ", end, " bytes");
    if (bytes_.address(at + 24, "superblock") != Hdf5Bytes::nowhere)
      bytes_.fail(at + 24, "the file belongs to a driver that spreads it over several");
    bytes_.cut(end);
    claim(0, at + 72, "superblock");
    member("/", at + 32, 0, nullptr);
    if (!members_.at("/").group) bytes_.fail(at + 32, "the root is no group");
  }

  const Hdf5Bytes& bytes() const { return bytes_; }
  /// Null where nothing has this path.
  const Hdf5Member* find(const std::string& path) const {
    const auto found = members_.find(path);
    return found == members_.end() ? nullptr : &found->second;
  }
  std::span<const Hdf5Message> messages(const Hdf5Member& member) const { return headers_.at(member.header); }
  /// Entries of a node in the B-tree of an array's chunks.
  std::uint64_t chunk_node() const { return chunk_node_; }
  /// Throws where `n` bytes at `at` overlap what leads to the members: libhdf5 keeps what it reads by its address, and
  /// cannot let go of a file in which two things have the same one.
  void expect_apart(std::uint64_t at, std::uint64_t n, const char* what) const {
    bytes_.part(at, n, what);
    auto next = claimed_.lower_bound(at);
    if (n == 0 || (next != claimed_.end() && next->first - at < n) ||
        (next != claimed_.begin() && std::prev(next)->second > at))
      bytes_.fail(at, "the ", what, " here is empty, reached twice, or in another part's place");
  }

 private:
  static constexpr const char* newer =
      " belongs to HDF5 1.8's or a later layout, which is not read here; write the file with h5py's default, "
      "libver='earliest', or convert it: h5repack --low=0 --high=0 OLD NEW";
  static constexpr std::uint64_t longest = 1024;  // name; a path has at most four times as much
  struct Heap {
    std::uint64_t at = 0, size = 0;
  };

  /// No byte is used twice: no cycles, and no more work than there are bytes.
  void claim(std::uint64_t at, std::uint64_t n, const char* what) {
    expect_apart(at, n, what);
    claimed_[at] = at + n;
  }
  std::string name(const Heap& heap, std::uint64_t offset) const {
    if (offset >= heap.size) bytes_.fail(heap.at, "a name is said to be ", offset, " bytes behind this");
    return bytes_.text(heap.at + offset, heap.at + std::min(heap.size, offset + longest),
                       "name of at most 1023 bytes");
  }

  /// The entry of a symbol table at `at`, 40 bytes; of a link in `heap`.
  void member(const std::string& path, std::uint64_t at, int depth, const Heap* heap) {
    if (depth > 64 || path.size() > 4 * longest)
      bytes_.fail(at, "groups lie more than 64 deep in each other, or have very long names");
    const auto header = bytes_.address(at + 8, "symbol"), cache = bytes_.number(at + 16, 4, "symbol");
    bytes_.part(at, 40, "symbol");
    auto& made = members_[path];
    if (cache == 2) {
      if (heap) name(*heap, bytes_.number(at + 24, 4, "symbol"));
      made.problem = "it is a link to another name";
      return;
    }
    if (cache > 1) bytes_.fail(at + 16, "a symbol of unknown kind ", cache);
    made.header = header;
    if (!headers_.contains(header)) read_header(header);
    const auto& all = headers_.at(header);
    const auto has = [&](unsigned type) {
      return std::any_of(all.begin(), all.end(), [&](auto& m) { return m.type == type; });
    };
    if (has(0x02)) bytes_.fail(header, "the group '", path, "'", newer);
    if (const auto table = std::find_if(all.begin(), all.end(), [](auto& m) { return m.type == 0x11; });
        table != all.end()) {
      if (table->shared || table->size < 16)
        bytes_.fail(table->at, "the symbol table of '", path, "' is cut off");
      const auto tree = bytes_.address(table->at, "symbol table"),
                 names = bytes_.address(table->at + 8, "symbol table");
      if (cache == 1 &&
          (bytes_.address(at + 24, "symbol") != tree || bytes_.address(at + 32, "symbol") != names))
        bytes_.fail(at, "the symbol of '", path, "' and its group do not agree");
      if (!groups_.insert(header).second) bytes_.fail(header, "the group '", path, "' is reached twice");
      made.group = true;
      group(path, tree, read_heap(names), -1, depth);
      std::sort(made.names.begin(), made.names.end());
    } else if (!has(0x01) || !has(0x03) || !has(0x08)) {
      made.problem = "it is neither a group nor an array";
    }
  }

  void read_header(std::uint64_t at) {
    if (bytes_.number(at, 4, "header") == 0x5244484f) bytes_.fail(at, "the header of an object", newer);
    if (bytes_.number(at, 1, "header") != 1) bytes_.fail(at, "no header of an object (its version is not 1)");
    const auto count = bytes_.number(at + 2, 2, "header");
    claim(at, 16, "header");
    std::vector<std::pair<std::uint64_t, std::uint64_t>> blocks{
        {at + 16, bytes_.number(at + 8, 4, "header")}};
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
        if (m.type == 0x10) {
          if (m.size < 16) bytes_.fail(from, "the header's continuation is cut off");
          blocks.emplace_back(bytes_.address(m.at, "message"), bytes_.number(m.at + 8, 8, "message"));
        }
        all.push_back(m);
        from += 8 + m.size;
        size -= 8 + m.size;
      }
    }
    if (all.size() != count) bytes_.fail(at, "a header of ", count, " messages holds ", all.size());
    headers_.emplace(at, std::move(all));
  }

  Heap read_heap(std::uint64_t at) {
    bytes_.expect(at, "HEAP", "heap of names");
    claim(at, 32, "heap of names");
    if (bytes_.number(at + 4, 1, "heap of names") != 0) bytes_.fail(at + 4, "a heap of unknown version");
    Heap heap{bytes_.address(at + 24, "heap of names"), bytes_.number(at + 8, 8, "heap of names")};
    claim(heap.at, heap.size, "heap's data");
    std::uint64_t unused = bytes_.number(at + 16, 8, "heap of names");
    for (std::uint64_t k = 0; unused != 1; ++k) {  // a list that ends with 1
      if (unused >= heap.size || heap.size - unused < 16 || k > heap.size / 16)
        bytes_.fail(at, "the heap's list of unused parts does not end");
      const std::uint64_t size = bytes_.number(heap.at + unused + 8, 8, "heap's data");
      if (size > heap.size - unused) bytes_.fail(at, "an unused part of the heap ends beyond it");
      unused = bytes_.number(heap.at + unused, 8, "heap's data");
    }
    return heap;
  }

  /// A node of a group's B-tree; `level` −1 for the topmost.
  void group(const std::string& path, std::uint64_t at, const Heap& heap, int level, int depth) {
    bytes_.expect(at, "TREE", "B-tree");
    claim(at, 24 + 8 * (2 * node_ + 1), "B-tree");
    const auto is = static_cast<int>(bytes_.number(at + 5, 1, "B-tree"));
    const auto used = bytes_.number(at + 6, 2, "B-tree");
    if (bytes_.number(at + 4, 1, "B-tree") != 0 || (level >= 0 && is != level) || is > 32 || used > node_)
      bytes_.fail(at, "a B-tree's node of another kind, level or size than expected");
    for (std::uint64_t k = 0; k <= used; ++k) name(heap, bytes_.number(at + 24 + 16 * k, 8, "B-tree"));
    for (std::uint64_t k = 0; k < used; ++k) {
      const auto child = bytes_.address(at + 32 + 16 * k, "B-tree");
      if (is > 0)
        group(path, child, heap, is - 1, depth);
      else
        symbols(path, child, heap, depth);
    }
  }

  void symbols(const std::string& path, std::uint64_t at, const Heap& heap, int depth) {
    bytes_.expect(at, "SNOD", "symbol table");
    claim(at, 8 + 40 * leaf_, "symbol table");
    const auto used = bytes_.number(at + 6, 2, "symbol table");
    if (bytes_.number(at + 4, 1, "symbol table") != 1 || used > leaf_)
      bytes_.fail(at, "a symbol table of unknown version, or with more symbols than its file says");
    for (std::uint64_t k = 0; k < used; ++k) {
      const std::uint64_t entry = at + 8 + 40 * k;
      const std::string called = name(heap, bytes_.number(entry, 8, "symbol"));
      if (called.empty() || called == "." || called.find('/') != std::string::npos)
        bytes_.fail(entry, "'", called, "' names no member of a group");
      const std::string whole = path == "/" ? path + called : path + "/" + called;
      if (members_.contains(whole)) bytes_.fail(entry, "'", whole, "' is there twice");
      members_.at(path).names.push_back(called);
      member(whole, entry, depth + 1, &heap);
    }
  }

  Hdf5Bytes bytes_;
  std::map<std::string, Hdf5Member> members_;
  std::map<std::uint64_t, std::vector<Hdf5Message>> headers_;
  std::map<std::uint64_t, std::uint64_t> claimed_;  // where each part starts and ends
  std::set<std::uint64_t> groups_;                  // their headers
  std::uint64_t leaf_ = 0, node_ = 0, chunk_node_ = 64;
};

}  // namespace neohebb::detail
