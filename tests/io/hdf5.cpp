#include <neohebb/io/hdf5.hpp>
#include <neohebb/io/hdf5_writer.hpp>

#include "catch.hpp"
#include "support/hdf5.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {

NpyArray cube() {
  NpyArray array{{2, 3, 4}, DataType::int16, false, {}};
  for (std::int16_t k = 0; k < 24; ++k) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(&k);
    array.data.insert(array.data.end(), bytes, bytes + 2);
  }
  return array;
}

Bytes sample() {
  Hdf5Writer file;
  file.put("/layers/0/weight", Matrix<float>(Matrix<float>::Constant(3, 4, 0.25f)), {.gzip = 4});
  file.put("/layers/0/bias", Vector<double>{{1, 2, 3}});
  file.put("/epoch", 7);
  file.put_text("/made_by", "näohebb");
  file.put_texts("/edges", {"input", "a", "a", "output"}, {2, 2});
  return file.dump();
}

}  // namespace

TEST_CASE("HDF5: an array whose data do not fill its shape is not written", "[io]") {
  Hdf5Writer file;
  const auto refused = [&](const NpyArray& array) {
    return error_of<std::invalid_argument>([&] { file.put("/x", array); });
  };
  CHECK(contains(refused({{2, 3}, DataType::float32, false, Bytes(20)}),
                 "'/x' gets 20 bytes of data, expected 24"));
  CHECK(contains(refused({{2, -1}, DataType::float32, false, Bytes(8)}), "shape (2, -1)"));
  CHECK(contains(refused(NpyArray{}), "gets 0 bytes of data"));
  const std::vector<NpyArray> lists{{{3}, DataType::float32, false, Bytes(8)}};
  CHECK(contains(error_of<std::invalid_argument>([&] { file.put_lists("/x", lists); }), "expected 12"));
}

TEST_CASE("HDF5: numbers of every type come back, contiguous, in chunks, packed and shuffled", "[io]") {
  const Hdf5Storage ways[] = {
      {}, {.chunk = {2, 1}}, {.gzip = 1}, {.gzip = 9, .shuffle = true, .chunk = {1, 3}}};
  Hdf5Writer file;
  const auto each = [](auto&& f) {
    for (int t = 0; t <= static_cast<int>(DataType::float64); ++t) {
      const auto type = static_cast<DataType>(t);
      with_type(type, [&](auto tag) {
        using T = decltype(tag);
        Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> m(3, 4);
        for (Index k = 0; k < m.size(); ++k)
          m.data()[k] =
              static_cast<T>(k % 2 == 1 ? std::numeric_limits<T>::max() : std::numeric_limits<T>::lowest());
        f(name_of(type), to_npy(m));
      });
    }
  };
  each([&](const std::string& name, const NpyArray& array) {
    for (int way = 0; way < 4; ++way) file.put("/" + std::to_string(way) + "/" + name, array, ways[way]);
  });
  const Hdf5Reader back(file.dump());
  each([&](const std::string& name, const NpyArray& array) {
    for (int way = 0; way < 4; ++way) {
      const bool same = back.array("/" + std::to_string(way) + "/" + name) == array;
      CHECK(same);
    }
  });
}

