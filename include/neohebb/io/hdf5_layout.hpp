// What stands where in an HDF5 file: groups and names. libhdf5 crashes, hangs or fills the memory on many
// damaged files, so that each byte that steers it is looked at before it reads, where no checksum does. [HDF5
// File Format Specification 3.0: III.A.1 B-trees, III.B–D symbol tables and heaps, IV.A.2 links]
#pragma once
#include <neohebb/io/hdf5_objects.hpp>
#include <optional>
#include <set>

namespace neohebb::detail {

/// What a name stands for.
struct Hdf5Member {
  bool group = false;
  std::string problem;             // why it cannot be read; empty if it can
  std::vector<std::string> names;  // of a group, sorted
  std::uint64_t header = 0;
  std::string same;  // the path of the group of which this is a second name
};

struct Hdf5Link {
  std::string name;
  std::optional<std::uint64_t> header;  // none: a link to another name or file
};

/// All members that can be reached, by path: "/node/edges". Throws std::runtime_error with file, byte and
/// reason where anything that leads to them is damaged. Groups of HDF5 1.8 that have many links keep them
/// where libhdf5 must look, which checks sums there: list() asks for them, and is called once.
class Hdf5Tree : public Hdf5Objects {
 public:
  Hdf5Tree(std::span<const unsigned char> all, const std::string& file) : Hdf5Objects(all, file) {
    members_["/"];
    if (symbols_)
      symbol("/", root_, 0, nullptr);
    else
      object("/", root_, 0);
    if (!members_.at("/").group) bytes_.fail(root_, "the root is no group");
  }

  /// links(path): of the group, std::vector<Hdf5Link>.
  template <class Links> void list(Links&& links) {
    for (std::size_t k = 0; k < unlisted_.size(); ++k) {
      const auto [path, depth] = unlisted_[k];
      std::vector<Hdf5Link> all;
      try {
        all = links(path);
      } catch (const std::runtime_error& error) {
        if (path == "/") throw;
        members_.at(path).problem = error.what();
        members_.at(path).group = false;
      }
      for (const Hdf5Link& link : all) follow(path, link, members_.at(path).header, depth);
    }
    for (auto& [path, member] : members_) std::sort(member.names.begin(), member.names.end());
    measure("/", 0);
  }
  /// Null where nothing has this path.
  const Hdf5Member* find(std::string path) const {
    for (int second_names = 0; second_names <= deepest; ++second_names) {
      auto found = members_.find(path);
      std::size_t end = path.size();
      while (found == members_.end() && end > 1) {  // the group that is there
        end = path.rfind('/', end - 1);
        if (end == 0 || end == std::string::npos) return nullptr;
        found = members_.find(path.substr(0, end));
      }
      if (found == members_.end()) return nullptr;
      if (found->second.same.empty()) return end == path.size() ? &found->second : nullptr;
      path = found->second.same + path.substr(end);
    }
    return nullptr;
  }
  std::span<const Hdf5Message> messages(const Hdf5Member& member) const { return headers_.at(member.header); }

 private:
  static constexpr std::uint64_t longest = 1024;  // name; a path has at most four times as much
  static constexpr int deepest = 64;              // groups in each other
  struct Heap {
    std::uint64_t at = 0, size = 0;
  };

  std::string name(const Heap& heap, std::uint64_t offset) const {
    if (offset >= heap.size) bytes_.fail(heap.at, "a name is said to be ", offset, " bytes behind this");
    return bytes_.text(heap.at + offset, heap.at + std::min(heap.size, offset + longest),
                       "name of at most 1023 bytes");
  }

  /// Returns the path of a new member.
  std::string add(const std::string& group, const std::string& called, std::uint64_t at) {
    if (called.empty() || called == "." || called.find('/') != std::string::npos)
      bytes_.fail(at, "'", called, "' names no member of a group");
    const std::string path = group == "/" ? group + called : group + "/" + called;
    if (!members_.try_emplace(path).second) bytes_.fail(at, "'", path, "' is there twice");
    members_.at(group).names.push_back(called);
    return path;
  }
  void follow(const std::string& group, const Hdf5Link& link, std::uint64_t at, int depth) {
    const std::string path = add(group, link.name, at);
    if (link.header)
      object(path, *link.header, depth + 1);
    else
      members_.at(path).problem = "it is a link to another name";
  }

  /// The entry of a symbol table at `at`, 40 bytes; of a link in `heap`.
  void symbol(const std::string& path, std::uint64_t at, int depth, const Heap* heap) {
    const auto header = bytes_.address(at + 8, "symbol"), cache = bytes_.number(at + 16, 4, "symbol");
    bytes_.part(at, 40, "symbol");
    if (cache == 2) {
      if (heap) name(*heap, bytes_.number(at + 24, 4, "symbol"));
      members_.at(path).problem = "it is a link to another name";
      return;
    }
    if (cache > 1) bytes_.fail(at + 16, "a symbol of unknown kind ", cache);
    if (cache == 1) {
      const auto* table = message(header, 0x11);
      if (!table || table->size < 16 ||
          bytes_.address(at + 24, "symbol") != bytes_.address(table->at, "symbol table") ||
          bytes_.address(at + 32, "symbol") != bytes_.address(table->at + 8, "symbol table"))
        bytes_.fail(at, "the symbol of '", path, "' and its group do not agree");
    }
    object(path, header, depth);
  }
  const Hdf5Message* message(std::uint64_t at, unsigned type) {
    for (const Hdf5Message& m : header(at))
      if (m.type == type) return &m;
    return nullptr;
  }

