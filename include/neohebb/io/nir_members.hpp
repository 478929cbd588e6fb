// Reading the members of NIR's nodes: numbers, shapes and parameters, as files in the wild have them.
#pragma once
#include <neohebb/io/hdf5.hpp>
#include <neohebb/io/nir_validate.hpp>
#include <set>
#if __has_include(<hdf5.h>) && __has_include(<zlib.h>)

namespace neohebb::nir::detail {

/// A node is called by its name, one in a nested graph "graph/name"; its group in the file is at `path`.
class Members {
 public:
  Members(const Hdf5Reader& from, std::uint64_t limit) : file(from), limit_(limit) {}
  const Hdf5Reader& file;
  std::vector<std::string> remarks = {};

  std::string word(const std::string& path, const std::string& called, const char* member) {
    if (!file.contains(path + "/" + member)) fail(called, member, "is missing");
    const auto all = texts(path, called, member);
    if (all.size() != 1) fail(called, member, "holds ", all.size(), " texts, expected one");
    return all[0];
  }
  std::vector<std::string> texts(const std::string& path, const std::string& called, const char* member) {
    auto all = of(called, member, [&] { return file.texts(path + "/" + member); });
    for (const std::string& text : all) spend(text.size() + 32, called, member);
    return all;
  }

  template <class... Reason>
  [[noreturn]] void fail(const std::string& called, const std::string& member,
                         const Reason&... reason) const {
    NEOHEBB_THROW(std::runtime_error, file.file(), ", node '", called, "', member '", member, "' ",
                  reason...);
  }
  template <class... Text> void remark(const std::string& called, const Text&... text) {
    std::string all = called.empty() ? "the graph" : "node '" + called + "'";
    (neohebb::MessagePart(text).append_to(all), ...);
    remarks.push_back(all);
  }
  /// What f gives; the file's errors name the node, too.
  template <class F>
  std::invoke_result_t<F> of(const std::string& called, const std::string& member, F&& f) const {
    try {
      return f();
    } catch (const std::runtime_error& error) {
      fail(called, member, "cannot be read: ", std::string(error.what()).substr(message({}).size()));
    }
  }
  const std::vector<std::string>& group(const std::string& path, const std::string& called,
                                        const char* member) {
    if (file.kind(path) != Hdf5Kind::group) fail(called, member, "is no group");
    return file.names(path);
  }
  void known(const std::string& path, const std::string& called, const std::set<std::string>& names) {
    for (const std::string& name : file.names(path))
      if (!names.contains(name)) remark(called, " has a member '", name, "', which is not NIR's: left out");
  }

  template <class T> T parameters(const std::string& path, const std::string& called) {
    T node;
    std::set<std::string> names = {"type", "metadata"};
    T::members(node, [&](const char* member, auto& value) {
      names.insert(member);
      read(path, called, member, value);
    });
    known(path, called, names);
    if constexpr (is_elementwise<T>) same_shape(node, called);
    NodeCheck([&](const char* member, const auto&... reason) { fail(called, member, reason...); })(node);
    one_bias(node, called);
    return node;
  }
  bool full() const { return total_ > limit_; }

  Hdf5Kind kind(const std::string& path, const std::string& called, const char* member) const {
    return of(called, member, [&] { return file.kind(path + "/" + member); });
  }
  NpyArray array(const std::string& path, const std::string& called, const char* member) {
    auto value = of(called, member, [&] { return file.array(path + "/" + member); });
    spend(value.data.size(), called, member);
    return value;
  }

