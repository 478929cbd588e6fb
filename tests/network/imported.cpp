// Networks that came as NIR graphs: each node type gives what its equation says, whatever the graph's form.
#include <neohebb/network/imported.hpp>

#include <random>

#include "catch.hpp"
#include "support/nir.hpp"

using namespace neohebb;
using support::filled;

namespace {

nir::Graph chain(const nir::Shape& in, std::vector<nir::Parameters> parameters) {
  nir::Graph graph;
  graph.nodes.push_back({"input", nir::Input{in}, {}});
  std::string before = "input";
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const std::string name = "n" + std::to_string(k);
    graph.nodes.push_back({name, parameters[k], {}});
    graph.edges.push_back({before, name});
    before = name;
  }
  graph.nodes.push_back({"output", nir::Output{}, {}});
  graph.edges.push_back({before, "output"});
  return graph;
}
NpyArray numbers(const nir::Shape& shape, const std::vector<double>& values) {
  NpyArray array =
      to_npy(Eigen::Map<const Vector<double>>(values.data(), static_cast<Index>(values.size())).eval());
  array.shape = shape;
  return array;
}
NpyArray random_array(const nir::Shape& shape, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<double> all(static_cast<std::size_t>(nir::size_of_shape(shape)));
  for (double& x : all) x = static_cast<double>(random()) / 2147483648.0 - 1;
  return numbers(shape, all);
}
/// Counts, most of which are zero, with a negative one now and then; or, dense, none of them zero.
template <class S> Matrix<S> input(Index rows, Index batch, unsigned seed, bool dense = false) {
  std::mt19937 random(seed);
  Matrix<S> x(rows, batch);
  for (Index b = 0; b < batch; ++b)
    for (Index i = 0; i < rows; ++i) {
      const auto draw = static_cast<int>(random() % 10);
      x(i, b) = dense ? static_cast<S>(draw - 4.5)
                      : static_cast<S>(draw == 0   ? 1
                                       : draw == 1 ? 2
                                       : draw == 2 ? -1
                                                   : 0);
    }
  return x;
}
template <class S> Matrix<S> once(const nir::Graph& graph, const Matrix<S>& x) {
  const nir::ImportedNetwork<S> net(graph);
  auto state = net.zero_state(x.cols());
  net.step(state, x);
  return net.output(state);
}
/// What node n0 gives for currents x, one neuron after the other, sample 0.
template <class S = double>
std::vector<double> run(const nir::Parameters& parameters, const std::vector<double>& x,
                        const nir::Semantics& how, std::vector<double>* membrane = nullptr) {
  const nir::ImportedNetwork<S> net(chain({1}, {parameters}), how);
  auto state = net.zero_state(1);
  std::vector<double> out;
  for (const double now : x) {
    net.step(state, Matrix<S>::Constant(1, 1, static_cast<S>(now)));
    out.push_back(static_cast<double>(net.output(state)(0, 0)));
    if (membrane) membrane->push_back(static_cast<double>(net.at(state, "n0").membrane(0, 0)));
  }
  return out;
}
NpyArray one(double x) { return numbers({1}, {x}); }
const std::vector<double> currents = {0.3, 0.9, 2.5, 0, 0, 1.7, 0.2, -3, 4, 4, 4, 0.1, 0, 0.6, 0.6, 0.6};

