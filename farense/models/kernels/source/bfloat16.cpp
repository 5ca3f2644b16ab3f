// One instruction multiplies 32 pairs of bfloat16 numbers where float32 has 16, and rounds the
// sums alone. The weight stands as the instruction reads it: of each panel of 32 outputs, two
// inputs side by side.
#include "bfloat16.h"

#include <algorithm>
#include <bit>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#include <immintrin.h>
#define BFLOAT16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))
#define KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KERNEL
#endif

namespace farense {

using std::size_t;

namespace {

size_t even(size_t inputs) { return inputs + inputs % 2; }

// Round to nearest even; a NaN stays one. Without a branch, so that loops over it are vectorised.
inline __attribute__((always_inline)) std::uint16_t rounded(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t nan = bits >> 16 | 0x40, number = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return static_cast<std::uint16_t>((bits & 0x7fffffff) > 0x7f800000 ? nan : number);
}

}  // namespace

size_t panel_size(size_t inputs) { return even(inputs) * kPanel; }

void fill_panel(const float *weight, size_t inputs, size_t outputs, size_t input_step,
                size_t output_step, size_t panel, std::uint16_t *to) {
  std::fill(to, to + panel_size(inputs), 0);
  const size_t first = panel * kPanel, width = std::min(kPanel, outputs - first);
  for (size_t input = 0; input < inputs; input++) {
    std::uint16_t *pair = to + input / 2 * 2 * kPanel + input % 2;
    for (size_t i = 0; i < width; i++) {
      pair[2 * i] = rounded(weight[(first + i) * output_step + input * input_step]);
    }
  }
}

#ifdef BFLOAT16

namespace {

// Rows multiplied with a panel at once: 12 x 2 sums and two parts of the panel stay in registers.
constexpr size_t kRows = 12;

template <size_t kCount>
BFLOAT16 inline __attribute__((always_inline)) void multiply_rows(const std::uint16_t *x,
                                                                  const std::uint16_t *panel,
                                                                  float *y, size_t width,
                                                                  size_t outputs, __mmask16 left,
                                                                  __mmask16 right) {
  __m512 sums[kCount][2];
#pragma GCC unroll 12
  for (size_t row = 0; row < kCount; row++) sums[row][0] = sums[row][1] = _mm512_setzero_ps();
  for (size_t input = 0; input < width; input += 2) {
    const auto first = (__m512bh)_mm512_loadu_si512(panel + input * kPanel);
    const auto second = (__m512bh)_mm512_loadu_si512(panel + input * kPanel + kPanel);
#pragma GCC unroll 12
    for (size_t row = 0; row < kCount; row++) {
      int pair;
      __builtin_memcpy(&pair, x + row * width + input, sizeof pair);
      const auto both = (__m512bh)_mm512_set1_epi32(pair);
      sums[row][0] = _mm512_dpbf16_ps(sums[row][0], both, first);
      sums[row][1] = _mm512_dpbf16_ps(sums[row][1], both, second);
    }
  }
#pragma GCC unroll 12
  for (size_t row = 0; row < kCount; row++) {
    _mm512_mask_storeu_ps(y + row * outputs, left, sums[row][0]);
    _mm512_mask_storeu_ps(y + row * outputs + kPanel / 2, right, sums[row][1]);
  }
}

// What is left over when rows do not come in twelves.
template <size_t kCount>
BFLOAT16 void multiply_rest(const std::uint16_t *x, const std::uint16_t *panel, float *y,
                            size_t rows, size_t width, size_t outputs, __mmask16 left,
                            __mmask16 right) {
  if constexpr (kCount > 0) {
    if (rows == kCount) return multiply_rows<kCount>(x, panel, y, width, outputs, left, right);
    multiply_rest<kCount - 1>(x, panel, y, rows, width, outputs, left, right);
  }
}

__mmask16 first_of(size_t count) { return count >= 16 ? 0xffff : (1u << count) - 1; }

BFLOAT16 void multiply_fast(const std::uint16_t *x, const std::uint16_t *panel, float *y,
                            size_t rows, size_t inputs, size_t outputs, size_t number) {
  const size_t width = even(inputs), done = number * kPanel, here = outputs - done;
  const __mmask16 left = first_of(here), right = first_of(here > 16 ? here - 16 : 0);
  size_t row = 0;
  for (; row + kRows <= rows; row += kRows) {
    multiply_rows<kRows>(x + row * width, panel, y + row * outputs + done, width, outputs, left,
                         right);
  }
  multiply_rest<kRows - 1>(x + row * width, panel, y + row * outputs + done, rows - row, width,
                           outputs, left, right);
}

}  // namespace

bool has_bfloat16() { return __builtin_cpu_supports("avx512bf16"); }

#else

namespace {

void multiply_fast(const std::uint16_t *, const std::uint16_t *, float *, size_t, size_t, size_t,
                   size_t) {}

}  // namespace

bool has_bfloat16() { return false; }

#endif

namespace {

float widened(std::uint16_t x) { return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16); }

// Where the instruction is missing, and nobody trains with it: the same products one by one.
void multiply_plainly(const std::uint16_t *x, const std::uint16_t *panel, float *y, size_t rows,
                      size_t inputs, size_t outputs, size_t number) {
  const size_t width = even(inputs), done = number * kPanel;
  const size_t here = std::min(kPanel, outputs - done);
  for (size_t row = 0; row < rows; row++, x += width) {
    for (size_t i = 0; i < here; i++) {
      float sum = 0.0f;
      for (size_t input = 0; input < width; input++) {
        const std::uint16_t weight = panel[input / 2 * 2 * kPanel + 2 * i + input % 2];
        sum += widened(x[input]) * widened(weight);
      }
      y[row * outputs + done + i] = sum;
    }
  }
}

}  // namespace

KERNEL void round_rows(const float *x, std::uint16_t *to, size_t rows, size_t inputs) {
  for (size_t row = 0; row < rows; row++, x += inputs, to += even(inputs)) {
    for (size_t i = 0; i < inputs; i++) to[i] = rounded(x[i]);
    if (inputs % 2) to[inputs] = 0;
  }
}

void multiply_panel(const std::uint16_t *x, const std::uint16_t *panel, float *y, size_t rows,
                    size_t inputs, size_t outputs, size_t number, bool plainly) {
  const auto multiply = plainly || !has_bfloat16() ? multiply_plainly : multiply_fast;
  multiply(x, panel, y, rows, inputs, outputs, number);
}

}  // namespace farense
