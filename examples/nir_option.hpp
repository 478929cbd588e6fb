// The option --nir of programs that learn: the trained network as a NIR file, and beside it what the network answered
// to one sample, for those who read the file. (The header's name stands in a macro because CMake leaves out a program
// that includes what is missing.)
#pragma once
#include <neohebb/network/exported.hpp>
#include <neohebb/network/imported.hpp>

#include "program.hpp"
#if __has_include(<hdf5.h>)
#include <neohebb/io/nir_writer.hpp>  // optional
#define NEOHEBB_EXAMPLE_NIR
#endif

inline void add_nir(Program& program, std::string& file) {
  program.path(
      "--nir", file,
      "file to which the trained network is written as a NIR graph; one sample's spikes and answers go "
      "to NAME_input.npy and NAME_output.npy beside it");
}

inline void write_nir_graph([[maybe_unused]] const std::string& file,
                            [[maybe_unused]] const neohebb::nir::Graph& graph) {
#if defined(NEOHEBB_EXAMPLE_NIR)
  neohebb::nir::write_nir(file, graph);
#else
  throw std::runtime_error("--nir needs libhdf5 (Debian: libhdf5-dev), without which this program was built");
#endif
}

/// Whether that will do: better known before training.
inline void try_nir(const std::string& file, const neohebb::nir::Graph& graph) {
  write_nir_graph(file + ".probe", graph);
  std::filesystem::remove(file + ".probe");
}

/// input: inputs × steps of one sample; answers: outputs × steps, of the network itself.
template <class S>
void write_nir_files(const std::string& file, const neohebb::nir::Graph& graph,
                     const neohebb::Matrix<S>& input, const neohebb::Matrix<S>& answers) {
  write_nir_graph(file, graph);
  const auto beside = [&](const char* what) {
    std::filesystem::path path = file;
    return path.replace_filename(path.stem().string() + what).string();
  };
  neohebb::write_npy(beside("_input.npy"), neohebb::Matrix<S>(input.transpose()));
  neohebb::write_npy(beside("_output.npy"), neohebb::Matrix<S>(answers.transpose()));
  const auto how = *neohebb::nir::semantics_in_metadata(graph);
  fmt::print("wrote {} ({} nodes, dt {:g} s), {}, {}\n", file, graph.nodes.size(), how.dt,
             beside("_input.npy"), beside("_output.npy"));
}