TEST_CASE("HDF5: any number of dimensions, scalars, empty arrays, Eigen's order", "[io]") {
  Hdf5Writer file;
  file.put("/cube", cube(), {.gzip = 4, .chunk = {1, 2, 3}});
  file.put("/scalar", 2.5f, {.gzip = 4});
  file.put("/empty", NpyArray{{0, 3}, DataType::float64, false, {}}, {.gzip = 4});
  file.put("/matrix", Matrix<double>{{1, 2, 3}, {4, 5, 6}});
  file.group("/nothing/in/here");
  const Hdf5Reader back(file.dump());
  const bool same = back.array("/cube") == cube();
  CHECK(same);
  CHECK(back.array("/scalar").scalar<float>() == 2.5f);
  CHECK(back.shape("/empty") == std::vector<Index>{0, 3});
  CHECK(back.array("/matrix").as<double>() == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(back.array("/matrix").matrix<double>() == Matrix<double>{{1, 2, 3}, {4, 5, 6}});
  CHECK(back.names("/") == std::vector<std::string>{"cube", "empty", "matrix", "nothing", "scalar"});
  CHECK(back.names("/nothing/in/here").empty());
  CHECK(back.kind("/nothing/in") == Hdf5Kind::group);
  CHECK(back.kind("/cube") == Hdf5Kind::numbers);
  CHECK(back.kind("/square") == Hdf5Kind::nothing);
}

TEST_CASE("HDF5: text of any and of fixed length, and lists of numbers", "[io]") {
  Hdf5Writer file;
  const std::vector<std::string> texts = {"", "näohebb", "γδ", "a long one, in a heap of its own", "x", "y"};
  file.put_texts("/any", texts, {2, 3});
  file.put_texts("/fixed", texts, {6}, 40);
  file.put_text("/one", "έν");
  const auto list = [](std::initializer_list<float> all) {
    return to_npy(
        Vector<float>(Eigen::Map<const Vector<float>>(all.begin(), static_cast<Index>(all.size()))));
  };
  const std::vector<NpyArray> lists = {list({1, 2, 3}), list({}), list({0.5f})};
  file.put_lists("/lists", lists);
  const Hdf5Reader back(file.dump());
  CHECK(back.texts("/any") == texts);
  CHECK(back.texts("/fixed") == texts);
  CHECK(back.shape("/any") == std::vector<Index>{2, 3});
  CHECK(back.text("/one") == "έν");
  CHECK(back.kind("/one") == Hdf5Kind::text);
  CHECK(back.kind("/lists") == Hdf5Kind::lists);
  const bool same = back.lists("/lists") == lists;
  CHECK(same);
  const bool last = back.lists("/lists", 2, 1) == std::vector<NpyArray>{lists[2]};
  CHECK(last);
}

TEST_CASE("HDF5: large arrays are packed in several chunks; many members need trees of several levels",
          "[io]") {
  Hdf5Writer file;
  const Matrix<float> large = Matrix<float>::Random(1100, 700);
  file.put("/large", large, {.gzip = 1});
  file.put("/fine", large, {.chunk = {10, 10}});
  for (int k = 0; k < 1000; ++k) file.put("/many/" + std::to_string(k), k);
  const Hdf5Reader back(file.dump());
  CHECK(back.array("/large").matrix<float>() == large);
  CHECK(back.array("/fine").matrix<float>() == large);
  CHECK(back.names("/many").size() == 1000);
  for (int k = 0; k < 1000; k += 37) CHECK(back.array("/many/" + std::to_string(k)).scalar<int>() == k);
}

TEST_CASE("HDF5: the same calls give the same bytes, on disk too", "[io]") {
  const support::TemporaryFolder folder;
  CHECK(sample() == sample());
  write_file(folder / "a.h5", sample());
  const Hdf5Reader back(folder / "a.h5");
  CHECK(back.array("/epoch").scalar<int>() == 7);
  CHECK(back.texts("/edges")[3] == "output");
}

TEST_CASE("HDF5: what is not there, or something else, is an error with file and member", "[io]") {
  const Hdf5Reader back(sample(), "x.h5");
  CHECK(contains(error_of([&] { back.array("/gain"); }), "x.h5: '/gain' is not there"));
  CHECK(contains(error_of([&] { back.array("/layers"); }), "x.h5: '/layers' is a group, expected an array"));
  CHECK(contains(error_of([&] { back.array("/made_by"); }), "x.h5: '/made_by' holds text, expected numbers"));
  CHECK(contains(error_of([&] { back.text("/epoch"); }), "x.h5: '/epoch' holds numbers, expected text"));
  CHECK(contains(error_of([&] { back.text("/edges"); }), "x.h5: '/edges' holds 4 texts, expected one"));
  CHECK(contains(error_of([&] { back.names("/epoch"); }), "x.h5: '/epoch' is no group"));
  CHECK(contains(error_of([&] { Hdf5Reader("/nowhere/x.h5"); }),
                 "/nowhere/x.h5: cannot be read: No such file"));
  CHECK(contains(error_of([&] { Hdf5Reader(Bytes(100, 'x'), "x.h5"); }), "x.h5, byte 0: no HDF5 file"));
  CHECK(contains(error_of([&] { Hdf5Reader(Bytes{}, "x.h5"); }), "x.h5, byte 0:"));
}

TEST_CASE("HDF5: what cannot be written is refused with the reason", "[io]") {
  Hdf5Writer file("x.h5");
  file.put("/a/b", 1);
  for (const std::string path : {"", "/", "a", "/a/", "//a", "/a/./c", "/."})
    CHECK(contains(error_of<std::invalid_argument>([&] { file.put(path, 1); }), "'" + path + "' is no path"));
  CHECK(contains(error_of<std::invalid_argument>([&] { file.put("/a/b", 1); }), "'/a/b' is there already"));
  CHECK(contains(error_of<std::invalid_argument>([&] { file.put("/a", 1); }), "'/a' is there already"));
  CHECK(contains(error_of<std::invalid_argument>([&] { file.put("/a/b/c/d", 1); }),
                 "'/a/b' is an array, no group for '/a/b/c/d'"));
  CHECK(contains(error_of<std::invalid_argument>([&] { file.put("/c", cube(), {.gzip = 10}); }),
                 "at level 10"));
  CHECK(contains(error_of<std::invalid_argument>([&] {
                   file.put("/c", cube(), {.chunk = {2, 2}});
                 }),
                 "chunks of shape (2, 2)"));
  CHECK(contains(error_of<std::invalid_argument>([&] {
                   file.put("/c", cube(), {.chunk = {2, 3, 0}});
                 }),
                 "chunks of shape (2, 3, 0)"));
  CHECK(
      contains(error_of<std::invalid_argument>([&] { file.put_text("/c", "abc", 2); }), "a text of 3 bytes"));
  CHECK(contains(error_of<std::invalid_argument>([&] { file.put_texts("/c", {"a"}, {2}); }),
                 "1 texts for the shape (2,)"));
}

TEST_CASE("HDF5: a size that the file cannot hold is refused before anything is allocated", "[io]") {
  Hdf5Writer file;
  file.put("/x", Vector<double>{{1, 2, 3}});
  file.put("/packed", Vector<double>(Vector<double>::Zero(100000)), {.gzip = 9});
  const Bytes bytes = file.dump();
  CHECK(bytes.size() < 20000);
  CHECK(Hdf5Reader(bytes).array("/packed").size() == 100000);
  CHECK(contains(error_of([&] { Hdf5Reader(bytes, "x.h5", {.bytes = 10000}).array("/packed"); }),
                 "raise Hdf5Limits::bytes"));
  // {1, rank 1, limit} and the sizes
  const auto claim = [&](std::uint64_t is, std::uint64_t claimed) {
    Bytes changed = bytes;
    const auto put = [](std::uint64_t n) {
      Bytes all = {1, 1, 1, 0, 0, 0, 0, 0};
      for (int twice = 0; twice < 2; ++twice)
        for (int k = 0; k < 8; ++k) all.push_back(static_cast<unsigned char>(n >> 8 * k));
      return all;
    };
    const Bytes old = put(is), now = put(claimed);
    const auto at = std::search(changed.begin(), changed.end(), old.begin(), old.end());
    REQUIRE(at != changed.end());
    std::copy(now.begin(), now.end(), at);
    return changed;
  };
  CHECK(contains(error_of([&] { Hdf5Reader(claim(3, 1ull << 60), "x.h5").array("/x"); }),
                 "to be 1152921504606846976: more than"));
  CHECK(contains(error_of([&] { Hdf5Reader(claim(3, 1000000), "x.h5").array("/x"); }),
                 "'/x' takes 8000000 bytes, 24 are said to be there"));
  CHECK(contains(error_of([&] { Hdf5Reader(claim(100000, 20000000), "x.h5").array("/packed"); }),
                 "claims 160000000 bytes, of which only 800000 are in the file"));
}

TEST_CASE("HDF5: two parts of a file in the same place are refused: libhdf5 could not close it", "[io]") {
  // The unused rest of a header becomes a continuation, {type 16, flags, place 0, size 0}: the superblock's place.
  Hdf5Writer file;
  file.put("/x", 1.0);
  const Bytes bytes = file.dump();
  int places = 0;
  for (std::size_t at = 0; at + 24 <= bytes.size(); at += 8) {
    const bool unused = bytes[at] == 0 && bytes[at + 2] >= 16 && bytes[at + 2] % 8 == 0 &&
                        std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 3,
                                    bytes.begin() + static_cast<std::ptrdiff_t>(at) + 24,
                                    [](unsigned char b) { return b == 0; });
    if (!unused) continue;
    Bytes changed = bytes;
    changed[at] = 0x10;
    const std::string error = error_of([&] { Hdf5Reader(changed, "x.h5").array("/x"); });
    places += contains(error, "x.h5, byte 0: the block of a header here is empty, reached twice");
    CHECK(!contains(error, "(H5"));
  }
  CHECK(places == 1);
}

