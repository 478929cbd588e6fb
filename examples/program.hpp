// What the small examples share: their options are parsed, and an error becomes one message and exit code 1.
#pragma once
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <stdexcept>

/// The option --seed. (CLI11 alone would read -1 as a large number.)
inline void add_seed(CLI::App& app, std::uint64_t& seed, const std::string& description) {
  app.add_option("--seed", seed, description)->check([](const std::string& text) {
    return std::string(text.starts_with('-') ? "a seed must not be negative, got " + text : "");
  });
}

/// How many copies of this program mpirun or its like has started, as far as it says; 0: it was started by itself.
inline int copies_started() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
    if (const char* copies = std::getenv(name)) return std::max(1, std::atoi(copies));
  if (const char* rank = std::getenv("PMIX_RANK")) return std::atoi(rank) + 1;
  return 0;
}
/// Refuses to do the same work several times.
inline void check_alone() {
  if (const int copies = copies_started(); copies > 1)
    throw std::runtime_error(fmt::format(
        "{} copies were started, but this program, as it was built, does not share its work among "
        "processes: start one; mnist_decolle, dvs_decolle and temporal_digits do where MPI is (Debian: "
        "libopenmpi-dev)",
        copies));
}

/// Calls `run` when the options of `app` are parsed. Returns the exit code of main.
int run_program(CLI::App& app, int argc, char** argv, const auto& run) {
  try {
    app.parse(argc, argv);
    check_alone();
    run();
  } catch (const CLI::ParseError& e) {  // --help is one, too
    return app.exit(e) == 0 ? 0 : 1;
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), e.what());
    return 1;
  }
  return 0;
}
