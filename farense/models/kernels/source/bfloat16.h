// Products of float32 rows with a frozen weight, both rounded to bfloat16, sums in float32.
#pragma once

#include <cstddef>
#include <cstdint>

namespace farense {

// Outputs of a panel: two registers of sixteen sums.
constexpr std::size_t kPanel = 32;

// Whether this processor has the instruction: AVX512-BF16, two products a lane and cycle.
bool has_bfloat16();

// Numbers in one panel of a weight with so many inputs; an odd one is filled up with zeros.
std::size_t panel_size(std::size_t inputs);

// Panel `panel` of a weight, rounded to nearest even: element (output, input) stands at
// weight[output * output_step + input * input_step]. Outputs beyond the last are zeros.
void fill_panel(const float *weight, std::size_t inputs, std::size_t outputs,
                std::size_t input_step, std::size_t output_step, std::size_t panel,
                std::uint16_t *to);

// Rows (rows, inputs) rounded to nearest even, each to panel_size(inputs) / kPanel numbers.
void round_rows(const float *x, std::uint16_t *to, std::size_t rows, std::size_t inputs);

// y[row, 32 panel ..) = x[row] . the panel's outputs, for all rows; x from round_rows, y (rows,
// outputs). An element has the same bits whatever rows stand beside it. `plainly`: as where the
// instruction is missing.
void multiply_panel(const std::uint16_t *x, const std::uint16_t *panel, float *y,
                    std::size_t rows, std::size_t inputs, std::size_t outputs, std::size_t number,
                    bool plainly);

}  // namespace farense
