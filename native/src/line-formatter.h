#pragma once

#include <napi.h>

#include "lines/line-writer.h"

namespace netlink {

/** `LineFormatter` in lines-binding.ts. */
class LineFormatter : public Napi::ObjectWrap<LineFormatter> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit LineFormatter(const Napi::CallbackInfo& info);

 private:
  void Learn(const Napi::CallbackInfo& info);
  Napi::Value Teach(const Napi::CallbackInfo& info);
  void Give(const Napi::CallbackInfo& info);
  void SetMembers(const Napi::CallbackInfo& info);
  Napi::Value Write(const Napi::CallbackInfo& info);

  LineWriter writer_;
};

}  // namespace netlink
