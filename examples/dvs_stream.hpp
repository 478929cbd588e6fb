// A recording that is classified while it plays: one piece of the file, one time step at a time.
#pragma once
#include "dvs_data.hpp"

/// Prints which class the readouts of all layers, summed over the last o.say_every ms, say; then the class over the whole
/// recording, and how long a step took from its events to its answer.
template <class Net>
void classify_stream(const Net& net, const Options& o, const std::vector<std::string>& names) {
  using S = typename Net::Scalar;
  auto weights = net.initial_weights(ScaledNormal<S>{}, {});
  Checkpoint::load(o.checkpoint).get("weights", weights);

  EventOptions how = any_format();
  how.outside = Irregular::drop;
  if (o.sensor.size() == 2) how.sensor = {o.sensor[0], o.sensor[1]};
  EventReader reader(o.stream, how);
  Sensor sensor = reader.sensor();
  if (sensor.width == 0 || sensor.height == 0) {
    if (reader.format() != EventFormat::nmnist && reader.format() != EventFormat::bs3)
      throw std::runtime_error(o.stream + ": does not state its sensor's size; give --sensor=WIDTHxHEIGHT");
    sensor = how.sensor = sensor_of(o.kind());
    reader = EventReader(o.stream, how);
  }
  const EventGrid grid = grid_of(o, sensor);
  fmt::print("{}: {}, {} x {} pixels, seen as {} x {} blocks of {} from ({}, {})\n", o.stream,
             name_of(reader.format()), sensor.width, sensor.height, grid.width, grid.height, grid.block,
             grid.left, grid.top);

  auto state = net.zero_state(Extent{1});
  Spikes<S> in(Extent<>{grid.size()}, Extent{1});
  Vector<S> now = Vector<S>::Zero(static_cast<Index>(names.size())), whole = now;
  const Index every = std::max<Index>(1, std::llround(o.say_every / o.dt));
  double total = 0, worst = 0;
  const auto step = [&](Index k, std::span<const std::int32_t> active) {
    const auto start = std::chrono::steady_clock::now();
    active_to_spikes(active, in);
    net.step(weights, state, in);
    for (std::size_t l = o.last ? net.size() - 1 : 0; l < net.size(); ++l)
      now += net.layer(l).output(state[l]);
    const Index best = winner(now);
    const double us =
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
    total += us;
    worst = std::max(worst, us);
    if ((k + 1) % every != 0) return;
    fmt::print("{:8.0f} ms: {}\n", static_cast<double>(k + 1) * o.dt, names[static_cast<std::size_t>(best)]);
    whole += now;
    now.setZero();
  };
  StepBinner binner(grid, {.dt = step_duration(o)});
  std::vector<Event> buffer(std::size_t{1} << 14);
  while (const std::size_t n = reader.read(buffer)) binner.push(std::span(buffer).first(n), step);
  binner.finish(step);
  if (binner.steps() == 0) throw std::runtime_error(o.stream + ": holds no events");
  whole += now;
  fmt::print("class: {}\n", names[static_cast<std::size_t>(winner(whole))]);
  fmt::print("{} events in {} steps of {} ms; a step takes {:.1f} us on average, {:.1f} at most\n",
             reader.report().given, binner.steps(), o.dt, total / static_cast<double>(binner.steps()), worst);
  const EventReport& report = reader.report();
  if (report.outside + binner.late() > 0)
    fmt::print("left out: {} events outside the sensor, {} too late for their step\n", report.outside,
               binner.late());
}
