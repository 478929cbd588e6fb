// Weights, optimiser state, random generators and counters in one .npz file, from which training resumes bit
// for bit.
#pragma once
#include <neohebb/core/fields.hpp>
#include <neohebb/io/npz.hpp>
#include <tuple>

namespace neohebb {

namespace detail {

/// std::string, and std::vector or std::array of numbers: one array of one dimension.
template <class T> inline constexpr bool is_list = std::is_same_v<T, std::string>;
template <class T>
requires(is_vector<T> || is_array<T>) inline constexpr bool is_list<T> = Number<typename T::value_type>;

/// leaf(name, part) for every part of `value` that becomes an array.
template <class T, class Leaf> void walk(const std::string& name, T& value, const Leaf& leaf) {
  using V = std::remove_const_t<T>;
  if constexpr (EigenObject<V> || Number<V> || is_list<V>) {
    leaf(name, value);
  } else if constexpr (HasFields<V>) {
    V::fields(value, [&](const std::string& field, auto& part) { walk(name + "/" + field, part, leaf); });
  } else if constexpr (TupleLike<V>) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (walk(name + "/" + std::to_string(I), std::get<I>(value), leaf), ...);
    }
    (std::make_index_sequence<std::tuple_size_v<V>>{});
  } else if constexpr (is_vector<V>) {
    for (std::size_t i = 0; i < value.size(); ++i) walk(name + "/" + std::to_string(i), value[i], leaf);
  } else {
    static_assert(std::is_empty_v<V>,
                  "neohebb: a checkpoint does not know this type's parts; list them in it: "
                  "static void fields(auto& self, auto&& visit) { visit(\"weight\", self.weight); }");
  }
}

template <class V> NpyArray to_checkpoint_array(const V& value) {
  if constexpr (is_list<V>) {
    using E = std::conditional_t<std::is_same_v<V, std::string>, unsigned char, typename V::value_type>;
    NpyArray array{
        {static_cast<Index>(value.size())}, data_type<E>(), false, Bytes(value.size() * sizeof(E))};
    for (std::size_t i = 0; i < value.size(); ++i) {
      const E entry = static_cast<E>(value[i]);
      std::memcpy(array.data.data() + i * sizeof(E), &entry, sizeof(E));
    }
    return array;
  } else {
    return to_npy(value);
  }
}

template <class V> void from_checkpoint_array(const NpyArray& array, V& value) {
  if constexpr (std::is_same_v<V, std::string>) {
    value.assign(array.data.begin(), array.data.end());
  } else if constexpr (is_list<V>) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      typename V::value_type entry{};
      std::memcpy(&entry, array.data.data() + i * sizeof(entry), sizeof(entry));
      value[i] = entry;
    }
  } else if constexpr (Number<V>) {
    std::memcpy(&value, array.data.data(), sizeof(value));
  } else {
    array.copy_to(value);
  }
}

}  // namespace detail

/// Brings weights up to date in place where updates are pending (EventDriven, one sample, online), also those
/// of networks. A checkpoint has the true weights without it. Called before `put`, it lets the run that saves
/// go on with the same bits as the one that is resumed.
template <class T> void settle(T& weights) {
  if constexpr (requires { weights.settled(); })
    weights.settled();
  else if constexpr (detail::HasFields<T>)
    T::fields(weights, [](const char*, auto& part) { settle(part); });
  else if constexpr (TupleLike<T>)
    std::apply([](auto&... part) { (settle(part), ...); }, weights);
  else if constexpr (detail::is_vector<T>)
    for (auto& part : weights) settle(part);
}

