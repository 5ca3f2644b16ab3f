// A kernel as a lazy operation of MLX on the CPU stream, with one float32 output and no gradient.
#pragma once

#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "mlx/backend/cpu/encoder.h"
#include "mlx/mlx.h"
#include "mlx/primitives.h"

namespace farense {

using Arrays = std::vector<mlx::core::array>;
using Body = std::function<void(const Arrays &, mlx::core::array &)>;

// `body` gets contiguous inputs and an allocated float32 output.
class Kernel : public mlx::core::UnaryPrimitive {
 public:
  Kernel(mlx::core::Stream stream, const char *name, Body body)
      : UnaryPrimitive(stream), name_(name), body_(std::move(body)) {}

  void eval_cpu(const Arrays &inputs, mlx::core::array &output) override {
    auto &encoder = mlx::core::cpu::get_command_encoder(stream());
    output.set_data(mlx::core::allocator::malloc(output.nbytes()));
    Arrays in;
    for (const auto &array : inputs) {
      encoder.set_input_array(array);
      in.push_back(mlx::core::array::unsafe_weak_copy(array));
    }
    encoder.set_output_array(output);
    encoder.dispatch([in = std::move(in), y = mlx::core::array::unsafe_weak_copy(output),
                      body = body_]() mutable { body(in, y); });
  }

  void eval_gpu(const Arrays &, mlx::core::array &) override {
    throw std::runtime_error("farense kernels run on the CPU only");
  }

  const char *name() const override { return name_; }

 private:
  const char *name_;
  Body body_;
};

}  // namespace farense
