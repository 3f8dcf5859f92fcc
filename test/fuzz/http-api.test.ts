import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServicesAnswering } from '../../live/api/index.js';
import { PARAMETERS } from '../../live/api/parameters.js';
import { parseCommand } from '../../services/control/index.js';
import { get, post, useLiveServer } from '../live/api/harness.js';
import { sample } from '../support/metric.js';
import { type ApiDocument, ApiValidator } from '../support/openapi-validator.js';
import { until } from '../support/waiting.js';
import { mutated } from './inputs.js';

/** Number of inputs, a twentieth of them for raw connections; `npm run fuzz:ts -- RUNS` sets it. */
const numRuns = Number(process.env['TCP_INFO_FUZZ_RUNS'] ?? 1000);
const numConnections = Math.ceil(numRuns / 20);
const TIMEOUT_MS = 60_000 + 10 * numRuns;

const start = useLiveServer();
const clients: Socket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

const requests = [
  'GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer TOKEN\r\n\r\n',
  'GET /api/v1/connections?filter=dport+443&sort=-rtt&limit=10 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer TOKEN\r\n\r\n',
  'GET /api/v1/stream?every=100ms HTTP/1.1\r\nHost: t\r\nAccept: text/event-stream\r\n\r\n',
  'GET /api/v1/connections/D8F/stream HTTP/1.0\r\nAccept: application/x-ndjson\r\n\r\n',
  'GET /api/v1/connections/cookie:3471?wait=closed&timeout=1ms HTTP/1.1\r\nHost: t\r\n\r\n',
  'HEAD /api/v1/connections/192.0.2.7:50000-198.51.100.1:443/timeline?width=1s HTTP/1.1\r\nHost: t\r\n\r\n',
  'POST /api/v1/watches HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  'POST /api/v1/services/web/reject HTTP/1.1\r\nHost: t\r\nContent-Length: 23\r\n\r\n{"ip":"::1","for":"10m"}',
  'POST /api/v1/services/web/close HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n{"idle":"1m"}',
  'POST /api/v1/services/web/drain HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'OPTIONS /api/v1/status HTTP/1.1\r\nHost: t\r\nOrigin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\n\r\n',
].map((text) => Buffer.from(text, 'latin1'));

/** One service, `web`, whose commands are parsed and change nothing. */
const services: ServicesAnswering = {
  enforce: 'new',
  reports: async () => await Promise.resolve([]),
  command: (name, action, body) => {
    if (name !== 'web') return undefined;
    parseCommand(action, body);
    return { enforce: 'new', service: name, action, closed: 0, released: null, connections: 0, draining: false };
  },
};

