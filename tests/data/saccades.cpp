// The simulated N-MNIST beside the real one.
#include <neohebb/data/events/binning.hpp>
#include <neohebb/data/events/camera.hpp>
#include <neohebb/data/events/reader.hpp>
#include <neohebb/data/events/recordings.hpp>
#include <neohebb/data/events/saccades.hpp>
#include <neohebb/data/events/views.hpp>
#include <neohebb/data/mnist.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;
using support::near;

namespace {

double correlation(const Eigen::ArrayXXd& a, const Eigen::ArrayXXd& b) {
  const Eigen::ArrayXXd x = a - a.mean(), y = b - b.mean();
  return (x * y).sum() / std::sqrt(x.square().sum() * y.square().sum());
}
Matrix<double> counts(const std::vector<Event>& events) { return count_frame<double>(events, {34, 34}); }
/// ON minus OFF of the saccade's third of the recording.
Matrix<double> signs(const std::vector<Event>& events, int saccade) {
  std::vector<Event> part;
  for (const Event& e : events)
    if (std::min<std::int64_t>(e.t / 105'000, 2) == saccade) part.push_back(e);
  return signed_frame<double>(part, {34, 34});
}

}  // namespace

TEST_CASE("an image shows at its place, bilinear between pixels, on paper", "[data]") {
  Saccades saccades;
  saccades.corners = {{{2, 1}, {2.25, 1.5}, {-1, 5}}};
  const Vector<unsigned char> image = (Vector<unsigned char>(6) << 0, 51, 102, 153, 204, 255).finished();
  MovingImage scene(saccades, {7, 6}, image, 2, 3);
  const auto pixel = [&](int x, int y) {
    return x < 0 || y < 0 || x > 2 || y > 1 ? 1 : 1 - 0.8 * static_cast<double>(image[y * 3 + x]) / 255;
  };
  Vector<float> frame;
  for (const std::int64_t t : {std::int64_t{0}, std::int64_t{100'000}, std::int64_t{200'000},
                               std::int64_t{315'000}, std::int64_t{260'000}}) {
    scene(t, frame);
    const auto place = saccades.at(static_cast<double>(t));
    for (int y = 0; y < 6; ++y)
      for (int x = 0; x < 7; ++x) {
        const double u = x - place.x, v = y - place.y;
        const int c = static_cast<int>(std::floor(u)), r = static_cast<int>(std::floor(v));
        const double a = u - c, b = v - r;
        const double expected = (1 - b) * ((1 - a) * pixel(c, r) + a * pixel(c + 1, r)) +
                                b * ((1 - a) * pixel(c, r + 1) + a * pixel(c + 1, r + 1));
        CHECK(near(static_cast<double>(frame[y * 7 + x]), expected, 1e-6));
      }
  }
  const auto at = [&](double t) { return std::pair(saccades.at(t).x, saccades.at(t).y); };
  CHECK(at(0) == std::pair(2.0, 1.0));
  CHECK(at(100'000) == std::pair(2.25, 1.5));
  CHECK(near(at(210'000).first, -1, 1e-9));
  CHECK(near(at(315'000).first, 2, 1e-9));  // back where it began
  CHECK(near(at(315'000).second, 1, 1e-9));
}

TEST_CASE("moving images refuse what cannot be", "[data]") {
  const Vector<unsigned char> image = Vector<unsigned char>::Zero(6);
  const auto refusal = [&](const Saccades& s, const Sensor& sensor, Index height) {
    return error_of<std::invalid_argument>([&] { MovingImage(s, sensor, image, height, 3); });
  };
  CHECK(contains(refusal({}, {7, 6}, 3), "the image is 6 x 1, expected 9 x 1"));
  CHECK(contains(refusal({}, {7, 0}, 2), "a sensor of 7 x 0"));
  CHECK(contains(refusal({.duration = {1, 0, 1}}, {7, 6}, 2), "duration 1 is 0"));
  CHECK(contains(refusal({.ink = -1}, {7, 6}, 2), "ink is -1"));
  CHECK(contains(refusal({.paper = std::nan("")}, {7, 6}, 2), "paper is nan"));
  CHECK(contains(refusal({.corners = {{{1, 1}, {1, 1}, {1e9, 1}}}}, {7, 6}, 2), "corner 2 is (1e+09, 1)"));
}

TEST_CASE("N-MNIST recordings look like the MNIST images of the same number, and like simulated ones",
          "[data]") {
  const std::string data = support::shared_folder() + "/data";
  if (!std::filesystem::exists(data + "/nmnist/Test") || !std::filesystem::exists(data + "/mnist")) {
    std::puts(("skipped: no nmnist and mnist in " + data).c_str());
    return;
  }
  const LabelledImages mnist = load_mnist(data + "/mnist", Split::test);
  const auto files = list_nmnist(data + "/nmnist", "Test");
  REQUIRE(files.size() == 100);
  const EventCamera camera;
  const auto pixels = camera.make_pixels({34, 34}, Generator{1});
  double real = 0, simulated = 0, real_on = 0, simulated_on = 0, alike = 0, dipoles = 0, same = 0, next = 0;
  double real_saccades[3] = {}, simulated_saccades[3] = {};
  for (const auto& file : files) {
    CHECK(file.label == mnist.labels[static_cast<std::size_t>(file.index)]);
    const auto recorded = read_events(file.path).events;
    MovingImage scene({}, {34, 34}, mnist.pixels.col(file.index), 28, 28);
    const auto made = EventSimulation{}(camera, pixels, scene, Generator{2}.at_sample(file.index));
    real += double(recorded.size()) / 100;
    simulated += double(made.size()) / 100;
    for (const Event& e : recorded) {
      real_on += e.polarity;
      ++real_saccades[std::min<std::int64_t>(e.t / 105'000, 2)];
    }
    for (const Event& e : made) {
      simulated_on += e.polarity;
      ++simulated_saccades[std::min<std::int64_t>(e.t / 105'000, 2)];
    }
    alike += correlation(counts(recorded), counts(made)) / 100;
    for (int k = 0; k < 3; ++k) dipoles += correlation(signs(recorded, k), signs(made, k)) / 300;
    // The image 28 × 28, moved by about three pixels each way.
    const auto image = [&](Index k) -> Eigen::ArrayXXd {
      const Eigen::ArrayXXd columns = mnist.pixels.col(k).cast<double>().reshaped(28, 28);
      return columns.transpose();
    };
    const Eigen::ArrayXXd seen = counts(recorded).block(3, 3, 28, 28).array().min(12);
    same += correlation(seen, image(file.index)) / 100;
    next += correlation(seen, image((file.index + 1) % 100)) / 100;
  }
  INFO("events " << real << " | " << simulated << ", ON " << real_on / real << " | "
                 << simulated_on / simulated << " %, counts' correlation " << alike << ", saccades' "
                 << dipoles << ", with the image " << same << ", with the next " << next);
  CHECK(same > 0.5);
  CHECK(next < same - 0.15);
  CHECK(near(simulated / real, 1, 0.1));
  CHECK(near(real_on / real, 50, 2));
  CHECK(near(simulated_on / simulated, 50, 2));
  CHECK(alike > 0.9);
  CHECK(dipoles > 0.83);
  for (int k = 0; k < 3; ++k) CHECK(near(simulated_saccades[k] / real_saccades[k], 1, 0.15));
  std::printf(
      "N-MNIST, real and simulated: %.0f and %.0f events, correlation %.3f; ON minus OFF per saccade %.3f\n",
      real, simulated, alike, dipoles);
}
