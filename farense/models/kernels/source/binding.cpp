// The kernels as lazy operations of MLX: each is a primitive that runs on the CPU stream.
#include <cstring>
#include <functional>
#include <stdexcept>
#include <vector>

#include <nanobind/nanobind.h>

#include "mlx/backend/cpu/encoder.h"
#include "mlx/mlx.h"
#include "mlx/primitives.h"
#include "kernels.h"

namespace nb = nanobind;
namespace mx = mlx::core;
using Arrays = std::vector<mx::array>;
using Body = std::function<void(const Arrays &, Arrays &)>;

namespace {

// `body` gets contiguous float32 inputs and allocated outputs. Output i may take over the
// buffer of input donors[i] (-1: none): it holds that input's values before the body runs.
class Kernel : public mx::Primitive {
 public:
  Kernel(mx::Stream stream, const char *name, std::vector<int> donors, Body body)
      : Primitive(stream), name_(name), donors_(std::move(donors)), body_(std::move(body)) {}

  void eval_cpu(const Arrays &inputs, Arrays &outputs) override {
    auto &encoder = mx::cpu::get_command_encoder(stream());
    std::vector<int> copied(outputs.size(), -1);
    for (size_t i = 0; i < outputs.size(); i++) {
      int donor = donors_[i];
      if (donor >= 0 && inputs[donor].is_donatable()) {
        outputs[i].copy_shared_buffer(inputs[donor]);
      } else {
        outputs[i].set_data(mx::allocator::malloc(outputs[i].nbytes()));
        copied[i] = donor;
      }
    }
    Arrays in, out;
    for (const auto &array : inputs) {
      encoder.set_input_array(array);
      in.push_back(mx::array::unsafe_weak_copy(array));
    }
    for (auto &array : outputs) {
      encoder.set_output_array(array);
      out.push_back(mx::array::unsafe_weak_copy(array));
    }
    encoder.dispatch([in = std::move(in), out = std::move(out), copied, body = body_]() mutable {
      for (size_t i = 0; i < out.size(); i++) {
        if (copied[i] >= 0) {
          std::memcpy(out[i].data<float>(), in[copied[i]].data<float>(), out[i].nbytes());
        }
      }
      body(in, out);
    });
  }

  void eval_gpu(const Arrays &, Arrays &) override {
    throw std::runtime_error("farense kernels run on the CPU only");
  }

  const char *name() const override { return name_; }

