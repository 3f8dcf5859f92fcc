import { INET_DIAG_MD5SIG } from '../../inetdiag/index.js';
import { AttributeWalker, DecodeError } from '../../netlink/index.js';
import type { BatchValue } from './json-value.js';
import { ATTRIBUTES_OFFSET, messagesIn, withData } from './messages-in.js';

/** Returns a batch whose INET_DIAG_MD5SIG attributes hold zeros. Their keys are secrets; parsers skip the attribute. */
export function withoutSecrets<T extends BatchValue>(batch: T): T {
  return withData(batch, cleanData);
}

function cleanData(data: Uint8Array): Uint8Array {
  let clean: Uint8Array | undefined;
  const erase = (start: number, end: number): void => {
    clean ??= Uint8Array.from(data);
    clean.fill(0, start, end);
  };
  const walker = new AttributeWalker();
  for (const [offset, length] of messagesIn(data)) {
    walker.reset(data, offset + ATTRIBUTES_OFFSET, offset + length);
    let at = offset + ATTRIBUTES_OFFSET;
    try {
      while (walker.next()) {
        at = walker.end;
        if (walker.type === INET_DIAG_MD5SIG) erase(walker.start, walker.end);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      // The kernel sends none. What is behind it could be a key, and no parser reads it.
      erase(at, offset + length);
    }
  }
  return clean ?? data;
}
