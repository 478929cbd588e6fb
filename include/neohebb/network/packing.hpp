// Values as bytes, for messages between processes that run the same program on the same kind of machine.
#pragma once
#include <cstring>
#include <neohebb/core/fields.hpp>
#include <vector>

namespace neohebb {

/// A message: bytes as they lie in memory, without names and types.
using Message = std::vector<unsigned char>;

namespace detail {

template <class T> constexpr bool is_vector_of_numbers = false;
template <Number T> constexpr bool is_vector_of_numbers<std::vector<T>> = !std::same_as<T, bool>;

/// io(part) for the parts of a value, until they are numbers and matrices.
template <class T> void pack_parts(T& value, auto& io) {
  using V = std::remove_const_t<T>;
  if constexpr (HasFields<V>)
    V::fields(value, [&](const char*, auto& part) { io(part); });
  else if constexpr (TupleLike<V>)
    std::apply([&](auto&... part) { (io(part), ...); }, value);
  else
    static_assert(std::is_empty_v<V>,
                  "neohebb: a message does not know this type's parts; list them in it: "
                  "static void fields(auto& self, auto&& visit) { visit(\"weight\", self.weight); }");
}

}  // namespace detail

/// Appends values to a message.
///
///     Message message;
///     Packer{message}(weights);            // numbers, matrices, types with fields, tuples, vectors
///     Packer{message}.columns(delta, 12);  // the first 12 columns
class Packer {
 public:
  explicit Packer(Message& to) : to_(&to) {}
  template <class T> void operator()(const T& value) {
    if constexpr (detail::Number<T>) {
      append(&value, 1);
    } else if constexpr (detail::EigenObject<T>) {
      (*this)(value.rows());
      (*this)(value.cols());
      append(value.data(), value.size());
    } else if constexpr (detail::is_vector_of_numbers<T>) {
      head(value, static_cast<Index>(value.size()));
    } else if constexpr (detail::is_vector<T>) {
      (*this)(static_cast<Index>(value.size()));
      for (const auto& part : value) (*this)(part);
    } else {
      detail::pack_parts(value, *this);
    }
  }
  void columns(const auto& matrix, Index used) {
    (*this)(used);
    append(matrix.data(), used * matrix.rows());
  }
  void head(const auto& vector, Index used) {
    (*this)(used);
    append(vector.data(), used);
  }

 private:
  template <class T> void append(const T* from, Index count) {
    const auto* first = reinterpret_cast<const unsigned char*>(from);
    if (count > 0) to_->insert(to_->end(), first, first + static_cast<std::size_t>(count) * sizeof(T));
  }
  Message* to_;
};

/// How many bytes a Packer would append; most: for matrices and vectors used as far as they go.
class PackedSize {
 public:
  explicit PackedSize(bool most = false) : most_(most) {}
  std::size_t bytes() const { return bytes_; }
  template <class T> void operator()(const T& value) {
    if constexpr (detail::Number<T>) {
      bytes_ += sizeof value;
    } else if constexpr (detail::EigenObject<T>) {
      bytes_ += 2 * sizeof(Index) + static_cast<std::size_t>(value.size()) * sizeof(typename T::Scalar);
    } else if constexpr (detail::is_vector_of_numbers<T>) {
      bytes_ += sizeof(Index) + value.size() * sizeof(typename T::value_type);
    } else if constexpr (detail::is_vector<T>) {
      bytes_ += sizeof(Index);
      for (const auto& part : value) (*this)(part);
    } else {
      detail::pack_parts(value, *this);
    }
  }
  template <class M> void columns(const M& matrix, Index used) {
    count<typename M::Scalar>(most_ ? matrix.size() : used * matrix.rows());
  }
  template <class V> void head(const V& vector, Index used) {
    count<typename V::Scalar>(most_ ? vector.size() : used);
  }

