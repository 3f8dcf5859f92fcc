#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "failure.h"
#include "wire.h"

namespace netlink {

/** Messages one after the other at 8-byte alignment, and where each lies. */
struct PackedMessages {
  std::vector<std::uint8_t> data;
  /** Pairs (offset, length) into `data`. */
  std::vector<std::uint32_t> spans;
  /** Bytes after which no message is added: offsets are 32 bits wide, and one array in JavaScript
   * holds them all. */
  std::size_t limit = std::size_t{1} << 30;

  void Append(Bytes message) {
    spans.push_back(static_cast<std::uint32_t>(data.size()));
    spans.push_back(static_cast<std::uint32_t>(message.size()));
    data.insert(data.end(), message.begin(), message.end());
    data.resize((data.size() + 7) & ~std::size_t{7});
  }

  bool HasRoom() const { return data.size() < limit; }
};

/** What one scan found. `Batch` in binding.ts says what each field means. */
struct Batch {
  std::size_t source = 0;
  std::uint64_t scan = 0;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::int64_t duration_ns = 0;
  std::vector<std::int64_t> request_ns;
  std::int64_t interval_ns = 0;
  std::int64_t late_ns = 0;
  std::uint64_t beats_missed = 0;
  std::uint64_t beats_held = 0;
  std::size_t way = 0;
  std::optional<Failure> failure;
  std::uint64_t seen = 0;
  std::vector<std::uint32_t> tally;
  std::uint64_t discarded = 0;
  std::uint64_t strays = 0;
  PackedMessages changed;
  std::vector<std::uint64_t> gone;

  /** Bytes that it holds while it waits. */
  std::size_t Weight() const {
    return sizeof(Batch) + changed.data.size() + changed.spans.size() * sizeof(std::uint32_t) +
           gone.size() * sizeof(std::uint64_t);
  }

  /** Forgets everything but the memory. */
  void Clear();
};

}  // namespace netlink
