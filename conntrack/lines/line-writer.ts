import type { ConntrackDecoder } from '../decoder.js';
import { ConntrackStatus } from '../status.js';
import { AddressText } from './address-text.js';
import { ABSENT, type FlowPlaces } from './flow-layout.js';
import type { FlowTexts, IdentityText } from './flow-texts.js';
import { type LineSteps, NAT_TEXTS, SIDE_TEXTS, Step } from './line-steps.js';
import { asciiBytes, putBytes, putDecimal, putInteger, putIpv4 } from './put.js';
import { TimeText } from './time-text.js';

const [QUOTE, COLON, COMMA, LINE_END, BRACE, BRACKET, END_BRACKET] = [0x22, 0x3a, 0x2c, 0x0a, 0x7d, 0x5b, 0x5d];
const { SRC_NAT, DST_NAT } = ConntrackStatus;
/** Upper word of the smallest counter that a number cannot hold. */
const UNSAFE = 2 ** 21;

const TIME = asciiBytes('"time":"');
const TIME_END = asciiBytes('",');
const NAT = asciiBytes(NAT_TEXTS.begin);
const SOURCE = asciiBytes(NAT_TEXTS.source);
const DESTINATION = asciiBytes(NAT_TEXTS.destination);
const AFTER = asciiBytes(NAT_TEXTS.after);
const NAT_END = asciiBytes(NAT_TEXTS.end);
const SIDE_FORWARDED = asciiBytes(SIDE_TEXTS.forwarded);
const SIDE_ORIG = asciiBytes(SIDE_TEXTS.orig);
const SIDE_REPLY = asciiBytes(SIDE_TEXTS.reply);
const SIDE_BOTH = asciiBytes(SIDE_TEXTS.both);
const DELETED = asciiBytes(',"deletedByPort":');

/** Layout whose lines are written value by value. */
export interface PlainLayout {
  readonly places: FlowPlaces;
  readonly steps: LineSteps;
  readonly texts: FlowTexts;
}

/**
 * Writer of lines of flows whose places are known, from bytes to bytes. One loop over the steps of a layout writes them:
 * a listing is short, and a little code is compiled sooner than much.
 */
