import { describe, expect } from 'vitest';
import type { HttpExchange } from '../../http/kernel/index.js';
import { type HttpLab, HttpRecorder, haveHttpLab, it, type WirePair } from '../support/http-lab.js';

const MEGABYTE = 1024 * 1024;
const request = (line: string, ...fields: readonly string[]): string =>
  [`${line} HTTP/1.1`, 'Host: a.example', ...fields, '', ''].join('\r\n');
const answer = (status: string, fields: readonly string[], body = ''): string =>
  [`HTTP/1.1 ${status}`, ...fields, '', body].join('\r\n');
const OK = answer('200 OK', ['Content-Length: 2'], 'ok');

/** One exchange as it passes, and its known values. */
interface Case {
  readonly name: string;
  readonly request: string;
  readonly answers: readonly string[];
  readonly known: Partial<HttpExchange>;
  /** True if no exchange on the same connection follows. Default: false. */
  readonly isLast?: boolean;
}

const CHUNKS = '5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: 1\r\n\r\n';

const CASES: readonly Case[] = [
  {
    name: 'HEAD',
    request: request('HEAD /head'),
    answers: [answer('200 OK', ['Content-Length: 1000000'])],
    known: { method: 'HEAD', path: '/head', status: 200, missing: null },
  },
  {
    name: '100 Continue',
    request: `${request('POST /continued', 'Content-Length: 4', 'Expect: 100-continue')}body`,
    answers: [answer('100 Continue', []), OK],
    known: { method: 'POST', status: 200, continued: true, missing: null },
  },
  {
    name: '204',
    request: request('DELETE /item'),
    answers: [answer('204 No Content', [])],
    known: { method: 'DELETE', status: 204, missing: null },
  },
  {
    name: '304 with a length',
    request: request('GET /cached', 'If-None-Match: "1"'),
    answers: [answer('304 Not Modified', ['Content-Length: 4000'])],
    known: { status: 304, missing: null },
  },
  {
    name: 'chunks with extensions and trailers',
    request: request('GET /chunked'),
    answers: [answer('200 OK', ['Transfer-Encoding: chunked'], CHUNKS)],
    known: { path: '/chunked', status: 200, bodyEstimated: false, missing: null },
  },
  {
    name: 'an upgrade',
    request: request('GET /socket', 'Upgrade: websocket', 'Connection: Upgrade'),
    answers: [answer('101 Switching Protocols', ['Upgrade: websocket', 'Connection: Upgrade']), '\x81\x02hi'],
    known: { path: '/socket', status: 101, upgraded: true, missing: null },
    isLast: true,
  },
  {
    name: 'CONNECT',
    request: 'CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n',
    answers: [answer('200 Connection established', []), '\x16\x03\x01\x00\x05hello'],
    known: { method: 'CONNECT', path: 'other.example:443', status: 200, upgraded: true, missing: null },
    isLast: true,
  },
];

/** Opens a connection over the cable. */
async function connect(lab: HttpLab): Promise<WirePair> {
  const listener = await lab.near.listen(80);
  return await lab.connect(listener);
}