 private:
  /// Names may stand for the same array, so that a small file could have any amount of them.
  void spend(std::uint64_t bytes, const std::string& called, const std::string& member) {
    total_ += bytes;
    if (full())
      fail(called, member, "is the one with which the arrays pass ", limit_,
           " bytes; raise Hdf5Limits::bytes if you trust the file");
  }
  void read(const std::string& path, const std::string& called, const char* member, NpyArray& value) {
    const std::string_view name = member;
    if (file.contains(path + "/" + member)) {
      value = array(path, called, member);
    } else if (name == "v_reset" || name == "v_leak" || name == "bias" || name == "w_in") {
      value = {{}, DataType::float32, false, Bytes(4)};  // one for all neurons, see same_shape
      const float is = name == "w_in" ? 1.0f : 0.0f;
      std::memcpy(value.data.data(), &is, 4);
      remark(called, " has no ", member, ": ", is, " throughout");
    } else {
      fail(called, member, "is missing");
    }
  }
  void read(const std::string& path, const std::string& called, const char* member, Shape& value) {
    value = numbers(path, called, member);
  }
  void read(const std::string& path, const std::string& called, const char* member, Index& value) {
    std::array<Index, 1> one = {value};
    read(path, called, member, one);
    value = one[0];
  }
  /// One number stands for all dimensions. What is missing keeps its default; sizes of windows have none.
  template <std::size_t N>
  void read(const std::string& path, const std::string& called, const char* member,
            std::array<Index, N>& value) {
    if (!file.contains(path + "/" + member)) {
      if (std::string_view(member) != "padding" && value[0] == 0) fail(called, member, "is missing");
      return remark(called, " has no ", member, ": ", value[0]);
    }
    const Shape got = numbers(path, called, member);
    if (got.size() != N && got.size() != 1)
      fail(called, member, "has ", got.size(), " numbers, expected ", N);
    for (std::size_t k = 0; k < N; ++k) value[k] = got[got.size() == 1 ? 0 : k];
  }
  template <std::size_t N>
  void read(const std::string& path, const std::string& called, const char* member, Padding<N>& value) {
    if (!file.contains(path + "/" + member) || kind(path, called, member) != Hdf5Kind::text)
      return read(path, called, member, value.by);
    value.word = word(path, called, member);
    if (value.word.empty()) fail(called, member, "is '', expected numbers, 'same' or 'valid'");
  }
  template <class T>
  void read(const std::string& path, const std::string& called, const char* member, std::optional<T>& value) {
    if (!file.contains(path + "/" + member)) return;
    T is{};
    if (file.kind(path + "/" + member) == Hdf5Kind::group)  // as older versions have it: input_type/input
      read(path + "/" + member, called, "input", is);
    else
      read(path, called, member, is);
    value = std::move(is);
  }

  Shape numbers(const std::string& path, const std::string& called, const char* member) {
    if (!file.contains(path + "/" + member)) fail(called, member, "is missing");
    const NpyArray value = array(path, called, member);
    if (value.shape.size() > 1)
      fail(called, member, "has shape ", shape_text(value.shape), ", expected numbers");
    return of(called, member, [&] { return value.as<Index>(); });
  }

  /// A number, or an array of one, stands for all neurons if another parameter tells how many there are.
  template <class T> void same_shape(T& node, const std::string& called) {
    const NpyArray* largest = nullptr;
    T::members(node, [&](const char*, const NpyArray& value) {
      if (!largest || value.size() > largest->size() ||
          (value.size() == largest->size() && value.shape.size() > largest->shape.size()))
        largest = &value;
    });
    const Shape shape = largest->shape;
    const Index n = largest->size();
    T::members(node, [&](const char* member, NpyArray& value) {
      if (value.shape == shape) return;
      if (value.size() != 1)
        fail(called, member, "has shape ", shape_text(value.shape), ", another parameter has ",
             shape_text(shape));
      spend(static_cast<std::uint64_t>(n) * value.data.size(), called, member);
      const Bytes one = value.data;
      value.data.clear();
      for (Index k = 0; k < n; ++k) value.data.insert(value.data.end(), one.begin(), one.end());
      value.shape = shape;
    });
  }

  /// One bias stands for those of all outputs.
  template <class T> void one_bias(T& node, const std::string& called) {
    if constexpr (requires { node.bias; }) {
      if (!node.bias.shape.empty()) return;
      const Shape& weight = node.weight.shape;
      constexpr bool conv = requires { node.groups; };
      node.bias.shape = conv ? Shape{weight[0]} : Shape(weight.begin(), weight.end() - 1);
      const Bytes one = std::move(node.bias.data);
      Index n = 1;
      for (const Index size : node.bias.shape) n *= size;
      spend(static_cast<std::uint64_t>(n) * one.size(), called, "bias");
      node.bias.data.clear();
      for (Index k = 0; k < n; ++k) node.bias.data.insert(node.bias.data.end(), one.begin(), one.end());
    }
  }

  std::uint64_t limit_, total_ = 0;
};

}  // namespace neohebb::nir::detail
#endif
