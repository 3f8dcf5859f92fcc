import {
  decodeUlpInfo,
  INET_DIAG_CONG,
  INET_DIAG_MSG,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_MSG_SIZE,
  INET_DIAG_SOCKID,
  INET_DIAG_ULP_INFO,
  type UlpInfo,
} from '../inetdiag/index.js';
import { DecodeError, fieldOf, requireBytes } from '../netlink/index.js';
import { type ArchivedRecord, ZERO_TIMESTAMP } from '../parse/index.js';
import { hasWordOfBits } from '../tcp/index.js';
import type { RecordBytes } from './field-reader.js';
import { BLOCK_SIZE, PLACE_BY_ATTRIBUTE, PLACES } from './record-layout.js';
import { AddressText, CookieText, NameText } from './record-texts.js';
import { TimestampClock } from './timestamp-clock.js';

const SRC = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'src').offset;
const DST = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'dst').offset;
const COOKIE = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'cookie').offset;
const FAMILY = fieldOf(INET_DIAG_MSG, 'family').offset;

/** What `lengths` says of an attribute that the record does not have. */
export const ABSENT = -1;

/**
 * A record's bytes, read in place: one view serves record after record and allocates nothing for any of them.
 *
 * RawIDM and the attributes of fixed layout are laid, each at a place of its own, into one block under one DataView, so
 * that a field is always at the same offset; {@link fieldReader} makes readers of fields. Texts are kept as long as
 * their bytes stay the same, as they mostly do throughout an archive.
 */
export class RecordView implements RecordBytes {
  /** The block: RawIDM and attributes by `placeOf`. Bytes beyond a payload's length are of a record before. */
  readonly data: DataView;
  /** Bytes that each place's payload has, by `Place.index`; {@link ABSENT} where there is none. May exceed the place. */
  readonly lengths: Int32Array = new Int32Array(PLACES.length).fill(ABSENT);

  readonly #bytes = new Uint8Array(BLOCK_SIZE);
  readonly #clock = new TimestampClock();
  readonly #src: AddressText;
  readonly #dst: AddressText;
  readonly #cookie: CookieText;
  readonly #cong = new NameText();
  #record: ArchivedRecord = NOTHING;
  #ulp: UlpInfo | undefined;
  #kernelRelease: string | undefined;
  #wordOfBits = false;

  constructor() {
    this.data = new DataView(this.#bytes.buffer);
    this.#src = new AddressText(this.data, SRC);
    this.#dst = new AddressText(this.data, DST);
    this.#cookie = new CookieText(this.data, COOKIE);
  }

  /**
   * Takes a record in place of the one before. When it throws, the view has no meaning until the next `load`.
   * @throws DecodeError `ERR_RECORD` when there is no RawIDM, as in a metadata line; `ERR_TRUNCATED` when RawIDM has
   *   fewer than 72 bytes; `ERR_ATTRIBUTE_LENGTH` when a nested attribute is broken.
   */
  load(record: ArchivedRecord): void {
    const { rawIdm, attributes } = record;
    if (rawIdm === undefined) throw new DecodeError('record has no RawIDM', { code: 'ERR_RECORD', at: 0 });
    requireBytes(rawIdm, 0, INET_DIAG_MSG_SIZE, 'RawIDM');
    this.#record = record;
    this.#ulp = undefined;
    this.lengths.fill(ABSENT);
    this.#put(0, 0, INET_DIAG_MSG_SIZE, rawIdm);
    if (attributes === undefined) return;
    for (let number = 0; number < attributes.length; number++) {
      const payload = attributes[number];
      if (payload === null || payload === undefined) continue;
      const place = PLACE_BY_ATTRIBUTE[number];
      if (place !== undefined) this.#put(place.index, place.offset, place.size, payload);
      else if (number === INET_DIAG_ULP_INFO) this.#ulp = decodeUlpInfo(payload);
    }
  }

  /** The record itself. It, its payloads and the texts below hold as long as its memory does. */
  get record(): ArchivedRecord {
    return this.#record;
  }

  /** As archived, RFC 3339. */
  get timestamp(): string {
    return this.#record.timestamp;
  }

  /** Nanoseconds since the Unix epoch. */
  get timeNs(): bigint {
    return this.#clock.ns(this.#record.timestamp);
  }

  /** Whole microseconds since the Unix epoch, exact; without a bigint on the way. */
  get timeUs(): number {
    return this.#clock.us(this.#record.timestamp);
  }

  /** An attribute's payload by its number; undefined when there is none. */
  payload(attribute: number): Uint8Array | undefined {
    return this.#record.attributes?.[attribute] ?? undefined;
  }

  /** `idiag_src` as text: by its family, so that an IPv6 address that was cut to its first bytes stays one. */
  get source(): string {
    return this.#src.read(this.data.getUint8(FAMILY));
  }

  /** `idiag_dst` as text, likewise. */
  get destination(): string {
    return this.#dst.read(this.data.getUint8(FAMILY));
  }

  /** `idiag_cookie` as in a UUID: 16 upper-case hexadecimal digits. */
  get cookie(): string {
    return this.#cookie.read();
  }

  /** INET_DIAG_CONG, e.g. `cubic`; null when there is none. */
  get congestionAlgorithm(): string | null {
    const payload = this.payload(INET_DIAG_CONG);
    return payload === undefined ? null : this.#cong.read(payload);
  }

  /** INET_DIAG_ULP_INFO, decoded for each record that has it: few have. */
  get ulp(): UlpInfo | undefined {
    return this.#ulp;
  }

  /** `uname -r` of the machine that the records come from; undefined if unknown. Stays until it is set again. */
  get kernelRelease(): string | undefined {
    return this.#kernelRelease;
  }

  set kernelRelease(release: string | undefined) {
    this.#kernelRelease = release;
    this.#wordOfBits = hasWordOfBits(release);
  }

  /** Whether the last word of tcp_info has the layout of 7.0, `TCP_INFO_7_0`. */
  get hasWordOfBits(): boolean {
    return this.#wordOfBits;
  }

  #put(index: number, offset: number, size: number, payload: Uint8Array): void {
    const { length } = payload;
    this.lengths[index] = length;
    if (length <= 16 || length > size) {
      // Quicker than a call for a few bytes, and than a view of a longer one.
      const end = Math.min(length, size);
      for (let i = 0; i < end; i++) this.#bytes[offset + i] = payload[i] ?? 0;
    } else {
      this.#bytes.set(payload, offset);
    }
  }
}

const NOTHING: ArchivedRecord = { timestamp: ZERO_TIMESTAMP };
