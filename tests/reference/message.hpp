// What a caller's mistake is told.
#pragma once
#include <stdexcept>
#include <string>

namespace reference {

/// The message of the std::invalid_argument that f throws; "accepted" when it throws nothing.
inline std::string message_of(auto&& f) {
  try {
    f();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}
inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace reference
