#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "netlink/asker.h"
#include "netlink/direct-asker.h"
#include "netlink/dump-stream.h"
#include "netlink/network-namespace.h"
#include "work/work-thread.h"

namespace netlink {

/** A dump, and the sign to give it up. */
struct OpenDump {
  OpenDump(DumpStreamSpec spec, ChannelOpener opener)
      : stream(std::move(spec), std::move(opener)) {}

  /** Used on the thread only. */
  DumpStream stream;
  /** True after the last part or a failure. Used on the thread only. */
  bool over = false;
  std::atomic<bool> abandoned = false;
};

/** `Requester` in requester-binding.ts: a thread that sends requests and reads their answers, and
 * its JavaScript class. */
class Requester : public Napi::ObjectWrap<Requester> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit Requester(const Napi::CallbackInfo& info);
  ~Requester() override;

 private:
  Napi::Value Ask(const Napi::CallbackInfo& info);
  Napi::Value AskNow(const Napi::CallbackInfo& info);
  Napi::Value StartDump(const Napi::CallbackInfo& info);
  Napi::Value NextPart(const Napi::CallbackInfo& info);
  Napi::Value EndDump(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  /** Makes all operations give up, and gives up the dumps. */
  void Abandon();

  const int protocol_;
  /** Null after Close(): its file is closed with the last operation that uses it. */
  NamespacePointer place_;
  const std::shared_ptr<std::atomic<bool>> abandoned_ = std::make_shared<std::atomic<bool>>(false);
  /** Null after Close(). */
  std::shared_ptr<Asker> asker_;
  /** Asker of the JavaScript thread. Without a value until it is used, and after Close(). */
  std::optional<DirectAsker> direct_;
  std::map<std::uint32_t, std::shared_ptr<OpenDump>> dumps_;
  std::uint32_t last_dump_ = 0;
  WorkThread thread_;
};

}  // namespace netlink
