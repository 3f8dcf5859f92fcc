/** Counters of one end that tell whether another one is the other end; null if unknown. */
export interface PairCounters {
  /** Bytes that the other end has acknowledged. */
  readonly bytesAcked: number | null;
  readonly bytesReceived: number | null;
  /** Bytes that may be under way between two looks at both ends, at least. */
  readonly windowBytes: number;
}

/** Row as an index of pairs knows it. */
export interface PairRow {
  /** Ends as {@link pairEnds} returns them; undefined for a row that cannot have another end. */
  readonly ends: PairEnds | undefined;
  /** Time of the first record, microseconds since 1970. */
  readonly startUs: number;
  /** Time of the end, microseconds since 1970; null while it is open. */
  readonly closedUs: number | null;
  /** True if the last record has the final counters. */
  readonly hasFinalCounters: boolean;
  /** Returns the counters so far. */
  pairCounters(): PairCounters;
}

/** One end of a connection. */
export interface PairEnd {
  /** 16 bytes; IPv4 as IPv4-mapped. */
  readonly address: Uint8Array;
  readonly port: number;
}

/** Ends of a connection, so that both of its ends have the same key. */
export interface PairEnds {
  /** Both ends in an order that does not depend on which one is local. */
  readonly key: string;
  /** True if the local end is the first one in the key. */
  readonly isFirst: boolean;
}

/** Answer of {@link PairIndex.otherEnd}. */
export interface Pairing<Row> {
  /** Other end; undefined without one, or if it is not known which one it is. */
  readonly other: Row | undefined;
  /** True if several rows could be the other end, and counters do not tell which one is. */
  readonly isAmbiguous: boolean;
}

/** Rows of a connection begin and end at both ends within this time: records come a scan, or a destroy event, later. */
const SLACK_US = 1_000_000;
/** SYN and FIN count as bytes in one counter or the other, by kernel and end. */
const FLAG_BYTES = 2;

/**
 * Returns the ends of a connection; undefined if both are the same, as after a simultaneous open to oneself.
 * @param place network namespace of addresses that are others in each; absent: they are the same everywhere
 */
export function pairEnds(localEnd: PairEnd, remoteEnd: PairEnd, place?: number): PairEnds | undefined {
  const local = endText(localEnd);
  const remote = endText(remoteEnd);
  if (local === remote) return undefined;
  const isFirst = local < remote;
  const key = isFirst ? local + remote : remote + local;
  return { key: place === undefined ? key : `${key}${place}`, isFirst };
}

function endText({ address, port }: PairEnd): string {
  return String.fromCharCode(...address, port >> 8, port & 0xff);
}

/**
 * Rows by their ends, in all recorded network namespaces. Finds the other end of a connection by one look-up, so that
 * rows without one cost nothing else.
 */
export class PairIndex<Row extends PairRow> {
  /** One row, or several with the same ends. Most keys have one: no list is made for them. */
  readonly #rows = new Map<string, Row | Row[]>();

  /** Adds a row. */
  add(row: Row): void {
    if (row.ends === undefined) return;
    const { key } = row.ends;
    const known = this.#rows.get(key);
    if (known === undefined) this.#rows.set(key, row);
    else if (Array.isArray(known)) known.push(row);
    else this.#rows.set(key, [known, row]);
  }

  /** Removes a row. */
  delete(row: Row): void {
    if (row.ends === undefined) return;
    const { key } = row.ends;
    const known = this.#rows.get(key);
    if (known === row) this.#rows.delete(key);
    if (!Array.isArray(known)) return;
    const rest = known.filter((each) => each !== row);
    const [only] = rest;
    if (only !== undefined && rest.length === 1) this.#rows.set(key, only);
    else this.#rows.set(key, rest);
  }

  /** Finds the other end of a row's connection. */
  otherEnd(row: Row): Pairing<Row> {
    const known = row.ends === undefined ? undefined : this.#rows.get(row.ends.key);
    if (!Array.isArray(known)) return NONE;
    const candidates = known.filter((each) => areOpposite(row, each) && areTogether(row, each));
    const [first] = candidates;
    if (first === undefined) return NONE;
    // The other end may be claimed by several rows like this one.
    const rivals = known.filter((each) => each !== row && areOpposite(first, each) && areTogether(first, each));
    if (candidates.length === 1 && rivals.length === 0) return { other: first, isAmbiguous: false };
    const fitting = candidates.filter((each) => countersFit(row, each));
    const [only] = fitting;
    if (only === undefined || fitting.length > 1) return AMBIGUOUS;
    const fitsOthers = known.some(
      (each) => each !== row && areOpposite(only, each) && areTogether(only, each) && countersFit(only, each),
    );
    return fitsOthers ? AMBIGUOUS : { other: only, isAmbiguous: false };
  }
}

const NONE = { other: undefined, isAmbiguous: false } as const;
const AMBIGUOUS = { other: undefined, isAmbiguous: true } as const;

/**
 * Checks a pair whose both ends have their final counters: what one had acknowledged the other received.
 * @returns null while an end is open, or if its last counters are unknown
 */
export function pairAgrees(a: PairRow, b: PairRow): boolean | null {
  if (!a.hasFinalCounters || !b.hasFinalCounters) return null;
  const x = a.pairCounters();
  const y = b.pairCounters();
  const sides = [difference(x, y), difference(y, x)];
  if (sides.some((side) => side === null)) return null;
  return sides.every((side) => side !== null && Math.abs(side) <= FLAG_BYTES);
}

function areOpposite(a: PairRow, b: PairRow): boolean {
  return a.ends !== undefined && b.ends !== undefined && a.ends.key === b.ends.key && a.ends.isFirst !== b.ends.isFirst;
}

/** True if both were open at the same time. */
function areTogether(a: PairRow, b: PairRow): boolean {
  const start = Math.max(a.startUs, b.startUs);
  const end = Math.min(a.closedUs ?? Number.POSITIVE_INFINITY, b.closedUs ?? Number.POSITIVE_INFINITY);
  return start <= end + SLACK_US;
}

/** True if what each end has acknowledged and what the other one received differ no more than can be under way. */
function countersFit(a: PairRow, b: PairRow): boolean {
  const x = a.pairCounters();
  const y = b.pairCounters();
  const isFinal = a.hasFinalCounters && b.hasFinalCounters;
  const fits = (one: PairCounters, other: PairCounters): boolean => {
    const bytes = difference(one, other);
    return bytes === null || Math.abs(bytes) <= FLAG_BYTES + (isFinal ? 0 : one.windowBytes);
  };
  return fits(x, y) && fits(y, x);
}

/** Bytes that one end has acknowledged, less those that the other one received; null if unknown. */
function difference({ bytesAcked }: PairCounters, { bytesReceived }: PairCounters): number | null {
  return bytesAcked === null || bytesReceived === null ? null : bytesAcked - bytesReceived;
}
