#include <bit>

#include <neohebb/io/npy.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {

/// A .npy file of version `major` with the given header and entries.
Bytes npy(const std::string& header, const Bytes& entries, int major = 1) {
  std::string start("\x93NUMPY", 6);
  start += {static_cast<char>(major), '\0'};
  for (int k = 0; k < (major == 1 ? 2 : 4); ++k) start += static_cast<char>(header.size() >> (8 * k) & 255);
  start += header;
  Bytes bytes(start.begin(), start.end());
  bytes.insert(bytes.end(), entries.begin(), entries.end());
  return bytes;
}
std::string refusal(const std::string& header, std::size_t bytes = 8) {
  return error_of([&] { parse_npy(npy(header, Bytes(bytes)), "x.npy"); });
}
std::string dict(const std::string& type, const std::string& shape, const std::string& order = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

}  // namespace

TEST_CASE("matrices, vectors and numbers come back from a file bit for bit", "[io]") {
  const support::TemporaryFolder folder;
  const Matrix<float> m = Matrix<float>::Random(3, 5);
  const Vector<double> v = Vector<double>::Random(7);
  const Eigen::Matrix<int, Dynamic, Dynamic, Eigen::RowMajor> rows = Matrix<int>::Random(2, 4);
  write_npy(folder / "m.npy", m);
  CHECK(read_npy(folder / "m.npy").matrix<float>() == m);
  CHECK(read_npy(folder / "m.npy").shape == std::vector<Index>{3, 5});
  CHECK(read_npy(folder / "m.npy").fortran_order);
  write_npy(folder / "v.npy", v);
  CHECK(read_npy(folder / "v.npy").vector<double>() == v);
  CHECK(read_npy(folder / "v.npy").shape == std::vector<Index>{7});
  write_npy(folder / "rows.npy", rows);
  CHECK(read_npy(folder / "rows.npy").matrix<int>() == rows);
  CHECK_FALSE(read_npy(folder / "rows.npy").fortran_order);
  write_npy(folder / "x.npy", 2.5);
  CHECK(read_npy(folder / "x.npy").scalar<double>() == 2.5);
  CHECK(read_npy(folder / "x.npy").shape.empty());
  write_npy(folder / "e.npy", Matrix<float>(0, 3));
  CHECK(read_npy(folder / "e.npy").matrix<float>().cols() == 3);
}

TEST_CASE("blocks, transposes and expressions are written as what they are worth", "[io]") {
  const Matrix<float> m = Matrix<float>::Random(4, 6);
  CHECK(to_npy(m.block(1, 2, 2, 3)).matrix<float>() == m.block(1, 2, 2, 3));
  CHECK(to_npy(m.transpose()).matrix<float>() == m.transpose());
  CHECK(to_npy(2 * m).matrix<float>() == 2 * m);
  CHECK(to_npy(m.row(2)).vector<float>() == m.row(2).transpose());
  CHECK(to_npy((m.array() > 0).matrix()).type == DataType::boolean);
}

TEST_CASE("the bytes are NumPy's", "[io]") {
  const Bytes bytes = dump_npy(to_npy(Vector<std::int32_t>{{1, 2, 3}}));
  const std::string start(bytes.begin(), bytes.begin() + 128);
  std::string expected("\x93NUMPY\x01\x00v\x00", 10);
  const std::string order = std::endian::native == std::endian::little ? "<" : ">";  // the machine's
  expected += "{'descr': '" + order + "i4', 'fortran_order': False, 'shape': (3,), }";
  expected.resize(127, ' ');
  CHECK(start == expected + "\n");
  CHECK(bytes.size() == 128 + 12);
}

TEST_CASE("versions 1, 2 and 3, either byte order and any order of keys are read", "[io]") {
  const Bytes big = {0x3f, 0xc0, 0, 0, 0xc0, 0x20, 0, 0}, little = {0, 0, 0xc0, 0x3f, 0, 0, 0x20, 0xc0};
  for (const int major : {1, 2, 3}) {
    const auto v = parse_npy(npy(dict(">f4", "(2,)"), big, major)).vector<float>();
    CHECK(v == Vector<float>{{1.5f, -2.5f}});
  }
  CHECK(parse_npy(npy("{\"shape\":(2L,),\"descr\":\"<f4\",\"fortran_order\":True}", little)).as<float>() ==
        std::vector<float>{1.5f, -2.5f});
  CHECK(contains(error_of([&] { parse_npy(npy(dict("<f4", "(2,)"), little, 4)); }),
                 "byte 6: version 4.0 is unknown"));
}

