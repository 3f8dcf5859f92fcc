import { INET_DIAG_MSG_SIZE } from '../../inetdiag/index.js';
import { NLMSG_HDRLEN } from '../../netlink/index.js';
import type { BatchValue } from './json-value.js';
import { isObject } from './shape.js';

/** Alignment of messages in the arrays of the addon (`PackedMessages`). */
const ALIGNMENT = 8;
/** Offset of the first attribute of a message, from its `nlmsghdr`. */
export const ATTRIBUTES_OFFSET = NLMSG_HDRLEN + INET_DIAG_MSG_SIZE;

/**
 * Yields the offset and length of each netlink message in packed data, in order. Data that is no message ends the
 * walk.
 */
export function* messagesIn(data: Uint8Array): Generator<readonly [offset: number, length: number], void, undefined> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at + NLMSG_HDRLEN <= data.length; ) {
    const length = view.getUint32(at, true);
    if (length < NLMSG_HDRLEN || length > data.length - at) return;
    yield [at, length];
    at += (length + ALIGNMENT - 1) & -ALIGNMENT;
  }
}

/** Returns a batch, or a part of it, whose bytes (`data`, at any depth) are replaced. Values without bytes stay as they are. */
export function withData<T extends BatchValue>(value: T, replace: (data: Uint8Array) => Uint8Array): T {
  if (!isObject(value)) return value;
  const changed: Record<string, BatchValue> = {};
  for (const [name, each] of Object.entries(value)) {
    changed[name] = name === 'data' && each instanceof Uint8Array ? replace(each) : withData(each, replace);
  }
  return changed as T;
}
