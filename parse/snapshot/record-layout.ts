import {
  INET_DIAG_BBRINFO,
  INET_DIAG_DCTCPINFO,
  INET_DIAG_INFO,
  INET_DIAG_MEMINFO,
  INET_DIAG_MEMINFO_STRUCT,
  INET_DIAG_MSG_SIZE,
  INET_DIAG_SKMEMINFO,
  INET_DIAG_SOCKOPT,
  INET_DIAG_SOCKOPT_STRUCT,
  INET_DIAG_VEGASINFO,
  SCALAR_ATTRIBUTES,
  SK_MEMINFO,
  TCP_BBR_INFO,
  TCP_DCTCP_INFO,
  TCPVEGAS_INFO,
} from '../../inetdiag/index.js';
import { TCP_INFO } from '../../tcp/index.js';
import { RAW_IDM_PART } from '../index.js';

/** Number that stands for RawIDM instead of an attribute. */
export const RAW_IDM: number = RAW_IDM_PART;

/** Position of RawIDM, or of one attribute, in a view's block. */
export interface Place {
  /** Number of the attribute, or {@link RAW_IDM}. */
  readonly part: number;
  /** Index of the payload's length in the view's `lengths`. */
  readonly index: number;
  /** Offset of the first byte in the block. */
  readonly offset: number;
  /** Bytes of the newest layout that we know; the block omits any further bytes of a payload. */
  readonly size: number;
}

const SIZES: readonly (readonly [part: number, size: number])[] = [
  [RAW_IDM, INET_DIAG_MSG_SIZE],
  [INET_DIAG_INFO, TCP_INFO.size],
  [INET_DIAG_MEMINFO, INET_DIAG_MEMINFO_STRUCT.size],
  [INET_DIAG_SKMEMINFO, SK_MEMINFO.size],
  [INET_DIAG_VEGASINFO, TCPVEGAS_INFO.size],
  [INET_DIAG_DCTCPINFO, TCP_DCTCP_INFO.size],
  [INET_DIAG_BBRINFO, TCP_BBR_INFO.size],
  [INET_DIAG_SOCKOPT, INET_DIAG_SOCKOPT_STRUCT.size],
  ...[...SCALAR_ATTRIBUTES].map(([attribute, { size }]) => [attribute, size] as const),
];

/** All places, RawIDM first. Each begins at a multiple of 8. */
export const PLACES: readonly Place[] = layOut();

/** Size of the block in bytes. */
export const BLOCK_SIZE: number = PLACES.reduce((end, { offset, size }) => Math.max(end, offset + size), 0);

/** Places of attributes, by number; undefined for attributes without fixed layout (names, nested and unknown ones). */
export const PLACE_BY_ATTRIBUTE: readonly (Place | undefined)[] = Array.from(
  { length: Math.max(...PLACES.map(({ part }) => part)) + 1 },
  (_, attribute) => PLACES.find(({ part }) => part === attribute),
);

/**
 * Returns the place of RawIDM or of an attribute of fixed layout.
 * @throws TypeError for any other attribute
 */
export function placeOf(part: number): Place {
  const place = PLACES.find((candidate) => candidate.part === part);
  if (place === undefined) throw new TypeError(`attribute ${part} has no fixed layout`);
  return place;
}

function layOut(): Place[] {
  let end = 0;
  return SIZES.map(([part, size], index) => {
    const offset = end;
    end = Math.ceil((offset + size) / 8) * 8;
    return { part, index, offset, size };
  });
}
