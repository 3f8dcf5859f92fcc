#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace netlink {

/** Mapped memory, until this object is destroyed. */
class Mapping {
 public:
  Mapping() = default;
  /** Maps the first bytes of a file, which it shares with the kernel. `data()` is null if the
   * kernel refuses, with errno set. */
  Mapping(int fd, std::size_t size) : Mapping(fd, size, MAP_SHARED) {}
  Mapping(Mapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (data_ != nullptr) ::munmap(data_, size_);
  }

  std::uint8_t* data() const { return data_; }

 protected:
  Mapping(int fd, std::size_t size, int flags) : size_(size) {
    void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (at != MAP_FAILED) data_ = static_cast<std::uint8_t*>(at);
  }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace netlink
