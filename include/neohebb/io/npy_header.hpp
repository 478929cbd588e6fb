// The header of a .npy file: a Python dict that tells type, storage order and shape.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <neohebb/io/array.hpp>
#include <neohebb/io/file.hpp>
#include <string_view>

namespace neohebb::detail {

/// Reads the dict of a header: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, keys in any
/// order.
class NpyHeader {
 public:
  NpyHeader(std::string_view text, std::uint64_t offset, const std::string& file)
      : text_(text), offset_(offset), file_(file) {
    bool have_type = false, have_order = false, have_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr" && !have_type) {
        descr();
        have_type = true;
      } else if (key == "fortran_order" && !have_order) {
        fortran_order = boolean();
        have_order = true;
      } else if (key == "shape" && !have_shape) {
        tuple();
        have_shape = true;
      } else {
        fail("the header names '", std::string(key), "' twice, or NumPy does not know it");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip();
    if (at_ != text_.size()) fail("the header goes on after its dict");
    if (!have_type || !have_order || !have_shape)
      fail("the header lacks 'descr', 'fortran_order' or 'shape'");
    count();
  }

  DataType type{};
  bool swapped = false, fortran_order = false;
  std::vector<Index> shape;
  std::uint64_t bytes = 0;  // of all entries

 private:
  template <class... Reason> [[noreturn]] void fail(const Reason&... reason) const {
    bad_file(file_, offset_ + at_, reason...);
  }
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  bool accept(char c) {
    skip();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail("expected '", std::string(1, c), "' in the header");
  }
  std::string_view quoted() {
    skip();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '\'' && quote != '"')
      fail("expected a quoted word in the header (a structured type cannot be read)");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("a quote in the header is not closed");
    const std::string_view word = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return word;
  }
  bool boolean() {
    skip();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return value;
    }
    fail("'fortran_order' is neither True nor False");
  }
  void descr() {
    const std::string_view word = quoted();
    constexpr std::string_view known[] = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"};
    const char order = word.empty() ? ' ' : word[0];
    const auto found = std::find(std::begin(known), std::end(known), word.substr(word.empty() ? 0 : 1));
    if (found == std::end(known) || std::string_view("<>|=").find(order) == std::string_view::npos)
      fail("entries of type '", std::string(word),
           "' cannot be read; save bool, integers of 8 to 64 bits, float32 or float64");
    type = static_cast<DataType>(found - std::begin(known));
    if (order == '|' && size_of(type) > 1)
      fail("the type '", std::string(word), "' does not tell its byte order");
    swapped = order == (std::endian::native == std::endian::little ? '>' : '<');
  }
  void tuple() {
    expect('(');
    while (!accept(')')) {
      shape.push_back(number());
      if (shape.size() > 64) fail("more than 64 dimensions");
      if (!accept(',')) {
        expect(')');
        if (shape.size() == 1) fail("expected a tuple, '(n,)', in the header");
        break;
      }
    }
  }
  Index number() {
    skip();
    const std::size_t first = at_;
    std::uint64_t n = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      n = 10 * n + static_cast<std::uint64_t>(text_[at_] - '0');
      if (n > static_cast<std::uint64_t>(std::numeric_limits<Index>::max())) fail("a dimension is too large");
    }
    if (at_ == first) fail("a dimension is no number from 0 upwards");
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2 wrote long integers so
    return static_cast<Index>(n);
  }
  void count() {
    if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return;
    bytes = size_of(type);
    for (const Index n : shape) {
      if (bytes >
          static_cast<std::uint64_t>(std::numeric_limits<Index>::max()) / static_cast<std::uint64_t>(n))
        fail("an array of shape ", shape_text(shape), " fits into no memory");
      bytes *= static_cast<std::uint64_t>(n);
    }
  }

  std::string_view text_;
  std::uint64_t offset_;
  const std::string& file_;
  std::size_t at_ = 0;
};

}  // namespace neohebb::detail
