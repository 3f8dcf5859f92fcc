import { type HttpExchange, microseconds } from '../index.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Letters that Apache escapes in its logs, and those that a terminal would execute. */
const UNSAFE = /[\\"\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const SHORT: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const ENCODER = new TextEncoder();

/** Headers of requests that {@link combinedLine} prints, in lower case. */
export const COMBINED_HEADERS: readonly string[] = ['referer', 'user-agent'];

/**
 * Formats an exchange as a line of Apache's combined log format without its newline,
 * `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"` (mod_log_config): times are UTC, identity and user are `-`,
 * and what is not known is `-`.
 */
export function combinedLine({ client, timeNs, headers, responseBytes, status, ...exchange }: HttpExchange): string {
  const body = responseBytes?.body ?? 0;
  const request = exchange.method === null ? '-' : requestLine(exchange);
  const [referer, agent] = COMBINED_HEADERS.map((name) => escaped(headers.request[name] ?? '-'));
  return (
    `${hostOf(client)} - - [${apacheTime(microseconds(timeNs) / 1000)}] "${request}" ${status ?? '-'} ` +
    `${body === 0 ? '-' : body} "${referer}" "${agent}"`
  );
}

function requestLine({ method, path, version }: Pick<HttpExchange, 'method' | 'path' | 'version'>): string {
  return escaped(`${method ?? '-'} ${path ?? '-'} HTTP/${version}`);
}

/** Returns the address of an end `address:port` or `[address]:port`. */
function hostOf(end: string): string {
  return end.slice(0, end.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}

/** Formats milliseconds since 1970 as `%t` does, such as `10/Oct/2000:13:55:36 +0000`. */
function apacheTime(ms: number): string {
  const date = new Date(ms);
  const day = String(date.getUTCDate()).padStart(2, '0');
  const time = date.toISOString().slice('2000-10-10T'.length, '2000-10-10T13:55:36'.length);
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${time} +0000`;
}

/** Escapes as ap_escape_logitem does: `\"`, `\\`, `\n` and others, and `\xhh` for each byte of further ones. */
function escaped(text: string): string {
  return text.replaceAll(
    UNSAFE,
    (letter) =>
      SHORT[letter] ??
      Array.from(ENCODER.encode(letter), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}
