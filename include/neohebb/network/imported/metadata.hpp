// The note in a graph's metadata of how it is to run: what NIR itself cannot say.
#pragma once
#include <array>
#include <neohebb/io/nir_graph.hpp>
#include <neohebb/io/npy.hpp>
#include <neohebb/network/imported/semantics.hpp>
#include <set>

namespace neohebb::nir {

namespace detail {

/// field(name, value) and choice(name, value, its words in the order of the enumeration) for all of
/// Semantics.
void each_semantic(auto& how, auto&& field, auto&& choice) {
  field("dt", how.dt);
  choice("discretisation", how.discretisation, std::array{"euler", "exact"});
  choice("reset", how.reset, std::array{"to_value", "by_subtraction"});
  choice("reset_time", how.reset_time, std::array{"at_once", "later"});
  choice("order", how.order, std::array{"current_first", "membrane_first"});
  field("several_spikes", how.several_spikes);
  field("fires_at_threshold", how.fires_at_threshold);
  field("integrates_rates", how.integrates_rates);
  field("ignores_resistance", how.ignores_resistance);
  field("whole_input", how.whole_input);
  field("floor", how.floor);
  field("subtracts_before_comparing", how.subtracts_before_comparing);
  field("whole_current", how.whole_current);
  choice("place_with_current", how.place_with_current, std::array{"usual", "before_leak", "after_input"});
}

}  // namespace detail

/// Writes the semantics into the graph's metadata: a group `semantics` with dt and the words "euler" or
/// "exact", "to_value" or "by_subtraction", "at_once" or "later", "current_first" or "membrane_first",
/// "usual", "before_leak" or "after_input"; and, where they are not as by default, the other members of
/// Semantics as numbers.
inline void put_semantics(Graph& graph, const Semantics& how) {
  std::erase_if(graph.metadata, [](const auto& each) { return each.first.starts_with("semantics/"); });
  const auto put = [&](const char* name, const auto& value) {
    graph.metadata["semantics/" + std::string(name)] = value;
  };
  const Semantics usual;
  std::map<std::string_view, double> as_usual;
  detail::each_semantic(
      usual, [&](const char* name, auto value) { as_usual[name] = static_cast<double>(value); },
      [](auto&&...) {});
  detail::each_semantic(
      how,
      [&](const char* name, auto value) {
        const auto number = static_cast<double>(value);
        if (name == std::string_view("dt") || number != as_usual[name]) put(name, to_npy(number));
      },
      [&](const char* name, auto value, const auto& words) {
        put(name, std::string(words[static_cast<std::size_t>(value)]));
      });
}

/// What put_semantics wrote, by this or another program; nothing where there is no such note. What the note
/// leaves out is as by default. Throws std::invalid_argument that begins with `file` for a note that is not
/// understood.
inline std::optional<Semantics> semantics_in_metadata(const Graph& graph,
                                                      const std::string& file = "network") {
  Semantics how;
  std::set<std::string> known;
  const auto find = [&](const char* name) {
    known.insert("semantics/" + std::string(name));
    const auto at = graph.metadata.find("semantics/" + std::string(name));
    return at == graph.metadata.end() ? nullptr : &at->second;
  };
  const auto refuse = [&](const std::string& name, const std::string& expected) {
    NEOHEBB_THROW(std::invalid_argument, file, ": the metadata 'semantics/", name, "' must be ", expected);
  };
  detail::each_semantic(
      how,
      [&](const char* name, auto& value) {
        const auto* found = find(name);
        if (!found) return;
        const auto* number = std::get_if<NpyArray>(found);
        if (!number || number->size() != 1) refuse(name, "a number");
        const double given = number->as<double>(file)[0];
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, bool>) {
          if (given != 0 && given != 1) refuse(name, "0 or 1");
          value = given == 1;
        } else {
          value = given;
        }
      },
      [&](const char* name, auto& value, const auto& words) {
        const auto* found = find(name);
        if (!found) return;
        const auto* word = std::get_if<std::string>(found);
        std::size_t place = 0;
        while (word && place < words.size() && *word != words[place]) ++place;
        if (!word || place == words.size()) {
          std::string all;
          for (const char* each : words) all += (all.empty() ? "'" : " or '") + std::string(each) + "'";
          refuse(name, all);
        }
        value = static_cast<std::decay_t<decltype(value)>>(place);
      });
  bool any = false;
  for (const auto& [key, value] : graph.metadata) {
    if (!key.starts_with("semantics/")) continue;
    NEOHEBB_REQUIRE(known.contains(key), file, ": the metadata '", key, "' is no member of Semantics");
    any = true;
  }
  if (!any) return {};
  try {
    how.validate();
  } catch (const std::invalid_argument& error) {
    NEOHEBB_THROW(std::invalid_argument, file,
                  ", its metadata: ", std::string(error.what()).substr(message({}).size()));
  }
  return how;
}

}  // namespace neohebb::nir
