import { describe, expect, it } from 'vitest';
import { brief, capture } from './capture.js';
import { ACK, Conversation, PSH, type Segment, SYN, toCursor, toPacket } from './wire.js';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const ok = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const without = (segments: readonly Segment[], ...lost: number[]) => segments.filter((_, i) => !lost.includes(i));

describe('bytes that were missed', () => {
  it('inside a body of known length are counted, and the message stays whole', () => {
    const body = 'x'.repeat(900);
    const { segments } = new Conversation()
      .open()
      .client(get('/a'))
      .server(ok(body).slice(0, 300), ok(body).slice(300, 600), ok(body).slice(600))
      .client(get('/b'))
      .server(ok('y'))
      .close();
    const { exchanges, counts } = capture(without(segments, 4));
    expect(brief(exchanges)).toEqual(['GET /a 200', 'GET /b 200']);
    expect(exchanges[0]?.responseBytes?.body).toBe(900);
    expect(counts.gaps).toBe(1);
  });

  it('over the end of an answer make it a gap, and pairs are right again at once', () => {
    const { segments } = new Conversation()
      .open()
      .client(get('/a'))
      .server(ok('12345').slice(0, -2), '45')
      .client(get('/b'))
      .server(ok('y'))
      .client(get('/c'))
      .server(ok('z'))
      .close();
    // The end of the first answer, the second request and the head of its answer are lost.
    const { exchanges, counts } = capture(without(segments, 4, 5, 6));
    expect(brief(exchanges)).toEqual(['GET /a 200 gap', 'GET /c 200']);
    expect(counts).toMatchObject({ gaps: 2, unpaired: { gap: 1 } });
  });

  it('of a request leave its answer without one', () => {
    const { segments } = new Conversation()
      .open()
      .client(get('/a'))
      .server(ok('x'))
      .client(get('/b'))
      .server(ok('y'))
      .client(get('/c'))
      .server(ok('z'))
      .close();
    expect(brief(capture(without(segments, 4)).exchanges)).toEqual(['GET /a 200', '- - 200 gap', 'GET /c 200']);
  });

  it('drop the requests that wait, as any of their answers may have been missed', () => {
    const { segments } = new Conversation()
      .open()
      .client(get('/a') + get('/b') + get('/c'))
      .server(ok('1'), ok('2'), ok('3'))
      .client(get('/d'))
      .server(ok('4'))
      .close();
    // Out of the three answers the first is lost.
    expect(brief(capture(without(segments, 3)).exchanges)).toEqual([
      'GET /a - gap',
      'GET /b - gap',
      'GET /c - gap',
      '- - 200 gap',
      '- - 200 gap',
      'GET /d 200',
    ]);
  });

  it('are waited for one second, and then are a gap', () => {
    const { segments } = new Conversation()
      .open()
      .client(get('/a'))
      .server(ok('123').slice(0, -3), ok('x').slice(-1), '23');
    const lost = without(segments, 4);
    expect(capture(lost, { thenMs: 900 }).counts).toMatchObject({ gaps: 0 });
    expect(capture(lost, { thenMs: 900 }).counts.heldBytes).toBeGreaterThan(0);
    const { exchanges, counts } = capture(lost, { thenMs: 1100 });
    expect(counts).toMatchObject({ gaps: 1, heldBytes: 0 });
    expect(brief(exchanges)).toEqual(['GET /a 200']);
  });

  it('are not waited for when the kernel dropped packets', () => {
    const { segments } = new Conversation()
      .open()
      .client(get('/a'))
      .server('HTTP/1.1 200 OK\r\n', 'Content-', 'Length: 0\r\n\r\n');
    const { tap, exchanges } = capture(segments.slice(0, 4), { thenMs: 0 });
    tap.lose(1);
    const last = segments[5] as Segment;
    tap.addPacket(toCursor(toPacket(last), last.timeMs));
    expect(brief(exchanges)).toEqual(['GET /a 200 gap']);
    expect(tap.counts).toMatchObject({ packets: { dropped: 1 }, gaps: 1, heldBytes: 0 });
  });

  it('take the oldest flows first when too much is held', () => {
    const piece = new Uint8Array(2000);
    const held = (port: number, timeMs: number): [Segment, number] => [
      { fromClient: true, sequence: 9000, acknowledgment: 1, flags: PSH | ACK, payload: piece, timeMs },
      port,
    ];
    const { tap } = capture([], { totalHeldBytes: 10_000, thenMs: 0 });
    for (let i = 0; i < 8; i++) {
      const ends = { client: [10, 0, 0, 1], clientPort: 2000 + i, server: [10, 0, 0, 2], serverPort: 80 };
      const start: Segment = {
        ...held(0, i)[0],
        sequence: 1,
        acknowledgment: 0,
        flags: SYN,
        payload: new Uint8Array(0),
      };
      tap.addPacket(toCursor(toPacket(start, ends), i));
      tap.addPacket(toCursor(toPacket(held(0, i)[0], ends), i));
    }
    expect(tap.counts.heldBytes).toBeLessThanOrEqual(10_000);
    expect(tap.counts.heldBytes).toBeGreaterThan(6000);
  });
});

