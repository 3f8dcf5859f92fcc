/** Messages of connection tracking, attribute by attribute. */

/** Attribute with a payload, or with attributes in it. */
export type Attribute = readonly [type: number, payload: readonly number[] | readonly Attribute[]];

const NESTED = 0x8000;

/** Big-endian bytes of an integer. */
export function be(value: number | bigint, size: 2 | 4 | 8): number[] {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return [...bytes.subarray(8 - size)];
}

function isNest(payload: Attribute[1]): payload is readonly Attribute[] {
  return payload.length > 0 && payload.every((item) => Array.isArray(item));
}

/** Encodes attributes; nests have the flag NLA_F_NESTED. */
export function attributes(list: readonly Attribute[]): Buffer {
  return Buffer.concat(
    list.map(([type, payload]) => {
      const inner = isNest(payload) ? attributes(payload) : Buffer.from(payload as readonly number[]);
      const bytes = Buffer.alloc((4 + inner.length + 3) & ~3);
      bytes.writeUInt16LE(4 + inner.length, 0);
      bytes.writeUInt16LE(isNest(payload) ? type | NESTED : type, 2);
      inner.copy(bytes, 4);
      return bytes;
    }),
  );
}

/** Header of a message. */
export interface Head {
  readonly type?: number;
  readonly flags?: number;
  readonly port?: number;
  readonly family?: number;
  readonly resId?: number;
}

/** Builds a message: nlmsghdr, struct nfgenmsg, attributes. */
export function message(head: Head, list: readonly Attribute[]): Buffer {
  const body = attributes(list);
  const bytes = Buffer.alloc(20 + body.length);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(0x100 | (head.type ?? 0), 4);
  bytes.writeUInt16LE(head.flags ?? 0, 6);
  bytes.writeUInt32LE(head.port ?? 0, 12);
  bytes.writeUInt8(head.family ?? 2, 16);
  bytes.writeUInt16BE(head.resId ?? 0, 18);
  body.copy(bytes, 20);
  return bytes;
}

/** Tuple of IPv4 and TCP. */
export function tuple(src: readonly number[], sport: number, dst: readonly number[], dport: number, protocol = 6) {
  return [
    [
      1,
      [
        [1, src],
        [2, dst],
      ],
    ],
    [
      2,
      [
        [1, [protocol]],
        [2, be(sport, 2)],
        [3, be(dport, 2)],
      ],
    ],
  ] as const satisfies readonly Attribute[];
}

/** Both tuples of a TCP flow from 192.0.2.1:1234 to 192.0.2.2:80. */
export const TUPLES: readonly Attribute[] = [
  [1, tuple([192, 0, 2, 1], 1234, [192, 0, 2, 2], 80)],
  [2, tuple([192, 0, 2, 2], 80, [192, 0, 2, 1], 1234)],
];
