/** TCP segments in packets of IPv4 and IPv6, for tests of the filter. */

/** TCP flags. */
export const TcpFlag = { FIN: 0x01, SYN: 0x02, RST: 0x04, PSH: 0x08, ACK: 0x10 } as const;

/** Values of a segment; ports are 40000 to 80, and ACK is set. */
export interface SegmentOptions {
  readonly from?: number;
  readonly to?: number;
  readonly flags?: number;
  /** Bytes of options. */
  readonly options?: number;
  readonly payload?: string | Buffer;
}

/** Returns the bytes of a TCP segment, without a checksum. */
export function segment({
  from = 40_000,
  to = 80,
  flags = TcpFlag.ACK,
  options = 0,
  payload = '',
}: SegmentOptions = {}): Buffer {
  const header = Buffer.alloc(20 + options, 1);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  header[12] = ((20 + options) / 4) << 4;
  header[13] = flags;
  return Buffer.concat([header, typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload]);
}

/** Values of an IPv4 header. */
export interface IpOptions {
  readonly options?: number;
  readonly fragment?: number;
  readonly protocol?: number;
  /** Length to write instead of the packet's. */
  readonly length?: number;
  /** Bytes behind the packet. */
  readonly padding?: number;
}

/** Returns an IPv4 packet. */
export function ipv4(
  payload: Buffer,
  { options = 0, fragment = 0, protocol = 6, length, padding = 0 }: IpOptions = {},
): Buffer {
  const header = Buffer.alloc(20 + options);
  header[0] = 0x40 | ((20 + options) / 4);
  header.writeUInt16BE(length ?? header.length + payload.length, 2);
  header.writeUInt16BE(fragment, 6);
  header[9] = protocol;
  return Buffer.concat([header, payload, Buffer.alloc(padding)]);
}

/** Returns an IPv6 packet. */
export function ipv6(payload: Buffer, next = 6): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(payload.length, 4);
  header[6] = next;
  return Buffer.concat([header, payload]);
}
