#pragma once

#include <napi.h>

#include <cstddef>

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
  Napi::ArrayBuffer Reserve(Napi::Env env, std::size_t bytes);

  Napi::Reference<Napi::ArrayBuffer> buffer_;
  /** Largest number of bytes needed since the buffer's size was last checked, and the number of
   * batches since then. */
  std::size_t peak_ = 0;
  unsigned watched_ = 0;
};

}  // namespace netlink
