// Element-wise parts of a transformer, each in one pass over memory.
//
// MLX on a CPU computes exp, tanh and sigmoid one element at a time (10 to 18 ns each) and
// every element-wise operation as a pass of its own. Here loops are written so that the
// compiler vectorises them, around a polynomial exp, and passes are fused. Nothing is
// allocated and nothing is threaded.
#include "kernels.h"

#include <bit>
#include <cmath>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
// One build for every x86-64: the processor picks its variant when the library is loaded.
#define KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KERNEL
#endif
#define RESTRICT __restrict__

namespace farense {

using std::size_t;

namespace {

// exp(x) within a few units in the last place: 2^n * e^r with |r| <= ln(2)/2, and the
// minimax polynomial for e^r of Moshier's Cephes library (expf). Saturates, never overflows; NaN
// stays NaN, so that a training that diverges is noticed.
inline __attribute__((always_inline)) float fast_exp(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float scaled = x * 1.44269504088896341f;
  const std::int32_t n = static_cast<std::int32_t>(scaled + std::copysign(0.5f, scaled));
  // ln(2) in two parts: the first has few bits, so that n times it is exact.
  float r = x - static_cast<float>(n) * 0.693359375f;
  r += static_cast<float>(n) * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return p * std::bit_cast<float>((n + 127) << 23);
}

// gelu(x) = 0.5 x (1 + tanh(z)) is x * sigmoid(2z), z = sqrt(2/pi) (x + 0.044715 x^3)
inline __attribute__((always_inline)) float two_z(float x) {
  return 1.5957691216057308f * (x + 0.044715f * x * x * x);
}

inline __attribute__((always_inline)) float two_z_slope(float x) {
  return 1.5957691216057308f * (1.0f + 0.134145f * x * x);
}

// Ranks done together: their sums stay in registers.
constexpr size_t kRanks = 8;
// Terms summed in float before the sum goes on in double.
constexpr size_t kBlock = 4096;

}  // namespace

KERNEL void swiglu(const float *RESTRICT gate, const float *RESTRICT up, float *RESTRICT out,
                   size_t count) {
  for (size_t i = 0; i < count; i++) {
    out[i] = gate[i] / (1.0f + fast_exp(-gate[i])) * up[i];
  }
}

KERNEL void swiglu_backward(const float *RESTRICT gate, const float *RESTRICT up,
                            const float *RESTRICT d_out, float *RESTRICT d_gate,
                            float *RESTRICT d_up, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const float g = gate[i], d = d_out[i];
    const float s = 1.0f / (1.0f + fast_exp(-g));
    d_up[i] = d * g * s;
    d_gate[i] = d * up[i] * s * (1.0f + g * (1.0f - s));
  }
}

KERNEL void gelu(const float *RESTRICT x, float *RESTRICT out, size_t count) {
  for (size_t i = 0; i < count; i++) {
    out[i] = x[i] / (1.0f + fast_exp(-two_z(x[i])));
  }
}

KERNEL void gelu_backward(const float *RESTRICT x, const float *RESTRICT d_out,
                          float *RESTRICT d_x, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const float s = 1.0f / (1.0f + fast_exp(-two_z(x[i])));
    d_x[i] = d_out[i] * (s + x[i] * s * (1.0f - s) * two_z_slope(x[i]));
  }
}

KERNEL void causal_softmax(float *RESTRICT scores, size_t rows, size_t queries, size_t keys,
                           float scale) {
  for (size_t row = 0; row < rows; row++) {
    float *RESTRICT s = scores + row * keys;
    const size_t seen = keys - queries + row % queries + 1;
    float peak = s[0];
#pragma omp simd reduction(max : peak)
    for (size_t i = 0; i < seen; i++) peak = s[i] > peak ? s[i] : peak;
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < seen; i++) {
      const float e = fast_exp((s[i] - peak) * scale);
      s[i] = e;
      sum += e;
    }
    const float inverse = 1.0f / sum;
    for (size_t i = 0; i < seen; i++) s[i] *= inverse;
    std::memset(s + seen, 0, (keys - seen) * sizeof(float));
  }
}

KERNEL void softmax_backward(const float *RESTRICT probabilities, float *RESTRICT d, size_t rows,
                             size_t columns, float scale) {
  for (size_t row = 0; row < rows; row++) {
    const float *RESTRICT p = probabilities + row * columns;
    float *RESTRICT o = d + row * columns;
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < columns; i++) sum += p[i] * o[i];
    for (size_t i = 0; i < columns; i++) o[i] = scale * p[i] * (o[i] - sum);
  }
}

KERNEL void rms_norm(const float *RESTRICT x, const float *RESTRICT weight, float *RESTRICT out,
                     size_t rows, size_t width, float epsilon) {
  for (size_t row = 0; row < rows; row++) {
    const float *RESTRICT v = x + row * width;
    float *RESTRICT o = out + row * width;
    float squares = 0.0f;
#pragma omp simd reduction(+ : squares)
    for (size_t i = 0; i < width; i++) squares += v[i] * v[i];
    const float scale = 1.0f / std::sqrt(squares / static_cast<float>(width) + epsilon);
    for (size_t i = 0; i < width; i++) o[i] = v[i] * scale * weight[i];
  }
}

