// What the small examples share: their options are parsed, and an error becomes one message and exit code 1.
#pragma once
#include <fmt/core.h>

#include <CLI/CLI.hpp>

/// The option --seed. (CLI11 alone would read -1 as a large number.)
inline void add_seed(CLI::App& app, std::uint64_t& seed, const std::string& description) {
  app.add_option("--seed", seed, description)->check([](const std::string& text) {
    return std::string(text.starts_with('-') ? "a seed must not be negative, got " + text : "");
  });
}

/// Calls `run` when the options of `app` are parsed. Returns the exit code of main.
int run_program(CLI::App& app, int argc, char** argv, const auto& run) {
  try {
    app.parse(argc, argv);
    run();
  } catch (const CLI::ParseError& e) {  // --help is one, too
    return app.exit(e) == 0 ? 0 : 1;
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), e.what());
    return 1;
  }
  return 0;
}
