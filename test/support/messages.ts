import fc from 'fast-check';
import { fieldOf } from '../../netlink/index.js';
import { TCP_INFO, type TcpInfo } from '../../tcp/index.js';

/** Attribute of a message to be built. */
export interface AttributeSpec {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** Message to be built; the defaults are an established IPv4 connection. */
export interface MessageSpec {
  readonly type?: number;
  readonly family?: number;
  readonly state?: number;
  readonly cookie?: bigint;
  readonly sport?: number;
  readonly dport?: number;
  readonly src?: Uint8Array;
  readonly dst?: Uint8Array;
  readonly rqueue?: number;
  readonly wqueue?: number;
  readonly uid?: number;
  readonly inode?: number;
  readonly attributes?: readonly AttributeSpec[];
}

const HEADER = 16;
const MSG = 72;

/** Builds one netlink message in the kernel's layout: nlmsghdr, inet_diag_msg and attributes. */
export function buildMessage(spec: MessageSpec = {}): Buffer {
  const { type = 18, family = 2, state = 1, cookie = 0x1234n, sport = 5001, dport = 40_000, attributes = [] } = spec;
  const parts = attributes.map(({ type: number, payload }) => {
    const bytes = Buffer.alloc((4 + payload.length + 3) & ~3);
    bytes.writeUInt16LE(4 + payload.length, 0);
    bytes.writeUInt16LE(number, 2);
    bytes.set(payload, 4);
    return bytes;
  });
  const head = Buffer.alloc(HEADER + MSG);
  head.writeUInt16LE(type, 4);
  head.writeUInt8(family, HEADER);
  head.writeUInt8(state, HEADER + 1);
  head.writeUInt16BE(sport, HEADER + 4);
  head.writeUInt16BE(dport, HEADER + 6);
  head.set(spec.src ?? [192, 0, 2, 1], HEADER + 8);
  head.set(spec.dst ?? [198, 51, 100, 7], HEADER + 24);
  head.writeBigUInt64LE(cookie, HEADER + 44);
  head.writeUInt32LE(spec.rqueue ?? 0, HEADER + 56);
  head.writeUInt32LE(spec.wqueue ?? 0, HEADER + 60);
  head.writeUInt32LE(spec.uid ?? 0, HEADER + 64);
  head.writeUInt32LE(spec.inode ?? 0, HEADER + 68);
  const message = Buffer.concat([head, ...parts]);
  message.writeUInt32LE(message.length, 0);
  return message;
}

/** Returns a tcp_info payload of zeros with these bytes set. */
export function tcpInfo(length = 280, set: Readonly<Record<number, number>> = {}): Buffer {
  const info = Buffer.alloc(length);
  for (const [at, value] of Object.entries(set)) info.writeUInt8(value, Number(at));
  return info;
}

/** Returns a tcp_info payload with these counters. */
export function tcpInfoBytes(sent: number, received: number): Buffer {
  const info = Buffer.alloc(280);
  info.writeBigUInt64LE(BigInt(received), 128);
  info.writeBigUInt64LE(BigInt(sent), 200);
  // Segments grow with bytes, so that each record is a change.
  info.writeUInt32LE(sent + received, 136);
  return info;
}

/** Returns the tcp_info payload of an open connection with these numbers. */
export function tcpInfoOf(fields: Partial<TcpInfo>): Buffer {
  const payload = Buffer.alloc(280);
  // The kernel's value for "no rate is set".
  const maxPacingRateBytesPerSec = 0xffff_ffff_ffff_ffffn;
  const all = { state: 1, sndMssBytes: 1000, sndCwnd: 10, sndWndBytes: 60_000, maxPacingRateBytesPerSec, ...fields };
  for (const [name, value] of Object.entries(all)) {
    const { offset, size } = fieldOf(TCP_INFO, name as never);
    if (size === 8) payload.writeBigUInt64LE(BigInt(value as number | bigint), offset);
    else if (size === 4) payload.writeUInt32LE(value as number, offset);
    else payload.writeUInt8(value as number, offset);
  }
  return payload;
}

const attributeArbitrary: fc.Arbitrary<AttributeSpec> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom(2, 0x8002),
      payload: fc.constantFrom(0, 3, 44, 60, 61, 104, 160, 167, 168, 232, 280, 300).chain((length) =>
        // Few bytes differ from zero, so that pairs are often equal.
        fc
          .array(fc.tuple(fc.nat({ max: Math.max(0, length - 1) }), fc.nat({ max: 3 })), { maxLength: 3 })
          .map((set) => {
            const bytes = Buffer.alloc(length);
            if (length > 0) for (const [at, value] of set) bytes.writeUInt8(value, at);
            return bytes;
          }),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom(0, 1, 3, 4, 5, 7, 8, 15, 18, 22, 38, 39, 255, 0x8013),
      payload: fc.constantFrom('', '00', '01', '0001', '62627200', '0000000000').map((hex) => Buffer.from(hex, 'hex')),
    }),
  },
);

/** Arbitrary messages. Two of them are often equal, or equal except for ignored bytes. */
export const messageArbitrary: fc.Arbitrary<MessageSpec> = fc.record({
  type: fc.constantFrom(18, 20),
  state: fc.constantFrom(1, 5),
  sport: fc.constantFrom(1, 2),
  attributes: fc.array(attributeArbitrary, { maxLength: 5 }),
});
