// Vectors of the compiler: registers where the processor has such wide ones, several otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
// One build for every x86-64: the processor picks its variant when the library is loaded.
#define KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KERNEL
#endif
#define INLINE inline __attribute__((always_inline))

namespace farense {

constexpr std::size_t kLanes = 8;

typedef float Floats __attribute__((vector_size(4 * kLanes)));
typedef std::uint32_t Words __attribute__((vector_size(4 * kLanes)));
typedef std::int32_t Ints __attribute__((vector_size(4 * kLanes)));
typedef std::uint64_t Longs __attribute__((vector_size(4 * kLanes)));

template <typename Vector>
INLINE Vector load(const void *from) {
  Vector v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

INLINE void store(float *to, Floats v) { std::memcpy(to, &v, sizeof v); }

}  // namespace farense
