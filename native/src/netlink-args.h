#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "netlink/dumper.h"
#include "netlink/group-socket.h"
#include "netlink/network-namespace.h"
#include "util/args.h"

namespace netlink {

/* Readers of options that several classes have. Each throws a TypeError that names the invalid
 * field. */

/** Reads each element of an array with `read(value, name)`. */
template <typename Read>
auto ReadEach(const Napi::Value& value, const std::string& name, Read read) {
  const Napi::Array array = RequireArray(value, name);
  std::vector<decltype(read(value, name))> all;
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    all.push_back(read(array.Get(i), ElementName(name, i)));
  }
  return all;
}

template <typename T>
void RequireSome(Napi::Env env, const std::vector<T>& all, const std::string& name) {
  if (all.empty()) ThrowArgument(env, name, "an array of at least one element");
}

std::uint16_t ReadMessageType(const Napi::Value& value, const std::string& name);

/** Returns a request for a dump. */
Request ReadDumpMessage(const Napi::Value& value, const std::string& name);

/** Returns the instructions of a filter. */
std::vector<FilterInstruction> ReadFilter(const Napi::Value& value, const std::string& name);

/** Reads `protocol` of an object of options. */
int ReadProtocol(const Napi::Object& options, const std::string& name);

/** Reads `namespace` of an object of options, and duplicates its descriptor: the caller may close
 * its own. Returns null without one. */
NamespacePointer ReadNamespace(const Napi::Object& options, const std::string& name);

}  // namespace netlink
