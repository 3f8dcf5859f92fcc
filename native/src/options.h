#pragma once

#include <napi.h>

#include <cstddef>
#include <string>
#include <vector>

#include "netlink/dumper.h"
#include "poll/poll-thread.h"
#include "table/mask.h"
#include "table/scanner.h"

namespace netlink {

/** `PollerOptions` in binding.ts. */
struct PollerSpec {
  std::vector<SourceSpec> sources;
  std::size_t max_pending_scans;
  std::size_t max_pending_bytes;
  PollSpec poll;
};

/* Readers of the interfaces of binding.ts. Each checks its value, and throws a TypeError that names
 * the invalid field. */

PollerSpec ReadPollerOptions(const Napi::Value& value);
SourceSpec ReadSourceOptions(const Napi::Value& value, const std::string& name);

/** Reads `SourceFilters` of binding.ts. Throws a TypeError for anything else. */
FilterSpec ReadFilters(const Napi::Value& value, const std::string& name);
DumpSpec ReadDumpRequest(const Napi::Value& value, const std::string& name);
MessageShape ReadMessageShape(const Napi::Value& value, const std::string& name);

/** Reads `leftovers` of an object of options; none if it is absent. */
std::vector<LeftoverSpec> ReadLeftovers(const Napi::Object& options, const std::string& name,
                                        const MessageShape& shape);

}  // namespace netlink
