#include "line-writer.h"

#include <algorithm>
#include <utility>

namespace netlink {
namespace {

/** First integer that a number of JavaScript does not hold exactly. */
constexpr std::uint64_t kUnsafe = std::uint64_t{1} << 53;

bool IsWithin(Bytes data, std::uint32_t offset, std::uint32_t length) {
  return length <= data.size() && offset <= data.size() - length;
}

}  // namespace

void LineWriter::Learn(LineLayout layout) {
  if (layouts_.size() == kMaxLayouts) {
    layouts_.clear();
    last_ = nullptr;
  }
  std::vector<KnownTexts> texts(layout.keys.begin(), layout.keys.end());
  const std::size_t room = RoomOf(layout);
  const auto variable =
      std::count_if(layout.steps.begin(), layout.steps.end(), [](const LineStep& step) {
        return step.value == LineValue::kGiven || step.value == LineValue::kKnown;
      });
  layouts_.push_front({.layout = std::move(layout),
                       .texts = std::move(texts),
                       .room = room,
                       .variable = static_cast<std::size_t>(variable)});
}

bool LineWriter::Teach(Bytes message, const std::vector<Bytes>& texts) {
  Known* const known = Find(message);
  if (known == nullptr || texts.size() != known->texts.size()) return false;
  for (std::size_t i = 0; i < texts.size(); ++i) known->texts[i].Put(message, FixedText(texts[i]));
  return true;
}

LineWriter::Result LineWriter::Write(Bytes data, std::span<const std::uint32_t> spans,
                                     std::span<std::uint8_t> out, std::size_t from,
                                     std::span<double> fingerprints) {
  Result result{.messages = 0, .end = from, .full = false};
  const std::size_t count = std::min(spans.size() / 2, fingerprints.size());
  for (; result.messages < count; ++result.messages) {
    const std::uint32_t offset = spans[2 * result.messages];
    const std::uint32_t length = spans[2 * result.messages + 1];
    if (!IsWithin(data, offset, length)) return result;
    const Bytes message = data.subspan(offset, length);
    const Known* const known = Find(message);
    if (known == nullptr) return result;
    result.full = out.size() - result.end < RoomFor(*known);
    if (result.full) return result;
    const std::uint8_t* const end = PutLine(*known, message, out.data() + result.end);
    if (end == nullptr) return result;
    result.end = static_cast<std::size_t>(end - out.data());
    fingerprints[result.messages] = FingerprintOf(known->layout, message);
  }
  return result;
}

LineWriter::Known* LineWriter::Find(Bytes message) {
  if (last_ != nullptr && HasLayout(last_->layout, message)) return last_;
  const auto found = std::find_if(layouts_.begin(), layouts_.end(), [&](const Known& known) {
    return HasLayout(known.layout, message);
  });
  if (found == layouts_.end()) return nullptr;
  last_ = &*found;
  return last_;
}

std::size_t LineWriter::RoomFor(const Known& known) const {
  std::size_t longest = 0;
  for (const FixedText& text : given_) longest = std::max(longest, text.size());
  for (const KnownTexts& texts : known.texts) longest = std::max(longest, texts.longest());
  return known.room + known.variable * longest + kSlack;
}

std::uint8_t* LineWriter::PutLine(const Known& known, Bytes message, std::uint8_t* out) const {
  const std::uint8_t* const bytes = message.data();
  std::uint8_t* end = out;
  for (const LineStep& step : known.layout.steps) {
    end = step.text.Put(end);
    switch (step.value) {
      case LineValue::kNone:
        break;
      case LineValue::kUint16:
        end = PutDecimal(end, LoadBig16(bytes + step.first));
        break;
      case LineValue::kUint32:
        end = PutDecimal(end, LoadBig32(bytes + step.first));
        break;
      case LineValue::kUint64: {
        const std::uint64_t value = LoadBig64(bytes + step.first);
        if (value >= kUnsafe) return nullptr;
        end = PutDecimal(end, value);
        break;
      }
      case LineValue::kIpv4:
        end = PutIpv4(end, bytes + step.first);
        break;
      case LineValue::kIpv6:
        end = PutIpv6(end, bytes + step.first);
        break;
      case LineValue::kTime:
        end = PutTime(end, LoadBig64(bytes + step.first));
        break;
      case LineValue::kGiven:
        end = given_[step.first].Put(end);
        break;
      case LineValue::kKnown: {
        const FixedText* const text = known.texts[step.first].Find(message);
        if (text == nullptr) return nullptr;
        end = text->Put(end);
        break;
      }
      case LineValue::kMembers4:
      case LineValue::kMembers16:
        end = MembersText(known.layout, step, bytes).Put(end);
        break;
    }
  }
  return end;
}

const FixedText& LineWriter::MembersText(const LineLayout& layout, const LineStep& step,
                                         const std::uint8_t* message) const {
  const auto has = [&](std::uint32_t at) {
    if (step.value == LineValue::kMembers4) {
      return members_.Has(AddressSet::MappedOf(message + at));
    }
    AddressSet::Address address;
    std::memcpy(address.data(), message + at, address.size());
    return members_.Has(address);
  };
  const std::size_t first = has(step.first) ? 1 : 0;
  const std::size_t second = has(step.second) ? 2 : 0;
  return layout.members[first + second];
}

}  // namespace netlink
