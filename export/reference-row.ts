import {
  INET_DIAG_BBRINFO,
  INET_DIAG_CLASS_ID,
  INET_DIAG_CONG,
  INET_DIAG_DCTCPINFO,
  INET_DIAG_INFO,
  INET_DIAG_MARK,
  INET_DIAG_MEMINFO,
  INET_DIAG_MSG_SIZE,
  INET_DIAG_PROTOCOL,
  INET_DIAG_SHUTDOWN,
  INET_DIAG_SKMEMINFO,
  INET_DIAG_TCLASS,
  INET_DIAG_TOS,
  INET_DIAG_VEGASINFO,
} from '../inetdiag/index.js';
import { DecodeError } from '../netlink/index.js';
import {
  ANYTHING,
  type ArchivedRecord,
  type LineTime,
  RAW_IDM_PART,
  RecordInPlace,
  ZERO_TIMESTAMP,
} from '../parse/index.js';
import { attributeBit } from '../parse/snapshot/index.js';
import { type AttributeSlot, ByteSlot, NameSlot, StructSlot, WordSlot } from './slots.js';

/** Time that the reference prints for a record without one, such as the metadata line of every archive. */
const NO_TIME = '2009-05-29T23:59:59Z';

/** Indices of the structs in {@link ReferenceRow.structs}. `inetDiagMsg` is absent in a metadata line. */
export const ReferenceStruct = {
  inetDiagMsg: 0,
  tcpInfo: 1,
  memInfo: 2,
  skMemInfo: 3,
  vegasInfo: 4,
  dctcpInfo: 5,
  bbrInfo: 6,
} as const;
/** One of the indices in {@link ReferenceStruct}. */
export type ReferenceStruct = (typeof ReferenceStruct)[keyof typeof ReferenceStruct];

/** Number of the attribute of each struct, or RAW_IDM_PART, at the indices of {@link ReferenceStruct}. */
export const REFERENCE_PARTS = [
  RAW_IDM_PART,
  INET_DIAG_INFO,
  INET_DIAG_MEMINFO,
  INET_DIAG_SKMEMINFO,
  INET_DIAG_VEGASINFO,
  INET_DIAG_DCTCPINFO,
  INET_DIAG_BBRINFO,
] as const;

/**
 * Record as the reference's csvtool reads it, with the reference's structs instead of the kernel's newest. One row
 * object serves all records, which is several times as fast as decoding a snapshot for each, and needs no bigint for 64
 * bits.
 */
export class ReferenceRow {
  /** Bit set of the present attributes: `1 << (number - 1)` each, unsigned; number 0 and those above 32 have no bit. */
  observed = 0;
  /** Bit set of the present attributes that the reference does not know, or knows only in part. */
  notFullyParsed = 0;
  /** Structs of the record, at the indices of {@link ReferenceStruct}. */
  readonly structs: readonly StructSlot[];
  readonly congestionAlgorithm: NameSlot = new NameSlot();
  readonly tos: ByteSlot = new ByteSlot();
  readonly tclass: ByteSlot = new ByteSlot();
  /** First of the class's four bytes. */
  readonly classId: ByteSlot = new ByteSlot();
  readonly shutdown: ByteSlot = new ByteSlot();
  readonly protocol: ByteSlot = new ByteSlot();
  readonly mark: WordSlot = new WordSlot();

  readonly #inetDiagMsg = new StructSlot(INET_DIAG_MSG_SIZE);
  readonly #attributes: readonly AttributeSlot[];
  readonly #byNumber: (AttributeSlot | undefined)[] = [];
  #record: ArchivedRecord = NOTHING;
  /** Number of the current record if it is in place, else {@link NO_SERIAL}. */
  #serial = NO_SERIAL;

