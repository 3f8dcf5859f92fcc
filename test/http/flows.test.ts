import { describe, expect, it } from 'vitest';
import { type HttpFlow, HttpTap } from '../../http/index.js';
import { brief, capture } from './capture.js';
import { Conversation, ENDS, EPOCH, type Segment, toCursor, toPacket } from './wire.js';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const ok = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const later = (segments: readonly Segment[], ms: number) =>
  segments.map((segment) => ({ ...segment, timeMs: segment.timeMs + ms }));

describe('connections', () => {
  it('pair a thousand pipelined requests, and give up at one more', () => {
    const requests = (count: number) => Array.from({ length: count }, (_, i) => get(`/${i}`)).join('');
    const whole = new Conversation().open().client(requests(1000)).server(ok('x').repeat(1000)).close();
    const { exchanges } = capture(whole.segments);
    expect(exchanges).toHaveLength(1000);
    expect(exchanges.every(({ path, position, missing }) => missing === null && path === `/${position - 1}`)).toBe(
      true,
    );

    const tooMany = new Conversation().open().client(requests(1001)).server(ok('x').repeat(1001)).close();
    const { counts } = capture(tooMany.segments);
    // No answer has a request any more, and so none is paired.
    expect(counts.unpaired).toMatchObject({ overload: 2002 });
  });

  it('begin anew with a SYN of the same ends', () => {
    const first = new Conversation(1000, 5000).open().client(get('/a'));
    const second = new Conversation(900_000, 800_000).open().client(get('/b')).server(ok('y')).close();
    const { exchanges } = capture([...first.segments, ...later(second.segments, 100)]);
    expect(brief(exchanges)).toEqual(['GET /a - response', 'GET /b 200']);
  });

  it('begin anew with sequence numbers out of the window, without a SYN', () => {
    const first = new Conversation(1000, 5000).open().client(get('/a')).server(ok('x')).client(get('/b'));
    const second = new Conversation(0x7000_0000, 0x6000_0000).client(get('/c')).server(ok('y'));
    const { exchanges } = capture([...first.segments, ...later(second.segments, 100)]);
    expect(brief(exchanges)).toEqual(['GET /a 200', 'GET /b - response', 'GET /c 200']);
  });

  it('begin anew after their end', () => {
    const first = new Conversation(1000, 5000).open().client(get('/a')).server(ok('x')).close();
    const second = new Conversation(20_000, 30_000).open().client(get('/b')).server(ok('y')).close();
    const { exchanges } = capture([...first.segments, ...later(second.segments, 20)]);
    expect(brief(exchanges)).toEqual(['GET /a 200', 'GET /b 200']);
  });

  it('are not begun by second sights of their last segments', () => {
    const { segments } = new Conversation().open().client(get('/a')).server(ok('x')).close();
    const twice = segments.flatMap((segment) => [segment, segment]);
    const { exchanges, counts } = capture([...twice, ...later(segments.slice(-3), 5)], { thenMs: 0 });
    expect(brief(exchanges)).toEqual(['GET /a 200']);
    expect(counts.flows).toBe(1);
    expect(capture(segments, { thenMs: 3000 }).counts.flows).toBe(0);
  });

  it('end with a reset: an answer until the end is truncated, whole ones are not', () => {
    const cut = new Conversation().open().client(get('/a')).server('HTTP/1.1 200 OK\r\n\r\nall').rst(false);
    expect(brief(capture(cut.segments, { thenMs: 0 }).exchanges)).toEqual(['GET /a 200 truncated']);
    const whole = new Conversation().open().client(get('/a')).server(ok('x')).client(get('/b')).rst(false);
    expect(brief(capture(whole.segments, { thenMs: 0 }).exchanges)).toEqual(['GET /a 200', 'GET /b - response']);
  });

  it('end after 60 seconds of silence', () => {
    const { segments } = new Conversation().open().client(get('/a'));
    expect(capture(segments, { thenMs: 59_000 }).counts.flows).toBe(1);
    const { exchanges, counts } = capture(segments, { thenMs: 60_100 });
    expect(brief(exchanges)).toEqual(['GET /a - response']);
    expect(counts.flows).toBe(0);
  });

  it('keep the interface where they were first seen, and count bytes once', () => {
    const { segments } = new Conversation().open().client(get('/a')).server(ok('hello')).close();
    const names = new Map([
      [2, 'br0'],
      [3, 'hp0'],
    ]);
    const interfaces: string[] = [];
    const tap = new HttpTap({
      ports: null,
      interfaceName: (index) => names.get(index),
      onExchange: (exchange) => interfaces.push(exchange.interface),
    });
    for (const segment of segments) {
      for (const ifindex of [2, 3]) tap.addPacket({ ...toCursor(toPacket(segment), segment.timeMs), ifindex });
    }
    expect(interfaces).toEqual(['br0']);
    expect(tap.traffic()).toEqual(new Map([['br0', { received: get('/a').length + ok('hello').length, sent: 0 }]]));
  });

  it('over loopback count once: what leaves is not looked at', () => {
    const { segments } = new Conversation().open().client(get('/a')).server(ok('x')).close();
    const exchanges: unknown[] = [];
    const tap = new HttpTap({ ports: null, onExchange: (exchange) => exchanges.push(exchange) });
    for (const segment of segments) {
      for (const pkttype of [4, 0]) {
        tap.addPacket({ ...toCursor(toPacket(segment), segment.timeMs), pkttype, hatype: 772 });
      }
    }
    expect(exchanges).toHaveLength(1);
    expect(tap.counts.packets.read).toBe(2 * segments.length);
    expect(tap.traffic().get('2')).toEqual({ received: get('/a').length + ok('x').length, sent: 0 });
  });

  it('are bounded: the one silent for longest is given up', () => {
    const exchanges: string[] = [];
    const tap = new HttpTap({
      ports: null,
      maxFlows: 10,
      onExchange: ({ client, missing }) => exchanges.push(`${client} ${missing}`),
    });
    const { segments } = new Conversation().open().client(get('/a'));
    for (let port = 1000; port < 1012; port++) {
      for (const each of segments) tap.addPacket(toCursor(toPacket(each, { ...ENDS, clientPort: port }), each.timeMs));
    }
    expect(exchanges).toEqual(['10.77.0.1:1000 overload', '10.77.0.1:1001 overload']);
    expect(tap.counts).toMatchObject({ flows: 10, evictedFlows: 2, unpaired: { overload: 2 } });
  });

  it('on other ports are not looked at', () => {
    const { segments } = new Conversation().open().client(get('/a')).server(ok('x')).close();
    const { exchanges, counts } = capture(segments, { ports: [{ first: 8000, last: 8010 }], thenMs: 0 });
    expect(exchanges).toEqual([]);
    expect(counts.flows).toBe(0);
    expect(capture(segments, { ports: [{ first: 79, last: 80 }] }).exchanges).toHaveLength(1);
  });
});

