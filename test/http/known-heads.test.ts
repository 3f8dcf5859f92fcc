import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeadReader } from '../../http/head.js';

const FIELDS = 'Host: www.example.com\r\nUser-Agent: test\r\nX-Id: 1\r\n\r\n';
const HEADS = [
  `GET /a/b?c=1 HTTP/1.1\r\n${FIELDS}`,
  `GET /a/b?c=2 HTTP/1.1\r\n${FIELDS}`,
  'POST /upload HTTP/1.0\r\nHost: A.example:80\r\nContent-Length: 12\r\n\r\n',
  'CONNECT b.example:443 HTTP/1.1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nDate: Sat, 28 Nov 2026 19:05:02 GMT\r\nContent-Length: 5\r\nX-Id: 2\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n',
  `GET /${'l'.repeat(3000)} HTTP/1.1\r\n\r\n`,
];

function reader(): HeadReader {
  return new HeadReader(['X-Id'], false);
}

/** Returns everything that a reader says of the head at an offset. */
function read(head: HeadReader, bytes: Uint8Array, start: number, end: number) {
  const behind = head.read(bytes, start, end);
  if (behind < 0) return { behind };
  const { isResponse, version, host, length, coding, upgradesToHttp2, fields, started } = head;
  const line = isResponse ? { status: head.status } : { method: head.method, target: head.target, named: head.named };
  return { behind: behind - start, isResponse, line, version, host, length, coding, upgradesToHttp2, fields, started };
}

/** Lays texts out in a block, each at a multiple of four. */
function block(texts: readonly string[]): { readonly bytes: Uint8Array; readonly places: [number, number][] } {
  const places: [number, number][] = [];
  let at = 0;
  for (const { length } of texts) {
    places.push([at, at + length]);
    at += (length + 3) & ~3;
  }
  const bytes = Buffer.alloc(at);
  for (const [i, text] of texts.entries()) bytes.write(text, places[i]?.[0] ?? 0, 'latin1');
  return { bytes: new Uint8Array(bytes), places };
}

describe('a head that came before', () => {
  it.each(HEADS)('is read as at first: %j', (text) => {
    const head = reader();
    const { bytes, places } = block([text, text, text, text]);
    const results = places.map(([start, end]) => read(head, bytes, start, end));
    expect(results[0]?.behind).toBe(text.length);
    for (const result of results) expect(result).toEqual(results[0]);
  });

  it('is read as by a reader that knows none, in any order and with any bytes behind or changed', () => {
    const change = fc.record({ at: fc.nat(200), to: fc.constantFrom(10, 13, 32, 48, 65, 255) });
    const message = fc.record({
      text: fc.constantFrom(...HEADS),
      behind: fc.constantFrom('', 'body', '\r\n', 'GET / HTTP/1.1\r\n\r\n'),
      cut: fc.option(fc.nat(300), { freq: 8 }),
      change: fc.option(change, { freq: 4 }),
    });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 30 }), (messages) => {
        const texts = messages.map(({ text, behind, cut, change: changed }) => {
          const bytes = Buffer.from(text + behind, 'latin1').subarray(0, cut ?? undefined);
          if (changed !== null && changed.at < bytes.length) bytes[changed.at] = changed.to;
          return bytes.toString('latin1');
        });
        const { bytes, places } = block(texts);
        const head = reader();
        for (const [start, end] of places) {
          if (start === end) continue;
          expect(read(head, bytes, start, end)).toEqual(read(reader(), bytes, start, end));
        }
      }),
    );
  });
});
