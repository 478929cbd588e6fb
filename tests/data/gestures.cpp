#include <neohebb/data/events/camera.hpp>
#include <neohebb/data/events/gestures.hpp>
#include <neohebb/data/events/views.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

TEST_CASE("each gesture moves the hands that it is named for, the way it is named for", "[data]") {
  const Gestures gestures{.variation = 0};
  const double period = 1e6 / gestures.tempo;
  // A hand's way around its own centre within a period: turns, clockwise in the picture, and its reach.
  struct Way {
    double turns = 0, width = 0, height = 0;
  };
  const auto way = [&](int label, std::size_t hand) {
    const auto scene = gestures.make(label, Generator{1});
    constexpr int n = 200;
    std::vector<Gestures::Scene::Point> path;
    double x = 0, y = 0;
    for (int k = 0; k <= n; ++k) {
      path.push_back(scene.hands(period * k / n)[hand]);
      if (k < n) x += path.back().x / n;
      if (k < n) y += path.back().y / n;
    }
    Way w;
    for (std::size_t k = 0; k <= n; ++k) {
      w.width = std::max(w.width, std::abs(path[k].x - x));
      w.height = std::max(w.height, std::abs(path[k].y - y));
      if (k == 0) continue;
      const double ax = path[k - 1].x - x, ay = path[k - 1].y - y, bx = path[k].x - x, by = path[k].y - y;
      w.turns += std::atan2(ax * by - ay * bx, ax * bx + ay * by) / (2 * std::numbers::pi);
    }
    return w;
  };
  const auto rests = [&](int label, std::size_t hand) {
    return way(label, hand).width + way(label, hand).height < 1e-9;
  };
  const auto turns = [&](int label, std::size_t hand) {
    return static_cast<int>(std::lround(way(label, hand).turns));
  };
  for (const int label : {1, 3, 4}) CHECK((rests(label, 1) && !rests(label, 0)));
  for (const int label : {2, 5, 6}) CHECK((rests(label, 0) && !rests(label, 1)));
  CHECK(way(1, 0).width > 2 * way(1, 0).height);
  CHECK(way(2, 1).width > 2 * way(2, 1).height);
  CHECK(turns(3, 0) == -turns(4, 0));
  CHECK(turns(5, 1) == -turns(6, 1));
  CHECK(turns(3, 0) == turns(5, 1));
  CHECK(std::abs(turns(3, 0)) == 1);
  CHECK((std::abs(turns(7, 0)) == 1 && turns(7, 0) == turns(7, 1)));
  CHECK((way(8, 0).height > 0.1 && way(8, 1).height > 0.1 && way(8, 0).width < 1e-9));
  CHECK((way(0, 0).width > 0.05 && way(0, 0).height < 1e-9));
  CHECK(way(9, 0).height > 2 * way(9, 1).height);
}

TEST_CASE("gestures give events where the arms move, in any size", "[data]") {
  const EventCamera camera;
  for (const int side : {32, 64}) {
    const auto pixels = camera.make_pixels({side, side}, Generator{1});
    for (int label = 0; label < Gestures::classes; ++label) {
      const auto scene = Gestures{.side = side}.make(label, Generator{7}.at_sample(label));
      const auto events =
          EventSimulation{.duration = 300'000, .interval = 4000}(camera, pixels, scene, Generator{2});
      const auto counts = count_frame<double>(events, {side, side});
      CHECK(events.size() > 200);
      CHECK((counts.array() > 2).count() < side * side / 3);
    }
  }
}

TEST_CASE("a gesture depends on its generator's place only", "[data]") {
  Vector<float> a, b;
  Gestures{}.make(4, Generator{1, 2, 3, 4})(12345, a);
  Gestures{}.make(4, Generator{1, 2, 3, 0}.at_sample(4))(12345, b);
  CHECK(a == b);
  Gestures{}.make(4, Generator{1, 2, 3, 5})(12345, b);
  CHECK(a != b);
  CHECK(a.size() == 128 * 128);
  CHECK(a.minCoeff() == 0.3f);
  CHECK(a.maxCoeff() == 0.9f);
}

TEST_CASE("gestures refuse what cannot be", "[data]") {
  const auto refusal = [](const Gestures& g, int label) {
    return error_of<std::invalid_argument>([&] { g.make(label, Generator{}); });
  };
  CHECK(contains(refusal({}, 11), "label 11 of 11 classes"));
  CHECK(contains(refusal({}, -1), "label -1 of 11"));
  CHECK(contains(refusal({.side = 4}, 0), "side is 4 pixels"));
  CHECK(contains(refusal({.tempo = 0}, 0), "tempo (Hz) is 0"));
  CHECK(contains(refusal({.variation = 2}, 0), "variation is 2"));
  CHECK(contains(refusal({.arm = -1}, 0), "arm is -1"));
}