void compare(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t k = 0; k < got.size(); ++k) {
    INFO("step " << k);
    CHECK(got[k] == Approx(expected[k]).margin(1e-12));
  }
}
std::string refusal(const nir::Graph& graph, const nir::Semantics& how = {}) {
  try {
    nir::ImportedNetwork<float>(graph, how, "net.nir");
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

template <class S>
Matrix<S> naive_convolution(const nir::Conv2d& n, const NpyArray& weight, Index height, Index width,
                            const Matrix<S>& x, std::array<Index, 2> before, std::array<Index, 2> after) {
  const auto w = weight.as<double>();
  const auto bias = n.bias.as<double>();
  const Index outs = weight.shape[0], per = weight.shape[1], kh = weight.shape[2], kw = weight.shape[3];
  const Index oh = (height + before[0] + after[0] - n.dilation[0] * (kh - 1) - 1) / n.stride[0] + 1,
              ow = (width + before[1] + after[1] - n.dilation[1] * (kw - 1) - 1) / n.stride[1] + 1;
  Matrix<S> y(outs * oh * ow, x.cols());
  for (Index b = 0; b < x.cols(); ++b)
    for (Index o = 0; o < outs; ++o)
      for (Index r = 0; r < oh; ++r)
        for (Index c = 0; c < ow; ++c) {
          double sum = bias[static_cast<std::size_t>(o)];
          for (Index i = 0; i < per; ++i)
            for (Index ky = 0; ky < kh; ++ky)
              for (Index kx = 0; kx < kw; ++kx) {
                const Index at_y = r * n.stride[0] + ky * n.dilation[0] - before[0],
                            at_x = c * n.stride[1] + kx * n.dilation[1] - before[1];
                if (at_y < 0 || at_y >= height || at_x < 0 || at_x >= width) continue;
                const Index channel = o / (outs / n.groups) * per + i;
                sum += w[static_cast<std::size_t>(((o * per + i) * kh + ky) * kw + kx)] *
                       static_cast<double>(x((channel * height + at_y) * width + at_x, b));
              }
          y((o * oh + r) * ow + c, b) = static_cast<S>(sum);
        }
  return y;
}

}  // namespace

TEMPLATE_TEST_CASE("imported: Affine and Linear are products, of spikes and of any numbers", "[network]",
                   float, double) {
  using S = TestType;
  const NpyArray weight = random_array({9, 13}, 1), bias = random_array({9}, 2);
  const Matrix<double> w = weight.matrix<double>();
  const Vector<double> b = bias.vector<double>();
  for (const bool dense : {false, true})
    for (const Index batch : {1, 3}) {
      const Matrix<S> x = input<S>(13, batch, 3, dense);
      const Matrix<double> product = w * x.template cast<double>();
      CHECK(once<S>(chain({13}, {nir::Linear{weight}}), x).template cast<double>().isApprox(product, 1e-6));
      const Matrix<double> affine = product.colwise() + b;
      CHECK(once<S>(chain({13}, {nir::Affine{weight, bias}}), x)
                .template cast<double>()
                .isApprox(affine, 1e-6));
    }
}

TEST_CASE("imported: Linear takes the last dimension, and has a matrix for each row where its weight says so",
          "[network]") {
  const Matrix<double> x = input<double>(6, 2, 3);
  const NpyArray weight = random_array({2, 3}, 1), weights = random_array({2, 4, 3}, 2);
  const Matrix<double> w = weight.matrix<double>();
  Matrix<double> expected(4, 2);
  expected << w * x.topRows(3), w * x.bottomRows(3);
  CHECK(once<double>(chain({2, 3}, {nir::Linear{weight}}), x).isApprox(expected));
  const auto all = weights.as<double>();
  Matrix<double> own = Matrix<double>::Zero(8, 2);
  for (Index k = 0; k < 2; ++k)
    for (Index o = 0; o < 4; ++o)
      for (Index i = 0; i < 3; ++i)
        own.row(k * 4 + o) += all[static_cast<std::size_t>((k * 4 + o) * 3 + i)] * x.row(k * 3 + i);
  CHECK(once<double>(chain({2, 3}, {nir::Linear{weights}}), x).isApprox(own));
}

TEMPLATE_TEST_CASE("imported: Conv2d is PyTorch's cross-correlation, by spikes too", "[network]", float,
                   double) {
  using S = TestType;
  struct Case {
    nir::Shape weight;
    std::array<Index, 2> stride, padding, dilation;
    Index groups;
    const char* word;
    std::array<Index, 2> before, after;
  };
  for (const Case& c : {Case{{6, 4, 3, 2}, {1, 1}, {0, 0}, {1, 1}, 1, "", {0, 0}, {0, 0}},
                        Case{{6, 4, 3, 2}, {2, 3}, {2, 1}, {1, 1}, 1, "", {2, 1}, {2, 1}},
                        Case{{6, 4, 3, 3}, {1, 2}, {1, 2}, {2, 3}, 1, "", {1, 2}, {1, 2}},
                        Case{{6, 2, 3, 3}, {1, 1}, {1, 1}, {1, 1}, 2, "", {1, 1}, {1, 1}},
                        Case{{8, 1, 2, 3}, {1, 1}, {0, 0}, {1, 1}, 4, "same", {0, 1}, {1, 1}},
                        Case{{4, 4, 4, 3}, {1, 1}, {0, 0}, {1, 2}, 1, "same", {1, 2}, {2, 2}},
                        Case{{4, 4, 4, 3}, {1, 1}, {0, 0}, {1, 1}, 1, "valid", {0, 0}, {0, 0}}}) {
    INFO(shape_text(c.weight) << " " << c.word);
    nir::Conv2d conv;
    conv.weight = random_array(c.weight, 4);
    conv.bias = random_array({c.weight[0]}, 5);
    conv.stride = c.stride, conv.dilation = c.dilation, conv.groups = c.groups;
    conv.padding = {c.padding, c.word};
    for (const bool dense : {false, true}) {
      const Matrix<S> x = input<S>(4 * 9 * 8, 2, 6, dense);
      const Matrix<S> y = once<S>(chain({4, 9, 8}, {conv}), x);
      const Matrix<S> expected = naive_convolution<S>(conv, conv.weight, 9, 8, x, c.before, c.after);
      REQUIRE(y.rows() == expected.rows());
      CHECK(y.isApprox(expected, sizeof(S) == 4 ? S(1e-5) : S(1e-12)));
    }
  }
}

TEST_CASE("imported: Conv1d is a convolution of images of one row", "[network]") {
  nir::Conv1d line;
  line.weight = random_array({6, 2, 3}, 7);
  line.bias = random_array({6}, 8);
  line.stride = 2, line.dilation = 2, line.groups = 2;
  line.padding.by = {3};
  nir::Conv2d image;
  image.bias = line.bias, image.stride = {1, 2}, image.dilation = {1, 2}, image.groups = 2;
  NpyArray weight = line.weight;
  weight.shape = {6, 2, 1, 3};
  const Matrix<double> x = input<double>(4 * 11, 2, 9);
  CHECK(once<double>(chain({4, 11}, {line}), x)
            .isApprox(naive_convolution<double>(image, weight, 1, 11, x, {0, 3}, {0, 3})));
}

TEST_CASE("imported: pools add or average windows, zeros of the padding counted", "[network]") {
  const Matrix<double> x = input<double>(3 * 7 * 6, 2, 10, true);
  const std::array<Index, 2> kernel{3, 2}, stride{2, 2}, padding{1, 1};
  Matrix<double> sums = Matrix<double>::Zero(3 * 4 * 4, 2);
  for (Index b = 0; b < 2; ++b)
    for (Index c = 0; c < 3; ++c)
      for (Index r = 0; r < 4; ++r)
        for (Index k = 0; k < 4; ++k)
          for (Index y = 0; y < 3; ++y)
            for (Index i = 0; i < 2; ++i) {
              const Index row = 2 * r + y - 1, column = 2 * k + i - 1;
              if (row >= 0 && row < 7 && column >= 0 && column < 6)
                sums((c * 4 + r) * 4 + k, b) += x((c * 7 + row) * 6 + column, b);
            }
  CHECK(once<double>(chain({3, 7, 6}, {nir::SumPool2d{kernel, stride, padding}}), x).isApprox(sums));
  CHECK(once<double>(chain({3, 7, 6}, {nir::AvgPool2d{kernel, stride, padding}}), x).isApprox(sums / 6));
}

TEST_CASE(
    "imported: Scale, Threshold and Flatten go entry by entry; one number, and sizes of 1, are stretched",
    "[network]") {
  const Matrix<double> x = input<double>(12, 2, 11, true);
  const NpyArray scale = random_array({2, 3, 2}, 12);
  const auto all = scale.as<double>();
  const Vector<double> factor = Eigen::Map<const Vector<double>>(all.data(), 12);
  CHECK(once<double>(chain({2, 3, 2}, {nir::Scale{scale}}), x).isApprox(factor.asDiagonal() * x));
  CHECK(once<double>(chain({2, 3, 2}, {nir::Scale{numbers({}, {3})}}), x).isApprox(3 * x));
  const Matrix<double> channels = once<double>(chain({2, 3, 2}, {nir::Scale{numbers({2, 1, 1}, {2, 5})}}), x);
  CHECK(channels.topRows(6).isApprox(2 * x.topRows(6)));
  CHECK(channels.bottomRows(6).isApprox(5 * x.bottomRows(6)));
  const Matrix<double> above = once<double>(chain({12}, {nir::Threshold{numbers({}, {0.5})}}), x);
  CHECK(above == (x.array() > 0.5).cast<double>().matrix());
  CHECK(once<double>(chain({2, 3, 2}, {nir::Flatten{0, -1, {}}}), x) == x);
  const nir::ImportedNetwork<double> net(chain({2, 3, 2}, {nir::Flatten{1, -1, {}}}));
  CHECK((net.nodes()[1].shape == nir::Shape{2, 6}));
}

TEST_CASE("imported: a Delay gives what each neuron got so many steps ago, zero before", "[network]") {
  const nir::ImportedNetwork<double> net(chain({3}, {nir::Delay{numbers({3}, {0, 0.001, 0.003})}}),
                                         {.dt = 0.001});
  auto state = net.zero_state(2);
  for (Index t = 0; t < 9; ++t) {
    Matrix<double> x = Matrix<double>::Constant(3, 2, double(t + 1));
    x.col(1) *= 10;
    net.step(state, x);
    const double now = double(t + 1), one_ago = t < 1 ? 0 : double(t), three_ago = t < 3 ? 0 : double(t - 2);
    CHECK(net.output(state).col(0) == Eigen::Vector3d(now, one_ago, three_ago));
    CHECK(net.output(state).col(1) == 10 * Eigen::Vector3d(now, one_ago, three_ago));
  }
}

TEST_CASE("imported: I and LI integrate, CubaLI through its synapse in either order, by Euler or exactly",
          "[network]") {
  std::vector<double> sums, rates, leaky, exact, cuba_new, cuba_old;
  double sum = 0, v = 0.5, e = 0.5, i = 0, vn = 0, vo = 0;
  const double dt = 0.1, a = std::exp(-dt / 0.4);
  for (const double x : currents) {
    sums.push_back(sum += 2 * x), rates.push_back(dt * sum);
    leaky.push_back(v += dt / 0.4 * (0.5 - v + 2 * x));
    exact.push_back(e = a * e + (1 - a) * (0.5 + 2 * x));
    vo += dt / 0.4 * (-vo + 2 * i);
    i += dt / 0.2 * (-i + 3 * x);
    vn += dt / 0.4 * (-vn + 2 * i);
    cuba_new.push_back(vn), cuba_old.push_back(vo);
  }
  compare(run(nir::Integrator{one(2)}, currents, {.dt = dt}), sums);
  compare(run(nir::Integrator{one(2)}, currents, {.dt = dt, .integrates_rates = true}), rates);
  const nir::LI li{one(0.4), one(2), one(0.5)};
  compare(run(li, currents, {.dt = dt}), leaky);
  compare(run(li, currents, {.dt = dt, .discretisation = nir::Discretisation::exact}), exact);
  const nir::CubaLI cuba{one(0.2), one(0.4), one(2), one(0), one(3)};
  compare(run(cuba, currents, {.dt = dt}), cuba_new);
  compare(run(cuba, currents, {.dt = dt, .order = nir::CurrentOrder::membrane_first}), cuba_old);
}

TEST_CASE("imported: IF, LIF and CubaLIF spike above the threshold; membranes begin at rest", "[network]") {
  const double dt = 0.1, rest = 0.1, to = -0.2;
  std::vector<double> if_spikes, lif_spikes, cuba_spikes;
  double s = 0, v = rest, i = 0, u = rest;
  for (const double x : currents) {
    s += 0.5 * x;
    if_spikes.push_back(s > 1), s = s > 1 ? 0.25 : s;
    v += dt / 0.4 * (rest - v + 2 * x);
    lif_spikes.push_back(v > 1), v = v > 1 ? to : v;
    i += dt / 0.2 * (-i + 3 * x);
    u += dt / 0.4 * (rest - u + i);
    cuba_spikes.push_back(u > 1), u = u > 1 ? to : u;
  }
  for (const auto* spikes : {&if_spikes, &lif_spikes, &cuba_spikes})
    CHECK(std::count(spikes->begin(), spikes->end(), 1) > 2);
  compare(run(nir::IF{one(0.5), one(1), one(0.25)}, currents, {.dt = dt}), if_spikes);
  compare(run(nir::LIF{one(0.4), one(2), one(rest), one(1), one(to)}, currents, {.dt = dt}), lif_spikes);
  const nir::CubaLIF cuba{one(0.2), one(0.4), one(1), one(rest), one(1), one(to), one(3)};
  compare(run(cuba, currents, {.dt = dt}), cuba_spikes);
}

TEST_CASE("imported: resets to a value and by subtraction, at once and later, are snnTorch's four",
          "[network]") {
  const double beta = 0.75;
  for (const bool subtracts : {false, true})
    for (const bool later : {false, true}) {
      INFO("subtracts " << subtracts << ", later " << later);
      std::vector<double> spikes, membranes, got;
      double v = 0;
      for (const double x : currents) {
        const double before = v > 1;
        v = subtracts ? beta * v + x - before : beta * (1 - before) * v + x;
        const double z = v > 1;
        if (!later) v -= (z - before) * (subtracts ? 1 : v);
        spikes.push_back(z), membranes.push_back(v);
      }
      const nir::LIF lif{one(1e-4 / (1 - beta)), one(1 / (1 - beta)), one(0), one(1), one(0)};
      const auto how =
          nir::presets::snntorch(subtracts ? nir::SpikeReset::by_subtraction : nir::SpikeReset::to_value,
                                 later ? nir::ResetTime::later : nir::ResetTime::at_once);
      compare(run(lif, currents, how, &got), spikes);
      compare(got, membranes);
    }
}

TEST_CASE("imported: sinabs's neurons have as many spikes as thresholds; IF has a floor", "[network]") {
  std::vector<double> spikes;
  double v = 0;
  for (const double x : currents) {
    v = std::max(v + x, -0.8);
    const double n = v >= 0.8 ? std::floor(v / 0.8) : 0;
    spikes.push_back(n), v -= 0.8 * n;
  }
  CHECK(*std::max_element(spikes.begin(), spikes.end()) > 2);
  compare(run(nir::IF{one(5), one(0.8), one(0)}, currents, nir::presets::sinabs()), spikes);
  // Its LIF has no floor, and takes its input whole.
  spikes.clear(), v = 0;
  for (const double x : currents) {
    v = std::exp(-1 / 3.0) * v + x;
    const double n = v >= 0.8 ? std::floor(v / 0.8) : 0;
    spikes.push_back(n), v -= 0.8 * n;
  }
  compare(run(nir::LIF{one(3), one(5), one(0), one(0.8), one(0)}, currents, nir::presets::sinabs()), spikes);
}

TEST_CASE("imported: every neuron of every sample has its own parameters and state", "[network]") {
  const nir::LIF lif{numbers({3}, {1e-3, 5e-4, 2e-3}), numbers({3}, {10, 4, 7}), numbers({3}, {0, 0.1, 0}),
                     numbers({3}, {1, 0.5, 2}), numbers({3}, {0, -0.1, 0.3})};
  const nir::ImportedNetwork<double> net(chain({3}, {lif}));
  auto state = net.zero_state(2);
  const auto at = [](const NpyArray& a, Index i) { return one(a.as<double>()[static_cast<std::size_t>(i)]); };
  Matrix<double> all(6, 16);
  for (Index t = 0; t < 16; ++t) {
    const double x = currents[static_cast<std::size_t>(t)];
    net.step(state, Matrix<double>(Eigen::Matrix<double, 3, 2>::Constant(x) +
                                   Eigen::Matrix<double, 3, 2>::Identity()));
    all.col(t) << net.output(state).col(0), net.output(state).col(1);
  }
  for (Index i = 0; i < 3; ++i)
    for (Index b = 0; b < 2; ++b) {
      auto own = currents;
      for (double& x : own) x += i == b;
      const auto expected = run(nir::LIF{at(lif.tau, i), at(lif.r, i), at(lif.v_leak, i),
                                         at(lif.v_threshold, i), at(lif.v_reset, i)},
                                own, {});
      compare(std::vector<double>(all.row(3 * b + i).begin(), all.row(3 * b + i).end()), expected);
    }
}

TEST_CASE("imported: a recurrent layer sees its spikes of the step before, in a subgraph too", "[network]") {
  const NpyArray w = numbers({2, 2}, {0, 0.4, -0.3, 0.2}), b = numbers({2}, {0.1, 0.05});
  const nir::IF neurons{numbers({2}, {1, 1}), numbers({2}, {1, 1}), numbers({2}, {0, 0})};
  nir::Graph flat;
  flat.nodes = {{"a_loop", nir::Affine{w, b}, {}},
                {"input", nir::Input{{2}}, {}},
                {"lif", neurons, {}},
                {"output", nir::Output{{2}}, {}}};
  flat.edges = {{"a_loop", "lif"}, {"lif", "output"}, {"lif", "a_loop"}, {"input", "lif"}};
  nir::Graph inner = flat, outer;
  outer.nodes = {{"input", nir::Input{{2}}, {}}, {"layer", inner, {}}, {"output", nir::Output{{2}}, {}}};
  outer.edges = {{"layer", "output"}, {"input", "layer"}};
  nir::Graph turned = flat;
  std::reverse(turned.nodes.begin(), turned.nodes.end());
  std::reverse(turned.edges.begin(), turned.edges.end());
  for (const nir::Graph& graph : {flat, outer, turned}) {
    const nir::ImportedNetwork<double> net(graph);
    auto state = net.zero_state(1);
    Eigen::Vector2d v(0, 0), z(0, 0);
    int count = 0;
    for (Index t = 0; t < 40; ++t) {
      const Eigen::Vector2d x(0.3 + 0.1 * double(t % 3), 0.2);
      v += x + (Eigen::Matrix2d() << 0, 0.4, -0.3, 0.2).finished() * z + Eigen::Vector2d(0.1, 0.05);
      z = (v.array() > 1).cast<double>();
      v = (z.array() > 0).select(0, v);
      net.step(state, x);
      REQUIRE(net.output(state) == z);
      count += static_cast<int>(z.sum());
    }
    CHECK(count > 10);
  }
}

TEST_CASE("imported: a node that nothing but itself reaches takes its own output of the step before",
          "[network]") {
  nir::Graph graph = chain({2}, {nir::Affine{numbers({2, 2}, {0, 1, 1, 0}), numbers({2}, {1, 0})}});
  graph.edges = {{"n0", "n0"}, {"n0", "output"}};
  const nir::ImportedNetwork<double> net(graph);
  auto state = net.zero_state(2);
  Vector<double> y{{1, 0}};  // before the first step: the bias
  for (int t = 0; t < 5; ++t) {
    net.step(state, Matrix<double>::Zero(2, 2));
    y = Vector<double>{{y(1) + 1, y(0)}};
    CHECK(net.output(state) == y.replicate(1, 2));
  }
}

TEST_CASE("imported: spyx's LIF takes its input whole, and falls one step after its spike", "[network]") {
  const nir::ImportedNetwork<double> net(
      chain({1}, {nir::LIF{numbers({1}, {10}), numbers({1}, {0.1}), numbers({1}, {0}), numbers({1}, {1}),
                           numbers({1}, {0})}}),
      nir::presets::spyx());
  auto state = net.zero_state(1);
  double v = 0, z = 0;
  for (int t = 0; t < 30; ++t) {
    net.step(state, Matrix<double>::Constant(1, 1, 0.3));
    v = 0.9 * v + 0.3 - z;
    z = v > 1;
    CHECK(std::abs(net.at(state, "n0").membrane(0, 0) - v) <= 1e-12);
    CHECK(net.output(state)(0, 0) == z);
  }
}

TEST_CASE("imported: several edges to a node are a sum, and several inputs and outputs come by name",
          "[network]") {
  nir::Graph graph;
  graph.nodes = {{"b", nir::Input{{2}}, {}},
                 {"a", nir::Input{{2}}, {}},
                 {"twice", nir::Scale{numbers({}, {2})}, {}},
                 {"sum", nir::Output{{2}}, {}},
                 {"only_b", nir::Output{{2}}, {}}};
  graph.edges = {{"a", "twice"}, {"twice", "sum"}, {"b", "sum"}, {"b", "only_b"}};
  const nir::ImportedNetwork<double> net(graph);
  auto state = net.zero_state(1);
  net.step(state, Eigen::Vector4d(1, 2, 10, 20));
  CHECK(net.output(state, 0) == Eigen::Vector2d(10, 20));
  CHECK(net.output(state, 1) == Eigen::Vector2d(12, 24));
  CHECK(net.remarks().empty());
}

TEST_CASE("imported: what does not fit is refused with file, node and both shapes", "[network]") {
  using Catch::Matchers::Contains;
  CHECK_THAT(refusal(chain({4}, {nir::Linear{random_array({3, 5}, 1)}})),
             Contains("net.nir, node 'n0': gets an input of shape (4,), its weight has (3, 5)"));
  CHECK_THAT(refusal(chain({4}, {nir::Scale{random_array({5}, 1)}})),
             Contains("node 'n0': gets an input of shape (4,), its member 'scale' has (5,)"));
  nir::Conv2d conv;
  conv.weight = random_array({2, 3, 3, 3}, 1), conv.bias = random_array({2}, 1);
  CHECK_THAT(refusal(chain({2, 8, 8}, {conv})), Contains("expects 3 channels"));
  CHECK_THAT(refusal(chain({3, 2, 8}, {conv})), Contains("smaller than the kernel"));
  conv.input_shape = {8, 9};
  CHECK_THAT(refusal(chain({3, 8, 8}, {conv})), Contains("shape (3, 8, 8), its input_shape is (8, 9)"));
  const nir::LIF lif{one(1e-6), one(1), one(0), one(1), one(0)};
  CHECK_THAT(refusal(chain({1}, {lif})), Contains("tau is 1e-06, shorter than a step of 1e-04"));
  CHECK_THAT(refusal(chain({1}, {lif}), {.dt = -1}), Contains("Semantics.dt is -1"));
  nir::Graph lost = chain({1}, {lif});
  lost.edges.push_back({"nobody", "n0"});
  CHECK_THAT(refusal(lost, {.dt = 1e-7}), Contains("'nobody', which is no node"));
  const nir::ImportedNetwork<float> net(chain({4}, {}));
  auto state = net.zero_state(2);
  CHECK_THROWS_AS(net.step(state, Matrix<float>::Zero(5, 2)), std::invalid_argument);
  CHECK_THROWS_AS(net.index("nobody"), std::invalid_argument);
}

TEST_CASE("imported: a graph of all node types runs in both scalar types", "[network]") {
  nir::Graph graph = support::all_node_types();
  std::erase_if(graph.nodes, [](const nir::Node& node) {
    return node.name == "line" || node.name == "i" || node.name == "if" || node.name == "li" ||
           node.name == "lif.1" || node.name == "cubali" || node.name == "threshold";
  });
  std::get<nir::Flatten>(graph.nodes[4].parameters).input_type.reset();
  std::get<nir::Affine>(graph.nodes[5].parameters) = {filled({3, 12}, -1), filled({3}, 0)};
  const nir::ImportedNetwork<float> net(graph, {.dt = 0.1});
  auto state = net.zero_state(2);
  for (Index t = 0; t < 5; ++t) net.step(state, Matrix<float>::Ones(net.inputs(), 2));
  CHECK(net.output(state).allFinite());
  CHECK(nir::ImportedNetwork<float>::operations(state) > 0);
}
