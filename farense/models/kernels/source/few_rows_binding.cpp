// The kernels for answers as lazy operations of MLX on the CPU stream; they have no gradient.
#include <algorithm>
#include <vector>

#include <nanobind/nanobind.h>

#include "mlx/mlx.h"
#include "crew.h"
#include "few_rows.h"
#include "primitive.h"

namespace nb = nanobind;
namespace mx = mlx::core;
using farense::Arrays;
using farense::Body;
using farense::Kernel;

namespace {

// Multiplications, some 30 microseconds of them, that are worth handing to another thread.
constexpr size_t kPiece = 1 << 18;

void multiply(const Arrays &in, mx::array &y, int bits, int threads) {
  const size_t inputs = in[0].shape(-1), outputs = in[1].shape(0);
  const size_t rows = in[0].size() / inputs;
  std::vector<float> ordered(rows * inputs);
  farense::order_rows(in[0].data<float>(), ordered.data(), rows, inputs, bits);
  const farense::Packed weight{reinterpret_cast<const uint8_t *>(in[1].data<uint32_t>()),
                               in[2].data<float>(),
                               in[3].data<float>(),
                               outputs,
                               inputs,
                               inputs / in[2].shape(-1),
                               bits};
  const size_t worth = rows * inputs * outputs / kPiece;
  const size_t pieces = std::clamp<size_t>(worth, 1, 4 * threads);
  farense::share_out(pieces, threads, [&](size_t piece) {
    farense::few_rows(ordered.data(), weight, y.data<float>(), rows, outputs * piece / pieces,
                      outputs * (piece + 1) / pieces);
  });
}

// x (..., inputs) float32; weight, scales, biases as mx.quantize gives them, the latter two as
// float32. Arguments are checked where it is called from.
mx::array few_rows(const mx::array &x, const mx::array &weight, const mx::array &scales,
                   const mx::array &biases, int bits, int threads) {
  auto stream = mx::default_stream(mx::Device::cpu);
  auto shape = x.shape();
  shape.back() = weight.shape(0);
  Body body = [bits, threads](const Arrays &in, mx::array &y) { multiply(in, y, bits, threads); };
  Arrays inputs{mx::contiguous(x, false, stream), weight, scales, biases};
  return mx::array(std::move(shape), mx::float32,
                   std::make_shared<Kernel>(stream, "FewRows", std::move(body)),
                   std::move(inputs));
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
  module.def("few_rows", &few_rows);
  module.def("rotate", &rotate);
}