TEST_CASE("HDF5: h5py's files are read, and it reads ours", "[io]") {
  const support::TemporaryFolder folder;
  const std::string python = support::python_with_h5py();
  if (python.empty()) return;
  write_file(folder / "ours.h5", sample());
  REQUIRE(support::run_python(python, folder, R"(
import h5py
with h5py.File('ours.h5', 'r') as f:
    assert f['layers/0/weight'].shape == (3, 4) and f['layers/0/weight'].compression == 'gzip'
    assert (f['layers/0/weight'][()] == 0.25).all() and list(f['layers/0/bias']) == [1, 2, 3]
    assert f['epoch'][()] == 7 and f['made_by'][()].decode() == 'näohebb' and f['edges'][1, 1] == b'output'
with h5py.File('theirs.h5', 'w') as f:
    f['bool'] = np.array([True, False]); f['text'] = 'héllo'; f['fixed'] = np.array([b'ab', b'cde'])
    f['big'] = np.arange(5, dtype='>i4'); f['half'] = np.arange(4, dtype='f2') / 4; f['scalar'] = np.float32(2.5)
    f.create_dataset('all', data=np.arange(60.).reshape(3, 4, 5), chunks=(2, 3, 4), compression='gzip', shuffle=True, fletcher32=True)
    r = f.create_dataset('lists', (3,), maxshape=(None,), chunks=(2,), dtype=h5py.vlen_dtype(np.float16), compression='gzip')
    r[0] = np.array([1, 2, 3.]); r[1] = np.array([.5])
    f.create_dataset('sparse', (10, 10), dtype='f4', chunks=(2, 2), fillvalue=3.)[4, 4] = 1
    f['attr'] = 1; f['attr'].attrs['a'] = 'x'; f.attrs['b'] = np.arange(3)
    f['empty'] = h5py.Empty('f4'); f['complex'] = np.array([1 + 2j]); f['link'] = h5py.SoftLink('/scalar')
    f.create_dataset('lzf', data=np.arange(100), compression='lzf')
)"));
  const Hdf5Reader f(folder / "theirs.h5");
  const NpyArray flags = f.array("/bool");
  CHECK(flags.type == DataType::boolean);
  CHECK(flags.as<int>() == std::vector<int>{1, 0});
  CHECK(f.text("/text") == "héllo");
  CHECK(f.texts("/fixed") == std::vector<std::string>{"ab", "cde"});
  CHECK(f.array("/big").vector<int>() == Vector<int>{{0, 1, 2, 3, 4}});
  CHECK(f.array("/half").vector<float>() == Vector<float>{{0, 0.25f, 0.5f, 0.75f}});
  CHECK(f.array("/scalar").scalar<float>() == 2.5f);
  CHECK(f.array("/all").as<double>()[59] == 59);
  CHECK(f.shape("/all") == std::vector<Index>{3, 4, 5});
  const auto lists = f.lists("/lists");
  CHECK(lists[0].vector<float>() == Vector<float>{{1, 2, 3}});
  CHECK(lists[1].vector<float>() == Vector<float>{{0.5f}});
  CHECK(lists[2].size() == 0);
  CHECK(f.array("/sparse").matrix<double>()(4, 4) == 1);
  CHECK(f.array("/sparse").matrix<double>()(9, 9) == 3);
  CHECK(f.array("/attr").scalar<int>() == 1);
  CHECK(contains(error_of([&] { f.array("/empty"); }), "'/empty' is empty, not even a number"));
  CHECK(contains(error_of([&] { f.array("/complex"); }),
                 "'/complex' has entries of a type that cannot be read"));
  CHECK(
      contains(error_of([&] { f.array("/link"); }), "'/link' cannot be read: it is a link to another name"));
  CHECK(contains(error_of([&] { f.array("/lzf"); }), "'/lzf' is packed by filter 32000"));
}

TEST_CASE("HDF5: files in memory are read and written side by side", "[io]") {
  Hdf5Writer one, two;
  one.put("/x", 1);
  two.put("/x", 2);
  const Hdf5Reader first(one.dump()), second(two.dump());
  CHECK(first.array("/x").scalar<int>() == 1);
  CHECK(second.array("/x").scalar<int>() == 2);
}

TEST_CASE("HDF5: libhdf5's own printing of errors is as it was", "[io]") {
  H5E_auto2_t before = nullptr, after = nullptr;
  void* data = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &before, &data);
  CHECK(error_of([&] { Hdf5Reader(sample()).array("/gain"); }) != "no error");
  H5Eget_auto2(H5E_DEFAULT, &after, &data);
  CHECK(before == after);
}
