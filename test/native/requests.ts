/**
 * Hand-made requests and answers of sock_diag, so that these tests need only the addon. Offsets are those in
 * include/uapi/linux/inet_diag.h.
 */
import type { DumpRequest, MessageShape, SourceOptions } from '../../native/index.js';

export const NETLINK_SOCK_DIAG = 4;
export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const TCPDIAG_GETSOCK = 18;
export const SOCK_DIAG_BY_FAMILY = 20;

const IPPROTO_TCP = 6;
const NLM_F_REQUEST_DUMP = 0x301;
/** Every state of a full socket except LISTEN. */
const STATES = 0xb36;
const EVERY_EXTENSION = 0xff;

function request(type: number, payloadLength: number): Uint8Array {
  const bytes = Buffer.alloc(16 + payloadLength);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt16LE(NLM_F_REQUEST_DUMP, 6);
  return bytes;
}

/** Returns a struct inet_diag_req: both families in one walk. */
export function bothFamilies(type: number = TCPDIAG_GETSOCK): Uint8Array {
  const bytes = request(type, 60);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint8(16 + 3, EVERY_EXTENSION);
  view.setUint32(16 + 52, STATES, true);
  return bytes;
}

/** Returns a struct inet_diag_req_v2: one family. */
export function oneFamily(family: number): Uint8Array {
  const bytes = request(SOCK_DIAG_BY_FAMILY, 56);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint8(16, family);
  view.setUint8(17, IPPROTO_TCP);
  view.setUint8(18, EVERY_EXTENSION);
  view.setUint32(20, STATES, true);
  return bytes;
}

/** The shape that the daemon compares. */
export const shape: MessageShape = {
  keyOffset: 44,
  attributesOffset: 72,
  mask: {
    header: [[1, 2]],
    attributes: [
      {
        type: 2,
        ranges: [
          [0, 44],
          [60, 168],
        ],
      },
    ],
    ignored: [18],
  },
};

export function tcpRequest(queryMethods: DumpRequest['queryMethods'] = [[bothFamilies()]]): DumpRequest {
  return { protocol: NETLINK_SOCK_DIAG, queryMethods, dataTypes: [TCPDIAG_GETSOCK, SOCK_DIAG_BY_FAMILY] };
}

export function tcpSource(changes: Partial<SourceOptions> = {}): SourceOptions {
  return { ...tcpRequest(), ...shape, intervalNs: 5_000_000, ...changes };
}

/** Fields of an answer that the tests use. */
export interface Answer {
  readonly family: number;
  readonly state: number;
  readonly sport: number;
  readonly dport: number;
  readonly key: bigint;
  readonly bytes: Uint8Array;
}

/** Parses copies of the answers at these (offset, length) pairs. */
export function answers(data: Uint8Array, pairs: Uint32Array): Answer[] {
  const found: Answer[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const start = pairs[i] ?? 0;
    found.push(answer(data.slice(start, start + (pairs[i + 1] ?? 0))));
  }
  return found;
}

export function answer(bytes: Uint8Array): Answer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    family: view.getUint8(16),
    state: view.getUint8(17),
    sport: view.getUint16(20),
    dport: view.getUint16(22),
    key: view.getBigUint64(16 + shape.keyOffset, true),
    bytes,
  };
}
