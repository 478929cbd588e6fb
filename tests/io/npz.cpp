#include <neohebb/io/npz.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {

Npz sample() {
  Npz npz;
  npz.put("layer/weight", Matrix<float>(Matrix<float>::Constant(3, 4, 0.25f)));
  npz.put("bias", Vector<double>{{1, 2, 3}});
  npz.put("epoch", 7);
  return npz;
}
/// Overwrites bytes from each place where `what` stands, `offset` beyond it.
Bytes patched(Bytes bytes, const std::string& what, std::size_t offset, const Bytes& by) {
  for (auto at = bytes.begin();;) {
    at = std::search(at, bytes.end(), what.begin(), what.end());
    if (at == bytes.end()) return bytes;
    std::copy(by.begin(), by.end(), at + static_cast<std::ptrdiff_t>(offset));
    at += 4;
  }
}
const std::string local_header = "PK\3\4", directory_header = "PK\1\2";

}  // namespace

TEST_CASE("an archive comes back, stored or deflated", "[io]") {
  const support::TemporaryFolder folder;
  for (const Compression compression : {Compression::none, Compression::deflate}) {
    write_npz(folder / "a.npz", sample(), compression);
    const Npz back = read_npz(folder / "a.npz");
    const bool same = back.arrays() == sample().arrays();
    CHECK(same);
    CHECK(back.at("epoch").scalar<int>() == 7);
  }
  Npz large;
  large.put("zeros", Matrix<float>(Matrix<float>::Zero(1000, 100)));
  CHECK(dump_npz(large, Compression::deflate).size() < 2000);
  CHECK(parse_npz(dump_npz(Npz{})).arrays().empty());
}

TEST_CASE("the same arrays give the same bytes, dated 1980-01-01", "[io]") {
  const Bytes bytes = dump_npz(sample());
  CHECK(bytes == dump_npz(sample()));
  REQUIRE(std::string(bytes.begin(), bytes.begin() + 4) == local_header);
  const Bytes stamp(bytes.begin() + 10, bytes.begin() + 14);
  CHECK(stamp == Bytes{0, 0, 33, 0});
}

TEST_CASE("names are given once and asked for as they are", "[io]") {
  Npz npz = sample();
  CHECK(contains(error_of<std::invalid_argument>([&] { npz.put("bias", 1); }), "an array 'bias' already"));
  CHECK(contains(error_of<std::invalid_argument>([&] { npz.put("", 1); }), "cannot name an array"));
  CHECK(contains(error_of([&] { npz.at("gain"); }), "archive holds no array 'gain' among its 3"));
}

TEST_CASE("an archive that names an array twice is refused", "[io]") {
  Npz npz;
  npz.put("ab", 1);
  npz.put("ac", 2);
  const Bytes twice = patched(dump_npz(npz), "ac.npy", 0, {'a', 'b'});
  CHECK(contains(error_of([&] { parse_npz(twice, "x.npz"); }), "x.npz holds an array twice"));
}

TEST_CASE("what else an archive holds is an error only where it is asked for", "[io]") {
  Npz npz = sample();
  npz.put("notes", 1);
  npz.put("words", Vector<double>{{1, 2, 3}});
  npz.put("halves", Vector<double>{{4, 5, 6}});
  Bytes other = patched(dump_npz(npz), "notes.npy", 5, {'.', 't', 'x', 't'});
  CHECK(parse_npz(other, "x.npz").at("epoch").scalar<int>() == 7);
  CHECK(contains(error_of([&] { parse_npz(other, "x.npz").at("notes.txt"); }),
                 "x.npz: entry 'notes.txt' is no .npy array"));
  CHECK(contains(error_of([&] { parse_npz(other, "x.npz").at("notes"); }), "holds no array 'notes'"));
  CHECK(parse_npz(other, "x.npz").unreadable().size() == 1);
}

