#pragma once

namespace netlink {

/** A thread that must end before its environment does. */
class Haltable {
 public:
  /** Ends the thread and waits for its end. */
  virtual void Halt() = 0;

 protected:
  ~Haltable() = default;
};

}  // namespace netlink
