// HDF5 files in layouts other than those that this library writes: by h5py, in all of its ways.
#include <fcntl.h>
#include <sys/file.h>
#include <neohebb/io/hdf5.hpp>
#include <neohebb/io/hdf5_writer.hpp>

#include "catch.hpp"
#include "support/hdf5.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {

/// A value of every member that can be read; what cannot says why.
std::string told(const Hdf5Reader& file, const std::string& path = "/") {
  std::string all;
  for (const std::string& name : file.names(path)) {
    const std::string at = path == "/" ? path + name : path + "/" + name;
    all += at + "=";
    switch (file.kind(at)) {
      case Hdf5Kind::group:
        all += "{" + told(file, at) + "}";
        break;
      case Hdf5Kind::numbers:
        for (const double x : file.array(at).as<double>()) all += std::to_string(x) + ",";
        break;
      case Hdf5Kind::text:
        for (const std::string& text : file.texts(at)) all += text + ",";
        break;
      case Hdf5Kind::lists:
        for (const NpyArray& list : file.lists(at)) {
          for (const double x : list.as<double>()) all += std::to_string(x) + ",";
          all += ";";
        }
        break;
      default:
        all += file.problem(at);
    }
    all += " ";
  }
  return all;
}

/// Files by the Python program, in a folder; h5py is there, or "".
std::string make(const support::TemporaryFolder& folder, const std::string& program) {
  const std::string python = support::python_with_h5py();
  if (!python.empty()) REQUIRE(support::run_python(python, folder, "import h5py\n" + program));
  return python;
}

const std::string contents = R"(
def fill(f):
    f['x'] = np.arange(3.); f['text'] = 'héllo'; f['few/a/b'] = np.arange(4, dtype='i2').reshape(2, 2)
    for k in range(40): f['many/member %d' % k] = k
    f['flags'] = np.array([True, False])
    data = np.arange(60.).reshape(6, 10)
    f.create_dataset('single', data=data, chunks=(6, 10)); f.create_dataset('single_gz', data=data, chunks=(6, 10), compression=4)
    f.create_dataset('fixed', data=data, chunks=(2, 3)); f.create_dataset('fixed_gz', data=data, chunks=(2, 3), compression=4, shuffle=True, fletcher32=True)
    f.create_dataset('grows', data=data, chunks=(1, 10), maxshape=(None, 10)); f.create_dataset('grows_gz', data=data, chunks=(1, 10), maxshape=(None, 10), compression=4)
    f.create_dataset('both', data=data, chunks=(2, 3), maxshape=(None, None)); f.create_dataset('both_gz', data=data, chunks=(2, 3), maxshape=(None, None), compression=4)
    f.create_dataset('sparse', (6, 10), dtype='f4', chunks=(2, 2), fillvalue=3.)[4, 4] = 1
    p = h5py.h5p.create(h5py.h5p.DATASET_CREATE); p.set_chunk((2, 3)); p.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    h5py.h5d.create(f.id, b'implicit', h5py.h5t.NATIVE_DOUBLE, h5py.h5s.create_simple((6, 10)), p).write(h5py.h5s.ALL, h5py.h5s.ALL, data)
    for name, how in [('plain', {}), ('gz', dict(compression=4)), ('shuffled', dict(shuffle=True)), ('shuffled_gz', dict(shuffle=True, compression=4))]:
        for grows in (False, True):
            how = dict(how, chunks=(2,), maxshape=(None,) if grows else (5,))
            d = f.create_dataset('lists/%s %d' % (name, grows), (5,), dtype=h5py.vlen_dtype(np.float32), **how)
            for k in range(4): d[k] = np.arange(k) / 2
    f['texts'] = ['a', 'bc', '']
)";

/// As told() gives it.
std::string expected() {
  std::string ordered;
  for (int k = 0; k < 60; ++k) ordered += std::to_string(double(k)) + ",";
  std::string all;
  for (const std::string name : {"both", "both_gz"}) all += "/" + name + "=" + ordered + " ";
  all += "/few={/few/a={/few/a/b=0.000000,1.000000,2.000000,3.000000, } } ";
  for (const std::string name : {"fixed", "fixed_gz"}) all += "/" + name + "=" + ordered + " ";
  all += "/flags=1.000000,0.000000, ";
  for (const std::string name : {"grows", "grows_gz", "implicit"}) all += "/" + name + "=" + ordered + " ";
  all += "/lists={";
  for (const std::string name :
       {"gz 0", "gz 1", "plain 0", "plain 1", "shuffled 0", "shuffled 1", "shuffled_gz 0", "shuffled_gz 1"})
    all += "/lists/" + name + "=;0.000000,;0.000000,0.500000,;0.000000,0.500000,1.000000,;; ";
  std::vector<std::string> many;
  for (int k = 0; k < 40; ++k)
    many.push_back("/many/member " + std::to_string(k) + "=" + std::to_string(double(k)) + ", ");
  std::sort(many.begin(), many.end(),
            [](const auto& a, const auto& b) { return a.substr(0, a.find('=')) < b.substr(0, b.find('=')); });
  all += "} /many={";
  for (const auto& one : many) all += one;
  all += "} ";
  for (const std::string name : {"single", "single_gz"}) all += "/" + name + "=" + ordered + " ";
  all += "/sparse=";
  for (int k = 0; k < 60; ++k) all += k == 44 ? "1.000000," : "3.000000,";
  return all + " /text=héllo, /texts=a,bc,, /x=0.000000,1.000000,2.000000, ";
}

}  // namespace

