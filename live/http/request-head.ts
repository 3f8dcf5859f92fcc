/**
 * Parses heads of HTTP/1.x requests. The server does not use node:http, because its parser handles everything that came
 * in one read: 64 KiB of pipelined requests become 2,400 requests with their objects before the first answer.
 */

/** Maximum size of a head in bytes. */
export const MAX_HEAD_BYTES = 16 * 1024;

/** Maximum number of header lines of a request. */
const MAX_HEADERS = 100;

/** Head of a request. */
export interface RequestHead {
  readonly method: string;
  /** Path and query as the client sent them; for `http://host/path` only the part after the host. */
  readonly target: string;
  /**
   * Headers by lower-case name; values of repeated headers are joined with `, `. For the target `http://host/path`,
   * `host` is that host: `Host` must be ignored then (RFC 9112, section 3.2.2).
   */
  readonly headers: ReadonlyMap<string, string>;
  /** True when the client keeps the connection for another request. */
  readonly keepAlive: boolean;
  /** True when a body follows. */
  readonly hasBody: boolean;
  /** True when the client understands an answer in chunks (HTTP/1.1). */
  readonly takesChunks: boolean;
}

/** Error status for a head that cannot be served. */
export interface BadHead {
  readonly status: 400 | 431 | 505;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Returns the length of the head at the start of `bytes`, including its empty line; undefined without an empty line.
 * @param from number of bytes at the previous call, which found no empty line; they are not searched again
 */
export function headLength(bytes: Uint8Array, from = 0): number | undefined {
  for (let at = bytes.indexOf(LINE_FEED, Math.max(0, from - 2)); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
    if (bytes[at + 1] === LINE_FEED) return at + 2;
    if (bytes[at + 1] === CARRIAGE_RETURN && bytes[at + 2] === LINE_FEED) return at + 3;
  }
  return undefined;
}

/** Returns the number of bytes of empty lines before a request; some clients send them after the previous request. */
export function emptyLinesLength(bytes: Uint8Array): number {
  let at = 0;
  while (bytes[at] === LINE_FEED || bytes[at] === CARRIAGE_RETURN) at++;
  return at;
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}) ([\x21-\x7e\x80-\xff]+) HTTP\/(\d)\.(\d)$/;
const HEADER_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/;

/** Parses a complete head, as measured by {@link headLength}. */
export function parseHead(bytes: Uint8Array): RequestHead | BadHead {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1').split('\n');
  lines.splice(-2); // the empty line and the empty string after it
  const [requestLine = '', ...headerLines] = lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const [matched, method = '', target = '', major, minor] = REQUEST_LINE.exec(requestLine) ?? [];
  if (matched === undefined) return { status: 400 };
  if (major !== '1') return { status: 505 };
  if (headerLines.length > MAX_HEADERS) return { status: 431 };
  const headers = parseHeaders(headerLines);
  if (headers === undefined) return { status: 400 };
  const hasBody = bodyFollows(headers);
  if (hasBody === undefined || !hasOneHost(headers, minor !== '0')) return { status: 400 };
  const authority = authorityOf(target);
  if (authority !== undefined) headers.set('host', authority);
  const connection = (headers.get('connection') ?? '').split(',').map((option) => option.trim().toLowerCase());
  const keepAlive = minor === '0' ? connection.includes('keep-alive') : !connection.includes('close');
  return { method, target: pathOf(target), headers, keepAlive, hasBody, takesChunks: minor !== '0' };
}

function parseHeaders(lines: readonly string[]): Map<string, string> | undefined {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [matched, name = '', value = ''] = HEADER_LINE.exec(line) ?? [];
    if (matched === undefined) return undefined;
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value.trim() : `${before}, ${value.trim()}`);
  }
  return headers;
}

/** Returns whether `Host` is valid: HTTP/1.1 requires one, and several are invalid in any version. */
function hasOneHost(headers: ReadonlyMap<string, string>, needed: boolean): boolean {
  const host = headers.get('host');
  return host === undefined ? !needed : !host.includes(',');
}

/** Returns whether a body follows; undefined when the headers contradict each other or the length is not a number. */
function bodyFollows(headers: ReadonlyMap<string, string>): boolean | undefined {
  const length = headers.get('content-length');
  const encoded = headers.has('transfer-encoding');
  if (length === undefined) return encoded;
  return encoded || !/^\d+$/.test(length) ? undefined : Number(length) > 0;
}

const ABSOLUTE = /^https?:\/\/([^/?]*)/i;

/** Returns the host and port of `http://host:port/path`; undefined for a path. */
function authorityOf(target: string): string | undefined {
  return ABSOLUTE.exec(target)?.[1];
}

function pathOf(target: string): string {
  const [absolute = ''] = ABSOLUTE.exec(target) ?? [];
  const path = target.slice(absolute.length);
  return path.startsWith('/') || absolute === '' ? path : `/${path}`;
}
