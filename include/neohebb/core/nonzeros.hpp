// The entries of a column that are not zero, as a list.
#pragma once
#include <bit>
#include <cstdint>
#include <neohebb/core/types.hpp>
#if defined(__AVX512F__) && defined(__AVX512VL__)
#include <immintrin.h>
#endif

namespace neohebb::detail {

/// Numbers that may be written beyond the last entry: what list_nonzeros writes at a time.
inline constexpr Index nonzeros_beyond = 16;

/// Equals a loop with a branch (tests/core/nonzeros.cpp): writes value and place of those of n numbers that
/// are not zero; returns how many. Both lists must have room for n + nonzeros_beyond. −0 is zero, NaN is not.
/// No branch for each number: a fifth of an image is not zero, at places that no processor foresees.
template <class S> Index list_nonzeros(const S* from, Index n, S* values, std::int32_t* places) {
  Index count = 0, i = 0;
#if defined(__AVX512F__) && defined(__AVX512VL__)
  if constexpr (sizeof(S) == 4) {
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (; i + 16 <= n; i += 16) {
      const __m512 x = _mm512_loadu_ps(from + i);
      const __mmask16 some = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NEQ_UQ);
      const __m512i place = _mm512_add_epi32(lane, _mm512_set1_epi32(static_cast<int>(i)));
      _mm512_storeu_ps(values + count, _mm512_maskz_compress_ps(some, x));
      _mm512_storeu_si512(places + count, _mm512_maskz_compress_epi32(some, place));
      count += std::popcount(static_cast<unsigned>(some));
    }
  } else {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    for (; i + 8 <= n; i += 8) {
      const __m512d x = _mm512_loadu_pd(from + i);
      const __mmask8 some = _mm512_cmp_pd_mask(x, _mm512_setzero_pd(), _CMP_NEQ_UQ);
      const __m256i place = _mm256_add_epi32(lane, _mm256_set1_epi32(static_cast<int>(i)));
      _mm512_storeu_pd(values + count, _mm512_maskz_compress_pd(some, x));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(places + count),
                          _mm256_maskz_compress_epi32(some, place));
      count += std::popcount(static_cast<unsigned>(some));
    }
  }
#endif
  using Bits = std::conditional_t<sizeof(S) == 4, std::uint32_t, std::uint64_t>;
  for (; i < n; ++i) {
    values[count] = from[i];
    places[count] = static_cast<std::int32_t>(i);
    count += std::bit_cast<Bits>(from[i]) << 1 != 0;
  }
  return count;
}

}  // namespace neohebb::detail
