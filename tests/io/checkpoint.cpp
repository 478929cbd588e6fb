#include <neohebb/core/random.hpp>
#include <neohebb/io/checkpoint.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {

struct Weights {
  Matrix<float> weight;
  Vector<double> bias;
  static void fields(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("bias", self.bias);
  }
  friend bool operator==(const Weights&, const Weights&) = default;
};
struct Stateless {
  friend bool operator==(const Stateless&, const Stateless&) = default;
};
enum class Phase : std::int16_t { warm_up = 3, learning };

struct Learner {
  std::tuple<Weights, Stateless, Weights> layers;
  std::vector<Weights> moments;
  std::pair<int, bool> step;
  std::array<Eigen::Matrix<int, 2, 3>, 2> fixed;
  Eigen::Array<float, Dynamic, Dynamic, Eigen::RowMajor> rows;
  std::string optimizer;
  Phase phase{};
  std::vector<double> curve;
  std::vector<bool> frozen;
  Generator generator;
  static void fields(auto& self, auto&& visit) {
    visit("layers", self.layers);
    visit("moments", self.moments);
    visit("step", self.step);
    visit("fixed", self.fixed);
    visit("rows", self.rows);
    visit("optimizer", self.optimizer);
    visit("phase", self.phase);
    visit("curve", self.curve);
    visit("frozen", self.frozen);
    visit("generator", self.generator);
  }
  friend bool operator==(const Learner& a, const Learner& b) {
    return a.layers == b.layers && a.moments == b.moments && a.step == b.step && a.fixed == b.fixed &&
           (a.rows == b.rows).all() && a.optimizer == b.optimizer && a.phase == b.phase &&
           a.curve == b.curve && a.frozen == b.frozen && a.generator == b.generator;
  }
};

Weights weights(Index rows = 3) { return {Matrix<float>::Random(rows, 4), Vector<double>::Random(rows)}; }
Learner learner() {
  return {
      {weights(), {}, weights(2)},
      {weights(), weights(5)},
      {12, true},
      {Eigen::Matrix<int, 2, 3>::Constant(4), Eigen::Matrix<int, 2, 3>::Constant(5)},
      Matrix<float>::Random(2, 5).array(),
      "adam",
      Phase::learning,
      {0.5, 0.25, -0.0, std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::infinity()},
      {true, false, true},
      Generator{1, 2, 3, 4}};
}
/// Of the same sizes, nothing else in common.
Learner blank() {
  Learner other = learner();
  other.step = {0, false};
  other.optimizer = "a longer name than before";
  other.phase = Phase::warm_up;
  other.curve.assign(5, 9);
  other.frozen.assign(3, false);
  other.generator = {};
  return other;
}
Checkpoint stored(const Checkpoint& checkpoint, const support::TemporaryFolder& folder) {
  checkpoint.save(folder / "x.npz");
  return Checkpoint::load(folder / "x.npz");
}

}  // namespace

TEST_CASE("a learner comes back from a checkpoint bit for bit", "[io]") {
  const support::TemporaryFolder folder;
  const Learner saved = learner();
  Checkpoint file;
  file.put("learner", saved);
  file.put("epoch", 7);
  for (const Compression compression : {Compression::none, Compression::deflate}) {
    file.save(folder / "x.npz", compression);
    const Checkpoint back = Checkpoint::load(folder / "x.npz");
    Learner restored = blank();
    int epoch = 0;
    back.get("learner", restored);
    back.get("epoch", epoch);
    CHECK(restored == saved);
    CHECK(std::signbit(restored.curve[2]));
    CHECK(epoch == 7);
  }
}

TEST_CASE("parts are called by field and by number, and an empty type leaves nothing", "[io]") {
  Checkpoint file;
  file.put("l", learner());
  const Npz& arrays = file.arrays();
  for (const char* name : {"l/layers/0/weight", "l/layers/2/bias", "l/moments/1/weight", "l/step/0",
                           "l/step/1", "l/fixed/1", "l/generator/seed", "l/curve"})
    CHECK(arrays.contains(name));
  CHECK_FALSE(file.contains("l/layers/1"));
  CHECK(arrays.at("l/generator/seed").type == DataType::uint64);
  CHECK(arrays.at("l/phase").type == DataType::int16);
  CHECK(file.contains("l/layers"));
  CHECK_FALSE(file.contains("l/lay"));
}

TEST_CASE("what does not fit is refused with name, found and expected, and nothing is touched", "[io]") {
  const support::TemporaryFolder folder;
  Checkpoint file;
  file.put("l", learner());
  file.put("n", 5);
  const Checkpoint back = stored(file, folder);
  const auto refused = [&](auto change) {
    Learner target = blank();
    change(target);
    const Learner before = target;
    const std::string error = error_of([&] { back.get("l", target); });
    CHECK(target == before);
    CHECK(contains(error, "x.npz"));
    return error;
  };
  CHECK(contains(refused([](Learner& l) {
                   std::get<2>(l.layers).weight.resize(9, 4);
                   l.fixed[0].setZero();
                   std::get<2>(l.layers).weight.setZero();
                 }),
                 "'l/layers/2/weight' is float32 of shape (2, 4), expected float32 of shape (9, 4)"));
  CHECK(contains(refused([](Learner& l) { l.curve.pop_back(); }),
                 "'l/curve' is float64 of shape (5,), expected float64 of shape (4,)"));
  CHECK(contains(refused([](Learner& l) { l.moments.push_back(weights()); }),
                 "holds no array 'l/moments/2/weight'"));
  CHECK(contains(refused([](Learner& l) { l.moments.pop_back(); }),
                 "has a part 'l/moments/1/bias' that the object to be filled lacks"));
  double number = 1;
  CHECK(contains(error_of([&] { back.get("n", number); }),
                 "'n' is int32 of shape (), expected float64 of shape ()"));
  CHECK(number == 1);
  CHECK(contains(error_of([&] { back.get("m", number); }), "holds no array 'm'"));
  Weights whole = weights();
  CHECK(contains(error_of([&] { back.get("n", whole); }), "holds no array 'n/weight'"));
}

