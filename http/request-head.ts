/**
 * Heads of HTTP/1.x requests. The server reads them itself instead of leaving it to node:http, whose parser takes all
 * that came in one read: 64 KiB of pipelined requests are 2,400 requests, each with its objects, before the first answer.
 */

/** Longest head that is read, in bytes. */
export const MAX_HEAD_BYTES = 16 * 1024;

/** Most header lines of one request. */
const MAX_HEADERS = 100;

/** A request without its body. */
export interface RequestHead {
  readonly method: string;
  /** Path and query as the client wrote them; of `http://host/path` the part behind the host. */
  readonly target: string;
  /** Headers by lower-case name; the values of a repeated one are joined by `, `. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the client lets the connection stand for another request. */
  readonly keepAlive: boolean;
  /** Whether a body follows. */
  readonly hasBody: boolean;
}

/** Head that cannot be served, and the status that says so. */
export interface BadHead {
  readonly status: 400 | 431 | 505;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Length of the head at the start of `bytes`, its empty line included; undefined when the empty line is missing.
 * @param from number of bytes that were there at the last call, which found none: they are not read again
 */
export function headLength(bytes: Uint8Array, from = 0): number | undefined {
  for (let at = bytes.indexOf(LINE_FEED, Math.max(0, from - 2)); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
    if (bytes[at + 1] === LINE_FEED) return at + 2;
    if (bytes[at + 1] === CARRIAGE_RETURN && bytes[at + 2] === LINE_FEED) return at + 3;
  }
  return undefined;
}

/** Number of empty lines' bytes before a request, which some clients send behind the one before. */
export function emptyLinesLength(bytes: Uint8Array): number {
  let at = 0;
  while (bytes[at] === LINE_FEED || bytes[at] === CARRIAGE_RETURN) at++;
  return at;
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}) ([\x21-\x7e\x80-\xff]+) HTTP\/(\d)\.(\d)$/;
const HEADER_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/;

/** Reads a whole head, of which {@link headLength} found the end. */
export function parseHead(bytes: Uint8Array): RequestHead | BadHead {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1').split('\n');
  lines.splice(-2); // the empty line and what is behind its end
  const [requestLine = '', ...headerLines] = lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const [matched, method = '', target = '', major, minor] = REQUEST_LINE.exec(requestLine) ?? [];
  if (matched === undefined) return { status: 400 };
  if (major !== '1') return { status: 505 };
  if (headerLines.length > MAX_HEADERS) return { status: 431 };
  const headers = parseHeaders(headerLines);
  if (headers === undefined) return { status: 400 };
  const hasBody = bodyFollows(headers);
  if (hasBody === undefined || !hasOneHost(headers, minor !== '0')) return { status: 400 };
  const connection = (headers.get('connection') ?? '').split(',').map((option) => option.trim().toLowerCase());
  const keepAlive = minor === '0' ? connection.includes('keep-alive') : !connection.includes('close');
  return { method, target: pathOf(target), headers, keepAlive, hasBody };
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

/** HTTP/1.1 demands one `Host`; more than one is wrong in any version. */
function hasOneHost(headers: ReadonlyMap<string, string>, needed: boolean): boolean {
  const host = headers.get('host');
  return host === undefined ? !needed : !host.includes(',');
}

/** Undefined when the headers contradict each other, or the length is no number. */
function bodyFollows(headers: ReadonlyMap<string, string>): boolean | undefined {
  const length = headers.get('content-length');
  const encoded = headers.has('transfer-encoding');
  if (length === undefined) return encoded;
  return encoded || !/^\d+$/.test(length) ? undefined : Number(length) > 0;
}

function pathOf(target: string): string {
  const [absolute = ''] = /^https?:\/\/[^/?]*/i.exec(target) ?? [];
  const path = target.slice(absolute.length);
  return path.startsWith('/') || absolute === '' ? path : `/${path}`;
}
