import { INET_DIAG_MD5SIG, INET_DIAG_MSG_SIZE, SOCK_DIAG_BY_FAMILY, TCPDIAG_GETSOCK } from '../inetdiag/index.js';
import { AttributeWalker, DecodeError, NLMSG_HDRLEN } from '../netlink/index.js';
import { NetlinkRecord } from './netlink-record.js';

/**
 * Highest attribute number that is archived. Kernels know about two dozen. A line has a slot for every number; the
 * bound keeps it below 64 KiB, where readers fail.
 */
export const MAX_ATTRIBUTE = 255;

/** One shared walker: parsing is synchronous and not recursive. */
const walker = new AttributeWalker();

/** Callback for every attribute omitted from a record: `secret` (INET_DIAG_MD5SIG) or `number` (above the bound). */
export type OmittedAttribute = (type: number, reason: 'secret' | 'number') => void;

/**
 * Converts one netlink message (`nlmsghdr`, `struct inet_diag_msg`, attributes; host byte order, little-endian) to a
 * record. The record's bytes are views of `message`.
 *
 * Attribute numbers are masked with NLA_TYPE_MASK; if one occurs twice, the last counts. INET_DIAG_MD5SIG holds a
 * secret key and is never part of a record.
 * @param timestamp time of receipt, RFC 3339
 * @throws DecodeError `ERR_TRUNCATED`, `ERR_MESSAGE_TYPE`, `ERR_ATTRIBUTE_LENGTH`
 */
export function parseNetlinkMessage(message: Buffer, timestamp: string, onOmitted?: OmittedAttribute): NetlinkRecord {
  const end = checkHeader(message);
  const attributes: (Buffer | null)[] = [];
  // Bytes after the message's end belong to no record.
  let isWhole = end === message.length;
  walker.reset(message, NLMSG_HDRLEN + INET_DIAG_MSG_SIZE, end);
  while (walker.next()) {
    const { type } = walker;
    if (type === INET_DIAG_MD5SIG) {
      isWhole = false;
      onOmitted?.(type, 'secret');
    } else if (type > MAX_ATTRIBUTE) {
      isWhole = false;
      onOmitted?.(type, 'number');
    } else {
      while (attributes.length <= type) attributes.push(null);
      attributes[type] = message.subarray(walker.start, walker.end);
    }
  }
  // The reference writes `[null]` for a socket without attributes, e.g. a FIN_WAIT2 mini-socket.
  if (attributes.length === 0) attributes.push(null);
  const rawIdm = message.subarray(NLMSG_HDRLEN, NLMSG_HDRLEN + INET_DIAG_MSG_SIZE);
  return new NetlinkRecord(message, timestamp, rawIdm, attributes, isWhole);
}

/** Checks length and type; returns the end offset of the message. */
function checkHeader(message: Buffer): number {
  if (message.length < NLMSG_HDRLEN + INET_DIAG_MSG_SIZE) {
    throw new DecodeError(`inet_diag message: ${message.length} bytes`, { code: 'ERR_TRUNCATED', at: message.length });
  }
  const length = message.readUInt32LE(0);
  if (length > message.length || length < NLMSG_HDRLEN + INET_DIAG_MSG_SIZE) {
    throw new DecodeError(`nlmsghdr: length ${length} of ${message.length}`, { code: 'ERR_TRUNCATED', at: 0 });
  }
  const type = message.readUInt16LE(4);
  if (type !== SOCK_DIAG_BY_FAMILY && type !== TCPDIAG_GETSOCK) {
    throw new DecodeError(`nlmsghdr: type ${type}`, { code: 'ERR_MESSAGE_TYPE', at: 4 });
  }
  return length;
}
