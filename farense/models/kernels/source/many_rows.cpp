// A BLAS rearranges the whole weight at every call before it multiplies, which some sixty rows do
// not repay. Here each panel of it is unpacked from 4 or 8 bits into the cache in the order it is
// multiplied in: that takes less, and reads an eighth of the memory.
#include "many_rows.h"

#include <algorithm>
#include <cstring>

#include "vectors.h"

namespace farense {

using std::size_t;

namespace {

constexpr size_t kHalves = kPanel / kLanes;
// Rows multiplied with a panel at once: 6 x 2 sums stay in the sixteen registers of AVX2.
constexpr size_t kRows = 6;
// Inputs unpacked at once, a multiple of the smallest group: with its rows they fill the first
// cache. The rows of a block stay in the caches behind it while all panels pass.
constexpr size_t kDepth = 256, kBlock = 384;

// Inputs [input, input + depth) of the panel that begins at `output`: (depth, kPanel) to `to`.
// Outputs beyond the last repeat it; nobody stores their products.
template <int kBits>
INLINE void unpack(const Packed &w, size_t output, size_t input, size_t depth, float *to) {
  constexpr size_t kInWord = 32 / kBits;
  const size_t count = depth / kInWord, groups = w.inputs / w.group;
  size_t rows[kPanel];
  for (size_t i = 0; i < kPanel; i++) rows[i] = std::min(output + i, w.outputs - 1);
  // The same word of all outputs side by side, so that shifting gives one input after the other.
  alignas(64) std::uint32_t words[kDepth / kInWord * kPanel];
  for (size_t i = 0; i < kPanel; i++) {
    const std::uint8_t *from = w.numbers + (rows[i] * w.inputs + input) * kBits / 8;
    for (size_t j = 0; j < count; j++) std::memcpy(words + j * kPanel + i, from + 4 * j, 4);
  }
  Floats scales[kHalves] = {}, biases[kHalves] = {};
  for (size_t j = 0; j < count; j++) {
    const size_t now = input + j * kInWord;
    if (j == 0 || now % w.group == 0) {
      for (size_t i = 0; i < kPanel; i++) {
        scales[i / kLanes][i % kLanes] = w.scales[rows[i] * groups + now / w.group];
        biases[i / kLanes][i % kLanes] = w.biases[rows[i] * groups + now / w.group];
      }
    }
    for (size_t half = 0; half < kHalves; half++) {
      Words left = load<Words>(words + j * kPanel + half * kLanes);
      for (size_t k = 0; k < kInWord; k++, left >>= kBits) {
        const Ints number = (Ints)(left & ((1u << kBits) - 1));
        store(to + (j * kInWord + k) * kPanel + half * kLanes,
              __builtin_convertvector(number, Floats) * scales[half] + biases[half]);
      }
    }
  }
}

// A part of the sums of some rows: what y has of them already, none where the part is the `first`.
struct Part {
  size_t inputs, depth, outputs, width;
  bool first;
};

template <size_t kCount>
INLINE void multiply_rows(const float *x, const float *panel, float *y, const Part &part) {
  Floats sums[kCount][kHalves];
  float edge[kPanel] = {};
#pragma GCC unroll 6
  for (size_t row = 0; row < kCount; row++) {
    const float *from = y + row * part.outputs;
    if (part.width < kPanel) {
      std::copy_n(from, part.width, edge);
      from = edge;
    }
#pragma GCC unroll 2
    for (size_t half = 0; half < kHalves; half++) {
      sums[row][half] = part.first ? Floats{} : load<Floats>(from + half * kLanes);
    }
  }
  for (size_t input = 0; input < part.depth; input++) {
    const auto left = load<Floats>(panel + input * kPanel);
    const auto right = load<Floats>(panel + input * kPanel + kLanes);
#pragma GCC unroll 6
    for (size_t row = 0; row < kCount; row++) {
      const float number = x[row * part.inputs + input];
      sums[row][0] += number * left;
      sums[row][1] += number * right;
    }
  }
#pragma GCC unroll 6
  for (size_t row = 0; row < kCount; row++) {
    float *to = part.width < kPanel ? edge : y + row * part.outputs;
#pragma GCC unroll 2
    for (size_t half = 0; half < kHalves; half++) store(to + half * kLanes, sums[row][half]);
    if (part.width < kPanel) std::copy_n(edge, part.width, y + row * part.outputs);
  }
}

template <size_t kCount>
INLINE void multiply_rest(const float *x, const float *panel, float *y, size_t rows,
                          const Part &part) {
  if constexpr (kCount > 0) {
    if (rows == kCount) return multiply_rows<kCount>(x, panel, y, part);
    multiply_rest<kCount - 1>(x, panel, y, rows, part);
  }
}

}  // namespace

bool many_rows_here() {
#if defined(__x86_64__) && defined(__GNUC__)
  // MKL keeps its best code for Intel's own.
  return __builtin_cpu_is("amd") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

KERNEL void many_rows(const float *x, const Packed &w, float *y, size_t rows, size_t first,
                      size_t last) {
  alignas(64) float panel[kDepth * kPanel];
  for (size_t start = 0; start < rows; start += kBlock) {
    const size_t end = std::min(rows, start + kBlock);
    for (size_t output = first * kPanel; output < last * kPanel; output += kPanel) {
      for (size_t input = 0; input < w.inputs; input += kDepth) {
        const Part part{w.inputs, std::min(kDepth, w.inputs - input), w.outputs,
                        std::min(kPanel, w.outputs - output), input == 0};
        if (w.bits == 4) {
          unpack<4>(w, output, input, part.depth, panel);
        } else {
          unpack<8>(w, output, input, part.depth, panel);
        }
        size_t row = start;
        for (; row + kRows <= end; row += kRows) {
          multiply_rows<kRows>(x + row * w.inputs + input, panel, y + row * w.outputs + output,
                               part);
        }
        multiply_rest<kRows - 1>(x + row * w.inputs + input, panel, y + row * w.outputs + output,
                                 end - row, part);
      }
    }
  }
}

}  // namespace farense
