// Counts every allocation of the program: malloc and its relatives, which operator new and Eigen call, are
// replaced. For one translation unit of a program that is more than a test of Catch's. COUNTS_ALLOCATIONS is
// defined where that can be done: with glibc, and without a sanitizer, which replaces them itself.
//
// To find an allocation: gdb -ex 'break counted_allocation' -ex run -ex backtrace PROGRAM
#pragma once
#include <Eigen/Core>  // first: compilers' own headers declare posix_memalign, too, and must do so before it is defined
#include <cerrno>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)
#define COUNTS_ALLOCATIONS
#include <atomic>

namespace support {
inline std::atomic<bool> counting{false};
inline std::atomic<long> allocations{0};

/// Allocations while f runs.
long allocations_in(auto&& f) {
  allocations = 0;
  counting = true;
  f();
  counting = false;
  return allocations;
}
}  // namespace support

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

__attribute__((noinline)) void counted_allocation() { ++support::allocations; }
static void count() {
  if (support::counting) counted_allocation();
}
void* malloc(std::size_t size) {
  count();
  return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) {
  count();
  return __libc_calloc(n, size);
}
void* realloc(void* block, std::size_t size) {
  count();
  return __libc_realloc(block, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  count();
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}
}
#else
#include <cstdio>
int main() {
  std::puts("skipped: a sanitizer owns malloc, or the C library is not glibc");
  return 0;
}
#endif
