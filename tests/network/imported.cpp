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
      CHECK(once<S>(chain_graph({13}, {nir::Linear{weight}}), x)
                .template cast<double>()
                .isApprox(product, 1e-6));
      const Matrix<double> affine = product.colwise() + b;
      CHECK(once<S>(chain_graph({13}, {nir::Affine{weight, bias}}), x)
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
  CHECK(once<double>(chain_graph({2, 3}, {nir::Linear{weight}}), x).isApprox(expected));
  const auto all = weights.as<double>();
  Matrix<double> own = Matrix<double>::Zero(8, 2);
  for (Index k = 0; k < 2; ++k)
    for (Index o = 0; o < 4; ++o)
      for (Index i = 0; i < 3; ++i)
        own.row(k * 4 + o) += all[static_cast<std::size_t>((k * 4 + o) * 3 + i)] * x.row(k * 3 + i);
  CHECK(once<double>(chain_graph({2, 3}, {nir::Linear{weights}}), x).isApprox(own));
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
      const Matrix<S> y = once<S>(chain_graph({4, 9, 8}, {conv}), x);
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
  CHECK(once<double>(chain_graph({4, 11}, {line}), x)
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
  CHECK(once<double>(chain_graph({3, 7, 6}, {nir::SumPool2d{kernel, stride, padding}}), x).isApprox(sums));
  CHECK(
      once<double>(chain_graph({3, 7, 6}, {nir::AvgPool2d{kernel, stride, padding}}), x).isApprox(sums / 6));
}

TEST_CASE(
    "imported: Scale, Threshold and Flatten go entry by entry; one number, and sizes of 1, are stretched",
    "[network]") {
  const Matrix<double> x = input<double>(12, 2, 11, true);
  const NpyArray scale = random_array({2, 3, 2}, 12);
  const auto all = scale.as<double>();
  const Vector<double> factor = Eigen::Map<const Vector<double>>(all.data(), 12);
  CHECK(once<double>(chain_graph({2, 3, 2}, {nir::Scale{scale}}), x).isApprox(factor.asDiagonal() * x));
  CHECK(once<double>(chain_graph({2, 3, 2}, {nir::Scale{numbers({}, {3})}}), x).isApprox(3 * x));
  const Matrix<double> channels =
      once<double>(chain_graph({2, 3, 2}, {nir::Scale{numbers({2, 1, 1}, {2, 5})}}), x);
  CHECK(channels.topRows(6).isApprox(2 * x.topRows(6)));
  CHECK(channels.bottomRows(6).isApprox(5 * x.bottomRows(6)));
  const Matrix<double> above = once<double>(chain_graph({12}, {nir::Threshold{numbers({}, {0.5})}}), x);
  CHECK(above == (x.array() > 0.5).cast<double>().matrix());
  CHECK(once<double>(chain_graph({2, 3, 2}, {nir::Flatten{0, -1, {}}}), x) == x);
  const nir::ImportedNetwork<double> net(chain_graph({2, 3, 2}, {nir::Flatten{1, -1, {}}}));
  CHECK((net.nodes()[1].shape == nir::Shape{2, 6}));
}

TEST_CASE("imported: a Delay gives what each neuron got so many steps ago, zero before", "[network]") {
  const nir::ImportedNetwork<double> net(chain_graph({3}, {nir::Delay{numbers({3}, {0, 0.001, 0.003})}}),
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
  nir::Graph graph = chain_graph({2}, {nir::Affine{numbers({2, 2}, {0, 1, 1, 0}), numbers({2}, {1, 0})}});
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

TEST_CASE("imported: a Delay in a loop delays by its steps, wherever it lies and whatever else it gets",
          "[network]") {
  const double dt = 1e-3;
  for (const Index steps : {1, 2, 5})
    for (const std::string name : {"a", "z"})
      for (const bool behind : {false, true})  // the weights, or before them
        for (const bool fed : {false, true}) {
          INFO(steps << " steps, named " << name << ", behind " << behind << ", fed " << fed);
          nir::Graph graph;
          graph.nodes = {{"input", nir::Input{{2}}, {}},
                         {"n", nir::IF{numbers({2}, {1, 1}), numbers({2}, {1, 1}), numbers({2}, {0, 0})}, {}},
                         {"m", nir::Linear{numbers({2, 2}, {0.1, 0.4, -0.3, 0.2})}, {}},
                         {name, nir::Delay{numbers({2}, {double(steps) * dt, double(steps) * dt})}, {}},
                         {"output", nir::Output{{2}}, {}}};
          const std::string first = behind ? "m" : name, second = behind ? name : "m";
          graph.edges = {{"input", "n"}, {"n", "output"}, {"n", first}, {first, second}, {second, "n"}};
          if (fed) graph.edges.push_back({"input", name});
          const nir::ImportedNetwork<double> net(graph, {.dt = dt});
          CHECK(net.remarks().empty());
          auto state = net.zero_state(1);
          const Eigen::Matrix2d w = (Eigen::Matrix2d() << 0.1, 0.4, -0.3, 0.2).finished();
          std::vector<Eigen::Vector2d> late;
          Eigen::Vector2d v(0, 0);
          int count = 0;
          for (Index t = 0; t < 40; ++t) {
            const Eigen::Vector2d x(0.3 + 0.1 * double(t % 3), 0.2);
            Eigen::Vector2d back(0, 0);
            if (t >= steps) back = late[static_cast<std::size_t>(t - steps)];
            v += x + (behind ? back : Eigen::Vector2d(w * back));
            const Eigen::Vector2d z = (v.array() > 1).cast<double>();
            v = (z.array() > 0).select(0, v);
            late.push_back((behind ? Eigen::Vector2d(w * z) : z) + (fed ? x : Eigen::Vector2d(0, 0)));
            net.step(state, x);
            REQUIRE((net.output(state) - z).norm() < 1e-12);
            count += static_cast<int>(z.sum());
          }
          CHECK(count > 10);
        }
}

TEST_CASE("imported: a loop within a loop: the outer one has its delay, the inner one a step", "[network]") {
  nir::Graph graph;
  const auto one_if = nir::IF{one(1), one(1), one(0)};
  graph.nodes = {{"input", nir::Input{{1}}, {}},       {"first", one_if, {}},
                 {"inner", nir::Scale{one(0.3)}, {}},  {"second", one_if, {}},
                 {"outer", nir::Scale{one(-0.6)}, {}}, {"wait", nir::Delay{one(3)}, {}},
                 {"output", nir::Output{{1}}, {}}};
  graph.edges = {{"input", "first"}, {"first", "inner"}, {"inner", "first"}, {"first", "second"},
                 {"second", "wait"}, {"wait", "outer"},  {"outer", "first"}, {"second", "output"}};
  const nir::ImportedNetwork<double> net(graph, {.dt = 1});
  auto state = net.zero_state(1);
  std::vector<double> second;
  double v = 0, u = 0, z = 0;
  for (std::size_t t = 0; t < 60; ++t) {
    v += 0.7 + 0.3 * z - 0.6 * (t >= 3 ? second[t - 3] : 0);
    z = v > 1, v = z > 0 ? 0 : v;
    u += z;
    second.push_back(u > 1), u = u > 1 ? 0 : u;
    net.step(state, Matrix<double>::Constant(1, 1, 0.7));
    REQUIRE(net.output(state)(0, 0) == second.back());
  }
  CHECK(std::count(second.begin(), second.end(), 1) > 5);
}

TEST_CASE("imported: a Delay that is no whole number of steps is rounded, with a remark", "[network]") {
  const auto remarks = [](double delay) {
    return nir::ImportedNetwork<float>(chain_graph({1}, {nir::Delay{one(delay)}}), {.dt = 1e-3}, "net.nir")
        .remarks();
  };
  CHECK(remarks(2.0000001e-3).size() == 1);  // of the output's shape
  CHECK(remarks(1.75e-3).front() ==
        "net.nir, node 'n0': a delay of 0.00175 is 1.75 steps of 0.001: rounded to 2");
  nir::Graph loop = chain_graph({1}, {nir::Delay{one(2e-4)}});
  loop.edges.push_back({"n0", "n0"});
  CHECK(nir::ImportedNetwork<float>(loop, {.dt = 1e-3})
            .remarks()
            .at(0)
            .ends_with("is 0.2 steps of 0.001: rounded to 1, at least 1 in a loop"));
}

TEST_CASE("imported: flat neurons take an image in C order, and give one; it is remarked", "[network]") {
  const std::vector<double> theta = {1, 2, 3, 4, 5, 6, 7, 8};
  nir::Conv2d conv;
  conv.weight = numbers({1, 2, 2, 2}, std::vector<double>(8, 1)), conv.bias = one(0);
  const nir::ImportedNetwork<double> net(chain_graph({2, 2, 2}, {nir::Threshold{numbers({8}, theta)}, conv}),
                                         {}, "net.nir");
  CHECK((net.nodes()[1].shape == nir::Shape{2, 2, 2}));
  CHECK(net.remarks()[0] ==
        "net.nir, node 'n0': gets an input of shape (2, 2, 2), its member 'threshold' has (8,): taken in C "
        "order");
  auto state = net.zero_state(1);
  net.step(state, Vector<double>::Constant(8, 4.5));
  CHECK(net.output(state)(0, 0) == 4);
  CHECK(refusal(chain_graph({2, 3}, {nir::Threshold{random_array({3, 2}, 1)}}))
            .ends_with(
                "gets an input of shape (2, 3), its member 'threshold' has (3, 2); they must be the same"));
}

TEST_CASE("imported: what is added must have the same shape, or be flat, which is remarked", "[network]") {
  const auto sum = [](const nir::Shape& a, const nir::Shape& b, bool late) {
    nir::Graph graph;
    graph.nodes = {{"a", nir::Input{a}, {}},
                   {"b", nir::Input{b}, {}},
                   {"sum", nir::Scale{numbers({}, {1})}, {}},
                   {"back", nir::Threshold{random_array(b, 1)}, {}},
                   {"output", nir::Output{a}, {}}};
    graph.edges = {{"a", "sum"}, {"sum", "output"}};
    if (late) graph.edges.insert(graph.edges.end(), {{"sum", "back"}, {"back", "sum"}, {"b", "back"}});
    if (!late) graph.edges.push_back({"b", "sum"});
    if (!late) std::erase_if(graph.nodes, [](const nir::Node& n) { return n.name == "back"; });
    return graph;
  };
  CHECK(refusal(sum({2, 3}, {3, 2}, false))
            .ends_with("node 'sum': gets inputs of shapes (2, 3) and (3, 2), whose sum it cannot take"));
  CHECK(refusal(sum({2, 3}, {3, 2}, true)).ends_with("(2, 3) and (3, 2), whose sum it cannot take"));
  CHECK(refusal(sum({2, 3}, {5}, false)).ends_with("(2, 3) and (5,), whose sum it cannot take"));
  const nir::ImportedNetwork<double> net(sum({6}, {2, 3}, false), {}, "net.nir");
  CHECK(net.remarks()[0] == "net.nir, node 'sum': gets inputs of shapes (6,) and (2, 3): added in C order");
  CHECK((net.nodes()[net.index("sum")].shape == nir::Shape{2, 3}));
}

TEST_CASE("imported: Flatten's dimensions count without a batch; behind the last there is nothing to do",
          "[network]") {
  const auto flat = [](const nir::Shape& in, Index from, Index to) {
    return nir::ImportedNetwork<double>(chain_graph(in, {nir::Flatten{from, to, {}}}), {}, "net.nir");
  };
  CHECK((flat({2, 3, 2}, 1, -1).nodes()[1].shape == nir::Shape{2, 6}));  // as nir 1.0.8 has it
  CHECK((flat({2, 3, 2}, -2, -1).nodes()[1].shape == nir::Shape{2, 6}));
  CHECK((flat({2, 3, 2}, 0, 1).nodes()[1].shape == nir::Shape{6, 2}));
  CHECK((flat({2, 3, 2}, 0, 0).nodes()[1].shape == nir::Shape{2, 3, 2}));
  const auto behind = flat({5}, 1, -1);
  CHECK((behind.nodes()[1].shape == nir::Shape{5}));
  CHECK(behind.remarks()[0] ==
        "net.nir, node 'n0': start_dim 1 lies behind the last dimension of (5,), as if a batch came first: "
        "nothing is flattened");
  CHECK(refusal(chain_graph({2, 3}, {nir::Flatten{1, 0, {}}})) == "accepted");
  CHECK(refusal(chain_graph({2, 3, 2}, {nir::Flatten{2, 0, {}}}))
            .ends_with("start_dim 2 and end_dim 0 do not fit the input's shape, (2, 3, 2)"));
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
