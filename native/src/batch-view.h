#pragma once

#include <napi.h>

#include <cstddef>

#include "batch.h"

namespace netlink {

/**
 * Shows batches to JavaScript. The bytes of all of them pass through one ArrayBuffer, which is
 * written anew for every batch: at a hundred batches a second, a buffer for each would be the
 * collector's main work.
 */
class BatchView {
 public:
  /** The `Batch`, `QuietBatch` or `EndsBatch` of binding.ts. Its arrays are valid until the next
   * call. */
  Napi::Object Show(Napi::Env env, const Batch& batch, std::size_t pending);

 private:
  Napi::Object ShowQuiet(Napi::Env env, const Batch& batch, std::size_t pending);
  Napi::ArrayBuffer Reserve(Napi::Env env, std::size_t bytes);

  Napi::Reference<Napi::ArrayBuffer> buffer_;
  /** The largest need since the buffer's size was last judged, and for how many batches it has been
   * watched. */
  std::size_t peak_ = 0;
  unsigned watched_ = 0;
};

}  // namespace netlink
