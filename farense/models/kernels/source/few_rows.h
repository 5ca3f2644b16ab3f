// What answers are computed with besides: products of a few float32 rows with a weight that stays
// packed, and rotary positions in one pass.
#pragma once

#include <cstddef>
#include <cstdint>

namespace farense {

// A weight (outputs, inputs) as MLX packs it: unsigned numbers of `bits` bits, the first in the
// lowest bits, each worth scale * q + bias of its group of `group` along a row.
struct Packed {
  const std::uint8_t *numbers;
  const float *scales;
  const float *biases;
  std::size_t outputs, inputs, group;
  int bits;  // 4 or 8; group is a multiple of 32
};

// The rows in the order the kernel reads them: (rows, inputs), written to `ordered`.
void order_rows(const float *x, float *ordered, std::size_t rows, std::size_t inputs, int bits);

// y[row, first..last) = x[row] . weight[first..last), x from order_rows, y (rows, outputs). An
// element has the same bits whoever does which outputs.
void few_rows(const float *ordered, const Packed &weight, float *y, std::size_t rows,
              std::size_t first, std::size_t last);

// y = x (batch, heads, length, width), of which the first `dims` of each width are turned by their
// position, the i-th against the one dims / 2 further: by (offset + place) * scale * base^(-2i/dims)
// (Su et al. 2021). offsets: one of each of the batch, or `shared` by all.
void rotate(const float *x, const std::int32_t *offsets, bool shared, float *y, std::size_t batch,
            std::size_t heads, std::size_t length, std::size_t width, std::size_t dims, float base,
            float scale);

}  // namespace farense
