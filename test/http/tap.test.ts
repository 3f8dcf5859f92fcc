import { describe, expect, it } from 'vitest';
import { brief, capture } from './capture.js';
import { Conversation } from './wire.js';

const GET = 'GET /pages/create?q=1 HTTP/1.1\r\nHost: WWW.Example.com:80\r\nCookie: secret\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

describe('HttpTap', () => {
  it('reports one exchange with all that is known of it', () => {
    const { segments } = new Conversation().open().client(GET).wait(2).server(OK).close();
    const { exchanges, counts } = capture(segments, {
      ports: [{ first: 80, last: 80 }],
      isOwn: (address) => address === '10.77.0.2',
      interfaceName: (index) => (index === 2 ? 'eth0' : undefined),
    });
    expect(exchanges).toEqual([
      {
        timeNs: 1_795_000_000_002_000_000n,
        connection: null,
        netns: null,
        interface: 'eth0',
        side: 'server',
        client: '10.77.0.1:56578',
        server: '10.77.0.2:80',
        method: 'GET',
        host: 'www.example.com',
        path: '/pages/create',
        section: '/pages',
        version: '1.1',
        status: 200,
        requestBytes: { head: GET.length, body: 0 },
        responseBytes: { head: OK.length - 5, body: 5 },
        bodyEstimated: false,
        requestUs: 0,
        ttfbUs: 3000,
        responseUs: 0,
        durationUs: 3000,
        serverUs: 3000,
        position: 1,
        continued: false,
        upgraded: false,
        conflictingLength: false,
        missing: null,
        headers: { request: {}, response: {} },
      },
    ]);
    expect(counts).toMatchObject({ packets: { read: 6, dropped: 0 }, gaps: 0, flows: 0, heldBytes: 0 });
    expect(Object.values(counts.unpaired).every((count) => count === 0)).toBe(true);
    expect(Object.values(counts.unparsed).every((count) => count === 0)).toBe(true);
  });

  it('pairs pipelined messages by position, in segments of any size', () => {
    const requests = Array.from({ length: 50 }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`).join('');
    const answers = Array.from({ length: 50 }, (_, i) => `HTTP/1.1 ${400 + i} x\r\nContent-Length: 1\r\n\r\nx`).join(
      '',
    );
    const { segments } = new Conversation().open().client(requests).server(answers).close();
    expect(brief(capture(segments).exchanges)).toEqual(Array.from({ length: 50 }, (_, i) => `GET /${i} ${400 + i}`));
  });
});