describe.skipIf(!haveHttpLab('HTTP messages on the wire'))('HTTP messages on the wire', () => {
  it.for(CASES)('$name', async ({ request: asked, answers, known, isLast = false }, { lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near);
    const pair = await connect(lab);
    await pair.exchange(asked, answers[0] ?? '');
    for (const further of answers.slice(1)) {
      await lab.near.send(pair.server, further);
      await lab.far.receive(pair.client, further.length);
    }
    if (!isLast) await pair.exchange(request('GET /next'), OK);
    await recorder.wait(isLast ? 1 : 2);
    await recorder.capture.close();
    const [first, next, ...others] = recorder.exchanges;
    expect(first).toMatchObject(known);
    expect(others).toEqual([]);
    if (!isLast) expect(next).toMatchObject({ path: '/next', status: 200, position: 2, missing: null });
    const bytes = recorder.capture.traffic().get('cable');
    const sent = answers.join('').length + (isLast ? 0 : OK.length);
    expect(bytes?.sent).toBe(sent);
  });

  it('an answer until the end of the connection', async ({ lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near);
    const { exchange, client, server } = await connect(lab);
    const until = answer('200 OK', ['Connection: close'], 'x'.repeat(5000));
    await exchange(request('GET /until'), until);
    await lab.near.close(server);
    await lab.far.close(client);
    const [first] = await recorder.wait(1);
    expect(first).toMatchObject({ status: 200, missing: null, responseBytes: { body: 5000 } });
  });

  it('50 requests in one segment, and their answers in another', async ({ lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near, { headers: ['x-number'] });
    const { exchange } = await connect(lab);
    const numbers = Array.from({ length: 50 }, (_, i) => i);
    const requests = numbers.map((i) => request(`GET /${i}`)).join('');
    const answers = numbers.map((i) => answer('200 OK', [`X-Number: ${i}`, 'Content-Length: 2'], 'ok')).join('');
    expect(Math.max(requests.length, answers.length)).toBeLessThan(16_384);
    await exchange(requests, answers);
    const exchanges = await recorder.wait(50);
    expect(exchanges.map(({ path, position, headers }) => [path, position, headers.response['x-number']])).toEqual(
      numbers.map((i) => [`/${i}`, i + 1, String(i)]),
    );
  });

  it('a body of 10 MB', async ({ lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near);
    const { exchange } = await connect(lab);
    const body = 10 * MEGABYTE;
    await exchange(request('GET /large'), answer('200 OK', [`Content-Length: ${body}`], 'x'.repeat(body)));
    await exchange(request('GET /next'), OK);
    const [large, next] = await recorder.wait(2);
    expect(large).toMatchObject({ path: '/large', status: 200, missing: null, responseBytes: { body } });
    expect(next).toMatchObject({ path: '/next', status: 200, position: 2, missing: null });
    expect(large?.responseUs).toBeGreaterThan(0);
  });

  it.for([
    { kilobytes: 15, mode: 'heads' as const, over: 'loopback' as const, results: [null] },
    // The kernel keeps 2 KiB of its second segment, whose size depends on the pace of the sender.
    { kilobytes: 15, mode: 'heads' as const, results: [null, 'truncated'] },
    { kilobytes: 20, mode: 'heads' as const, results: [null, 'truncated'] },
    { kilobytes: 20, mode: 'whole' as const, results: [null] },
    { kilobytes: 70, mode: 'heads' as const, results: ['truncated'] },
    { kilobytes: 70, mode: 'whole' as const, results: ['truncated'] },
  ])('a head of $kilobytes KB, captured as $mode', async ({ kilobytes, mode, over, results }, { lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near, { mode });
    const from = over === 'loopback' ? lab.near : lab.far;
    const listener = await lab.near.listen(80);
    const { exchange, client } = await lab.connect(
      listener,
      over === 'loopback' ? { host: '127.0.0.1', from } : { from },
    );
    const fields = Array.from({ length: kilobytes }, (_, i) => `X-${i}: ${'v'.repeat(1000)}`);
    await exchange(request('GET /long', ...fields), OK);
    await exchange(request('GET /next'), OK);
    await from.close(client);
    await recorder.capture.close();
    const long = recorder.exchanges.find(({ path }) => path === '/long' || path === null);
    expect(results).toContain(long?.missing ?? null);
    const next = recorder.exchanges.find(({ path }) => path === '/next');
    expect(next?.status ?? 200).toBe(200);
    // Nothing is invented.
    for (const { path } of recorder.exchanges) expect(['/long', '/next', null]).toContain(path);
  });

  it('TLS and HTTP/2 are named', async ({ lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near);
    const listener = await lab.near.listen(80);
    const hello = Buffer.concat([Buffer.from('160301020001000bfc0303', 'hex'), Buffer.alloc(300, 7)]);
    const tls = await lab.connect(listener);
    await tls.exchange(hello, Buffer.concat([Buffer.from('1603030050', 'hex'), Buffer.alloc(80, 1)]));
    const http2 = await lab.connect(listener);
    await http2.exchange('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', '\0\0\0\x04\0\0\0\0\0');
    await recorder.capture.close();
    expect(recorder.exchanges).toEqual([]);
    expect(recorder.capture.counts.notHttp).toEqual({ tls: 1, http2: 1, other: 0 });
  });

  it('every request of a connection that asks as fast as it can', async ({ lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near);
    const { client, server } = await connect(lab);
    const numbered = {
      request: request('GET /%06d'),
      answer: answer('200 OK', ['Content-Length: 6'], '%06d'),
      first: 0,
      count: 33_600,
      depth: 20,
    };
    await lab.near.serve(server, numbered);
    const seconds = await lab.far.ask(client, numbered);
    await recorder.wait(numbered.count);
    await recorder.capture.close();
    process.stderr.write(`captured ${Math.round(numbered.count / seconds)} requests a second on one connection\n`);
    expect(recorder.exchanges).toHaveLength(numbered.count);
    for (const [i, { path, status, missing }] of recorder.exchanges.entries()) {
      if (path === `/${String(i).padStart(6, '0')}` && status === 200 && missing === null) continue;
      expect.fail(`exchange ${i}: ${path} ${status} ${missing}`);
    }
    expect(recorder.capture.packets.dropped).toBe(0);
  });

  it('every request of many connections', async ({ lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near);
    const listener = await lab.near.listen(80);
    const texts = {
      request: request('GET /%06d'),
      answer: answer('200 OK', ['Content-Length: 1000'], `%06d${'x'.repeat(994)}`),
      depth: 1,
    };
    const CONNECTIONS = 50;
    const EACH = 200;
    for (let i = 0; i < CONNECTIONS; i++) {
      const { client, server } = await lab.connect(listener);
      await lab.near.serve(server, { ...texts, first: i * EACH, count: EACH });
      await lab.far.ask(client, { ...texts, first: i * EACH, count: EACH });
    }
    await recorder.wait(CONNECTIONS * EACH);
    await recorder.capture.close();
    expect(recorder.exchanges).toHaveLength(CONNECTIONS * EACH);
    expect(new Set(recorder.exchanges.map(({ path }) => path)).size).toBe(CONNECTIONS * EACH);
    expect(recorder.exchanges.every(({ missing, connection }) => missing === null && connection !== null)).toBe(true);
    expect(new Set(recorder.exchanges.map(({ connection }) => connection?.uuid)).size).toBe(CONNECTIONS);
  });
});
