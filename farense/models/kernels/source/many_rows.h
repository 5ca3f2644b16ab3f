// Products of many float32 rows with a weight that stays packed.
#pragma once

#include <cstddef>

#include "few_rows.h"

namespace farense {

// Outputs that are unpacked and multiplied together: a panel.
constexpr std::size_t kPanel = 16;

// Whether this processor was measured to do many rows faster so than its BLAS does.
bool many_rows_here();

// y[row, 16 first .. 16 last) = x[row] . weight, x (rows, inputs), y (rows, outputs). An element
// has the same bits whatever rows stand beside it and whoever does which panels.
void many_rows(const float *x, const Packed &weight, float *y, std::size_t rows,
               std::size_t first, std::size_t last);

}  // namespace farense
