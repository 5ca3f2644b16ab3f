// Products in bfloat16 as lazy operations of MLX on the CPU stream; they have no gradient.
#include <algorithm>
#include <vector>

#include <nanobind/nanobind.h>

#include "mlx/mlx.h"
#include "bfloat16.h"
#include "crew.h"
#include "primitive.h"

namespace nb = nanobind;
namespace mx = mlx::core;
using farense::Arrays;
using farense::kPanel;
using farense::Kernel;

namespace {

// Multiplications that are worth handing to another thread.
constexpr size_t kPiece = 1 << 20;

size_t panels(size_t outputs) { return (outputs + kPanel - 1) / kPanel; }

// weight (outputs, inputs) float32, row by row in memory -> the panels, one a row, of x @ weight.T;
// `turned`: those of x @ weight, whose outputs are the weight's inputs.
mx::array make_panels(const mx::array &weight, bool turned) {
  mx::array rows = mx::contiguous(weight, false, mx::default_stream(mx::Device::cpu));
  rows.eval();
  const size_t outputs = rows.shape(turned ? 1 : 0), inputs = rows.shape(turned ? 0 : 1);
  const size_t size = farense::panel_size(inputs), width = rows.shape(1);
  mx::array made(mx::allocator::malloc(panels(outputs) * size * sizeof(uint16_t)),
                 mx::Shape{static_cast<int>(panels(outputs)), static_cast<int>(size)}, mx::uint16);
  for (size_t panel = 0; panel < panels(outputs); panel++) {
    farense::fill_panel(rows.data<float>(), inputs, outputs, turned ? width : 1,
                        turned ? 1 : width, panel, made.data<uint16_t>() + panel * size);
  }
  return made;
}

void multiply(const Arrays &in, mx::array &y, int threads, bool plainly) {
  const size_t inputs = in[0].shape(-1), outputs = y.shape(-1), rows = in[0].size() / inputs;
  const size_t size = in[1].shape(-1), count = in[1].shape(0);
  std::vector<uint16_t> rounded(rows * size / kPanel);
  farense::round_rows(in[0].data<float>(), rounded.data(), rows, inputs);
  const size_t worth = rows * inputs * outputs / kPiece;
  const size_t pieces = std::clamp<size_t>(worth, 1, std::min<size_t>(4 * threads, count));
  farense::share_out(pieces, threads, [&](size_t piece) {
    for (size_t i = count * piece / pieces; i < count * (piece + 1) / pieces; i++) {
      farense::multiply_panel(rounded.data(), in[1].data<uint16_t>() + i * size, y.data<float>(),
                              rows, inputs, outputs, i, plainly);
    }
  });
}

// x (..., inputs) float32 times what make_panels made -> (..., outputs) float32; `plainly` as where
// the instruction is missing. Arguments are checked where it is called from.
mx::array product(const mx::array &x, const mx::array &panels, int outputs, int threads,
                  bool plainly) {
  auto stream = mx::default_stream(mx::Device::cpu);
  auto shape = x.shape();
  shape.back() = outputs;
  auto body = [threads, plainly](const Arrays &in, mx::array &y) {
    multiply(in, y, threads, plainly);
  };
  Arrays inputs{mx::contiguous(x, false, stream), panels};
  return mx::array(std::move(shape), mx::float32,
                   std::make_shared<Kernel>(stream, "Bfloat16Product", std::move(body)),
                   std::move(inputs));
}

}  // namespace

NB_MODULE(farense_bfloat16, module) {
  nb::module_::import_("mlx.core");
  module.attr("mlx_version") = FARENSE_MLX_VERSION;
  module.attr("source_sha256") = FARENSE_SOURCE_SHA256;
  module.attr("here") = farense::has_bfloat16();
  module.def("make_panels", &make_panels);
  module.def("product", &product, nb::arg("x"), nb::arg("panels"), nb::arg("outputs"),
             nb::arg("threads"), nb::arg("plainly") = false);
}