TEST_CASE("HDF5: every layout of h5py is read, old and new, behind a user block too", "[io]") {
  const support::TemporaryFolder folder;
  if (make(folder, contents + R"(
for name, how in [('old', dict(libver='earliest')), ('v108', dict(libver=('earliest', 'v108'))), ('new', dict(libver='latest')),
                  ('mixed', dict(libver=('v108', 'latest'))), ('ordered', dict(track_order=True))]:
    for block in (0, 512, 2048):
        with h5py.File('%s %d.h5' % (name, block), 'w', userblock_size=block, **how) as f: fill(f)
        if block:
            with open('%s %d.h5' % (name, block), 'r+b') as f: f.write(b'#!/usr/bin/env anything\n')
)")
          .empty())
    return;
  for (const std::string name : {"old", "v108", "new", "mixed", "ordered"})
    for (const std::string block : {" 0", " 512", " 2048"}) {
      INFO(name << block);
      const std::string path = folder / name + block + ".h5";
      CHECK(told(Hdf5Reader(path)) == expected());
      CHECK(told(Hdf5Reader(read_file(path), "x.h5")) == expected());
    }
}

TEST_CASE("HDF5: damaged files of the new layouts are an error or are read, nothing else", "[io]") {
  const support::TemporaryFolder folder;
  if (make(folder, contents + R"(
with h5py.File('new.h5', 'w', libver='latest') as f: fill(f)
with h5py.File('block.h5', 'w', userblock_size=512) as f: fill(f)
)")
          .empty())
    return;
  for (const std::string name : {"new.h5", "block.h5"}) {
    const Bytes bytes = read_file(folder / name);
    const auto read = [&](const Bytes& some) { return error_of([&] { told(Hdf5Reader(some, "x.h5")); }); };
    CHECK(read(bytes) == "no error");
    for (std::size_t n = 0; n < bytes.size(); n += 256)
      CHECK(contains(read(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n))), "x.h5"));
    int errors = 0, others = 0;
    RandomSequence random(1, 2, 3, 4);
    for (int k = 0; k < 1000; ++k) {
      Bytes changed = bytes;
      changed[random.below(static_cast<std::uint32_t>(bytes.size()))] ^=
          static_cast<unsigned char>(1 + random.below(255));
      try {
        others += told(Hdf5Reader(changed, "x.h5")) != expected();
      } catch (const std::runtime_error& error) {
        ++errors;
        CHECK(contains(error.what(), "x.h5"));
      }
    }
    CHECK(
        errors >
        30);  // where the file cannot be opened at all; a member that cannot be read is another of the others
    CHECK(others > 30);
    CHECK(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) == 0);
  }
}

TEST_CASE("HDF5: groups and arrays may have several names", "[io]") {
  const support::TemporaryFolder folder;
  if (make(folder, R"(
for name, how in [('old', {}), ('new', dict(libver='latest'))]:
    with h5py.File(name + '.h5', 'w', **how) as f:
        f['a/b/x'] = 5; f['y'] = f['a/b/x']; f['c/again'] = f['a']; f['d'] = f['c']
        f['a/b/up'] = f['a']; f['self'] = f['/']
    with h5py.File(name + '_many.h5', 'w', **how) as f:
        below = f.create_group('g0'); below['x'] = 1
        for k in range(1, 40):
            g = f.create_group('g%d' % k); g['left'] = below; g['right'] = below; below = g
    with h5py.File(name + '_deep.h5', 'w', **how) as f:
        below = f.create_group('g0'); below['x'] = 1
        for k in range(1, 100):
            g = f.create_group('g%d' % k); g['below'] = below; below = g
)")
          .empty())
    return;
  for (const std::string name : {"old", "new"}) {
    INFO(name);
    const Hdf5Reader file(folder / name + ".h5");
    for (const std::string path : {"/a/b/x", "/y", "/c/again/b/x", "/d/again/b/x"})
      CHECK(file.array(path).scalar<int>() == 5);
    CHECK(file.names("/d/again/b") == std::vector<std::string>{"up", "x"});
    CHECK(file.kind("/d/again") == Hdf5Kind::group);
    for (const std::string path : {"/a/b/up", "/self", "/c/again/b/up"}) {
      CHECK(file.kind(path) == Hdf5Kind::unreadable);
      CHECK(contains(error_of([&] { file.names(path); }),
                     "'" + path + "' cannot be read: it is a group that holds"));
    }
    CHECK(file.kind("/d/again/z") == Hdf5Kind::nothing);
    CHECK(file.kind("/d/nowhere/z") == Hdf5Kind::nothing);
    CHECK(file.kind("/y/z") == Hdf5Kind::nothing);
    CHECK(contains(error_of([&] { Hdf5Reader(folder / name + "_many.h5"); }), "more than a million paths"));
    CHECK(contains(error_of([&] { Hdf5Reader(folder / name + "_deep.h5"); }),
                   name == "old" ? "or paths of more than 64 groups" : "more than 64 deep in each other"));
  }
}