TEST_CASE("arrays of many dimensions are given in C order whatever their stored order", "[io]") {
  Bytes stored(24);
  for (std::size_t k = 0; k < 24; ++k) stored[k] = static_cast<unsigned char>(k);
  const auto c = parse_npy(npy(dict("|u1", "(2, 3, 4)"), stored)).as<double>();
  for (std::size_t k = 0; k < 24; ++k) CHECK(c[k] == static_cast<double>(k));
  const auto f = parse_npy(npy(dict("|u1", "(2, 3, 4)", "True"), stored)).as<double>();
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 4; ++k)
        CHECK(f[(i * 3 + j) * 4 + k] == static_cast<double>(i + 2 * (j + 3 * k)));
}

TEST_CASE("a conversion keeps the value or is refused", "[io]") {
  CHECK(to_npy(std::uint8_t{200}).scalar<double>() == 200);
  CHECK(to_npy(7.0).scalar<int>() == 7);
  CHECK(to_npy(true).scalar<int>() == 1);
  CHECK(to_npy(0.1).scalar<float>() == 0.1f);
  CHECK(contains(error_of([] { to_npy(300).scalar<std::uint8_t>(); }),
                 "array holds 300 (int32) at place 0, which is no uint8"));
  CHECK(contains(error_of([] { to_npy(-1).scalar<std::uint64_t>(); }), "which is no uint64"));
  CHECK(contains(error_of([] { to_npy(2.5).scalar<int>(); }), "which is no int32"));
  CHECK(contains(error_of([] { to_npy(1e300).scalar<float>(); }), "which is no float32"));
  CHECK(contains(error_of([] { to_npy(std::nan("")).scalar<int>(); }), "which is no int32"));
  CHECK(
      contains(error_of([] { to_npy(9223372036854775808.0).scalar<std::int64_t>(); }), "which is no int64"));
  CHECK(contains(error_of([] { to_npy(2).scalar<bool>(); }), "which is no bool"));
}

TEST_CASE("another shape than the wanted one is refused with both", "[io]") {
  const NpyArray array = to_npy(Matrix<float>::Zero(2, 3));
  Matrix<float> other(3, 2);
  CHECK(contains(error_of([&] { array.vector<float>("w"); }), "w has shape (2, 3), expected 1 dimension"));
  CHECK(contains(error_of([&] { array.scalar<float>("w"); }), "w has shape (2, 3), expected 0 dimensions"));
  CHECK(contains(error_of([&] { array.copy_to(other, "w"); }), "w has shape (2, 3), expected (3, 2)"));
}

TEST_CASE("absurd .npy headers are refused before anything is allocated", "[io]") {
  CHECK(contains(refusal(dict("<f8", "(-1,)")), "x.npy, byte 61: a dimension is no number from 0 upwards"));
  CHECK(contains(refusal(dict("<f8", "(1099511627776, 1099511627776)")), "fits into no memory"));
  CHECK(contains(refusal(dict("<f8", "(99999999999999999999,)")), "a dimension is too large"));
  CHECK(contains(refusal(dict("<f8", "(1000000000000,)")), "takes 8000000000000 bytes, 8 are there"));
  CHECK(contains(refusal(dict("<f8", "(2,)")), "takes 16 bytes, 8 are there"));
  CHECK(contains(refusal(dict("<f4", "(1,)")),
                 "an array of float32 and shape (1,) takes 4 bytes, 8 are there"));
  CHECK(contains(refusal(dict("|O", "(1,)")), "entries of type '|O' cannot be read"));
  CHECK(contains(refusal(dict("<c8", "(1,)")), "entries of type '<c8' cannot be read"));
  CHECK(contains(refusal(dict("|f8", "(1,)")), "does not tell its byte order"));
  CHECK(contains(refusal("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (1,), }"),
                 "structured type"));
  CHECK(contains(refusal(dict("<f8", "(1)")), "expected a tuple"));
  CHECK(contains(refusal(dict("<f8", "(1,)", "Maybe")), "neither True nor False"));
  CHECK(contains(refusal("{'descr': '<f8', 'shape': (1,)}"), "lacks"));
  CHECK(contains(refusal("{'descr': '<f8', 'descr': '<f8'}"), "names 'descr' twice"));
  CHECK(contains(refusal(dict("<f8", "(1,)") + "x"), "goes on after its dict"));
  CHECK(contains(refusal(""), "expected '{'"));
  std::string deep = "(";
  for (int k = 0; k < 70; ++k) deep += "1, ";
  CHECK(contains(refusal(dict("<f8", deep + ")")), "more than 64 dimensions"));
  Bytes reaching = npy(dict("<f8", "(1,)"), Bytes(8), 2);
  reaching[11] = 0x7f;
  CHECK(contains(error_of([&] { parse_npy(reaching, "x.npy"); }), "x.npy, byte 8: a header of 21"));
  CHECK(contains(error_of([&] {
                   parse_npy(Bytes{'P', 'K', 3, 4, 0, 0, 0, 0, 0, 0, 0}, "x");
                 }),
                 "the magic is wrong"));
}