describe('bodies that the kernel cut', () => {
  const HEAD_BYTES = 40;
  const KEPT = 2048 + HEAD_BYTES;

  it('of known length are whole', () => {
    const body = 'x'.repeat(100_000);
    const { segments } = new Conversation()
      .open()
      .client(get('/a'))
      .server(ok(body).slice(0, 60_000), ok(body).slice(60_000))
      .client(get('/b'))
      .server(ok('y'))
      .close();
    const { exchanges, counts } = capture(segments, { snaplen: KEPT });
    expect(brief(exchanges)).toEqual(['GET /a 200', 'GET /b 200']);
    expect(exchanges[0]).toMatchObject({ responseBytes: { body: 100_000 }, bodyEstimated: false });
    expect(counts.gaps).toBe(0);
  });

  const chunk = `2000\r\n${'x'.repeat(8192)}\r\n`;
  const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

  it('in chunks end at the next start line, and their length is estimated', () => {
    const { segments } = new Conversation()
      .open()
      .client(get('/a'))
      .server(chunkedHead + chunk + chunk, `${chunk}0\r\n\r\n`)
      .client(get('/b'))
      .server(ok('y'))
      .close();
    const { exchanges } = capture(segments, { snaplen: KEPT });
    expect(brief(exchanges)).toEqual(['GET /a 200', 'GET /b 200']);
    expect(exchanges[0]).toMatchObject({ responseBytes: { body: 3 * chunk.length + 5 }, bodyEstimated: true });
  });

  it('in chunks end with the last chunk when that is seen', () => {
    const { segments } = new Conversation()
      .open()
      .client(get('/a'))
      .server(chunkedHead + chunk, chunk, '0\r\n\r\n');
    const { exchanges } = capture(segments, { snaplen: KEPT, thenMs: 0 });
    expect(brief(exchanges)).toEqual(['GET /a 200']);
    expect(exchanges[0]).toMatchObject({ responseBytes: { body: 2 * chunk.length + 5 }, bodyEstimated: true });
  });

  it('of requests in chunks end when the answer begins', () => {
    const { segments } = new Conversation()
      .open()
      .client(`POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`, `${chunk}0\r\n\r\n`)
      .server(ok('x'))
      .client(get('/b'))
      .server(ok('y'))
      .close();
    const { exchanges } = capture(segments, { snaplen: KEPT });
    expect(brief(exchanges)).toEqual(['POST /a 200', 'GET /b 200']);
    expect(exchanges[0]).toMatchObject({ requestBytes: { body: 3 * chunk.length + 5 }, bodyEstimated: true });
  });

  it('over the end of a pipelined answer make it truncated, and the others unknown', () => {
    const body = 'x'.repeat(5000);
    const { segments } = new Conversation()
      .open()
      .client(get('/a') + get('/b'))
      .server(ok(body) + ok('y'))
      .client(get('/c'))
      .server(ok('z'))
      .close();
    expect(brief(capture(segments, { snaplen: KEPT }).exchanges)).toEqual([
      'GET /a 200 truncated',
      'GET /b - gap',
      'GET /c 200',
    ]);
  });

  it('never pair across, although a body holds what looks like an answer', () => {
    const { segments } = new Conversation()
      .open()
      .client(get('/a'))
      .server(chunkedHead + chunk, `HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n`, '\r\n0\r\n\r\n')
      .client(get('/b'))
      .server(ok('y'))
      .close();
    expect(brief(capture(segments, { snaplen: KEPT }).exchanges)).toEqual(['GET /a 200', 'GET /b 200']);
  });
});

describe('a capture that begins late', () => {
  it('pairs what begins after it, and names what began before', () => {
    const { segments } = new Conversation()
      .open()
      .client(get('/a'))
      .server(ok('12345').slice(0, -3), '345')
      .client(get('/b'))
      .server(ok('y'))
      .client(get('/c'))
      .server(ok('z'))
      .close();
    expect(brief(capture(segments.slice(4)).exchanges)).toEqual(['GET /b 200', 'GET /c 200']);
    expect(brief(capture(segments.slice(3)).exchanges)).toEqual(['- - 200 start', 'GET /b 200', 'GET /c 200']);
  });

  it('pairs nothing of requests that were under way together', () => {
    const { segments } = new Conversation()
      .open()
      .client(get('/a'), get('/b'), get('/c'))
      .server(ok('1'), ok('2'), ok('3'))
      .client(get('/d'))
      .server(ok('4'))
      .close();
    // Only the third of three requests is seen, and it has none of the first two answers.
    expect(brief(capture(segments.slice(4)).exchanges)).toEqual([
      'GET /c - start',
      '- - 200 start',
      '- - 200 start',
      '- - 200 start',
      'GET /d 200',
    ]);
  });

  it('reports its first pair after a second of silence', () => {
    const { segments } = new Conversation().client(get('/a')).server(ok('1'));
    expect(capture(segments, { thenMs: 900 }).exchanges).toEqual([]);
    expect(brief(capture(segments, { thenMs: 1100 }).exchanges)).toEqual(['GET /a 200']);
  });
});

describe('one direction only', () => {
  const conversation = new Conversation().open();
  for (const path of ['/a', '/b', '/c']) conversation.client(get(path)).server(ok('x'));
  const { segments } = conversation.close();

  it('of requests reports them without answers', () => {
    const { exchanges, counts } = capture(segments.filter(({ fromClient }) => fromClient));
    expect(brief(exchanges)).toEqual(['GET /a - response', 'GET /b - response', 'GET /c - response']);
    expect(counts).toMatchObject({ gaps: 0, unpaired: { response: 3 } });
  });

  it('of answers reports them without requests', () => {
    const { exchanges, counts } = capture(segments.filter(({ fromClient }) => !fromClient));
    expect(brief(exchanges)).toEqual(['- - 200 request', '- - 200 request', '- - 200 request']);
    expect(counts).toMatchObject({ gaps: 0, unpaired: { request: 3 } });
  });
});
