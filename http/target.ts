/** Host, path and section of an exchange. */

/** Longest section, in letters; and longest host that is kept (RFC 1035 has 253). */
const LONGEST_SECTION = 64;
const LONGEST_HOST = 255;

/** Host, path and section that a request names. */
export interface RequestTarget {
  /** Lower case, without user info and port 80; null when the request names none. */
  readonly host: string | null;
  readonly path: string;
  readonly section: string;
}

/** Splits a request's target (RFC 9112 §3.2): an absolute one has a host, which wins over the Host field. */
export function parseTarget(method: string, target: string, hostField: string | null): RequestTarget {
  if (method === 'CONNECT') {
    const authority = withoutUserInfo(target);
    return named(authority, authority);
  }
  if (target.startsWith('/') || target === '*') return named(hostField, target);
  const begin = target.indexOf('://') + 3;
  const rest = target.slice(begin);
  const length = rest.search(/[/?#]/);
  const authority = length < 0 ? rest : rest.slice(0, length);
  const path = length < 0 ? '' : rest.slice(length);
  return named(withoutUserInfo(authority), path.startsWith('/') ? path : `/${path}`);
}

function named(host: string | null, path: string): RequestTarget {
  return { host: normalizeHost(host), path, section: sectionOf(path) };
}

/** Returns a host in lower case, without port 80; null for none. */
export function normalizeHost(host: string | null): string | null {
  if (host === null || host === '') return null;
  const lower = host.slice(0, LONGEST_HOST).toLowerCase();
  return lower.endsWith(':80') ? lower.slice(0, -3) : lower;
}

/**
 * Returns a path up to its second slash, without query: `/pages/create` is in `/pages`. Slashes in a row are one. At
 * most 64 letters. What is no path (`*`, the authority of CONNECT) is its own section.
 */
export function sectionOf(path: string): string {
  if (!path.startsWith('/')) return path.slice(0, LONGEST_SECTION);
  let start = 0;
  while (path.charCodeAt(start + 1) === 0x2f) start++;
  let end = start + 1;
  const last = Math.min(path.length, start + LONGEST_SECTION);
  for (; end < last; end++) {
    const code = path.charCodeAt(end);
    // The second slash, the query or the fragment.
    if (code === 0x2f || code === 0x3f || code === 0x23) break;
  }
  return path.slice(start, end);
}

function withoutUserInfo(authority: string): string {
  return authority.slice(authority.lastIndexOf('@') + 1);
}
