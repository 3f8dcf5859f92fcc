#include "frame-encoder.h"

#include <new>
#include <stdexcept>

namespace netlink {
namespace {

/** Offset of Window_Descriptor: after the magic number and Frame_Header_Descriptor. */
constexpr std::size_t kWindowAt = 5;
/** Window_Descriptor of 2 MiB. The library writes the smallest possible window; a larger one is
 * valid, too. */
constexpr std::uint8_t kWindow = 0x58;

}  // namespace

FrameEncoder::FrameEncoder(const ZstdLibrary& library, int level)
    : library_(library), context_(library.create_context(), Free{&library}) {
  if (!context_) throw std::bad_alloc();
  const auto set = [&](int parameter, int value) {
    const std::size_t code = library.set_parameter(context_.get(), parameter, value);
    if (library.is_error(code)) throw std::runtime_error(library.error_name(code));
  };
  set(ZstdLibrary::kCompressionLevel, level);
  set(ZstdLibrary::kChecksumFlag, 1);
  set(ZstdLibrary::kContentSizeFlag, 0);
}

Bytes FrameEncoder::Join(std::span<const Bytes> pieces) {
  if (pieces.size() == 1) return pieces.front();
  content_.clear();
  for (const Bytes piece : pieces) content_.insert(content_.end(), piece.begin(), piece.end());
  return content_;
}

Bytes FrameEncoder::Encode(std::span<const Bytes> pieces, std::string& why) {
  const Bytes content = Join(pieces);
  frame_.resize(library_.compress_bound(content.size()));
  const std::size_t length = library_.compress(context_.get(), frame_.data(), frame_.size(),
                                               content.data(), content.size());
  if (library_.is_error(length)) {
    why = library_.error_name(length);
    return {};
  }
  frame_[kWindowAt] = kWindow;
  return {frame_.data(), length};
}

}  // namespace netlink
