import { STATUS_CODES } from 'node:http';

/** Reply to a request. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Headers of an answer in plain text. */
const TEXT_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/plain; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
};

/** Returns an answer in plain text. */
export function textAnswer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { ...headers, ...TEXT_HEADERS }, body };
}

/** Formats the status line and the headers of an answer as bytes. */
export function formatHead({ status, headers, body }: Answer, keepAliveSeconds: number | undefined): Buffer {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Date: ${new Date().toUTCString()}`,
    ...(keepAliveSeconds === undefined
      ? ['Connection: close']
      : ['Connection: keep-alive', `Keep-Alive: timeout=${keepAliveSeconds}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** Formats the complete reply to a request head that cannot be served. */
export function refusal(status: number): Buffer {
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
  return Buffer.from(`${head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, 'latin1');
}
