import { describe, expect, it } from 'vitest';
import { headLength, parseHead } from '../../../live/http/request-head.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const parse = (...lines: string[]) => parseHead(bytes(`${lines.join('\r\n')}\r\n\r\n`));

describe('headLength', () => {
  it('finds the end of a head after CRLF and after LF alone, for any chunking', () => {
    for (const text of [
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET / HTTP/1.1\nHost: x\n\n',
      'GET / HTTP/1.1\r\nHost: x\n\r\n',
    ]) {
      const all = bytes(`${text}rest`);
      for (let length = 0; length < text.length; length++) {
        expect(headLength(all.subarray(0, length)), `${length} bytes`).toBeUndefined();
        expect(headLength(all, length), `after ${length} bytes`).toBe(text.length);
      }
    }
  });
});

describe('parseHead', () => {
  it('reads method, target and headers', () => {
    expect(parse('GET /metrics?a=b HTTP/1.1', 'Host: x', 'ACCEPT:  a ', 'accept:b')).toEqual({
      method: 'GET',
      target: '/metrics?a=b',
      headers: new Map([
        ['host', 'x'],
        ['accept', 'a, b'],
      ]),
      keepAlive: true,
      hasBody: false,
      takesChunks: true,
    });
    expect(parse('GET / HTTP/1.0')).toMatchObject({ takesChunks: false });
  });

  it.each([
    ['GET / HTTP/1.1', '', true],
    ['GET / HTTP/1.1', 'Connection: foo , Close', false],
    ['GET / HTTP/1.0', '', false],
    ['GET / HTTP/1.0', 'Connection: Keep-Alive', true],
  ])('keeps the connection for %s with "%s": %s', (line, header, keepAlive) => {
    expect(parse(line, 'Host: x', ...(header === '' ? [] : [header]))).toMatchObject({ keepAlive });
  });

  it.each([
    ['http://host/metrics?x', '/metrics?x'],
    ['HTTPS://host:1', '/'],
    ['http://host?x', '/?x'],
    ['*', '*'],
    ['//etc/passwd', '//etc/passwd'],
  ])('reads the target %s as %s', (target, path) => {
    expect(parse(`GET ${target} HTTP/1.1`, 'Host: x')).toMatchObject({ target: path });
  });

  it.each([
    ['/', 'x'],
    ['*', 'x'],
    ['/http://host/', 'x'],
    ['http://host/', 'host'],
    ['HTTP://[::1]:7071?x', '[::1]:7071'],
    ['http://user@host/', 'user@host'],
    ['http:///', ''],
  ])('takes for the target %s the host %j', (target, host) => {
    const head = parse(`GET ${target} HTTP/1.1`, 'Host: x');
    expect('headers' in head ? head.headers.get('host') : head).toBe(host);
    expect(parse(`GET ${target} HTTP/1.1`)).toEqual({ status: 400 });
  });

  it.each([
    ['Content-Length: 0', false],
    ['Content-Length: 5', true],
    ['Transfer-Encoding: chunked', true],
  ])('reads from %s whether a body follows: %s', (header, hasBody) => {
    expect(parse('POST / HTTP/1.1', 'Host: x', header)).toMatchObject({ hasBody });
  });

  it.each([
    ['no version', 400, ['GET /']],
    ['no method', 400, [' / HTTP/1.1', 'Host: x']],
    ['a space in the target', 400, ['GET / x HTTP/1.1', 'Host: x']],
    ['a zero byte', 400, ['GET /\0 HTTP/1.1', 'Host: x']],
    ['no host', 400, ['GET / HTTP/1.1']],
    ['two hosts', 400, ['GET / HTTP/1.1', 'Host: x', 'Host: y']],
    ['a header without name', 400, ['GET / HTTP/1.1', 'Host: x', ': y']],
    ['a space before the colon', 400, ['GET / HTTP/1.1', 'Host : x']],
    ['a folded header', 400, ['GET / HTTP/1.1', 'Host: x', 'A: b', ' c']],
    ['a control character', 400, ['GET / HTTP/1.1', 'Host: x', 'A: b\x01']],
    ['an invalid length', 400, ['GET / HTTP/1.1', 'Host: x', 'Content-Length: -1']],
    ['two lengths', 400, ['GET / HTTP/1.1', 'Host: x', 'Content-Length: 1', 'Content-Length: 1']],
    ['length and encoding', 400, ['GET / HTTP/1.1', 'Host: x', 'Content-Length: 1', 'Transfer-Encoding: chunked']],
    ['HTTP/2', 505, ['PRI * HTTP/2.0']],
    ['too many headers', 431, ['GET / HTTP/1.1', 'Host: x', ...Array.from({ length: 100 }, (_, n) => `A${n}: b`)]],
  ])('rejects %s with %d', (_what, status, lines) => {
    expect(parse(...lines)).toEqual({ status });
  });

  it('needs time linear in the length', () => {
    // Overlapping patterns would take seconds for each of these.
    const spaces = ' '.repeat(16_000);
    const startMs = performance.now();
    expect(parse('GET / HTTP/1.1', 'Host: x', `A:${spaces}\x01`)).toEqual({ status: 400 });
    expect(parse('GET / HTTP/1.1', 'Host: x', `Connection: a${spaces}b`)).toMatchObject({ keepAlive: true });
    expect(parse(`GET ${'http://'.repeat(2000)} HTTP/1.1`, 'Host: x')).toHaveProperty('target');
    for (let round = 0; round < 100; round++) parse('GET / HTTP/1.1', 'Host: x', `A:${spaces}\x01`);
    expect(performance.now() - startMs).toBeLessThan(5000);
  });
});