export class LineWriter {
  readonly #addresses: AddressText;
  readonly #times = new TimeText();
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);
  #time: Uint8Array = new Uint8Array(0);

  constructor(isLocal: (address: string) => boolean) {
    this.#addresses = new AddressText(isLocal);
  }

  /**
   * Begins a batch.
   * @param time of lines without a time of the kernel
   */
  begin(bytes: Uint8Array, view: DataView, time: string): void {
    this.#bytes = bytes;
    this.#view = view;
    this.#time = asciiBytes(`"time":${JSON.stringify(time)},`);
    this.#addresses.forgetLocal();
  }

  /** Returns whether the values of a message can be written here: numbers can hold its counters. */
  canWrite({ steps: { counters } }: PlainLayout, at: number): boolean {
    for (let i = 0; i < counters.length; i++) if (this.#view.getUint32(at + (counters[i] ?? 0)) >= UNSAFE) return false;
    return true;
  }

  /**
   * Writes the line of the message at `at` to `out` behind its beginning, which ends at `from`. Returns its end.
   * @param portId netlink port of the program that deleted the flow, or 0
   */
  write(
    out: Uint8Array,
    from: number,
    layout: PlainLayout,
    decoder: ConntrackDecoder,
    at: number,
    identity: IdentityText,
    portId: number,
  ): number {
    const { eventTime } = layout.places;
    const begin = eventTime === ABSENT ? putBytes(out, from, this.#time) : this.#eventTime(out, from, at + eventTime);
    let end = this.#values(out, begin, layout, decoder, at, identity.bytes);
    if (portId !== 0) end = putDecimal(out, putBytes(out, end, DELETED), portId);
    out[end] = BRACE;
    out[end + 1] = LINE_END;
    return end + 2;
  }

  #values(
    out: Uint8Array,
    from: number,
    { places, steps, texts }: PlainLayout,
    decoder: ConntrackDecoder,
    at: number,
    identity: Uint8Array,
  ): number {
    const [bytes, view] = [this.#bytes, this.#view];
    const { length } = steps.kinds;
    let end = from;
    for (let i = 0; i < length; i++) {
      let text = steps.texts[i];
      if (text !== undefined) end = putBytes(out, end, text);
      text = undefined;
      const place = at + (steps.places[i] ?? 0);
      switch (steps.kinds[i]) {
        case Step.U16:
          end = putDecimal(out, end, view.getUint16(place));
          break;
        case Step.U32:
          end = putDecimal(out, end, view.getUint32(place));
          break;
        case Step.U64:
          end = putInteger(out, end, view.getUint32(place), view.getUint32(place + 4));
          break;
        case Step.IPV4:
          end = putIpv4(out, end, bytes, place);
          break;
        case Step.IPV6:
          end = this.#addresses.putIpv6(out, end, bytes, view, place);
          break;
        case Step.IDENTITY:
          text = identity;
          break;
        case Step.NAT:
          if ((view.getUint32(place) & (SRC_NAT | DST_NAT)) === 0) break;
          end = this.#nat(out, end, places, view.getUint32(place), at);
          break;
        case Step.SIDE:
          text = this.#side(places, at);
          break;
        case Step.TIME:
          end = this.#times.put(out, end, view.getUint32(place), view.getUint32(place + 4));
          out[end++] = QUOTE;
          break;
        case Step.DETAILS:
          text = texts.details(decoder, bytes, view, at);
          break;
      }
      if (text !== undefined) end = putBytes(out, end, text);
    }
    return end;
  }

  #eventTime(out: Uint8Array, from: number, at: number): number {
    let end = putBytes(out, from, TIME);
    end = this.#times.put(out, end, this.#view.getUint32(at), this.#view.getUint32(at + 4));
    return putBytes(out, end, TIME_END);
  }

  #nat(out: Uint8Array, from: number, { isIpv4, orig, reply }: FlowPlaces, status: number, at: number): number {
    const kind = status & (SRC_NAT | DST_NAT);
    let end = putBytes(out, from, NAT);
    if ((kind & SRC_NAT) !== 0) {
      end = putBytes(out, end, SOURCE);
      end = this.#end(out, end, isIpv4, at, orig.src, orig.sport);
      end = putBytes(out, end, AFTER);
      end = this.#end(out, end, isIpv4, at, reply.dst, reply.dport);
      end = putBytes(out, end, NAT_END);
    }
    if (kind === (SRC_NAT | DST_NAT)) out[end++] = COMMA;
    if ((kind & DST_NAT) !== 0) {
      end = putBytes(out, end, DESTINATION);
      end = this.#end(out, end, isIpv4, at, orig.dst, orig.dport);
      end = putBytes(out, end, AFTER);
      end = this.#end(out, end, isIpv4, at, reply.src, reply.sport);
      end = putBytes(out, end, NAT_END);
    }
    out[end] = BRACE;
    return end + 1;
  }

  /** Writes an end as `formatFlowEndpoint` formats it. */
  #end(out: Uint8Array, from: number, isIpv4: boolean, at: number, address: number, port: number): number {
    let end = isIpv4
      ? putIpv4(out, from, this.#bytes, at + address)
      : this.#addresses.putIpv6(out, from, this.#bytes, this.#view, at + address);
    if (port === ABSENT) return end;
    // An IPv4-mapped address is shown as IPv4, without brackets.
    if (!isIpv4 && out.subarray(from, end).includes(COLON)) {
      out.copyWithin(from + 1, from, end);
      out[from] = BRACKET;
      out[end + 1] = END_BRACKET;
      end += 2;
    }
    out[end] = COLON;
    return putDecimal(out, end + 1, this.#view.getUint16(at + port));
  }

  #side({ isIpv4, orig, reply }: FlowPlaces, at: number): Uint8Array {
    const opened = this.#addresses.isLocal(isIpv4, this.#bytes, this.#view, at + orig.src);
    const answered = this.#addresses.isLocal(isIpv4, this.#bytes, this.#view, at + reply.src);
    if (opened) return answered ? SIDE_BOTH : SIDE_ORIG;
    return answered ? SIDE_REPLY : SIDE_FORWARDED;
  }
}
