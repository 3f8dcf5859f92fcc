import { ABSENT, type FlowPlaces, type TupleLayout } from './flow-layout.js';
import { asciiBytes } from './put.js';

/** Kind of a step: its value. */
export const Step = {
  /** Big-endian integers. */
  U16: 0,
  U32: 1,
  U64: 2,
  IPV4: 3,
  IPV6: 4,
  /** Members from the family to the status, up to the quote before the first address. */
  IDENTITY: 5,
  NAT: 6,
  SIDE: 7,
  /** Nanoseconds since 1970, and the quote behind them. */
  TIME: 8,
  /** Members from the mark to the SYN proxy. */
  DETAILS: 9,
} as const;

/** Texts around the ends of a translation. */
export const NAT_TEXTS = {
  begin: ',"nat":{',
  source: '"source":{"before":"',
  destination: '"destination":{"before":"',
  after: '","after":"',
  end: '"}',
} as const;

/** Texts by the ends that are on this machine. */
export const SIDE_TEXTS = {
  forwarded: ',"side":"forwarded"',
  orig: ',"side":"orig"',
  reply: ',"side":"reply"',
  both: ',"side":"both"',
} as const;

/** Steps that write a line: each writes its text, and then its value. */
export interface LineSteps {
  readonly kinds: Uint8Array;
  readonly texts: readonly Uint8Array[];
  /** Offset of each value from the start of the message. */
  readonly places: Int32Array;
  /** Places of counters. */
  readonly counters: Int32Array;
}

type StepKind = (typeof Step)[keyof typeof Step];

/** Returns the steps of a layout, from the id on; braces and line end follow. */
export function lineSteps(places: FlowPlaces): LineSteps {
  const kinds: StepKind[] = [];
  const texts: Uint8Array[] = [];
  const offsets: number[] = [];
  const add = (text: string, kind: StepKind, place: number): void => {
    kinds.push(kind);
    texts.push(asciiBytes(text));
    offsets.push(place);
  };
  const addIfThere = (text: string, kind: StepKind, place: number): void => {
    if (place !== ABSENT) add(text, kind, place);
  };
  const address = places.isIpv4 ? Step.IPV4 : Step.IPV6;
  /** Returns the text that closes the tuple. */
  const addTuple = (before: string, { src, dst, sport, dport, packets, bytes }: TupleLayout): string => {
    add(before, address, src);
    addIfThere('","sport":', Step.U16, sport);
    add(sport === ABSENT ? '","dst":"' : ',"dst":"', address, dst);
    addIfThere('","dport":', Step.U16, dport);
    let quote = dport === ABSENT ? '"' : '';
    for (const [name, place] of [
      ['packets', packets],
      ['bytes', bytes],
    ] as const) {
      addIfThere(`${quote},"${name}":`, Step.U64, place);
      if (place !== ABSENT) quote = '';
    }
    return `${quote}}`;
  };
  add('"id":', Step.U32, places.id);
  add('', Step.IDENTITY, 0);
  const between = addTuple('', places.orig);
  let close = addTuple(`${between},"reply":{"src":"`, places.reply);
  if (places.status !== ABSENT) {
    add(close, Step.NAT, places.status);
    close = '';
  }
  add(close, Step.SIDE, 0);
  addIfThere(',"startTime":"', Step.TIME, places.startTime);
  addIfThere(',"stopTime":"', Step.TIME, places.stopTime);
  addIfThere(',"timeoutSec":', Step.U32, places.timeout);
  add('', Step.DETAILS, 0);
  const counters = offsets.filter((_, i) => kinds[i] === Step.U64);
  return {
    kinds: Uint8Array.from(kinds),
    texts,
    places: Int32Array.from(offsets),
    counters: Int32Array.from(counters),
  };
}