TEST_CASE("HDF5: types with a name of their own, shared by arrays", "[io]") {
  const support::TemporaryFolder folder;
  if (make(folder, R"(
for name, how in [('old', {}), ('new', dict(libver='latest')), ('block', dict(userblock_size=512))]:
    with h5py.File(name + '.h5', 'w', **how) as f:
        f['real'] = np.dtype('f4'); f['list'] = h5py.vlen_dtype(np.int16)
        f.create_dataset('x', data=np.arange(3.), dtype=f['real']); f.create_dataset('y', data=np.arange(2.), dtype=f['real'])
        f.create_dataset('lists', (2,), dtype=f['list'])[1] = np.array([4, 5])
)")
          .empty())
    return;
  for (const std::string name : {"old", "new", "block"}) {
    INFO(name);
    const Hdf5Reader file(folder / name + ".h5");
    CHECK(file.array("/x").type == DataType::float32);
    CHECK(file.array("/x").as<float>() == std::vector<float>{0, 1, 2});
    CHECK(file.array("/y").as<float>() == std::vector<float>{0, 1});
    CHECK(file.lists("/lists")[1].as<int>() == std::vector<int>{4, 5});
    CHECK(contains(file.problem("/real"), "'/real' cannot be read: it is a type, no array"));
  }
}

TEST_CASE("HDF5: what cannot be read is named, and is in nobody's way", "[io]") {
  const support::TemporaryFolder folder;
  if (make(folder, R"(
with h5py.File('x.h5', 'w', libver='latest') as f:
    f['x'] = 5; f['complex'] = np.array([1 + 2j]); f['soft'] = h5py.SoftLink('/x'); f['outside'] = h5py.ExternalLink('y.h5', '/x')
    f.create_dataset('lzf', data=np.arange(100), compression='lzf'); f['empty'] = h5py.Empty('f4')
    view = h5py.VirtualLayout((3,), 'f8'); view[:] = h5py.VirtualSource('y.h5', 'x', (3,)); f.create_virtual_dataset('view', view)
)")
          .empty())
    return;
  const Hdf5Reader file(folder / "x.h5");
  CHECK(file.array("/x").scalar<int>() == 5);
  CHECK(file.kind("/x") == Hdf5Kind::numbers);
  CHECK(file.problem("/x").empty());
  CHECK(file.problem("/nowhere").empty());
  const std::pair<std::string, std::string> wrong[] = {
      {"/complex", "has entries of a type that cannot be read"},
      {"/soft", "cannot be read: it is a link to another name"},
      {"/outside", "cannot be read: it is a link to another name"},
      {"/lzf", "is packed by filter 32000"},
      {"/empty", "is empty, not even a number"},
      {"/view", "is laid out by version 4, class 3: it is a view"}};
  for (const auto& [path, why] : wrong) {
    INFO(path);
    CHECK(file.kind(path) == Hdf5Kind::unreadable);
    CHECK(contains(file.problem(path), why));
    CHECK(contains(error_of([&, at = path] { file.array(at); }), why));
  }
}

TEST_CASE("HDF5: a file that somebody has locked, or that may not be written, is read", "[io]") {
  const support::TemporaryFolder folder;
  Hdf5Writer made;
  made.put("/x", 5);
  made.write(folder / "x.h5");
  REQUIRE(::chmod((folder / "x.h5").c_str(), 0444) == 0);
  CHECK(Hdf5Reader(folder / "x.h5").array("/x").scalar<int>() == 5);
  const int other = ::open((folder / "x.h5").c_str(), O_RDONLY);
  REQUIRE(::flock(other, LOCK_EX | LOCK_NB) == 0);
  CHECK(Hdf5Reader(folder / "x.h5").array("/x").scalar<int>() == 5);
  ::close(other);
}

