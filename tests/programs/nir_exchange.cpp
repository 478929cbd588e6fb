// Writes a .nir file of all node types, prints the nodes of one, compares two: for reference/nir_exchange.py.
#include <cstdio>
#include <neohebb/io/nir.hpp>
#include <neohebb/io/nir_writer.hpp>

#include "support/nir.hpp"

int main(int count, char** words) {
  const std::string verb = count > 1 ? words[1] : "";
  if (verb == "write" && count == 3) {
    support::nir::write_nir(words[2], support::all_node_types());
    return 0;
  }
  if (verb == "read" && count == 3) {
    for (const auto& node : support::nir::read_nir(words[2]).graph.nodes)
      std::printf("%s %s\n", node.name.c_str(), support::nir::type_of(node));
    return 0;
  }
  if (verb == "same" && count == 4)
    return support::nir::read_nir(words[2]).graph == support::nir::read_nir(words[3]).graph ? 0 : 1;
  std::puts("nir_exchange write FILE | read FILE | same FILE FILE");
  return 0;  // as a test of its own it has nothing to do
}