KERNEL void rms_norm_backward(const float *RESTRICT x, const float *RESTRICT weight,
                              const float *RESTRICT d_out, float *RESTRICT d_x, size_t rows,
                              size_t width, float epsilon) {
  for (size_t row = 0; row < rows; row++) {
    const float *RESTRICT v = x + row * width;
    const float *RESTRICT d = d_out + row * width;
    float *RESTRICT o = d_x + row * width;
    float squares = 0.0f, dot = 0.0f;
#pragma omp simd reduction(+ : squares, dot)
    for (size_t i = 0; i < width; i++) {
      squares += v[i] * v[i];
      dot += v[i] * d[i] * weight[i];
    }
    const float scale = 1.0f / std::sqrt(squares / static_cast<float>(width) + epsilon);
    const float pull = scale * scale * scale * dot / static_cast<float>(width);
    for (size_t i = 0; i < width; i++) o[i] = scale * d[i] * weight[i] - pull * v[i];
  }
}

KERNEL double cross_entropy(const float *logits, const std::int32_t *targets, float *gradient,
                            size_t rows, size_t words) {
  double loss = 0.0;
  for (size_t row = 0; row < rows; row++) {
    const float *l = logits + row * words;
    float *g = gradient + row * words;
    const size_t target = static_cast<size_t>(targets[row]);
    if (target >= words) return std::nan("");
    const float chosen = l[target];
    float peak = l[0];
#pragma omp simd reduction(max : peak)
    for (size_t i = 0; i < words; i++) peak = l[i] > peak ? l[i] : peak;
    double sum = 0.0;
    for (size_t start = 0; start < words; start += kBlock) {
      const size_t end = start + kBlock < words ? start + kBlock : words;
      float part = 0.0f;
#pragma omp simd reduction(+ : part)
      for (size_t i = start; i < end; i++) {
        const float e = fast_exp(l[i] - peak);
        g[i] = e;
        part += e;
      }
      sum += part;
    }
    loss += std::log(sum) + peak - chosen;
    const float inverse = static_cast<float>(1.0 / sum);
#pragma omp simd
    for (size_t i = 0; i < words; i++) g[i] *= inverse;
    g[target] -= 1.0f;
  }
  return loss;
}

KERNEL void log_sum_exp(const float *RESTRICT x, float *RESTRICT out, size_t rows, size_t width) {
  for (size_t row = 0; row < rows; row++) {
    const float *RESTRICT v = x + row * width;
    float peak = v[0];
#pragma omp simd reduction(max : peak)
    for (size_t i = 0; i < width; i++) peak = v[i] > peak ? v[i] : peak;
    double sum = 0.0;
    for (size_t start = 0; start < width; start += kBlock) {
      const size_t end = start + kBlock < width ? start + kBlock : width;
      float part = 0.0f;
#pragma omp simd reduction(+ : part)
      for (size_t i = start; i < end; i++) part += fast_exp(v[i] - peak);
      sum += part;
    }
    out[row] = static_cast<float>(std::log(sum) + peak);
  }
}

KERNEL void project(const float *RESTRICT x, const float *RESTRICT factor, float *RESTRICT z,
                    size_t rows, size_t width, size_t rank, float scale) {
  for (size_t row = 0; row < rows; row++) {
    const float *RESTRICT v = x + row * width;
    size_t r = 0;
    for (; r + kRanks <= rank; r += kRanks) {
      const float *RESTRICT f = factor + r * width;
      float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3, s4, s5, s6, s7)
      for (size_t i = 0; i < width; i++) {
        s0 += v[i] * f[i];
        s1 += v[i] * f[i + width];
        s2 += v[i] * f[i + 2 * width];
        s3 += v[i] * f[i + 3 * width];
        s4 += v[i] * f[i + 4 * width];
        s5 += v[i] * f[i + 5 * width];
        s6 += v[i] * f[i + 6 * width];
        s7 += v[i] * f[i + 7 * width];
      }
      const float sums[kRanks] = {s0, s1, s2, s3, s4, s5, s6, s7};
      for (size_t j = 0; j < kRanks; j++) z[row * rank + r + j] = scale * sums[j];
    }
    for (; r < rank; r++) {
      float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
      for (size_t i = 0; i < width; i++) sum += v[i] * factor[r * width + i];
      z[row * rank + r] = scale * sum;
    }
  }
}

KERNEL void add_product(float *RESTRICT y, const float *RESTRICT z, const float *RESTRICT factor,
                        size_t rows, size_t width, size_t rank) {
  for (size_t row = 0; row < rows; row++) {
    float *RESTRICT o = y + row * width;
    size_t r = 0;
    for (; r + kRanks <= rank; r += kRanks) {
      const float *RESTRICT f = factor + r * width;
      const float *RESTRICT c = z + row * rank + r;
      const float c0 = c[0], c1 = c[1], c2 = c[2], c3 = c[3];
      const float c4 = c[4], c5 = c[5], c6 = c[6], c7 = c[7];
#pragma omp simd
      for (size_t i = 0; i < width; i++) {
        o[i] += c0 * f[i] + c1 * f[i + width] + c2 * f[i + 2 * width] + c3 * f[i + 3 * width] +
                c4 * f[i + 4 * width] + c5 * f[i + 5 * width] + c6 * f[i + 6 * width] +
                c7 * f[i + 7 * width];
      }
    }
    for (; r < rank; r++) {
      const float c = z[row * rank + r];
      for (size_t i = 0; i < width; i++) o[i] += c * factor[r * width + i];
    }
  }
}

KERNEL void outer(const float *RESTRICT z, const float *RESTRICT x, float *RESTRICT factor,
                  size_t rows, size_t width, size_t rank) {
  std::memset(factor, 0, rank * width * sizeof(float));
  for (size_t row = 0; row < rows; row++) {
    const float *RESTRICT v = x + row * width;
    for (size_t r = 0; r < rank; r++) {
      const float c = z[row * rank + r];
      float *RESTRICT f = factor + r * width;
      for (size_t i = 0; i < width; i++) f[i] += c * v[i];
    }
  }
}

}  // namespace farense
