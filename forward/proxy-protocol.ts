import { formatAddress, v4Offset } from '../netlink/index.js';

/** One end of a connection, as in a relay's event. */
export interface ProxyEnd {
  /** 16 bytes; AF_INET uses the first 4. */
  readonly bytes: Uint8Array;
  /** AF_INET or AF_INET6. */
  readonly family: number;
  readonly port: number;
}

/** First twelve bytes of a header of version 2. */
const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
/** Version 2, command PROXY. */
const VERSION_COMMAND = 0x21;
/** Family AF_INET or AF_INET6, protocol STREAM. */
const TCP4 = 0x11;
const TCP6 = 0x21;
/** Type of the TLV with an id that names the connection. */
const PP2_TYPE_UNIQUE_ID = 0x05;
/** Most bytes of such an id. */
const MAX_UNIQUE_ID = 128;

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const PORT_BYTES = 2;
const TLV_HEAD_BYTES = 3;

/**
 * Encodes a header of the PROXY protocol, version 1: `PROXY TCP4 10.0.0.9 10.0.0.1 41001 80\r\n`. IPv4-mapped ends are
 * IPv4.
 * @see https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt
 */
export function encodeProxyV1(client: ProxyEnd, local: ProxyEnd): Uint8Array {
  const [from, to] = [formatAddress(client.bytes, client.family), formatAddress(local.bytes, local.family)];
  // The ends of one socket have one family; a header of two families could not be parsed.
  if (isIpv4(client) !== isIpv4(local)) return Buffer.from('PROXY UNKNOWN\r\n', 'latin1');
  const protocol = isIpv4(client) ? 'TCP4' : 'TCP6';
  return Buffer.from(`PROXY ${protocol} ${from} ${to} ${client.port} ${local.port}\r\n`, 'latin1');
}

/**
 * Encodes a header of the PROXY protocol, version 2, with a TLV 0x05 that names the connection. Of an id with more than
 * 128 bytes, the last 128 are sent: a UUID differs at its end.
 */
export function encodeProxyV2(client: ProxyEnd, local: ProxyEnd, uniqueId: string): Uint8Array {
  const isV4 = isIpv4(client) && isIpv4(local);
  const addressBytes = isV4 ? IPV4_BYTES : IPV6_BYTES;
  const id = Buffer.from(uniqueId, 'utf8').subarray(-MAX_UNIQUE_ID);
  const length = 2 * (addressBytes + PORT_BYTES) + TLV_HEAD_BYTES + id.length;
  const header = Buffer.alloc(SIGNATURE.length + 4 + length);
  header.set(SIGNATURE);
  let at = SIGNATURE.length;
  at = header.writeUInt8(VERSION_COMMAND, at);
  at = header.writeUInt8(isV4 ? TCP4 : TCP6, at);
  at = header.writeUInt16BE(length, at);
  for (const end of [client, local]) {
    header.set(addressOf(end, isV4), at);
    at += addressBytes;
  }
  at = header.writeUInt16BE(client.port, at);
  at = header.writeUInt16BE(local.port, at);
  at = header.writeUInt8(PP2_TYPE_UNIQUE_ID, at);
  at = header.writeUInt16BE(id.length, at);
  header.set(id, at);
  return header;
}

function isIpv4({ bytes, family }: ProxyEnd): boolean {
  return v4Offset(bytes, family) !== undefined;
}

/** Returns the address's bytes. Next to an IPv6 address, an IPv4 address takes its mapped form. */
function addressOf({ bytes, family }: ProxyEnd, isV4: boolean): Uint8Array {
  const offset = v4Offset(bytes, family);
  if (offset === undefined) return bytes;
  const v4 = bytes.subarray(offset, offset + IPV4_BYTES);
  if (isV4) return v4;
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...v4);
}
