import { describe, expect, it } from 'vitest';
import { brief, type CaptureOptions, capture } from './capture.js';
import { Conversation, type Segment, segmented } from './wire.js';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const ok = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

function ask(request: string, options: CaptureOptions = {}) {
  const { segments } = new Conversation()
    .open()
    .client(request)
    .server(ok('x'))
    .client(get('/b'))
    .server(ok('y'))
    .close();
  return capture(segments, options);
}

function answer(response: string, options: CaptureOptions = {}) {
  const { segments } = new Conversation()
    .open()
    .client(get('/a'))
    .server(response)
    .client(get('/b'))
    .server(ok('y'))
    .close();
  return capture(segments, options);
}

describe('messages that are not HTTP/1', () => {
  it.each([
    ['a space before the colon', 'GET /a HTTP/1.1\r\nHost : a\r\n\r\n', 'field'],
    ['a control character in a value', 'GET /a HTTP/1.1\r\nHost: a\x00b\r\n\r\n', 'field'],
    ['a bare carriage return', 'GET /a HTTP/1.1\r\nHost: a\rb\r\n\r\n', 'field'],
    ['a folded line', 'GET /a HTTP/1.1\r\nHost: a\r\n b\r\n\r\n', 'field'],
    ['lengths that differ', 'POST /a HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 'length'],
    ['a list of lengths that differ', 'POST /a HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n', 'length'],
    ['a length with a sign', 'POST /a HTTP/1.1\r\nContent-Length: +1\r\n\r\n', 'length'],
    ['a length beyond all', `POST /a HTTP/1.1\r\nContent-Length: 1${'0'.repeat(20)}\r\n\r\n`, 'length'],
    ['more fields than are read', `GET /a HTTP/1.1\r\n${'A: b\r\n'.repeat(257)}\r\n`, 'fields'],
    ['a coding without end', 'POST /a HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n', 'coding'],
  ])('with %s is truncated, has its answer, and is counted', (_, request, reason) => {
    const { exchanges, counts } = ask(request);
    const method = request.slice(0, request.indexOf(' '));
    expect(brief(exchanges)).toEqual([`${method} /a 200 truncated`, 'GET /b 200']);
    expect(counts.unparsed[`http-${reason}`]).toBe(1);
  });

  it.each([
    ['no version', 'GET /\r\n\r\n'],
    ['two spaces', 'GET  / HTTP/1.1\r\n\r\n'],
    ['a control character in its target', 'GET /\x01 HTTP/1.1\r\n\r\n'],
    ['a target of no form', 'GET nothing HTTP/1.1\r\n\r\n'],
    ['an answer in its place', 'HTTP/1.1 200 OK\r\n\r\n'],
  ])('with a start line of %s is counted', (_, line) => {
    const { segments } = new Conversation()
      .open()
      .client(get('/a'))
      .server(ok('x'))
      .client(line)
      .server(ok('y'))
      .close();
    const { exchanges, counts } = capture(segments);
    expect(brief(exchanges)).toEqual(['GET /a 200', '- - 200 truncated']);
    expect(counts.unparsed['http-startLine']).toBe(1);
  });

  it('with a wrong chunk size is truncated', () => {
    const { exchanges, counts } = answer(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n',
    );
    expect(brief(exchanges)).toEqual(['GET /a 200 truncated', 'GET /b 200']);
    expect(counts.unparsed['http-chunk']).toBe(1);
  });

  it('of another version is counted', () => {
    const { exchanges, counts } = answer('HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n');
    expect(brief(exchanges)).toEqual(['GET /a - gap', 'GET /b 200']);
    expect(counts.unparsed['http-version']).toBe(1);
  });
});

describe('heads', () => {
  const long = (bytes: number) => `GET /a HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(bytes)}\r\n\r\n`;

  it('are read up to 64 KiB', () => {
    for (const bytes of [15_000, 20_000, 60_000])
      expect(brief(ask(long(bytes)).exchanges)).toEqual(['GET /a 200', 'GET /b 200']);
    const { segments } = new Conversation().open().client(long(70_000)).server(ok('x')).close();
    expect(brief(capture(segmented(segments, 1400)).exchanges)).toEqual(['GET /a 200 truncated']);
  });

  it('that the kernel cut are truncated, with what their beginning says', () => {
    const { exchanges } = ask(long(20_000), { snaplen: 16_384 });
    expect(brief(exchanges)).toEqual(['GET /a 200 truncated', 'GET /b 200']);
    expect(exchanges[0]).toMatchObject({ host: 'a', ttfbUs: null, durationUs: null, requestBytes: { head: 16_344 } });
    expect(brief(answer(`HTTP/1.1 404 No\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, { snaplen: 16_384 }).exchanges)).toEqual(
      ['GET /a 404 truncated', 'GET /b 200'],
    );
  });

  it('may take 60 seconds', () => {
    const slow = (ms: number): Segment[] => {
      const conversation = new Conversation().open();
      for (const piece of ['GET /a HT', 'TP/1.1\r\n', 'Host: a\r\n', '\r\n']) conversation.client(piece).wait(ms);
      return conversation.server(ok('x')).close().segments;
    };
    expect(brief(capture(slow(19_000)).exchanges)).toEqual(['GET /a 200']);
    expect(capture(slow(19_000)).exchanges[0]).toMatchObject({ requestUs: 57_003_000, ttfbUs: 19_001_000 });
    expect(brief(capture(slow(31_000)).exchanges)).toEqual(['GET /a 200 truncated']);
  });
});

describe('privacy', () => {
  const request =
    'GET http://user:pass@WWW.Example.COM:80/a/b?secret=1#x HTTP/1.1\r\nHost: other\r\nCookie: c\r\nAuthorization: z\r\nX-Id: 1\r\nx-id: 2\r\n\r\n';

  it('cuts query, fragment and user info, and keeps no field that was not named', () => {
    const { exchanges } = ask(request, { headers: ['X-Id'] });
    expect(exchanges[0]).toMatchObject({ host: 'www.example.com', path: '/a/b', section: '/a' });
    expect(exchanges[0]?.headers).toEqual({ request: { 'x-id': '1, 2' }, response: {} });
    expect(JSON.stringify(exchanges, (_, value) => (typeof value === 'bigint' ? `${value}` : value))).not.toMatch(
      /secret|pass|user|Cookie|"z"/i,
    );
  });

  it('keeps the query when asked to, and fields of both messages when named', () => {
    const { exchanges } = ask(request, { keepsQuery: true, headers: ['cookie', 'content-length', '__proto__'] });
    expect(exchanges[0]).toMatchObject({ path: '/a/b?secret=1#x', section: '/a' });
    expect(exchanges[0]?.headers).toEqual({ request: { cookie: 'c' }, response: { 'content-length': '1' } });
  });
});

describe('connections that are no HTTP', () => {
  const tls = '\x16\x03\x01\x02\x00\x01\x00';
  it.each([
    ['tls', new Conversation().open().client(tls, 'x', 'y').server('\x16\x03\x03')],
    ['tls', new Conversation().client('\x17\x03\x03\x00\x20abc')],
    ['http2', new Conversation().open().client('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n').server('\x00\x00')],
    [
      'other',
      new Conversation().open().server('220 mail\r\n').client('EHLO a\r\n').server('250 ok\r\n').client('QUIT\r\n'),
    ],
    ['other', new Conversation().open().client('\x00\x01', '\x02', '\x03', '\x04', '\x05')],
  ] as const)('are counted once as %s and let go', (what, conversation) => {
    const { exchanges, counts } = capture(conversation.segments, { thenMs: 0 });
    expect(exchanges).toEqual([]);
    expect(counts.notHttp).toEqual({ tls: 0, http2: 0, other: 0, [what]: 1 });
    expect(counts.gaps).toBe(0);
  });

  it('are http2 after an upgrade to h2c', () => {
    const { segments } = new Conversation()
      .open()
      .client('GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n')
      .server('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n\x00\x00')
      .client('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
      .close();
    const { exchanges, counts } = capture(segments);
    expect(brief(exchanges)).toEqual(['GET /a 101']);
    expect(counts.notHttp.http2).toBe(1);
  });

  it('are still counted in bytes', () => {
    const { segments } = new Conversation().open().client(tls, 'x'.repeat(100)).server('y'.repeat(50));
    expect(capture(segments, { thenMs: 0 }).tap.traffic().get('2')).toEqual({ received: tls.length + 150, sent: 0 });
  });
});
