#pragma once

#include <napi.h>

#include <cstddef>

#include "reused-buffer.h"
#include "table/batch.h"

namespace netlink {

/**
 * Turns batches into JavaScript objects. All batches share one ArrayBuffer, which is overwritten
 * for each batch: at a hundred batches a second, garbage collection of one buffer per batch would
 * be the collector's main work.
 */
class BatchView {
 public:
  /** Returns the `Batch`, `QuietBatch` or `DestroyedBatch` of binding.ts. Its arrays are valid
   * until the next call. */
  Napi::Object Show(Napi::Env env, const Batch& batch, std::size_t pending);

 private:
  Napi::Object ShowQuiet(Napi::Env env, const Batch& batch, std::size_t pending);

  ReusedBuffer buffer_;
};

}  // namespace netlink