const word = fc.oneof(
  fc.constantFrom(
    'status',
    'connections',
    'stream',
    'D8F',
    'timeline',
    'records',
    'groups',
    '..',
    '',
    '%',
    '%00',
    '{id}',
  ),
  fc.string({ maxLength: 20 }).map(encodeURIComponent),
);
const value = fc.oneof(
  fc.constantFrom(
    '1',
    '0',
    '-1',
    '10s',
    '1ms',
    'closed',
    'true',
    'default',
    'dport 443',
    '2026-11-28T19:05:00Z',
    '1e999',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
/** Bodies of commands: JSON of known and unknown keys, or anything. */
const body = fc.oneof(
  fc
    .dictionary(fc.constantFrom('ip', 'for', 'uuid', 'idle', 'x'), fc.oneof(value, fc.integer(), fc.constant('::1')))
    .map((keys) => JSON.stringify(keys)),
  fc.json(),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
/** Targets below the base, with known and unknown parameters. */
const target = fc
  .record({
    path: fc.array(word, { maxLength: 4 }),
    query: fc.array(fc.tuple(fc.constantFrom(...Object.keys(PARAMETERS), 'x', ''), value), { maxLength: 4 }),
  })
  .map(({ path, query }) => {
    const text = query.map(([name, each]) => `${name}=${encodeURIComponent(each)}`).join('&');
    return `/${path.join('/')}${text === '' ? '' : `?${text}`}`;
  });

describe('random requests to the live API', () => {
  it(
    'get an answer of the schema, or a problem, and never 500',
    async () => {
      const served = await start();
      const validator = new ApiValidator(JSON.parse((await get(served, '/openapi.json')).body) as ApiDocument);
      const statuses = new Set<number>();
      await fc.assert(
        fc.asyncProperty(target, async (path) => {
          // A stream does not end by itself, and a wait lasts: HEAD and a past end answer at once.
          const method = path.includes('stream') ? 'HEAD' : 'GET';
          if (path.includes('wait=closed')) return;
          const { status, headers, body } = await get(served, path, {}, method);
          statuses.add(status);
          expect([200, 400, 404]).toContain(status);
          expect(headers['x-content-type-options']).toBe('nosniff');
          if (status !== 200 && method === 'GET') {
            expect(validator.errors('ProblemJson', JSON.parse(body))).toEqual([]);
          }
        }),
        { numRuns },
      );
      expect([...statuses].sort()).toEqual([200, 400, 404]);
      expect(served.store.waiting).toBe(0);
      expect(served.answering.subscribed).toBe(0);
    },
    TIMEOUT_MS,
  );

  it(
    'with any body get the answer of a command, or a problem',
    async () => {
      const served = await start({ services });
      const validator = new ApiValidator(JSON.parse((await get(served, '/openapi.json')).body) as ApiDocument);
      const statuses = new Set<number>();
      const action = fc.constantFrom('reject', 'release', 'close', 'drain', 'undrain');
      await fc.assert(
        fc.asyncProperty(action, body, async (name, sent) => {
          const answer = await post(served, `/services/web/${name}`, sent);
          statuses.add(answer.status);
          const type = String(answer.headers['content-type']);
          expect([200, 400]).toContain(answer.status);
          expect(validator.answerErrors(`/services/{id}/${name}`, answer.status, type, answer.body)).toEqual([]);
        }),
        { numRuns },
      );
      expect([...statuses].sort()).toEqual([200, 400]);
    },
    TIMEOUT_MS,
  );

  it(
    'in any bytes leave it running, on a port and a unix socket',
    async () => {
      const served = await start({ services });
      const inputs = requests.map((each) =>
        Buffer.from(each.toString('latin1').replace('TOKEN', served.token), 'latin1'),
      );
      const script = fc.record({
        pieces: fc.array(fc.oneof(mutated(inputs), fc.constantFrom(...inputs)), { maxLength: 3 }),
        isUnix: fc.boolean(),
        reads: fc.boolean(),
        leaves: fc.constantFrom('close', 'reset', 'half', 'waits'),
      });
      await fc.assert(
        fc.asyncProperty(script, async ({ pieces, isUnix, reads, leaves }) => {
          const client = connect({
            ...(isUnix ? { path: served.path } : { port: served.port, host: '127.0.0.1' }),
            allowHalfOpen: true,
          });
          client.on('error', () => {}); // the server may answer by a reset
          clients.push(client);
          await once(client, 'connect');
          if (reads) client.resume();
          else client.pause();
          for (const piece of pieces) client.write(piece);
          if (leaves === 'reset' && !isUnix) client.resetAndDestroy();
          else if (leaves === 'half') client.end();
          else if (leaves !== 'waits') client.destroy();
          if (clients.length > 20) clients.shift()?.destroy();
          served.store.tick();
          const status = await until('a place', async () => {
            const answer = await get(served, '/status');
            return answer.status === 503 ? undefined : answer.status;
          });
          expect(status).toBe(200);
        }),
        { numRuns: numConnections },
      );
      for (const client of clients) client.destroy();
      await until('no stream and no wait', () => {
        served.store.tick();
        return served.answering.subscribed === 0 && served.store.waiting === 0;
      });
      await until('no client', async () => (await sample(served.metrics, 'tcpinfo_live_clients')) === 0);
      expect(await sample(served.metrics, 'tcpinfo_live_requests_total', { code: '500' })).toBe(0);
    },
    TIMEOUT_MS,
  );
});
