import { describe, expect, it } from 'vitest';
import { type Exchange, textAnswer } from '../../../live/http/index.js';
import { until } from '../../support/waiting.js';
import { get, read, useHttpServer } from './harness.js';

const start = useHttpServer();

/** Answers with the kind of the body, and its bytes. */
async function echo({ readBody, target }: Exchange) {
  if (target === '/unread') return textAnswer(405, 'not read\n');
  const body = await readBody(10);
  return textAnswer(200, `${body.kind} ${body.kind === 'read' ? body.bytes.toString() : ''}\n`);
}

function head(...lines: readonly string[]): string {
  return ['POST / HTTP/1.1', 'Host: x', ...lines, '', ''].join('\r\n');
}

describe('the body of a request', () => {
  it.each([
    ['with its head', [`${head('Content-Length: 5')}hello`], 'read hello'],
    [
      'in pieces',
      [head('Content-Length: 5').slice(0, 30), head('Content-Length: 5').slice(30), 'he', 'llo'],
      'read hello',
    ],
    ['of no bytes', [head('Content-Length: 0')], 'read '],
    ['that is not there', [head()], 'read '],
    ['of as many bytes as allowed', [`${head('Content-Length: 10')}0123456789`], 'read 0123456789'],
    ['of one more', [`${head('Content-Length: 11')}0123456789a`], 'too-large '],
    ['of a length that no number holds', [head(`Content-Length: ${'9'.repeat(400)}`)], 'too-large '],
    ['in chunks', [`${head('Transfer-Encoding: chunked')}1\r\na\r\n0\r\n\r\n`], 'chunked '],
    ['before further bytes', [`${head('Content-Length: 2')}hello`], 'read he'],
  ])('%s is read as far as it is allowed', async (_, pieces, expected) => {
    const { open } = await start({ handler: echo });
    const client = await open();
    for (const piece of pieces) {
      client.socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await read(client, `\r\n\r\n${expected}\n`);
  });

  it('ends the connection, also where it is not read, and is never taken for a request', async () => {
    const { open } = await start({ handler: echo });
    for (const path of ['/', '/unread']) {
      const client = await open();
      const inner = get('/inner');
      client.socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`);
      await until('an end', () => client.socket.readableEnded);
      expect(client.text()).toContain('Connection: close');
      expect(client.text().match(/HTTP\/1.1 \d+/g)).toHaveLength(1);
    }
  });

  it('is asked for if the client waits for that', async () => {
    const { open } = await start({ handler: echo });
    const client = await open();
    client.socket.write(head('Content-Length: 5', 'Expect: 100-continue'));
    await read(client, 'HTTP/1.1 100 Continue\r\n\r\n');
    client.socket.write('hello');
    await read(client, '\r\n\r\nread hello\n');
  });

  it('that does not come ends the connection in time, and one that is cut at once', async () => {
    const kinds: string[] = [];
    const { open, refused } = await start({
      deadlines: { requestMs: 200, answerMs: 60_000, idleMs: 60_000 },
      handler: async (exchange) => {
        kinds.push((await exchange.readBody(10)).kind);
        return textAnswer(200, 'late\n');
      },
    });
    const slow = await open();
    slow.socket.write(`${head('Content-Length: 5')}hell`);
    await until('the end of a slow client', () => slow.closed());
    expect(refused).toEqual(['slow']);
    const cut = await open();
    cut.socket.end(`${head('Content-Length: 5')}hell`);
    await until('the end of a cut client', () => cut.closed());
    const reset = await open();
    reset.socket.write(`${head('Content-Length: 5')}hell`);
    reset.socket.resetAndDestroy();
    await until('three results', () => kinds.length === 3);
    expect(kinds).toEqual(['gone', 'gone', 'gone']);
    expect([slow.text(), cut.text()]).toEqual(['', '']);
  });
});
