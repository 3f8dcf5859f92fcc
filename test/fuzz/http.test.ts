import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMetricsServer } from '../../daemon/metrics-server.js';
import { headLength, parseHead } from '../../live/http/request-head.js';
import { sample, testMetrics } from '../support/metric.js';
import { until } from '../support/waiting.js';
import { mutated } from './inputs.js';

/** Number of inputs for the parser, a twentieth of them for the server; `npm run fuzz:ts -- RUNS` sets it. */
const numRuns = Number(process.env['TCP_INFO_FUZZ_RUNS'] ?? 4000);
const numConnections = Math.ceil(numRuns / 20);
const TIMEOUT_MS = 60_000 + 2 * numRuns;
/** Far more than the server needs, and far less than it would need if it kept anything of each input. */
const MOST_GROWTH_BYTES = 256 * 1024 * 1024;

const requests = [
  'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text;q=0.5,*/*;q=0.1\r\nAccept-Encoding: gzip\r\n\r\n',
  'HEAD /metrics HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  'GET http://host/readyz?a=b HTTP/1.1\nHost: x\n\n',
  'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  `GET /${'a'.repeat(3000)} HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(90)}\r\n`,
  'OPTIONS * HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  '\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
].map((text) => Buffer.from(text, 'latin1'));

/** Input of one client, in pieces, and how it disconnects. */
const client = fc.record({
  pieces: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: mutated(requests) },
      { weight: 2, arbitrary: fc.constantFrom(...requests) },
      // Pipelines, and endless heads and bodies.
      {
        weight: 1,
        arbitrary: fc
          .nat({ max: 3000 })
          .map((n) => Buffer.concat(new Array<Buffer>(n).fill(requests[0] ?? Buffer.of()))),
      },
      { weight: 1, arbitrary: fc.nat({ max: 300_000 }).map((n) => Buffer.alloc(n, 'A: b\r\n')) },
      { weight: 1, arbitrary: fc.nat({ max: 40_000 }).map((n) => Buffer.alloc(n, ' ')) },
    ),
    { maxLength: 4 },
  ),
  reads: fc.boolean(),
  leaves: fc.constantFrom('close', 'reset', 'half', 'waits'),
});

async function play(port: number, { pieces, reads, leaves }: { pieces: Buffer[]; reads: boolean; leaves: string }) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {}); // the server may answer by a reset
  await once(socket, 'connect');
  if (reads) socket.resume();
  else socket.pause();
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise(setImmediate);
  }
  if (leaves === 'reset') socket.resetAndDestroy();
  else if (leaves === 'close') socket.destroy();
  else if (leaves === 'half') socket.end();
  return socket;
}

describe('random requests', () => {
  it(
    'are parsed or rejected, and never throw',
    () => {
      fc.assert(
        fc.property(mutated(requests), (bytes) => {
          const length = headLength(bytes);
          if (length === undefined) return;
          // A head split in two parts ends at the same place.
          const half = length >> 1;
          expect(headLength(bytes.subarray(0, half))).toBeUndefined();
          expect(headLength(bytes, half)).toBe(length);
          const head = parseHead(bytes.subarray(0, length));
          if ('status' in head) expect([400, 431, 505]).toContain(head.status);
          else expect(head.target).toMatch(/^[\x21-\x7e\x80-\xff]+$/);
        }),
        { numRuns },
      );
    },
    TIMEOUT_MS,
  );

  describe('on a server', () => {
    const metrics = testMetrics();
    const server = createMetricsServer({ metrics });
    let port = 0;
    beforeAll(async () => {
      ({ port } = await server.listen({ host: '127.0.0.1', port: 0 }));
    });
    afterAll(() => server.close());

    it(
      'leave it running with /healthz, without memory growth',
      async () => {
        /** Clients that neither left nor were rejected; some still wait while others connect. */
        const waiting: Socket[] = [];
        const rssBefore = process.memoryUsage.rss();
        await fc.assert(
          fc.asyncProperty(client, async (script) => {
            waiting.push(await play(port, script));
            if (waiting.length > 100) waiting.shift()?.destroy();
            expect(await healthz(port)).toMatch(/^HTTP\/1\.1 200 OK\r\n(.*\r\n)+\r\nok\n$/);
          }),
          { numRuns: numConnections },
        );
        expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(MOST_GROWTH_BYTES);
        for (const socket of waiting) socket.destroy();
        // Nothing is kept of disconnected clients.
        const local = () => sample(metrics, 'tcpinfo_http_connections', { side: 'local' });
        await until('no connection', async () => (await local()) === 0);
        expect(await sample(metrics, 'promhttp_metric_handler_requests_in_flight')).toBe(0);
        const refused = await sample(metrics, 'tcpinfo_http_connections_refused_total', { reason: 'malformed' });
        expect(refused, 'the inputs were not all well-formed').toBeGreaterThan(0);
      },
      TIMEOUT_MS,
    );
  });
});

/** Returns the answer to a health check on a separate connection. */
async function healthz(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('latin1');
}
