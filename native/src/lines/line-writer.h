#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <vector>

#include "address-set.h"
#include "known-texts.h"
#include "line-layout.h"

namespace netlink {

/**
 * Writes messages as lines of text, by layouts that JavaScript gives. It knows integers, addresses
 * and times, and not what they mean. A message without a layout, or with a text that was not
 * taught, is left to JavaScript.
 */
class LineWriter {
 public:
  struct Result {
    /** Number of messages whose lines were written. */
    std::size_t messages = 0;
    /** End of the lines. */
    std::size_t end = 0;
    /** True if there was no room for the line of the next message. */
    bool full = false;
  };

  /** Adds a layout without a fault (FaultOf). Forgets all others when they are many. */
  void Learn(LineLayout layout);

  /** Keeps the known texts, by their numbers, for messages with the same bytes. Returns false if no
   * layout fits, or texts are missing. */
  bool Teach(Bytes message, const std::vector<Bytes>& texts);

  /** Sets the texts of the batch. */
  void Give(std::array<FixedText, kGivenTexts> texts) { given_ = std::move(texts); }

  void SetMembers(AddressSet members) { members_ = std::move(members); }

  /**
   * Writes the lines of messages, up to the first one that is left to JavaScript.
   * @param spans pairs (offset, length) into `data`
   * @param from where the first line begins in `out`
   * @param fingerprints gets a number for each line
   */
  Result Write(Bytes data, std::span<const std::uint32_t> spans, std::span<std::uint8_t> out,
               std::size_t from, std::span<double> fingerprints);

 private:
  struct Known {
    LineLayout layout;
    std::vector<KnownTexts> texts;
    /** Room for the texts and values of the steps, without known and given texts. */
    std::size_t room;
    /** Number of steps with a known or given text. */
    std::size_t variable;
  };

  static constexpr std::size_t kMaxLayouts = 64;

  Known* Find(Bytes message);
  std::size_t RoomFor(const Known& known) const;
  /** Returns the end of the line; null if it is left to JavaScript. */
  std::uint8_t* PutLine(const Known& known, Bytes message, std::uint8_t* out) const;
  const FixedText& MembersText(const LineLayout& layout, const LineStep& step,
                               const std::uint8_t* message) const;

  /** A list: `last_` stays valid. */
  std::list<Known> layouts_;
  Known* last_ = nullptr;
  std::array<FixedText, kGivenTexts> given_;
  AddressSet members_;
};

}  // namespace netlink