  constructor() {
    // Sizes of the reference's structs. Its tcp_info ends with snd_wnd, and its tcp_bbr_info has 4 bytes of padding.
    const structs = [
      [INET_DIAG_INFO, new StructSlot(232)],
      [INET_DIAG_MEMINFO, new StructSlot(16)],
      [INET_DIAG_SKMEMINFO, new StructSlot(36)],
      [INET_DIAG_VEGASINFO, new StructSlot(16)],
      [INET_DIAG_DCTCPINFO, new StructSlot(16)],
      [INET_DIAG_BBRINFO, new StructSlot(24)],
    ] as const;
    const attributes: readonly (readonly [number, AttributeSlot])[] = [
      ...structs,
      [INET_DIAG_CONG, this.congestionAlgorithm],
      [INET_DIAG_TOS, this.tos],
      [INET_DIAG_TCLASS, this.tclass],
      [INET_DIAG_CLASS_ID, this.classId],
      [INET_DIAG_SHUTDOWN, this.shutdown],
      [INET_DIAG_PROTOCOL, this.protocol],
      [INET_DIAG_MARK, this.mark],
    ];
    this.structs = [this.#inetDiagMsg, ...structs.map(([, slot]) => slot)];
    this.#attributes = attributes.map(([, slot]) => slot);
    for (const [number, slot] of attributes) this.#byNumber[number] = slot;
  }

  /**
   * Loads a record in place of the previous one.
   * @throws DecodeError `ERR_RECORD` if it has neither Metadata nor RawIDM, `ERR_TRUNCATED` if RawIDM is shorter than
   *   72 bytes: the reference refuses both
   */
  load(record: ArchivedRecord): void {
    if (record === this.#record && this.#loadChanges(record)) return;
    this.#serial = NO_SERIAL;
    const { rawIdm, attributes = [] } = record;
    if (rawIdm === undefined && record.metadata === undefined) {
      throw new DecodeError('record has neither Metadata nor RawIDM', { code: 'ERR_RECORD', at: 0 });
    }
    if (rawIdm !== undefined && rawIdm.length < INET_DIAG_MSG_SIZE) {
      const what = `RawIDM: ${rawIdm.length} bytes < ${INET_DIAG_MSG_SIZE}`;
      throw new DecodeError(what, { code: 'ERR_TRUNCATED', at: rawIdm.length });
    }
    this.#record = record;
    this.#inetDiagMsg.clear();
    if (rawIdm !== undefined) this.#inetDiagMsg.load(rawIdm);
    for (const slot of this.#attributes) slot.clear();
    this.observed = 0;
    this.notFullyParsed = 0;
    for (let number = 0; number < attributes.length; number++) {
      const payload = attributes[number];
      if (payload === null || payload === undefined) continue;
      const whole = this.#byNumber[number]?.load(payload) ?? false;
      const bit = attributeBit(number);
      this.observed |= bit;
      if (!whole) this.notFullyParsed |= bit;
    }
    this.observed >>>= 0;
    this.notFullyParsed >>>= 0;
    if (record instanceof RecordInPlace) this.#serial = record.serial;
  }

  /** Current record. */
  get record(): ArchivedRecord {
    return this.#record;
  }

  /** Timestamp as Go prints it: at most nine digits of the second, without trailing zeros, in its own offset. */
  get timestamp(): string {
    return printTimestamp(this.#record.timestamp);
  }

  /** Place of {@link timestamp} in the line; undefined if the line has another text. */
  get timestampInLine(): LineTime | undefined {
    const record = this.#record;
    return record instanceof RecordInPlace && record.time.isCanonical ? record.time : undefined;
  }

  /** Loads the bytes by which a record in place differs from the one before, if that was loaded here. */
  #loadChanges(record: ArchivedRecord): boolean {
    if (!(record instanceof RecordInPlace)) return false;
    const { serial, changes, rawIdm, attributes } = record;
    const { count, parts, offsets } = changes;
    if (count === ANYTHING || serial !== this.#serial + 1) return false;
    for (let i = 0; i < count; i++) {
      const part = parts[i] ?? 0;
      const slot = part === RAW_IDM_PART ? this.#inetDiagMsg : this.#byNumber[part];
      const payload = part === RAW_IDM_PART ? rawIdm : attributes[part];
      if (payload !== null && payload !== undefined) slot?.loadByte(payload, offsets[i] ?? 0);
    }
    this.#serial = serial;
    return true;
  }
}

const NOTHING: ArchivedRecord = { timestamp: ZERO_TIMESTAMP };
/** Number that no record in place follows. */
const NO_SERIAL = -2;

const FRACTION = /\.(\d{1,9})\d*/;

/** Returns a valid timestamp as Go prints it after parsing it. */
function printTimestamp(text: string): string {
  // Nine of ten timestamps that tcp-info writes, except in the metadata line, need no conversion.
  if (text.length > 21 && text.length <= 30 && text.endsWith('Z') && !text.endsWith('0Z')) return text;
  const trimmed = text.replace(FRACTION, (_, digits: string) => {
    const significant = digits.replace(/0+$/, '');
    return significant === '' ? '' : `.${significant}`;
  });
  if (trimmed === ZERO_TIMESTAMP) return NO_TIME;
  return trimmed.replace(/[+-]00:00$/, 'Z');
}
