import type { ConntrackDecoder } from '../decoder.js';
import { ConntrackStatus } from '../status.js';
import { AddressText } from './address-text.js';
import { ABSENT, type FlowPlaces, type TupleLayout } from './flow-layout.js';
import type { FlowTexts, IdentityText } from './flow-texts.js';
import { asciiBytes, putBytes, putDecimal, putInteger } from './put.js';
import { TimeText } from './time-text.js';

const [QUOTE, COLON, COMMA, LINE_END, BRACE, BRACKET, END_BRACKET] = [0x22, 0x3a, 0x2c, 0x0a, 0x7d, 0x5b, 0x5d];
const { SRC_NAT, DST_NAT } = ConntrackStatus;
/** Upper word of the smallest counter that a number cannot hold. */
const UNSAFE = 2 ** 21;

const TIME = asciiBytes('"time":"');
const TIME_END = asciiBytes('",');
const ID = asciiBytes('"id":');
const SPORT = asciiBytes('","sport":');
const DST = asciiBytes(',"dst":"');
const DST_BEHIND_ADDRESS = asciiBytes('","dst":"');
const DPORT = asciiBytes('","dport":');
const PACKETS = asciiBytes(',"packets":');
const BYTES = asciiBytes(',"bytes":');
const REPLY = asciiBytes('},"reply":{"src":"');
const NAT = asciiBytes(',"nat":{');
const SOURCE = asciiBytes('"source":{"before":"');
const DESTINATION = asciiBytes('"destination":{"before":"');
const AFTER = asciiBytes('","after":"');
const NAT_END = asciiBytes('"}');
const SIDE_BOTH = asciiBytes(',"side":"both"');
const SIDE_ORIG = asciiBytes(',"side":"orig"');
const SIDE_REPLY = asciiBytes(',"side":"reply"');
const SIDE_FORWARDED = asciiBytes(',"side":"forwarded"');
const START_TIME = asciiBytes(',"startTime":"');
const STOP_TIME = asciiBytes(',"stopTime":"');
const TIMEOUT = asciiBytes(',"timeoutSec":');
const DELETED = asciiBytes(',"deletedByPort":');
/** Places of a layout's values, and their texts. */
export interface PlainLayout {
  readonly places: FlowPlaces;
  readonly texts: FlowTexts;
}

/** Writer of lines of flows whose places are known, from bytes to bytes. */
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
  canWrite({ orig, reply }: FlowPlaces, at: number): boolean {
    return this.#isSafe(orig, at) && this.#isSafe(reply, at);
  }

  #isSafe({ packets, bytes }: TupleLayout, at: number): boolean {
    if (packets !== ABSENT && this.#view.getUint32(at + packets) >= UNSAFE) return false;
    return bytes === ABSENT || this.#view.getUint32(at + bytes) < UNSAFE;
  }

  /**
   * Writes the line of the message at `at` to `out` behind its beginning, which ends at `from`. Returns its end.
   * @param portId netlink port of the program that deleted the flow, or 0
   */
  write(
    out: Uint8Array,
    from: number,
    { places, texts }: PlainLayout,
    decoder: ConntrackDecoder,
    at: number,
    identity: IdentityText,
    portId: number,
  ): number {
    const view = this.#view;
    let end = from;
    end =
      places.eventTime === ABSENT ? putBytes(out, end, this.#time) : this.#eventTime(out, end, at + places.eventTime);
    end = putBytes(out, end, ID);
    end = putDecimal(out, end, view.getUint32(at + places.id));
    end = putBytes(out, end, identity.bytes);
    end = this.#tuple(out, end, places, places.orig, at);
    end = putBytes(out, end, REPLY);
    end = this.#tuple(out, end, places, places.reply, at);
    out[end++] = BRACE;
    if (places.status !== ABSENT) {
      const nat = view.getUint32(at + places.status) & (SRC_NAT | DST_NAT);
      if (nat !== 0) end = this.#nat(out, end, places, nat, at);
    }
    end = putBytes(out, end, this.#side(places, at));
    if (places.startTime !== ABSENT) end = this.#namedTime(out, end, START_TIME, at + places.startTime);
    if (places.stopTime !== ABSENT) end = this.#namedTime(out, end, STOP_TIME, at + places.stopTime);
    if (places.timeout !== ABSENT) {
      end = putBytes(out, end, TIMEOUT);
      end = putDecimal(out, end, view.getUint32(at + places.timeout));
    }
    end = putBytes(out, end, texts.details(decoder, this.#bytes, view, at));
    if (portId !== 0) {
      end = putBytes(out, end, DELETED);
      end = putDecimal(out, end, portId);
    }
    out[end] = BRACE;
    out[end + 1] = LINE_END;
    return end + 2;
  }

  #eventTime(out: Uint8Array, from: number, at: number): number {
    let end = putBytes(out, from, TIME);
    end = this.#times.put(out, end, this.#view.getUint32(at), this.#view.getUint32(at + 4));
    return putBytes(out, end, TIME_END);
  }

  #namedTime(out: Uint8Array, from: number, name: Uint8Array, at: number): number {
    let end = putBytes(out, from, name);
    end = this.#times.put(out, end, this.#view.getUint32(at), this.#view.getUint32(at + 4));
    out[end] = QUOTE;
    return end + 1;
  }

  /** Writes a tuple behind the quote of its source, up to its last member. */
  #tuple(out: Uint8Array, from: number, { isIpv4 }: FlowPlaces, tuple: TupleLayout, at: number): number {
    const view = this.#view;
    const { src, dst, sport, dport, packets, bytes } = tuple;
    let end = this.#addresses.put(out, from, isIpv4, this.#bytes, view, at + src);
    if (sport === ABSENT) end = putBytes(out, end, DST_BEHIND_ADDRESS);
    else {
      end = putBytes(out, end, SPORT);
      end = putDecimal(out, end, view.getUint16(at + sport));
      end = putBytes(out, end, DST);
    }
    end = this.#addresses.put(out, end, isIpv4, this.#bytes, view, at + dst);
    if (dport === ABSENT) out[end++] = QUOTE;
    else {
      end = putBytes(out, end, DPORT);
      end = putDecimal(out, end, view.getUint16(at + dport));
    }
    if (packets !== ABSENT) end = this.#counter(out, end, PACKETS, at + packets);
    return bytes === ABSENT ? end : this.#counter(out, end, BYTES, at + bytes);
  }

  #counter(out: Uint8Array, from: number, name: Uint8Array, at: number): number {
    const end = putBytes(out, from, name);
    return putInteger(out, end, this.#view.getUint32(at), this.#view.getUint32(at + 4));
  }

  #nat(out: Uint8Array, from: number, { isIpv4, orig, reply }: FlowPlaces, kind: number, at: number): number {
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
    let end = this.#addresses.put(out, from, isIpv4, this.#bytes, this.#view, at + address);
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