TEST_CASE("an .npy file cut off at any byte is refused, and so is one that goes on", "[io]") {
  const support::TemporaryFolder folder;
  const Bytes whole = dump_npy(to_npy(Matrix<double>::Random(2, 2)));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    support::put_file(folder / "x.npy", part);
    const std::string from_file = error_of([&] { read_npy(folder / "x.npy"); });
    CHECK(contains(from_file, "x.npy, byte "));
    CHECK(contains(error_of([&] { parse_npy(part, "x.npy"); }), "x.npy, byte "));
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK(contains(error_of([&] { parse_npy(longer); }), "takes 32 bytes, 33 are there"));
}

TEST_CASE(
    "random damage of an .npy file is refused or gives an array that is written and read again the same",
    "[io]") {
  const Bytes whole = dump_npy(to_npy(Matrix<float>::Random(2, 3)));
  int read = 0;
  for (std::uint32_t k = 0; k < 20000; ++k) {
    NpyArray array;
    const std::string error = error_of([&] { array = parse_npy(support::damaged(whole, k), "x.npy"); });
    if (error != "no error") {
      CHECK(contains(error, "x.npy, byte "));
      continue;
    }
    ++read;
    const bool same = parse_npy(dump_npy(array)) == array;
    CHECK(same);
    CHECK(array.as<double>().size() == static_cast<std::size_t>(array.size()));
  }
  CHECK(read > 100);
}

TEST_CASE("NumPy reads what is written and its files are read", "[io]") {
  const support::TemporaryFolder folder;
  const std::string python = support::python_with_numpy();
  if (python.empty()) return;
  const Matrix<double> m = Matrix<double>::Random(3, 4);
  write_npy(folder / "m.npy", m);
  write_npy(folder / "v.npy", Vector<std::uint16_t>{{1, 500, 65535}});
  write_npy(folder / "b.npy", true);
  REQUIRE(support::run_python(python, folder, R"(
m, v, b = np.load('m.npy'), np.load('v.npy'), np.load('b.npy')
native = lambda a: a.dtype.newbyteorder('=')  # Python may run on another machine than an emulated test
assert m.shape == (3, 4) and native(m) == np.float64 and native(v) == np.uint16 and list(v) == [1, 500, 65535]
assert b.shape == () and b.dtype == bool and b
np.save('c.npy', np.ascontiguousarray(m)); np.save('big.npy', m.astype('>f8'))
for t in 'b1 i1 i2 i4 i8 u1 u2 u4 u8 f4 f8'.split(): np.save(t + '.npy', np.array([0, 1, 1], t))
np.save('f3.npy', np.asfortranarray(np.arange(24.).reshape(2, 3, 4)))
np.save('object.npy', np.array([{}], object), allow_pickle=True)
np.save('record.npy', np.zeros(2, [('x', 'f4'), ('y', 'i4')]))
)"));
  CHECK(read_npy(folder / "c.npy").matrix<double>() == m);
  CHECK(read_npy(folder / "big.npy").matrix<double>() == m);
  for (const std::string type : {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"})
    CHECK(read_npy(folder / (type + ".npy")).as<float>() == std::vector<float>{0, 1, 1});
  const auto f3 = read_npy(folder / "f3.npy").as<double>();
  for (std::size_t k = 0; k < 24; ++k) CHECK(f3[k] == static_cast<double>(k));
  CHECK(contains(error_of([&] { read_npy(folder / "object.npy"); }), "entries of type '|O' cannot be read"));
  CHECK(contains(error_of([&] { read_npy(folder / "record.npy"); }), "structured type"));
}

TEST_CASE("recorded trajectories are read", "[io]") {
  const std::string file = support::shared_folder() + "/golden/conv_sgd_smooth_l1/layer0_potential_U.npy";
  if (!std::filesystem::exists(file)) {
    std::puts(("skipped: no " + file).c_str());
    return;
  }
  const NpyArray array = read_npy(file);
  CHECK(array.shape.size() == 5);
  CHECK(array.as<double>().size() == static_cast<std::size_t>(array.size()));
}
