// The bits are unpacked in registers right before they are multiplied: a token's cost is then
// reading 4 or 8 bits a weight from memory instead of 32.
#include "few_rows.h"

#include <cmath>
#include <vector>

#include "vectors.h"

namespace farense {

using std::size_t;

namespace {

// Weights of one turn: as many as the smallest group has.
constexpr size_t kTurn = 32;
// Rows multiplied with a weight while it is unpacked; their sums stay in registers.
constexpr size_t kBlock = 4;

// The words of one turn, so that shifting all of them by 8 gives the next eight numbers: eight
// words, each of four bytes; or four words, and the same without their lowest four bits.
template <int kBits>
INLINE void load_words(const std::uint8_t *numbers, Words &to) {
  if constexpr (kBits == 8) {
    to = load<Words>(numbers);
  } else {
    const auto low = load<std::uint64_t>(numbers), high = load<std::uint64_t>(numbers + 8);
    to = (Words)Longs{low, high, low, high} >> Words{0, 0, 0, 0, 4, 4, 4, 4};
  }
}

// Where the number in `lane` after `shifts` shifts by 8 stands in its turn.
constexpr size_t place(size_t lane, size_t shifts, int bits) {
  return bits == 8 ? 4 * lane + shifts : 8 * (lane % 4) + 2 * shifts + lane / 4;
}

template <size_t kRows, int kBits>
INLINE void dot(const float *x, const Packed &w, float *y, size_t output) {
  const std::uint8_t *numbers = w.numbers + output * w.inputs * kBits / 8;
  const float *scales = w.scales + output * (w.inputs / w.group);
  const float *biases = w.biases + output * (w.inputs / w.group);
  Floats sums[kRows] = {};
  for (size_t i = 0; i < w.inputs;) {
    const float scale = *scales++, bias = *biases++;
    for (const size_t end = i + w.group; i < end; i += kTurn) {
      Words left;
      load_words<kBits>(numbers, left);
      numbers += kTurn * kBits / 8;
      for (size_t part = 0; part < kTurn; part += kLanes) {
        const Ints number = (Ints)(left & ((1u << kBits) - 1));
        const Floats weights = __builtin_convertvector(number, Floats) * scale + bias;
        left >>= 8;
        for (size_t r = 0; r < kRows; r++) {
          sums[r] += weights * load<Floats>(x + r * w.inputs + i + part);
        }
      }
    }
  }
  for (size_t r = 0; r < kRows; r++) {
    const Floats s = sums[r];
    y[r * w.outputs + output] = ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
  }
}

template <int kBits>
INLINE void all_rows(const float *x, const Packed &w, float *y, size_t rows, size_t output) {
  size_t r = 0;
  for (; r + kBlock <= rows; r += kBlock) {
    dot<kBlock, kBits>(x + r * w.inputs, w, y + r * w.outputs, output);
  }
  x += r * w.inputs;
  y += r * w.outputs;
  if (rows - r == 3) dot<3, kBits>(x, w, y, output);
  if (rows - r == 2) dot<2, kBits>(x, w, y, output);
  if (rows - r == 1) dot<1, kBits>(x, w, y, output);
}

}  // namespace

void order_rows(const float *x, float *ordered, size_t rows, size_t inputs, int bits) {
  for (size_t turn = 0; turn < rows * inputs; turn += kTurn) {
    for (size_t i = 0; i < kTurn; i++) {
      ordered[turn + i] = x[turn + place(i % kLanes, i / kLanes, bits)];
    }
  }
}

KERNEL void few_rows(const float *ordered, const Packed &weight, float *y, size_t rows,
                     size_t first, size_t last) {
  for (size_t output = first; output < last; output++) {
    if (weight.bits == 4) {
      all_rows<4>(ordered, weight, y, rows, output);
    } else {
      all_rows<8>(ordered, weight, y, rows, output);
    }
  }
}

KERNEL void rotate(const float *x, const std::int32_t *offsets, bool shared, float *y,
                   size_t batch, size_t heads, size_t length, size_t width, size_t dims,
                   float base, float scale) {
  const size_t half = dims / 2;
  // In float like MLX's own: at far positions the angle's rounding is most of the error.
  std::vector<float> frequencies(half), cosines(half), sines(half);
  const float step = std::log(base) / static_cast<float>(half);
  for (size_t i = 0; i < half; i++) frequencies[i] = std::exp(-static_cast<float>(i) * step);
  for (size_t b = 0; b < batch; b++) {
    for (size_t place = 0; place < length; place++) {
      const std::int32_t at = offsets[shared ? 0 : b] + static_cast<std::int32_t>(place);
      const float position = static_cast<float>(at) * scale;
      for (size_t i = 0; i < half; i++) {
        cosines[i] = std::cos(position * frequencies[i]);
        sines[i] = std::sin(position * frequencies[i]);
      }
      for (size_t head = 0; head < heads; head++) {
        const size_t start = ((b * heads + head) * length + place) * width;
        const float *from = x + start;
        float *to = y + start;
        for (size_t i = 0; i < half; i++) {
          const float left = from[i], right = from[i + half];
          to[i] = left * cosines[i] - right * sines[i];
          to[i + half] = left * sines[i] + right * cosines[i];
        }
        for (size_t i = dims; i < width; i++) to[i] = from[i];
      }
    }
  }
}

}  // namespace farense