TEST_CASE("HDF5: the sum of the new layouts", "[io]") {  // as lookup3.c's own test prints them, from 0
  const auto sum = [](const std::string& text) {
    return detail::hdf5_checksum({reinterpret_cast<const unsigned char*>(text.data()), text.size()});
  };
  CHECK(sum("") == 0xdeadbeef);
  CHECK(sum("Four score and seven years ago") == 0x17770551);
}

TEST_CASE("HDF5: a chunk that is larger than its file can fill is refused", "[io]") {
  Hdf5Writer file;
  file.put("/x", Vector<double>(Vector<double>::Zero(1000)), {.gzip = 1, .chunk = {500}});
  const Bytes bytes = file.dump();
  const auto claim = [&](std::uint32_t rows) {  // {version 3, class 2, rank 2, place}, rows, 8
    Bytes changed = bytes;
    int found = 0;
    for (std::size_t at = 0; at + 19 < bytes.size(); ++at)
      if (bytes[at] == 3 && bytes[at + 1] == 2 && bytes[at + 2] == 2 && bytes[at + 11] == 0xf4 &&
          bytes[at + 12] == 1) {
        for (unsigned k = 0; k < 4; ++k) changed[at + 11 + k] = static_cast<unsigned char>(rows >> 8 * k);
        ++found;
      }
    REQUIRE(found == 1);
    return error_of([&] { Hdf5Reader(changed, "x.h5").array("/x"); });
  };
  CHECK(claim(500) == "no error");
  CHECK(contains(claim(1u << 28),
                 "'/x' has chunks of 268435456 in dimension 0: none, or more than the 16777216 bytes"));
  CHECK(contains(claim(0), "'/x' has chunks of 0 in dimension 0"));
  CHECK(contains(claim(501), "x.h5"));
}

TEST_CASE("HDF5: heaps that overlap are refused, one that arrays share is read", "[io]") {
  Hdf5Writer file;
  file.put_lists("/x", support::lists<float>({{1, 2}}));
  file.put_lists("/y", support::lists<float>({{3}}));
  const Bytes bytes = file.dump();
  {
    const Hdf5Reader both(bytes, "x.h5");
    CHECK(both.lists("/x")[0].as<float>() == std::vector<float>{1, 2});
    CHECK(both.lists("/y")[0].as<float>() == std::vector<float>{3});
    CHECK(both.lists("/x")[0].as<float>() == std::vector<float>{1, 2});
  }
  // Within the heap stands another, and the second array's entry names it: {items, place, index}.
  const std::string signature = "GCOL";
  const auto heap = static_cast<std::size_t>(
      std::search(bytes.begin(), bytes.end(), signature.begin(), signature.end()) - bytes.begin());
  REQUIRE(heap + 4096 <= bytes.size());
  Bytes changed = bytes;
  changed.resize(bytes.size() + 4096);
  const auto put = [&](std::size_t at, std::uint64_t x, unsigned n) {
    for (unsigned k = 0; k < n; ++k) changed[at + k] = static_cast<unsigned char>(x >> 8 * k);
  };
  const std::size_t inner = heap + 2048;
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(heap), 80,
              changed.begin() + static_cast<std::ptrdiff_t>(inner));
  std::size_t end = inner + 16, at = 0;  // its entries, and then what is left
  for (int k = 0; k < 2; ++k) end += 16 + 8;
  put(end, 0, 8);
  put(end + 8, inner + 4096 - end, 8);
  for (std::size_t k = 0; k + 16 <= bytes.size(); ++k) {
    const auto number = [&](std::size_t from, unsigned n) {
      std::uint64_t x = 0;
      while (n-- > 0) x = x << 8 | bytes[from + n];
      return x;
    };
    if (number(k, 4) == 1 && number(k + 4, 8) == heap && number(k + 12, 4) == 2) at = k;
  }
  REQUIRE(at != 0);
  put(at + 4, inner, 8);
  put(40, changed.size(), 8);  // the file's end, in the superblock
  const Hdf5Reader both(changed, "x.h5");
  CHECK(both.lists("/x")[0].as<float>() == std::vector<float>{1, 2});
  CHECK(contains(error_of([&] { both.lists("/y"); }),
                 "the global heap here is empty, reached twice, or in another part"));
  const Hdf5Reader other(changed, "x.h5");
  CHECK(other.lists("/y")[0].as<float>() == std::vector<float>{3});
  CHECK(contains(error_of([&] { other.lists("/x"); }),
                 "the global heap here is empty, reached twice, or in another part"));
}
