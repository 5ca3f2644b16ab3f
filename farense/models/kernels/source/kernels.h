// The kernels over plain memory: contiguous float32, row-major, sizes in elements.
#pragma once

#include <cstddef>
#include <cstdint>

namespace farense {

// out = silu(gate) * up
void swiglu(const float *gate, const float *up, float *out, std::size_t count);
void swiglu_backward(const float *gate, const float *up, const float *d_out, float *d_gate,
                     float *d_up, std::size_t count);

// gelu in its tanh form
void gelu(const float *x, float *out, std::size_t count);
void gelu_backward(const float *x, const float *d_out, float *d_x, std::size_t count);

// Softmax in place over rows of `keys` scores times `scale`. Rows come in groups of `queries`;
// the i-th of a group sees the first keys - queries + i + 1 keys, the others get 0.
void causal_softmax(float *scores, std::size_t rows, std::size_t queries, std::size_t keys,
                    float scale);
// In place: d becomes scale * p * (d - sum(p d)), the gradient of the scores.
void softmax_backward(const float *probabilities, float *d, std::size_t rows,
                      std::size_t columns, float scale);

// out = x * weight / sqrt(mean(x^2) + epsilon), row by row
void rms_norm(const float *x, const float *weight, float *out, std::size_t rows,
              std::size_t width, float epsilon);
void rms_norm_backward(const float *x, const float *weight, const float *d_out, float *d_x,
                       std::size_t rows, std::size_t width, float epsilon);

// Summed cross-entropy in nats over rows of `words` logits, NaN when a target is none of the
// words. Its gradient, softmax minus the one-hot target, may be written over the logits.
double cross_entropy(const float *logits, const std::int32_t *targets, float *gradient,
                     std::size_t rows, std::size_t words);

// out[row] = log(sum(exp(x))) over rows of `width`
void log_sum_exp(const float *x, float *out, std::size_t rows, std::size_t width);

// The three thin products of a low-rank update: x (rows, width), factor (rank, width),
// z (rows, rank).
// z = scale * x @ factor.T
void project(const float *x, const float *factor, float *z, std::size_t rows, std::size_t width,
             std::size_t rank, float scale);
// y += z @ factor
void add_product(float *y, const float *z, const float *factor, std::size_t rows,
                 std::size_t width, std::size_t rank);
// factor = z.T @ x
void outer(const float *z, const float *x, float *factor, std::size_t rows, std::size_t width,
           std::size_t rank);

}  // namespace farense
