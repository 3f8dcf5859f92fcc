import { addressKey, parseAddress } from '../../../netlink/index.js';

/** Parses the host of a `Host` header: a name in lower case, or an address without brackets. Undefined if invalid. */
export function hostOfHeader(header: string): string | undefined {
  const [, bracketed, bare] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?$/.exec(header) ?? [];
  return (bracketed ?? bare)?.toLowerCase();
}

/**
 * Returns whether a request may be for this server: a page of another site can make a browser send requests here, under
 * the site's own name (DNS rebinding), but not under `localhost`, an address or a name that the user chose.
 * @param hosts further names and addresses, in lower case
 * @param localAddress address of the socket
 */
export function isOwnHost(header: string | undefined, hosts: ReadonlySet<string>, localAddress: string): boolean {
  const host = header === undefined ? undefined : hostOfHeader(header);
  if (host === undefined) return false;
  if (host === 'localhost' || hosts.has(host)) return true;
  const key = keyOf(host);
  return key !== undefined && key === keyOf(localAddress.replace(/%.*$/, ''));
}

/** Returns a key that is equal for an IPv4 address and its IPv4-mapped form. */
function keyOf(text: string): string | undefined {
  const address = parseAddress(text);
  return address === undefined ? undefined : addressKey(address.bytes, address.family);
}

/** Returns whether an `Origin` is the host and port of the `Host` header. */
export function isOwnOrigin(origin: string, host: string | undefined): boolean {
  const [, authority] = /^https?:\/\/([^/]+)$/i.exec(origin) ?? [];
  return authority !== undefined && host !== undefined && authority.toLowerCase() === host.toLowerCase();
}
