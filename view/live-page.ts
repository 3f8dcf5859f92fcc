import { type Child, element } from './chart/index.js';

/** Returns the address of a connection in the page that a collector or `tcp-info view` serves. */
export function connectionAddress(livePage: string, key: string): string {
  return `${livePage}/#key=${encodeURIComponent(key)}`;
}

/**
 * Returns the UUID of a connection, as a link into a running page if there is one.
 * @param livePage address without a slash at the end; empty for the server of this document; absent: no link
 */
export function uuidLink(uuid: string | null, livePage: string | undefined): Child {
  if (uuid === null || livePage === undefined) return uuid ?? '';
  return element('a', { href: connectionAddress(livePage, uuid) }, uuid);
}