/// A set of named values in one file. NumPy reads the parts by name:
/// numpy.load("net.npz")["weights/0/weight"].
///
///     struct Weights {
///       Matrix<float> weight;
///       Vector<float> bias;
///       static void fields(auto& self, auto&& visit) { visit("weight", self.weight);
///                                                     visit("bias", self.bias); }
///     };
///     Checkpoint file;
///     file.put("weights", weights);
///     file.put("state", state);        // in the middle of a window, too; with its weights and learner
///     file.put("epoch", epoch);
///     file.save(path);
///     …
///     const Checkpoint saved = Checkpoint::load(path);
///     saved.get("weights", weights);   // has its sizes already: made by the same parameters
///
/// What can be saved: Eigen matrices and arrays; numbers, bool, enumerations; std::string; std::vector and
/// std::array of numbers; types with `fields`; std::tuple, pair, array and vector of all these, whose parts
/// are called 0, 1, …; empty types, which leave nothing. Bits are kept. NaN is refused on both ways.
class Checkpoint {
 public:
  /// Throws std::invalid_argument for NaN and for a name that is taken; nothing is added then.
  template <class T> void put(const std::string& name, const T& value) {
    NEOHEBB_REQUIRE(!name.empty() && name != format_name, "'", name, "' cannot name a part of a checkpoint");
    NEOHEBB_REQUIRE(names_under(name).empty(), "the checkpoint has a part '", name, "' already");
    for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1))
      NEOHEBB_REQUIRE(!arrays_.contains(name.substr(0, slash)), "'", name, "' would lie within the array '",
                      name.substr(0, slash), "'");
    Npz parts;
    detail::walk(name, value, [&](const std::string& part, const auto& leaf) {
      parts.put(part, detail::to_checkpoint_array(leaf));
      NEOHEBB_REQUIRE(!parts.at(part).has_nan(), "'", part,
                      "' has NaN entries: training has diverged, do not save it");
    });
    for (const auto& [part, array] : parts.arrays()) arrays_.put(part, array);
  }

  /// Fills `value` from the parts called `name` or `name/…`. They must be the very parts that `value` has,
  /// each with the type and the sizes it has now. Throws std::runtime_error naming file, part, what is there
  /// and what was expected; `value` is unchanged then.
  template <class T> void get(const std::string& name, T& value) const {
    std::size_t known = 0;
    detail::walk(name, std::as_const(value), [&](const std::string& part, const auto& leaf) {
      check(part, leaf);
      ++known;
    });
    const auto present = names_under(name);
    if (present.size() != known) {
      std::map<std::string, bool> expected;
      detail::walk(name, std::as_const(value),
                   [&](const std::string& part, const auto&) { expected[part] = true; });
      for (const std::string& part : present)
        if (expected.count(part) == 0)
          NEOHEBB_THROW(std::runtime_error, file(), " has a part '", part,
                        "' that the object to be filled lacks");
    }
    detail::walk(name, value, [&](const std::string& part, auto& leaf) {
      detail::from_checkpoint_array(arrays_.at(part), leaf);
    });
  }

  /// Whether there is a part called `name` or `name/…`.
  bool contains(const std::string& name) const { return !names_under(name).empty(); }
  /// All arrays of the checkpoint.
  const Npz& arrays() const { return arrays_; }
  /// Where the arrays came from, for messages.
  const std::string& file() const { return arrays_.file(); }

  /// Replaces the file in one step: a kill in the middle leaves the old one whole. Throws std::runtime_error.
  void save(const std::string& path, Compression compression = Compression::none) const {
    Npz all = arrays_;
    all.put(format_name, format_version);
    write_npz(path, all, compression);
  }
  /// Throws std::runtime_error for a file that is damaged, is no checkpoint, or has another format version.
  /// Entries that somebody added, a note for example, do not matter.
  static Checkpoint load(const std::string& path, const NpzLimits& limits = {}) {
    const Npz all = read_npz(path, limits);
    if (!all.contains(format_name))
      NEOHEBB_THROW(std::runtime_error, path, " is an .npz file but no checkpoint: it lacks '", format_name,
                    "'");
    const auto version = all.at(format_name).scalar<std::int32_t>(path + ", " + format_name);
    if (version != format_version)
      NEOHEBB_THROW(std::runtime_error, path, " is a checkpoint of format ", version,
                    ", this program reads format ", format_version);
    Checkpoint checkpoint;
    checkpoint.arrays_.set_file(path);
    for (const auto& [name, array] : all.arrays())
      if (name != format_name) checkpoint.arrays_.put(name, array);
    for (const auto& [name, reason] : all.unreadable()) checkpoint.arrays_.put_unreadable(name, reason);
    return checkpoint;
  }

 private:
  static constexpr const char* format_name = "neohebb_checkpoint";
  static constexpr std::int32_t format_version = 1;

  std::vector<std::string> names_under(const std::string& name) const {
    std::vector<std::string> names;
    const auto add = [&](const auto& all) {
      if (all.count(name) > 0) names.push_back(name);
      for (auto it = all.lower_bound(name + "/"); it != all.end() && it->first.starts_with(name + "/"); ++it)
        names.push_back(it->first);
    };
    add(arrays_.arrays());
    add(arrays_.unreadable());
    return names;
  }
  template <class V> void check(const std::string& part, const V& leaf) const {
    const NpyArray& array = arrays_.at(part);
    const NpyArray wanted = detail::to_checkpoint_array(leaf);
    const bool any_length = std::is_same_v<V, std::string> && array.shape.size() == 1;
    if (array.type != wanted.type || (array.shape != wanted.shape && !any_length))
      NEOHEBB_THROW(std::runtime_error, file(), ": '", part, "' is ", name_of(array.type), " of shape ",
                    shape_text(array.shape), ", expected ", name_of(wanted.type), " of shape ",
                    shape_text(wanted.shape));
    if (array.type == DataType::boolean)
      for (const unsigned char byte : array.data)
        if (byte > 1)
          NEOHEBB_THROW(std::runtime_error, file(), ": '", part, "' holds ", byte, ", which is no bool");
    if (array.has_nan()) NEOHEBB_THROW(std::runtime_error, file(), ": '", part, "' has NaN entries");
  }

  Npz arrays_;
};

}  // namespace neohebb