TEST_CASE("arrays of text, of objects and of half precision leave the others readable", "[io]") {
  const support::TemporaryFolder folder;
  const std::string python = support::python_with_numpy();
  if (python.empty()) return;
  REQUIRE(support::run_python(python, folder, R"(
import zipfile
np.savez('mixed.npz', w=np.arange(3.), label=np.array('cat'), cfg=np.array({'a': 1}, dtype=object), half=np.float16([1, 2]))
with zipfile.ZipFile('mixed.npz', 'a') as z: z.writestr('README.txt', 'hi'); z.writestr('folder/', '')
)"));
  const Npz npz = read_npz(folder / "mixed.npz");
  CHECK(npz.at("w").vector<double>() == Vector<double>{{0, 1, 2}});
  CHECK(npz.arrays().size() == 1);
  for (const std::string name : {"label", "cfg", "half", "README.txt", "folder/"}) {
    CHECK(npz.unreadable().count(name) == 1);
    CHECK(contains(error_of([&] { npz.at(name); }), "mixed.npz"));
    CHECK(contains(error_of([&] { npz.at(name); }), "'" + name + "'"));
  }
  CHECK(contains(error_of([&] { npz.at("half"); }), "entries of type '<f2' cannot be read"));
}

TEST_CASE("the archives in ../shared that hold more than arrays are read", "[io]") {
  const std::string faults = support::shared_folder() + "/faults/";
  if (!std::filesystem::exists(faults + "mixed.npz")) {
    std::puts("skipped: no ../shared/faults");
    return;
  }
  CHECK(read_npz(faults + "mixed.npz").arrays().count("w") == 1);
  CHECK(read_npz(faults + "extra.npz").arrays().count("a") == 1);
}

TEST_CASE("what is no archive is refused", "[io]") {
  CHECK(contains(error_of([&] { parse_npz(Bytes(100, 'x'), "x.npz"); }), "x.npz: no readable zip archive"));
  CHECK(contains(error_of([&] { parse_npz(Bytes{}, "x.npz"); }), "x.npz, byte 0: too short for a zip"));
}

TEST_CASE("sizes are checked before they are believed", "[io]") {
  const Bytes bytes = dump_npz(sample(), Compression::deflate);
  Bytes bomb = patched(bytes, local_header, 22, {0, 0, 0, 0x70});
  bomb = patched(bomb, directory_header, 24, {0, 0, 0, 0x70});
  CHECK(contains(error_of([&] { parse_npz(bomb, "x.npz"); }), "claims to make 1879048192 bytes of"));

  NpzLimits limits;
  limits.bytes = 200;
  CHECK(contains(error_of([&] { parse_npz(bytes, "x.npz", limits); }), "raise NpzLimits::bytes"));
  limits = {};
  limits.entries = 2;
  CHECK(contains(error_of([&] { parse_npz(bytes, "x.npz", limits); }),
                 "x.npz holds 3 arrays, at most 2 are allowed"));
}

TEST_CASE("a shape that asks for more than its entry holds is refused", "[io]") {
  NpyArray array = to_npy(Vector<double>{{1, 2, 3}});
  array.shape = {3000000000};
  Npz npz;
  npz.put("x", array);
  CHECK(contains(
      error_of([&] { parse_npz(dump_npz(npz), "x.npz").at("x"); }),
      "x.npz, array 'x', byte 128: an array of float64 and shape (3000000000,) takes 24000000000 bytes, 24"));
}

TEST_CASE("another compression, and encryption, are refused by name", "[io]") {
  Bytes bzip = patched(dump_npz(sample()), local_header, 8, {12});
  bzip = patched(bzip, directory_header, 10, {12});
  CHECK(contains(error_of([&] { parse_npz(bzip, "x.npz").at("bias"); }), "is compressed by method 12"));
  Bytes locked = patched(dump_npz(sample()), local_header, 6, {1});
  locked = patched(locked, directory_header, 8, {1});
  CHECK(contains(error_of([&] { parse_npz(locked, "x.npz").at("bias"); }), "is encrypted"));
}

TEST_CASE("a damaged entry fails its checksum", "[io]") {
  Npz npz;
  npz.put("bias", Vector<double>{{1, 2, 3}});
  Bytes bytes = dump_npz(npz);
  const Bytes three = {0, 0, 0, 0, 0, 0, 8, 0x40};
  const auto at = std::search(bytes.begin(), bytes.end(), three.begin(), three.end());
  REQUIRE(at != bytes.end());
  *at ^= 1;
  CHECK(contains(error_of([&] { parse_npz(bytes, "x.npz"); }), "x.npz, array 'bias' is damaged: CRC error"));
}

TEST_CASE("an archive cut off at any byte is refused", "[io]") {
  for (const Compression compression : {Compression::none, Compression::deflate}) {
    const Bytes whole = dump_npz(sample(), compression);
    for (std::size_t n = 0; n < whole.size(); ++n) {
      const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
      CHECK(contains(error_of([&] { parse_npz(part, "x.npz"); }), "x.npz"));
    }
  }
}

TEST_CASE("a randomly damaged archive is refused or read and written again the same", "[io]") {
  for (const Compression compression : {Compression::none, Compression::deflate}) {
    const Bytes whole = dump_npz(sample(), compression);
    for (std::uint32_t k = 0; k < 3000; ++k) {
      Npz npz;
      const std::string error = error_of([&] { npz = parse_npz(support::damaged(whole, k), "x.npz"); });
      if (error != "no error") {
        CHECK(contains(error, "x.npz"));
        continue;
      }
      const bool same = parse_npz(dump_npz(npz)).arrays() == npz.arrays();
      CHECK(same);
    }
  }
}

TEST_CASE("NumPy reads the archives and its archives are read", "[io]") {
  const support::TemporaryFolder folder;
  const std::string python = support::python_with_numpy();
  if (python.empty()) return;
  write_npz(folder / "stored.npz", sample());
  write_npz(folder / "deflated.npz", sample(), Compression::deflate);
  write_npz(folder / "empty.npz", Npz{});
  REQUIRE(support::run_python(python, folder, R"(
import zipfile, io
for name in ('stored.npz', 'deflated.npz'):
    assert zipfile.ZipFile(name).testzip() is None
    d = np.load(name)
    assert d.files == ['bias', 'epoch', 'layer/weight'] and d['epoch'] == 7 and d['layer/weight'].shape == (3, 4)
    assert (d['layer/weight'] == 0.25).all() and list(d['bias']) == [1, 2, 3]
assert np.load('empty.npz').files == []
a = dict(w=np.arange(6.).reshape(2, 3), n=np.int64(5))
np.savez('a.npz', **a); np.savez_compressed('b.npz', **a)
class Pipe(io.RawIOBase):  # cannot seek: sizes follow the entries
    def __init__(self): self.data = b''
    def writable(self): return True
    def write(self, b): self.data += bytes(b); return len(b)
pipe = Pipe(); np.savez(pipe, **a); open('c.npz', 'wb').write(pipe.data)
)"));
  for (const std::string name : {"a.npz", "b.npz", "c.npz"}) {
    const Npz npz = read_npz(folder / name);
    CHECK(npz.at("w").matrix<double>() == Matrix<double>{{0, 1, 2}, {3, 4, 5}});
    CHECK(npz.at("n").scalar<int>() == 5);
  }
}
