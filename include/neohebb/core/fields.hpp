// The parts of a value, for what visits them all: checkpoints, messages between processes.
#pragma once
#include <array>
#include <neohebb/core/types.hpp>
#include <string>
#include <type_traits>
#include <vector>

namespace neohebb::detail {

struct AnyVisitor {
  void operator()(const char*, auto&) const {}
};
template <class T>
concept HasFields = requires(T& t) {
  T::fields(t, AnyVisitor{});
};
template <class T>
concept EigenObject = requires(const T& t) {
  []<class M>(const Eigen::PlainObjectBase<M>&) {}(t);
};
template <class T>
concept Number = std::is_arithmetic_v<T> || std::is_enum_v<T>;
template <class T> inline constexpr bool is_vector = false;
template <class T, class A> inline constexpr bool is_vector<std::vector<T, A>> = true;
template <class T> inline constexpr bool is_array = false;
template <class T, std::size_t N> inline constexpr bool is_array<std::array<T, N>> = true;

}  // namespace neohebb::detail
