import { STATUS_CODES } from 'node:http';
import type { AnswerStream } from './answer-stream.js';

/** Reply to a request. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text, bytes, or chunks of bytes. */
  readonly body: string | Uint8Array | readonly Uint8Array[];
}

/** Reply whose body is written piece by piece. The connection ends with it. */
export interface StreamedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** True for a body without an end of its own: it ends when the client closes its side. */
  readonly isEndless?: boolean;
  /** Begins to write the body. Not called for HEAD. */
  readonly start: (stream: AnswerStream) => void;
}

/** Headers of an answer in plain text. */
const TEXT_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/plain; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
};

/** Status without a body, whose length would be that of the answer that the client has (RFC 9110, section 8.6). */
const NOT_MODIFIED = 304;

/** Returns an answer in plain text. */
export function textAnswer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { ...headers, ...TEXT_HEADERS }, body };
}

/** Returns the chunks of a body; an empty one has one too. */
export function chunksOf(body: Answer['body']): readonly (string | Uint8Array)[] {
  if (typeof body === 'string' || body instanceof Uint8Array) return [body];
  return body.length === 0 ? [''] : body;
}

/** Formats the status line and the headers of an answer as bytes. */
export function formatHead({ status, headers, body }: Answer, keepAliveSeconds: number | undefined): Buffer {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(status === NOT_MODIFIED
      ? []
      : [`Content-Length: ${chunksOf(body).reduce((sum, chunk) => sum + Buffer.byteLength(chunk), 0)}`]),
    `Date: ${new Date().toUTCString()}`,
    ...(keepAliveSeconds === undefined
      ? ['Connection: close']
      : ['Connection: keep-alive', `Keep-Alive: timeout=${keepAliveSeconds}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** Formats the status line and the headers of a streamed answer as bytes. */
export function formatStreamHead({ status, headers }: StreamedAnswer, isChunked: boolean): Buffer {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(isChunked ? ['Transfer-Encoding: chunked'] : []),
    `Date: ${new Date().toUTCString()}`,
    'Connection: close',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** Returns an answer without a body: to a request that cannot be served, where nothing else is wanted. */
export function emptyAnswer(status: number): Answer {
  return { status, headers: {}, body: '' };
}

/** Formats the complete reply to a request that cannot be served. The connection ends with it. */
export function refusal(answer: Answer): Buffer {
  return Buffer.concat([formatHead(answer, undefined), ...chunksOf(answer.body).map((chunk) => Buffer.from(chunk))]);
}
