#include "work-thread.h"

#include <system_error>
#include <utility>

#include "../util/error.h"

namespace netlink {

WorkThread::WorkThread(Napi::Env env, const char* name, Napi::Reference<Napi::Object>& owner)
    : env_(env), owner_(owner) {
  wake_ = Wake::New(env_, name, 0, 1, this);
  wake_.Unref(env_);
  queue_ = std::make_shared<WorkQueue>([this] { wake_.NonBlockingCall(); });
  try {
    thread_ = std::thread([queue = queue_] { queue->Loop(); });
  } catch (const std::system_error& error) {
    wake_.Release();
    throw MakeError(env_, "ERR_THREAD", error.code().value(), "start");
  }
  // After the threadsafe function: hooks run in reverse order, and the thread must end first.
  napi_add_env_cleanup_hook(env_, &WorkThread::OnTeardown, this);
}

void AwaitedWork::RejectClosed(Napi::Env env) {
  deferred.Reject(MakeError(env, "ERR_CLOSED", 0, "close").Value());
}

WorkThread::~WorkThread() {
  if (!thread_.joinable()) return;
  napi_remove_env_cleanup_hook(env_, &WorkThread::OnTeardown, this);
  Halt();
  wake_.Release();
}

// process.exit() in the main thread does not call this: a thread that hangs on a dead disk is left.
void WorkThread::OnTeardown(void* thread) { static_cast<WorkThread*>(thread)->Halt(); }

void WorkThread::Halt() {
  queue_->Stop();
  thread_.join();
  queue_ = nullptr;
}

Napi::Promise WorkThread::Do(std::unique_ptr<AwaitedWork> work) {
  const Napi::Promise promise = work->deferred.Promise();
  if (closed()) {
    work->RejectClosed(env_);
    return promise;
  }
  Hold();
  queue_->Push(std::move(work));
  return promise;
}

Napi::Promise WorkThread::Close() {
  if (!closing_) {
    closing_ = Napi::Promise::Deferred::New(env_);
    closed_ = Napi::Persistent(closing_->Promise().As<Napi::Object>());
    Hold();
    queue_->Close();
  }
  return closed_.Value().As<Napi::Promise>();
}

void WorkThread::Hold() {
  if (pending_++ > 0) return;
  wake_.Ref(env_);
  owner_.Ref();
}

void WorkThread::Release(std::size_t works) {
  pending_ -= works;
  if (works == 0 || pending_ > 0) return;
  wake_.Unref(env_);
  owner_.Unref();
}

void WorkThread::OnWake(Napi::Env env, Napi::Function, WorkThread* thread, void*) {
  // At the end of the environment the remaining wakes arrive with a null environment.
  if (static_cast<napi_env>(env) != nullptr && thread->queue_) thread->Settle(env);
}

void WorkThread::Settle(Napi::Env env) {
  WorkQueue::Taken taken = queue_->TakeDone();
  for (const auto& work : taken.done) SettleOne(env, static_cast<AwaitedWork&>(*work));
  for (const auto& work : taken.dropped) static_cast<AwaitedWork&>(*work).RejectClosed(env);
  const std::size_t settled = taken.done.size() + taken.dropped.size();
  // Before the end is reported: work may hold files.
  taken.done.clear();
  taken.dropped.clear();
  Release(settled + (taken.over ? 1 : 0));
  if (taken.over) FinishClose();
}

void WorkThread::SettleOne(Napi::Env env, AwaitedWork& work) {
  try {
    work.Settle(env);
  } catch (const Napi::Error& error) {
    // There was no memory for the result. The other promises must still settle.
    work.deferred.Reject(error.Value());
  }
}

void WorkThread::FinishClose() {
  napi_remove_env_cleanup_hook(env_, &WorkThread::OnTeardown, this);
  Halt();
  wake_.Release();
  closing_->Resolve(env_.Undefined());
}

}  // namespace netlink
