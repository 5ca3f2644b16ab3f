// The kernels for answers as lazy operations of MLX on the CPU stream; they have no gradient.
#include <algorithm>
#include <vector>

#include <nanobind/nanobind.h>

#include "mlx/mlx.h"
#include "crew.h"
#include "few_rows.h"
#include "many_rows.h"
#include "primitive.h"

namespace nb = nanobind;
namespace mx = mlx::core;
using farense::Arrays;
using farense::Body;
using farense::Kernel;

namespace {

// Multiplications, some 30 microseconds of them, that are worth handing to another thread.
constexpr size_t kPiece = 1 << 18;

farense::Packed packed(const Arrays &in, int bits) {
  const size_t inputs = in[0].shape(-1);
  return {reinterpret_cast<const uint8_t *>(in[1].data<uint32_t>()),
          in[2].data<float>(),
          in[3].data<float>(),
          static_cast<size_t>(in[1].shape(0)),
          inputs,
          inputs / in[2].shape(-1),
          bits};
}

// How many pieces a product is shared out in: each worth a thread, and of one of `parts` or more.
size_t pieces(const Arrays &in, const mx::array &y, size_t parts, int threads) {
  return std::clamp<size_t>(in[0].size() * y.shape(-1) / kPiece, 1,
                            std::min<size_t>(4 * threads, parts));
}

void multiply_few(const Arrays &in, mx::array &y, int bits, int threads) {
  const farense::Packed weight = packed(in, bits);
  const size_t rows = in[0].size() / weight.inputs;
  std::vector<float> ordered(rows * weight.inputs);
  farense::order_rows(in[0].data<float>(), ordered.data(), rows, weight.inputs, bits);
  const size_t count = pieces(in, y, weight.outputs, threads);
  farense::share_out(count, threads, [&](size_t piece) {
    farense::few_rows(ordered.data(), weight, y.data<float>(), rows,
                      weight.outputs * piece / count, weight.outputs * (piece + 1) / count);
  });
}

void multiply_many(const Arrays &in, mx::array &y, int bits, int threads) {
  const farense::Packed weight = packed(in, bits);
  const size_t rows = in[0].size() / weight.inputs;
  const size_t panels = (weight.outputs + farense::kPanel - 1) / farense::kPanel;
  const size_t count = pieces(in, y, panels, threads);
  farense::share_out(count, threads, [&](size_t piece) {
    farense::many_rows(in[0].data<float>(), weight, y.data<float>(), rows, panels * piece / count,
                       panels * (piece + 1) / count);
  });
}

mx::array product(const char *name, const mx::array &x, const mx::array &weight,
                  const mx::array &scales, const mx::array &biases, Body body) {
  auto stream = mx::default_stream(mx::Device::cpu);
  auto shape = x.shape();
  shape.back() = weight.shape(0);
  Arrays inputs{mx::contiguous(x, false, stream), weight, scales, biases};
  return mx::array(std::move(shape), mx::float32,
                   std::make_shared<Kernel>(stream, name, std::move(body)), std::move(inputs));
}

// x (..., inputs) float32; weight, scales, biases as mx.quantize gives them, the latter two as
// float32. Arguments are checked where it is called from.
mx::array few_rows(const mx::array &x, const mx::array &weight, const mx::array &scales,
                   const mx::array &biases, int bits, int threads) {
  Body body = [bits, threads](const Arrays &in, mx::array &y) {
    multiply_few(in, y, bits, threads);
  };
  return product("FewRows", x, weight, scales, biases, std::move(body));
}

// The same of the same, in the order that pays from some rows on.
mx::array many_rows(const mx::array &x, const mx::array &weight, const mx::array &scales,
                    const mx::array &biases, int bits, int threads) {
  Body body = [bits, threads](const Arrays &in, mx::array &y) {
    multiply_many(in, y, bits, threads);
  };
  return product("ManyRows", x, weight, scales, biases, std::move(body));
}

// x (batch, heads, length, width) float32, offsets (1) or (batch) int32
mx::array rotate(const mx::array &x, const mx::array &offsets, int dims, float base,
                 float scale) {
  auto stream = mx::default_stream(mx::Device::cpu);
  Body body = [dims, base, scale](const Arrays &in, mx::array &y) {
    farense::rotate(in[0].data<float>(), in[1].data<int32_t>(), in[1].size() == 1,
                    y.data<float>(), y.shape(0), y.shape(1), y.shape(2), y.shape(3), dims, base,
                    scale);
  };
  Arrays inputs{mx::contiguous(x, false, stream), mx::contiguous(offsets, false, stream)};
  return mx::array(x.shape(), mx::float32,
                   std::make_shared<Kernel>(stream, "Rotate", std::move(body)),
                   std::move(inputs));
}

}  // namespace

NB_MODULE(farense_few_rows, module) {
  nb::module_::import_("mlx.core");
  module.attr("mlx_version") = FARENSE_MLX_VERSION;
  module.attr("source_sha256") = FARENSE_SOURCE_SHA256;
  module.attr("many_rows_here") = farense::many_rows_here();
  module.def("few_rows", &few_rows);
  module.def("many_rows", &many_rows);
  module.def("rotate", &rotate);
}
