// One piece of work after the other, on several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace farense {

// Calls piece(0) to piece(pieces - 1), each once, on up to `threads` threads; returns when all
// have. One caller at a time computes on several threads, any other alone.
void share_out(std::size_t pieces, int threads, const std::function<void(std::size_t)> &piece);

}  // namespace farense
