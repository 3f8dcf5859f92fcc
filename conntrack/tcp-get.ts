/** Requests for the flows of many TCP connections, without building each from its attributes. */
import { AF_INET, AF_INET6, v4Offset } from '../netlink/index.js';
import { IPPROTO_TCP } from './protocol.js';
import { buildGetRequest } from './request.js';
import type { FlowFamily } from './tuple.js';

/** Ends of a TCP connection, as its socket has them. */
export interface TcpEnds {
  /** Local port. */
  readonly sport: number;
  /** Remote port. */
  readonly dport: number;
  /** Local address: 16 bytes; IPv4 uses the first 4. */
  readonly src: Uint8Array;
  readonly dst: Uint8Array;
}

const PORT_BYTES = 2;
const MARKS = { sport: 0xf1f2, dport: 0xf3f4 } as const;
const ADDRESSES = {
  [AF_INET]: { src: '251.252.253.254', dst: '245.246.247.248', bytes: 4 },
  [AF_INET6]: { src: 'f1f2:f3f4:f5f6:f7f8:f9fa::1', dst: 'f1f2:f3f4:f5f6:f7f8:f9fa::2', bytes: 16 },
} as const;

/** Request with the places of its values. */
interface Template {
  readonly bytes: Uint8Array;
  readonly addressBytes: number;
  readonly src: number;
  readonly dst: number;
  readonly sport: number;
  readonly dport: number;
}

const TEMPLATES: Readonly<Record<FlowFamily, Template>> = {
  [AF_INET]: template(AF_INET),
  [AF_INET6]: template(AF_INET6),
};

function template(family: FlowFamily): Template {
  const { src, dst, bytes: addressBytes } = ADDRESSES[family];
  const build = (different: Partial<{ src: string; dst: string; sport: number; dport: number }>): Uint8Array =>
    buildGetRequest({ family, tuple: { protocol: IPPROTO_TCP, src, dst, ...MARKS, ...different } });
  const bytes = build({});
  // A value begins where a request with another one differs first.
  const placeOf = (other: Uint8Array): number => bytes.findIndex((byte, at) => byte !== other[at]);
  const zero = family === AF_INET ? '0.0.0.0' : '::';
  return {
    bytes,
    addressBytes,
    src: placeOf(build({ src: zero })),
    dst: placeOf(build({ dst: zero })),
    sport: placeOf(build({ sport: 0 })),
    dport: placeOf(build({ dport: 0 })),
  };
}

/** Largest size of a request for a TCP flow, bytes. */
export const MAX_TCP_GET_BYTES: number = Math.max(TEMPLATES[AF_INET].bytes.length, TEMPLATES[AF_INET6].bytes.length);

/**
 * Writes the request for the flow of a TCP connection: GET by the tuple from its local to its remote end, which the
 * kernel compares with both directions. IPv4-mapped addresses are tracked as IPv4.
 * @param target has room for {@link MAX_TCP_GET_BYTES} from `at` on
 * @returns the end offset of the request
 */
export function writeTcpGet(target: Uint8Array, at: number, family: number, ends: TcpEnds): number {
  const v4 = v4Offset(ends.dst, family);
  const { bytes, addressBytes, src, dst, sport, dport } = TEMPLATES[v4 === undefined ? AF_INET6 : AF_INET];
  target.set(bytes, at);
  const from = v4 ?? 0;
  for (let i = 0; i < addressBytes; i++) {
    target[at + src + i] = ends.src[from + i] ?? 0;
    target[at + dst + i] = ends.dst[from + i] ?? 0;
  }
  writePort(target, at + sport, ends.sport);
  writePort(target, at + dport, ends.dport);
  return at + bytes.length;
}

function writePort(target: Uint8Array, at: number, port: number): void {
  target[at] = port >> 8;
  target[at + PORT_BYTES - 1] = port & 0xff;
}
