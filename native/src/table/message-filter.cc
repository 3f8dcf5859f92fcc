#include "message-filter.h"

#include <array>
#include <optional>

namespace netlink {
namespace {

/** Codes of instructions, include/uapi/linux/bpf_common.h and filter.h. */
constexpr std::uint16_t kLoadByte = 0x30;      // BPF_LD | BPF_B | BPF_ABS
constexpr std::uint16_t kLoadHalf = 0x28;      // BPF_LD | BPF_H | BPF_ABS
constexpr std::uint16_t kLoadWord = 0x20;      // BPF_LD | BPF_W | BPF_ABS
constexpr std::uint16_t kLoadConstant = 0x00;  // BPF_LD | BPF_IMM
constexpr std::uint16_t kLoadMemory = 0x60;    // BPF_LD | BPF_MEM
constexpr std::uint16_t kStore = 0x02;         // BPF_ST
constexpr std::uint16_t kAnd = 0x54;           // BPF_ALU | BPF_AND | BPF_K
constexpr std::uint16_t kJump = 0x05;          // BPF_JMP | BPF_JA
constexpr std::uint16_t kJumpEqual = 0x15;     // BPF_JMP | BPF_JEQ | BPF_K
constexpr std::uint16_t kJumpGreater = 0x25;   // BPF_JMP | BPF_JGT | BPF_K
constexpr std::uint16_t kJumpAtLeast = 0x35;   // BPF_JMP | BPF_JGE | BPF_K
constexpr std::uint16_t kReturn = 0x06;        // BPF_RET | BPF_K

constexpr std::size_t kMemoryWords = 16;

/** Returns `size` bytes at an offset as a big-endian number; nothing if they are not all there. */
std::optional<std::uint32_t> LoadAt(Bytes message, std::uint32_t offset, std::size_t size) {
  if (offset > message.size() || message.size() - offset < size) return std::nullopt;
  std::uint32_t value = 0;
  for (const std::uint8_t byte : message.subspan(offset, size)) value = value << 8 | byte;
  return value;
}

std::size_t SizeOf(std::uint16_t load) {
  if (load == kLoadByte) return 1;
  return load == kLoadHalf ? 2 : 4;
}

}  // namespace

bool MessageFilter::Accepts(Bytes message) const {
  if (program_.empty()) return true;
  std::array<std::uint32_t, kMemoryWords> memory{};
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < program_.size(); ++at) {
    const auto& [code, jump_true, jump_false, operand] = program_[at];
    switch (code) {
      case kLoadByte:
      case kLoadHalf:
      case kLoadWord: {
        const auto loaded = LoadAt(message, operand, SizeOf(code));
        if (!loaded) return false;
        accumulator = *loaded;
        break;
      }
      case kLoadConstant:
        accumulator = operand;
        break;
      case kLoadMemory:
        accumulator = memory[operand % kMemoryWords];
        break;
      case kStore:
        memory[operand % kMemoryWords] = accumulator;
        break;
      case kAnd:
        accumulator &= operand;
        break;
      case kJump:
        at += operand;
        break;
      case kJumpEqual:
        at += accumulator == operand ? jump_true : jump_false;
        break;
      case kJumpGreater:
        at += accumulator > operand ? jump_true : jump_false;
        break;
      case kJumpAtLeast:
        at += accumulator >= operand ? jump_true : jump_false;
        break;
      case kReturn:
        return operand != 0;
      default:
        return false;
    }
  }
  return false;
}

}  // namespace netlink
