// Walking over the layers of a network, whether their types differ (std::tuple) or agree (std::vector).
#pragma once
#include <neohebb/core/types.hpp>
#include <tuple>
#include <utility>
#include <vector>

namespace neohebb {

/// The number of a layer in a tuple is a type, in a vector a value.
template <class I> inline constexpr bool known_to_compiler = requires { I::value; };

/// Element `i` of a tuple or of a vector.
template <class C> decltype(auto) at(C& container, auto i) {
  if constexpr (TupleLike<C>)
    return std::get<decltype(i)::value>(container);
  else
    return container[i];
}

/// visit(i) for every layer, in order.
template <class C> void for_each_layer(const C& layers, auto&& visit) {
  if constexpr (TupleLike<C>) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (visit(std::integral_constant<std::size_t, I>{}), ...);
    }
    (std::make_index_sequence<std::tuple_size_v<C>>{});
  } else {
    for (std::size_t i = 0; i < layers.size(); ++i) visit(i);
  }
}

/// step(input) for layer 0, step(shown(i − 1)) for the others.
void feed(auto i, const auto& input, auto&& shown, auto&& step) {
  if constexpr (!known_to_compiler<decltype(i)>) {
    if (i == 0)
      step(input);
    else
      step(shown(i - 1));
  } else if constexpr (i == 0) {
    step(input);
  } else {
    step(shown(std::integral_constant<std::size_t, i - 1>{}));
  }
}

/// The tuple or vector of make(i).
template <class C> auto map_layers(const C& layers, auto&& make) {
  if constexpr (TupleLike<C>) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple(make(std::integral_constant<std::size_t, I>{})...);
    }
    (std::make_index_sequence<std::tuple_size_v<C>>{});
  } else {
    std::vector<decltype(make(std::size_t{}))> made;
    made.reserve(layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) made.push_back(make(i));
    return made;
  }
}

/// Number of layers of a tuple or vector.
template <class C> std::size_t layer_count(const C& layers) {
  if constexpr (TupleLike<C>)
    return std::tuple_size_v<C>;
  else
    return layers.size();
}

}  // namespace neohebb