TEST_CASE("NaN is refused when saved and when loaded", "[io]") {
  const support::TemporaryFolder folder;
  Weights bad = weights();
  bad.weight(1, 2) = std::numeric_limits<float>::quiet_NaN();
  Checkpoint file;
  CHECK(contains(error_of<std::invalid_argument>([&] { file.put("w", bad); }), "'w/weight' has NaN entries"));
  CHECK_FALSE(file.contains("w"));

  Npz npz;
  npz.put("neohebb_checkpoint", 1);
  npz.put("w/weight", bad.weight);
  npz.put("w/bias", bad.bias);
  write_npz(folder / "x.npz", npz);
  const Weights before = weights();
  Weights target = before;
  const Checkpoint back = Checkpoint::load(folder / "x.npz");
  CHECK(contains(error_of([&] { back.get("w", target); }), "x.npz: 'w/weight' has NaN entries"));
  CHECK(target == before);
}

TEST_CASE("a name is taken once", "[io]") {
  Checkpoint file;
  file.put("a/b", 1);
  for (const char* name : {"a/b", "a", "a/b/c", "", "neohebb_checkpoint"})
    CHECK(error_of<std::invalid_argument>([&] { file.put(name, 1); }) != "no error");
  file.put("a/c", 2);
  file.put("ab", 2);
}

TEST_CASE("other archives and other formats are no checkpoints", "[io]") {
  const support::TemporaryFolder folder;
  Npz npz;
  npz.put("w", 1);
  write_npz(folder / "x.npz", npz);
  const auto load = [&] { Checkpoint::load(folder / "x.npz"); };
  CHECK(contains(error_of(load), "x.npz is an .npz file but no checkpoint"));
  npz.put("neohebb_checkpoint", 2);
  write_npz(folder / "x.npz", npz);
  CHECK(contains(error_of(load), "x.npz is a checkpoint of format 2, this program reads format 1"));
  write_npy(folder / "x.npz", 1);
  CHECK(contains(error_of(load), "no readable zip archive"));
}

TEST_CASE("a checkpoint cut off at any byte, or damaged at random, is refused and changes nothing", "[io]") {
  const support::TemporaryFolder folder;
  const Weights saved{Matrix<float>::Random(2, 2), Vector<double>::Random(2)};
  Checkpoint file;
  file.put("w", saved);
  file.save(folder / "whole.npz");
  const Bytes whole = read_file(folder / "whole.npz");
  const auto attempt = [&](const Bytes& bytes) {
    support::put_file(folder / "x.npz", bytes);
    Weights target{Matrix<float>::Ones(2, 2), Vector<double>::Ones(2)};
    const Weights before = target;
    const std::string error = error_of([&] { Checkpoint::load(folder / "x.npz").get("w", target); });
    CHECK((error == "no error" ? target == saved : target == before && contains(error, "x.npz")));
    return error;
  };
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK(attempt(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n))) != "no error");
  for (std::uint32_t k = 0; k < 2000; ++k) attempt(support::damaged(whole, k));
}

TEST_CASE("NumPy reads the weights of a checkpoint by name", "[io]") {
  const support::TemporaryFolder folder;
  const std::string python = support::python_with_numpy();
  if (python.empty()) return;
  Checkpoint file;
  file.put("weights", std::tuple{Weights{Matrix<float>::Constant(2, 3, 1.5f), Vector<double>::Zero(2)}});
  file.put("name", std::string("adam"));
  file.save(folder / "net.npz");
  CHECK(support::run_python(python, folder, R"(
d = np.load('net.npz')
w = d['weights/0/weight']
assert w.shape == (2, 3) and w.dtype.newbyteorder('=') == np.float32 and (w == 1.5).all()
assert bytes(d['name']).decode() == 'adam' and d['neohebb_checkpoint'] == 1
)"));
}

TEST_CASE("a note that somebody adds to a checkpoint is in nobody's way; a part that cannot be read is",
          "[io]") {
  const support::TemporaryFolder folder;
  Checkpoint file;
  file.put("epoch", 7);
  file.save(folder / "a.npz");
  const std::string python = support::python_with_numpy();
  if (python.empty()) return;
  REQUIRE(support::run_python(python, folder, R"(
import io, zipfile
def add(name, array):
    held = io.BytesIO(); np.save(held, array)
    with zipfile.ZipFile('a.npz', 'a') as z: z.writestr(name, held.getvalue())
add('note.npy', np.array('best so far')); add('weights/0.npy', np.array('text'))
)"));
  const Checkpoint saved = Checkpoint::load(folder / "a.npz");
  int epoch = 0;
  saved.get("epoch", epoch);
  CHECK(epoch == 7);
  std::vector<Vector<float>> weights(1, Vector<float>::Zero(2));
  CHECK(support::contains(support::error_of([&] { saved.get("weights", weights); }), "'weights/0'"));
}
