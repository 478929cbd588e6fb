// Catch2, version 3 or 2.
#pragma once
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>

// Of a string, version 3 says ContainsSubstring; its Contains is for ranges.
namespace Catch::Matchers {
inline auto Contains(const char* text) { return ContainsSubstring(text); }
inline auto Contains(std::string text) { return ContainsSubstring(text); }
}  // namespace Catch::Matchers
using Catch::Approx;  // which version 2 has outside of its namespace
#else
#include <catch2/catch.hpp>
#endif
