#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

namespace netlink {

/*
 * Checks of arguments from JavaScript. Each throws a TypeError "<name> must be <what>". The name is
 * the path to the value, such as `options.sources[0].intervalNs`.
 */

[[noreturn]] void ThrowArgument(Napi::Env env, const std::string& name, const std::string& what);

Napi::Object RequireObject(const Napi::Value& value, const std::string& name);
Napi::Array RequireArray(const Napi::Value& value, const std::string& name);
Napi::Function RequireFunction(const Napi::Value& value, const std::string& name);
Napi::Uint8Array RequireBytes(const Napi::Value& value, const std::string& name);

/** Returns an integer from `low` to `high`, both at most 2^53. */
std::int64_t RequireInteger(const Napi::Value& value, const std::string& name, std::int64_t low,
                            std::int64_t high);

/** Returns an option that is an integer from `low` to `high`, or `fallback` if it is undefined. The
 * name is `options.<name>`. */
std::int64_t ReadOptional(const Napi::Object& options, const char* name, std::int64_t low,
                          std::int64_t high, std::int64_t fallback);

/** Returns a bigint of 64 unsigned bits. */
std::uint64_t RequireUint64(const Napi::Value& value, const std::string& name);

/** Returns a path: text without zero bytes, not empty. */
std::string RequirePath(const Napi::Value& value, const std::string& name);

/** Returns a copy of a Uint32Array. */
std::vector<std::uint32_t> RequireUint32s(const Napi::Value& value, const std::string& name);

/** Returns a copy of a BigUint64Array. */
std::vector<std::uint64_t> RequireUint64s(const Napi::Value& value, const std::string& name);

/** Returns the name of an array's element, such as `sources[0]`. */
std::string ElementName(const std::string& name, std::uint32_t index);

}  // namespace netlink