 private:
  const char *name_;
  std::vector<int> donors_;
  Body body_;
};

const float *in(const mx::array &a) { return a.data<float>(); }
float *out(mx::array &a) { return a.data<float>(); }
size_t rows(const mx::array &a) { return a.shape(-1) ? a.size() / a.shape(-1) : 0; }

Arrays make(const char *name, std::vector<mx::Shape> shapes, Arrays inputs, Body body,
            std::vector<int> donors = {}) {
  auto stream = mx::default_stream(mx::Device::cpu);
  for (auto &array : inputs) array = mx::contiguous(array, false, stream);
  std::vector<mx::Dtype> types(shapes.size(), mx::float32);
  donors.resize(shapes.size(), -1);
  auto primitive = std::make_shared<Kernel>(stream, name, donors, std::move(body));
  return mx::array::make_arrays(std::move(shapes), types, primitive, inputs);
}

mx::array swiglu(const mx::array &gate, const mx::array &up) {
  return make("Swiglu", {gate.shape()}, {gate, up}, [](const Arrays &i, Arrays &o) {
    farense::swiglu(in(i[0]), in(i[1]), out(o[0]), o[0].size());
  })[0];
}

nb::tuple two(Arrays arrays) { return nb::make_tuple(arrays[0], arrays[1]); }

nb::tuple swiglu_backward(const mx::array &gate, const mx::array &up, const mx::array &d_out) {
  return two(make("SwigluBackward", {gate.shape(), up.shape()}, {gate, up, d_out},
                  [](const Arrays &i, Arrays &o) {
                    farense::swiglu_backward(in(i[0]), in(i[1]), in(i[2]), out(o[0]), out(o[1]),
                                            o[0].size());
                  }));
}

mx::array gelu(const mx::array &x) {
  return make("Gelu", {x.shape()}, {x}, [](const Arrays &i, Arrays &o) {
    farense::gelu(in(i[0]), out(o[0]), o[0].size());
  })[0];
}

mx::array gelu_backward(const mx::array &x, const mx::array &d_out) {
  return make("GeluBackward", {x.shape()}, {x, d_out}, [](const Arrays &i, Arrays &o) {
    farense::gelu_backward(in(i[0]), in(i[1]), out(o[0]), o[0].size());
  })[0];
}

mx::array causal_softmax(const mx::array &scores, int queries, float scale) {
  return make("CausalSoftmax", {scores.shape()}, {scores},
              [queries, scale](const Arrays &, Arrays &o) {
                farense::causal_softmax(out(o[0]), rows(o[0]), queries, o[0].shape(-1), scale);
              },
              {0})[0];
}

mx::array softmax_backward(const mx::array &probabilities, const mx::array &d, float scale) {
  return make("SoftmaxBackward", {d.shape()}, {probabilities, d},
              [scale](const Arrays &i, Arrays &o) {
                farense::softmax_backward(in(i[0]), out(o[0]), rows(o[0]), o[0].shape(-1), scale);
              },
              {1})[0];
}

mx::array rms_norm(const mx::array &x, const mx::array &weight, float epsilon) {
  return make("RmsNorm", {x.shape()}, {x, weight}, [epsilon](const Arrays &i, Arrays &o) {
    farense::rms_norm(in(i[0]), in(i[1]), out(o[0]), rows(o[0]), o[0].shape(-1), epsilon);
  })[0];
}

mx::array rms_norm_backward(const mx::array &x, const mx::array &weight, const mx::array &d,
                            float epsilon) {
  return make("RmsNormBackward", {x.shape()}, {x, weight, d},
              [epsilon](const Arrays &i, Arrays &o) {
                farense::rms_norm_backward(in(i[0]), in(i[1]), in(i[2]), out(o[0]), rows(o[0]),
                                          o[0].shape(-1), epsilon);
              })[0];
}

nb::tuple cross_entropy(const mx::array &logits, const mx::array &targets) {
  return two(make("CrossEntropy", {mx::Shape{}, logits.shape()}, {logits, targets},
                  [](const Arrays &i, Arrays &o) {
                    *out(o[0]) = static_cast<float>(farense::cross_entropy(
                        out(o[1]), i[1].data<int32_t>(), out(o[1]), rows(o[1]), o[1].shape(-1)));
                  },
                  {-1, 0}));
}

// x (..., width) -> (..., 1)
mx::array log_sum_exp(const mx::array &x) {
  auto shape = x.shape();
  shape.back() = 1;
  return make("LogSumExp", {shape}, {x}, [](const Arrays &i, Arrays &o) {
    farense::log_sum_exp(in(i[0]), out(o[0]), rows(i[0]), i[0].shape(-1));
  })[0];
}

// x (..., width), factor (rank, width) -> scale * x @ factor.T
mx::array project(const mx::array &x, const mx::array &factor, float scale) {
  auto shape = x.shape();
  shape.back() = factor.shape(0);
  return make("Project", {shape}, {x, factor}, [scale](const Arrays &i, Arrays &o) {
    farense::project(in(i[0]), in(i[1]), out(o[0]), rows(i[0]), i[0].shape(-1), i[1].shape(0),
                    scale);
  })[0];
}

// y + z @ factor, z (..., rank), factor (rank, width)
mx::array add_product(const mx::array &y, const mx::array &z, const mx::array &factor) {
  return make("AddProduct", {y.shape()}, {y, z, factor},
              [](const Arrays &i, Arrays &o) {
                farense::add_product(out(o[0]), in(i[1]), in(i[2]), rows(o[0]), o[0].shape(-1),
                                    i[2].shape(0));
              },
              {0})[0];
}

// z.T @ x over all rows
mx::array outer(const mx::array &z, const mx::array &x) {
  return make("Outer", {mx::Shape{z.shape(-1), x.shape(-1)}}, {z, x},
              [](const Arrays &i, Arrays &o) {
                farense::outer(in(i[0]), in(i[1]), out(o[0]), rows(i[0]), i[1].shape(-1),
                              i[0].shape(-1));
              })[0];
}

}  // namespace

// Both are strings the build passes in: what it was compiled against, and from which source.
NB_MODULE(farense_kernels, module) {
  nb::module_::import_("mlx.core");
  module.attr("mlx_version") = FARENSE_MLX_VERSION;
  module.attr("source_sha256") = FARENSE_SOURCE_SHA256;
  module.def("swiglu", &swiglu);
  module.def("swiglu_backward", &swiglu_backward);
  module.def("gelu", &gelu);
  module.def("gelu_backward", &gelu_backward);
  module.def("causal_softmax", &causal_softmax);
  module.def("softmax_backward", &softmax_backward);
  module.def("rms_norm", &rms_norm);
  module.def("rms_norm_backward", &rms_norm_backward);
  module.def("cross_entropy", &cross_entropy);
  module.def("log_sum_exp", &log_sum_exp);
  module.def("project", &project);
  module.def("add_product", &add_product);
  module.def("outer", &outer);
}