 private:
  template <class S> void count(Index numbers) {
    bytes_ += sizeof(Index) + static_cast<std::size_t>(numbers) * sizeof(S);
  }
  std::size_t bytes_ = 0;
  bool most_;
};

/// Takes values from a message, in the order in which they were packed. Matrices and vectors must have the
/// sizes that the message has; empty ones take its sizes. Throws std::runtime_error for a message that is too
/// short, for other sizes, and for one that has more columns than there is room for.
class Unpacker {
 public:
  explicit Unpacker(const Message& from) : from_(&from) {}
  template <class T> void operator()(T& value) {
    if constexpr (detail::Number<T>) {
      take(&value, sizeof value);
    } else if constexpr (detail::EigenObject<T>) {
      Index rows = 0, cols = 0;
      (*this)(rows);
      (*this)(cols);
      if (value.size() == 0 && rows > 0 && cols > 0) {
        check(static_cast<std::size_t>(rows) <= left() &&
                  static_cast<std::size_t>(cols) <= left() / static_cast<std::size_t>(rows),
              rows, cols);
        shape_output("a matrix of a message", value, rows, cols);
      }
      if (rows != value.rows() || cols != value.cols())
        NEOHEBB_THROW(std::runtime_error, "a message has a matrix of ", rows, " x ", cols, ", expected ",
                      value.rows(), " x ", value.cols());
      take(value.data(), static_cast<std::size_t>(value.size()) * sizeof(typename T::Scalar));
    } else if constexpr (detail::is_vector_of_numbers<T>) {
      using Entry = typename T::value_type;
      Index size = 0;
      (*this)(size);
      const auto most = static_cast<Index>(value.empty() ? left() / sizeof(Entry) : value.size());
      check(size >= 0 && size <= most && (value.empty() || size == most), size, most);
      value.resize(static_cast<std::size_t>(size));
      take(value.data(), value.size() * sizeof(Entry));
    } else if constexpr (detail::is_vector<T>) {
      Index size = 0;
      (*this)(size);
      const auto most = static_cast<Index>(value.empty() ? left() : value.size());
      check(size >= 0 && size <= most && (value.empty() || size == most), size, most);
      if constexpr (std::default_initializable<typename T::value_type>)
        value.resize(static_cast<std::size_t>(size));
      else
        check(static_cast<std::size_t>(size) == value.size(), size, static_cast<Index>(value.size()));
      for (auto& part : value) (*this)(part);
    } else {
      detail::pack_parts(value, *this);
    }
  }
  void columns(auto& matrix, Index& used) {
    (*this)(used);
    check(used >= 0 && used <= matrix.cols(), used, matrix.cols());
    take_numbers(matrix, used * matrix.rows());
  }
  void head(auto& vector, Index& used) {
    (*this)(used);
    check(used >= 0 && used <= vector.size(), used, vector.size());
    take_numbers(vector, used);
  }
  /// Throws std::runtime_error if something is left.
  void end() const {
    if (left() != 0)
      NEOHEBB_THROW(std::runtime_error, "a message of ", from_->size(), " bytes has ", left(),
                    " bytes more than what was expected");
  }

 private:
  std::size_t left() const { return from_->size() - at_; }
  static void check(bool fits, Index used, Index room) {
    if (!fits)
      NEOHEBB_THROW(std::runtime_error, "a message has ", used, " columns or entries, there is room for ",
                    room);
  }
  template <class M> void take_numbers(M& to, Index count) {
    take(to.data(), static_cast<std::size_t>(count) * sizeof(typename M::Scalar));
  }
  void take(auto* to, std::size_t bytes) {
    if (bytes > left())
      NEOHEBB_THROW(std::runtime_error, "a message of ", from_->size(), " bytes ends ", bytes - left(),
                    " bytes too early");
    if (bytes > 0) std::memcpy(to, from_->data() + at_, bytes);
    at_ += bytes;
  }
  const Message* from_;
  std::size_t at_ = 0;
};

}  // namespace neohebb
