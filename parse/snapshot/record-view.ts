import {
  decodeUlpInfo,
  INET_DIAG_CONG,
  INET_DIAG_MSG,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_MSG_SIZE,
  INET_DIAG_SOCKID,
  INET_DIAG_ULP_INFO,
  type UlpInfo,
} from '../../inetdiag/index.js';
import { DecodeError, fieldOf, requireBytes } from '../../netlink/index.js';
import { hasWordOfBits } from '../../tcp/index.js';
import { ANYTHING, type ArchivedRecord, type LineTime, RecordInPlace, ZERO_TIMESTAMP } from '../index.js';
import type { RecordBytes } from './field-reader.js';
import { BLOCK_SIZE, PLACE_BY_ATTRIBUTE, PLACES, placeOf, RAW_IDM } from './record-layout.js';
import { AddressText, CookieText, NameText } from './record-texts.js';
import { TimestampClock } from './timestamp-clock.js';

const SRC = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'src').offset;
const DST = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'dst').offset;
const COOKIE = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'cookie').offset;
const FAMILY = fieldOf(INET_DIAG_MSG, 'family').offset;

/** Value in `lengths` for an attribute that the record does not have. */
export const ABSENT = -1;

/**
 * View of a record's bytes, without decoding. One view is reused for many records and allocates nothing per record.
 *
 * RawIDM and each attribute of fixed layout are copied to fixed places of one block under one DataView, so a field
 * always has the same offset; {@link fieldReader} creates readers of fields. Texts are cached while their bytes stay
 * equal, as they usually do throughout an archive.
 */
export class RecordView implements RecordBytes {
  /** Block of RawIDM and attributes, see `placeOf`. Bytes beyond a payload's length are left from an earlier record. */
  readonly data: DataView;
  /** Payload lengths by `Place.index`, in bytes; {@link ABSENT} without a payload. May exceed the size of the place. */
  readonly lengths: Int32Array = new Int32Array(PLACES.length).fill(ABSENT);

  readonly #bytes = new Uint8Array(BLOCK_SIZE);
  readonly #clock = new TimestampClock();
  readonly #src: AddressText;
  readonly #dst: AddressText;
  readonly #cookie: CookieText;
  readonly #cong = new NameText();
  #record: ArchivedRecord = NOTHING;
  /** Number of the current record if it is in place, else {@link NO_SERIAL}. */
  #serial = NO_SERIAL;
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
   * Replaces the record of this view. If it throws, the view is invalid until the next `load`.
   * @throws DecodeError `ERR_RECORD` when there is no RawIDM, as in a metadata line; `ERR_TRUNCATED` when RawIDM has
   *   fewer than 72 bytes; `ERR_ATTRIBUTE_LENGTH` when a nested attribute is broken.
   */
  load(record: ArchivedRecord): void {
    if (record === this.#record && this.#loadChanges(this.#record)) return;
    this.#serial = NO_SERIAL;
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
    if (record instanceof RecordInPlace) this.#serial = record.serial;
  }

  /** Loads the bytes by which a record in place differs from the one before, if that was loaded here. */
  #loadChanges(record: ArchivedRecord): boolean {
    if (!(record instanceof RecordInPlace)) return false;
    const { serial, changes, rawIdm, attributes } = record;
    const { count, parts, offsets } = changes;
    if (count === ANYTHING || serial !== this.#serial + 1) return false;
    for (let i = 0; i < count; i++) {
      const part = parts[i] ?? 0;
      const offset = offsets[i] ?? 0;
      const place = part === RAW_IDM ? RAW_IDM_PLACE : PLACE_BY_ATTRIBUTE[part];
      if (place === undefined) {
        if (part === INET_DIAG_ULP_INFO) return false;
        continue;
      }
      if (offset >= place.size) continue;
      const payload = part === RAW_IDM ? rawIdm : attributes[part];
      this.#bytes[place.offset + offset] = payload?.[offset] ?? 0;
    }
    this.#serial = serial;
    return true;
  }

  /** The current record. The record, its payloads and its texts are valid as long as its memory is. */
  get record(): ArchivedRecord {
    return this.#record;
  }

  /** Timestamp as archived, RFC 3339. */
  get timestamp(): string {
    return this.#record.timestamp;
  }

  /** Timestamp in the line; undefined if it is not in UTC, or has zeros at the end, or the line is not in place. */
  get canonicalTime(): LineTime | undefined {
    const record = this.#record;
    return record instanceof RecordInPlace && record.time.isCanonical ? record.time : undefined;
  }

  /** Timestamp as it was read in the line; undefined if its time is not known there, or the line is not in place. */
  get lineTime(): LineTime | undefined {
    const record = this.#record;
    return record instanceof RecordInPlace && !Number.isNaN(record.time.us) ? record.time : undefined;
  }

  /** Timestamp in nanoseconds since the Unix epoch. */
  get timeNs(): bigint {
    const time = this.lineTime;
    if (time !== undefined) return BigInt(time.us) * 1000n + BigInt(time.restNs);
    return this.#clock.ns(this.#record.timestamp);
  }

  /** Timestamp in whole microseconds since the Unix epoch, exact; computed without bigints. */
  get timeUs(): number {
    const time = this.lineTime;
    if (time !== undefined) return time.us;
    return this.#clock.us(this.#record.timestamp);
  }

  /** Returns an attribute's payload by its number; undefined when the record does not have it. */
  payload(attribute: number): Uint8Array | undefined {
    return this.#record.attributes?.[attribute] ?? undefined;
  }

  /** `idiag_src` as text. Depends on the family, so that an anonymized IPv6 address is not taken for IPv4. */
  get source(): string {
    return this.#src.read(this.data.getUint8(FAMILY));
  }

  /** `idiag_dst` as text; see `source`. */
  get destination(): string {
    return this.#dst.read(this.data.getUint8(FAMILY));
  }

  /** `idiag_cookie` as in a UUID: 16 upper-case hexadecimal digits. */
  get cookie(): string {
    return this.#cookie.read();
  }

  /** INET_DIAG_CONG, e.g. `cubic`; null when absent. */
  get congestionAlgorithm(): string | null {
    const payload = this.payload(INET_DIAG_CONG);
    return payload === undefined ? null : this.#cong.read(payload);
  }

  /** INET_DIAG_ULP_INFO, decoded by `load`; undefined for most records. */
  get ulp(): UlpInfo | undefined {
    return this.#ulp;
  }

  /** `uname -r` of the machine that the records come from; undefined if unknown. Kept until it is set again. */
  get kernelRelease(): string | undefined {
    return this.#kernelRelease;
  }

  set kernelRelease(release: string | undefined) {
    this.#kernelRelease = release;
    this.#wordOfBits = hasWordOfBits(release);
  }

  /** True when the last word of tcp_info has the layout of 7.0, `TCP_INFO_7_0`. */
  get hasWordOfBits(): boolean {
    return this.#wordOfBits;
  }

  #put(index: number, offset: number, size: number, payload: Uint8Array): void {
    const { length } = payload;
    this.lengths[index] = length;
    if (length <= 16 || length > size) {
      // For a few bytes a loop is faster than set(), and for a longer payload faster than creating a subarray.
      const end = Math.min(length, size);
      for (let i = 0; i < end; i++) this.#bytes[offset + i] = payload[i] ?? 0;
    } else {
      this.#bytes.set(payload, offset);
    }
  }
}

/** Number that no record in place follows. */
const NO_SERIAL = -2;
const RAW_IDM_PLACE = placeOf(RAW_IDM);
const NOTHING: ArchivedRecord = { timestamp: ZERO_TIMESTAMP };
