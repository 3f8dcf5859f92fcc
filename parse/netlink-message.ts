import { INET_DIAG_MD5SIG, INET_DIAG_MSG_SIZE, SOCK_DIAG_BY_FAMILY, TCPDIAG_GETSOCK } from '../inetdiag/index.js';
import { AttributeWalker, DecodeError, NLMSG_HDRLEN } from '../netlink/index.js';
import { NetlinkRecord } from './netlink-record.js';

/**
 * The highest attribute number that is archived. Kernels know about two dozen; the bound keeps a line, which has a slot
 * for every number, short of the 64 KiB at which readers give up.
 */
export const MAX_ATTRIBUTE = 255;

/** Parsing is synchronous and does not call itself: one walker will do. */
const walker = new AttributeWalker();

/** Told of every attribute that is left out of a record: `secret` (INET_DIAG_MD5SIG) or `number` (above the bound). */
export type OmittedAttribute = (type: number, reason: 'secret' | 'number') => void;

/**
 * Turns one netlink message (`nlmsghdr`, `struct inet_diag_msg`, attributes; host byte order, little-endian) into a
 * record. The record's bytes are views of `message`.
 *
 * Attribute numbers are taken under NLA_TYPE_MASK; of a number that occurs twice the last counts. INET_DIAG_MD5SIG holds
 * a secret key and never enters a record.
 * @param timestamp when the message was received, RFC 3339
 * @throws DecodeError `ERR_TRUNCATED`, `ERR_MESSAGE_TYPE`, `ERR_ATTRIBUTE_LENGTH`
 */
export function parseNetlinkMessage(message: Buffer, timestamp: string, onOmitted?: OmittedAttribute): NetlinkRecord {
  const end = checkHeader(message);
  const attributes: (Buffer | null)[] = [];
  // What stands behind the message's end is nobody's.
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

/** Checks length and type; returns where the message ends. */
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