  void object(const std::string& path, std::uint64_t at, int depth) {
    if (depth > deepest || path.size() > 4 * longest)
      bytes_.fail(at, "groups lie more than ", deepest, " deep in each other, or have very long names");
    Hdf5Member& made = members_.at(path);
    made.header = at;
    const auto *table = message(at, 0x11), *links = message(at, 0x02);
    if (!table && !links) return array(path, made);
    const auto [first, fresh] = groups_.emplace(at, path);
    if (!fresh) {
      made.same = first->second;
      return;
    }
    made.group = true;
    if (links) return new_group(path, *links, at, depth);
    if (table->shared || table->size < 16)
      bytes_.fail(table->at, "the symbol table of '", path, "' is cut off");
    const auto tree = bytes_.address(table->at, "symbol table"),
               names = bytes_.address(table->at + 8, "symbol table");
    group(path, tree, read_heap(names), -1, depth);
  }

  void array(const std::string& path, Hdf5Member& made) {
    const auto at = made.header;
    if (message(at, 0x03) && !message(at, 0x01) && !message(at, 0x08)) {
      made.problem = "it is a type, no array";
    } else if (!message(at, 0x01) || !message(at, 0x03) || !message(at, 0x08)) {
      made.problem = "it is neither a group nor an array";
    } else {
      for (std::size_t k = 0; k < header(at).size(); ++k)
        if (const Hdf5Message m = header(at)[k]; m.type == 0x03 && m.shared)
          replace(at, k, named_type(path, m));
    }
  }
  /// The type that an array's header says to be in another header.
  Hdf5Message named_type(const std::string& path, const Hdf5Message& m) {
    const auto version = m.size < 2 ? 0 : bytes_.number(m.at, 1, "message"),
               where = m.size < 2 ? 0 : bytes_.number(m.at + 1, 1, "message");
    const std::uint64_t at = version == 1 ? 8 : 2;
    if (version < 1 || version > 3 || (version == 3 && where != 2) || m.size < at + 8)
      return m;  // refused later
    const auto* type = message(bytes_.address(m.at + at, "message"), 0x03);
    if (!type || type->shared) bytes_.fail(m.at, "the type of '", path, "' is not where it is said to be");
    return *type;
  }

  /// Links in messages, or, if there are many, elsewhere.
  void new_group(const std::string& path, const Hdf5Message& info, std::uint64_t at, int depth) {
    const auto number = [&](const Hdf5Message& m, std::uint64_t from, unsigned n) {
      if (from > m.size || n > m.size - from) bytes_.fail(m.at, "a link of '", path, "' is cut off");
      return bytes_.number(m.at + from, n, "link");
    };
    const auto flags = number(info, 1, 1);
    if (info.shared || number(info, 0, 1) != 0)
      bytes_.fail(info.at, "the links of '", path, "' are of unknown version");
    if (number(info, flags & 1 ? 10 : 2, 8) != Hdf5Bytes::nowhere) unlisted_.emplace_back(path, depth);
    const std::vector<Hdf5Message> all = header(at);
    for (const Hdf5Message& m : all) {
      if (m.type != 0x06) continue;
      const auto has = number(m, 1, 1);
      std::uint64_t from = 2;
      const auto kind = has & 8 ? number(m, from++, 1) : 0;
      from += (has & 4 ? 8 : 0) + (has & 16 ? 1 : 0);
      const unsigned width = 1u << (has & 3);
      const auto length = number(m, from, width);
      from += width;
      if (m.shared || number(m, 0, 1) != 1 || length > longest || from + length > m.size)
        bytes_.fail(m.at, "a link of '", path, "' is of unknown version, or has a very long name");
      const auto text = bytes_.part(m.at + from, length, "link");
      Hdf5Link link{{text.begin(), text.end()}, std::nullopt};
      if (kind == 0) link.header = number(m, from + length, 8);
      follow(path, link, m.at, depth);
    }
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
      symbol(add(path, called, entry), entry, depth + 1, &heap);
    }
  }

  /// A group that holds itself has no end of paths, and second names of groups in groups can have very many.
  struct Paths {
    bool open = true;
    std::uint64_t count = 1;
    int depth = 0;
  };
  Paths measure(const std::string& path, int depth) {
    if (const auto known = paths_.find(path); known != paths_.end()) return known->second;
    Paths& mine = paths_[path];
    mine.depth = depth > deepest ? deepest + 2 : 0;
    for (const std::string& called : members_.at(path).names) {
      const std::string child = path == "/" ? path + called : path + "/" + called;
      Hdf5Member& member = members_.at(child);
      Paths its;
      if (depth <= deepest && (member.group || !member.same.empty()))
        its = measure(member.same.empty() ? child : member.same, depth + 1);
      if (its.open && !member.same.empty()) {
        member.same.clear();
        member.problem = "it is a group that holds this one";
        its = {};
      }
      mine.count += its.count;
      mine.depth = std::max(mine.depth, its.depth + 1);
      if (mine.count > std::max<std::uint64_t>(1 << 20, 4 * members_.size()) || mine.depth > deepest + 1)
        bytes_.fail(members_.at(path).header, "the groups in '", path, "' have second names, and by these ",
                    "more than a million paths, or paths of more than ", deepest, " groups");
    }
    mine.open = false;
    return mine;
  }

  std::map<std::string, Hdf5Member> members_;
  std::map<std::uint64_t, std::string> groups_;  // by header: the first path
  std::vector<std::pair<std::string, int>> unlisted_;
  std::map<std::string, Paths> paths_;
};

}  // namespace neohebb::detail
