// Work shared among threads that are kept waiting for it.
#include "crew.h"

#include <atomic>
#include <mutex>
#include <thread>

namespace farense {

using std::size_t;

namespace {

// Threads that wait for pieces of work. Whoever has a piece is counted in `busy_` before it takes
// it, so that the work outlives its last user.
class Crew {
 public:
  void run(size_t pieces, int helpers, const std::function<void(size_t)> &piece) {
    while (static_cast<int>(hired_) < helpers) {
      std::thread([this] { help(); }).detach();
      hired_++;
    }
    piece_ = &piece;
    left_ = static_cast<long>(pieces);
    calls_++;
    calls_.notify_all();
    take();
    for (int busy = busy_; busy > 0; busy = busy_) {
      if (!spun([&] { return busy_ == 0; })) busy_.wait(busy);
    }
  }

 private:
  void take() {
    for (long claim = --left_; claim >= 0; claim = --left_) (*piece_)(claim);
  }

  [[noreturn]] void help() {
    for (unsigned seen = 0;;) {
      if (!spun([&] { return calls_ != seen; })) calls_.wait(seen);
      seen = calls_;
      busy_++;
      take();
      busy_--;
      busy_.notify_all();
    }
  }

  // Products of a token follow one another within microseconds; a sleeping thread takes fifty.
  template <typename Ready>
  static bool spun(Ready ready) {
    for (int i = 0; i < 20000; i++) {
      if (ready()) return true;
    }
    return false;
  }

  const std::function<void(size_t)> *piece_ = nullptr;
  unsigned hired_ = 0;
  std::atomic<long> left_{0};
  std::atomic<unsigned> calls_{0};
  std::atomic<int> busy_{0};
};

}  // namespace

void share_out(size_t pieces, int threads, const std::function<void(size_t)> &piece) {
  // Never freed: its threads wait until the process ends.
  static Crew *const crew = new Crew;
  static std::mutex one_at_a_time;
  if (pieces > 1 && threads > 1 && one_at_a_time.try_lock()) {
    std::lock_guard<std::mutex> guard(one_at_a_time, std::adopt_lock);
    crew->run(pieces, threads - 1, piece);
    return;
  }
  for (size_t i = 0; i < pieces; i++) piece(i);
}

}  // namespace farense
