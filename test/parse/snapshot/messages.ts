import { INET_DIAG_MSG_SIZE } from '../../../inetdiag/index.js';
import { AttributeWalker, NLMSG_HDRLEN } from '../../../netlink/index.js';
import type { ArchivedRecord } from '../../../parse/index.js';

/** Splits concatenated raw netlink messages. */
export function splitMessages(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at, true);
    messages.push(bytes.subarray(at, at + length));
    at += (length + 3) & ~3;
  }
  return messages;
}

/** Returns a message as a record, with unchanged header and attributes. */
export function recordOf(message: Uint8Array, timestamp = '2026-11-21T00:00:00Z'): ArchivedRecord {
  const attributes: (Uint8Array | null)[] = [];
  const walker = new AttributeWalker();
  walker.reset(message, NLMSG_HDRLEN + INET_DIAG_MSG_SIZE);
  while (walker.next()) {
    while (attributes.length <= walker.type) attributes.push(null);
    attributes[walker.type] = message.subarray(walker.start, walker.end);
  }
  return { timestamp, rawIdm: message.subarray(NLMSG_HDRLEN, NLMSG_HDRLEN + INET_DIAG_MSG_SIZE), attributes };
}
