// Networks that came as NIR graphs: each node type gives what its equation says, whatever the graph's form.
#include "support/imported.hpp"

using namespace neohebb;
using namespace support::graphs;
using support::filled;

namespace {

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