describe('HttpFlow', () => {
  const { segments } = new Conversation()
    .open()
    .client(get('/a'))
    .wait(9)
    .server(ok('x'))
    .client(get('/b'))
    .server(ok('y'))
    .close();

  it('is joined once, renewed before each exchange, and reported at its end', () => {
    const calls: string[] = [];
    let flow: HttpFlow | undefined;
    const { exchanges } = capture(segments, {
      isOwn: (address) => address === '10.77.0.1',
      netns: 'blue',
      onFlow: (each) => {
        flow = each;
        calls.push(`flow ${each.client} ${each.server} ${each.side} ${each.netns}`);
        each.connection = { uuid: 'h_1', rttUs: 4000, totalRetrans: 0, segsOut: 5 };
      },
      beforeExchange: (each) => {
        calls.push('before');
        if (each.connection !== null) each.connection = { ...each.connection, rttUs: each.connection.rttUs + 500 };
      },
      onFlowEnd: () => calls.push('end'),
    });
    expect(calls).toEqual(['flow 10.77.0.1:56578 10.77.0.2:80 client blue', 'before', 'before', 'end']);
    expect(flow?.local).toMatchObject({ port: 56_578, family: 2, bytes: Uint8Array.of(10, 77, 0, 1) });
    expect(flow?.remote).toMatchObject({ port: 80, family: 2, bytes: Uint8Array.of(10, 77, 0, 2) });
    // The first took 10 ms at the client, 4.5 ms of them on the way; the second 1 ms, less than the way takes.
    expect(exchanges.map(({ ttfbUs, serverUs }) => [ttfbUs, serverUs])).toEqual([
      [10_000, 5500],
      [1000, 0],
    ]);
    expect(exchanges[0]?.connection?.uuid).toBe('h_1');
  });

  it.each([
    ['server', ['10.77.0.2'], 10_000],
    ['local', ['10.77.0.1', '10.77.0.2'], 10_000],
    ['client', ['10.77.0.1'], null],
    ['forwarded', [], null],
  ] as const)('has side %s by whose addresses are own', (side, own, serverUs) => {
    let announced = 0;
    const { exchanges } = capture(segments, {
      isOwn: (address) => own.includes(address as never),
      onFlow: () => announced++,
    });
    expect(exchanges[0]).toMatchObject({ side, serverUs, ttfbUs: 10_000 });
    expect(announced).toBe(side === 'forwarded' ? 0 : 1);
  });

  it('has IPv6 ends in brackets', () => {
    const v6 = (last: number) => [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
    const ends = { ...ENDS, client: v6(1), server: v6(2) };
    const { exchanges } = capture(
      new Conversation().open().client('GET / HTTP/1.0\r\n\r\n').server(ok('x')).close().segments,
      {
        ends,
      },
    );
    expect(exchanges[0]).toMatchObject({
      client: '[2001:db8::1]:56578',
      server: '[2001:db8::2]:80',
      host: '[2001:db8::2]',
    });
  });
});

describe('time', () => {
  it('is exact to the nanosecond months after the first packet', () => {
    const tap = new HttpTap({ ports: null, onExchange: ({ timeNs }) => times.push(timeNs) });
    const times: bigint[] = [];
    const { segments } = new Conversation().open().client(get('/a')).server(ok('x')).close();
    for (const days of [0, 90]) {
      for (const segment of segments) {
        const cursor = toCursor(toPacket(segment), segment.timeMs);
        tap.addPacket({ ...cursor, seconds: cursor.seconds + days * 86_400, nanoseconds: cursor.nanoseconds + 123 });
      }
    }
    const first = BigInt(EPOCH) * 1_000_000_000n + 2_000_123n;
    expect(times).toEqual([first, first + 90n * 86_400n * 1_000_000_000n]);
  });
});
