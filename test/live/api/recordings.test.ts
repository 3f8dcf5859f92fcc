import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RecordingsAnswering } from '../../../live/api/index.js';
import type { RecordOutcome, RecordRequest } from '../../../live/recorder/index.js';
import type { ProblemJson } from '../../../live/wire/index.js';
import { type Answered, get, post, type Served, useLiveServer } from './harness.js';

const start = useLiveServer();
const JSON_TYPE = { 'content-type': 'application/json' };
const NAME = '20261128T190502.120Z_manual';

/** Recorder that notes what it is asked for. */
class NotingRecorder implements RecordingsAnswering {
  readonly requests: RecordRequest[] = [];
  refusal: (RecordOutcome & { readonly kind: 'refused' }) | undefined;
  readonly memory = { bytes: 1000, maxBytes: 64_000, keepMs: 60_000, connections: 2 };
  readonly path = '/data/recordings';

  record(request: RecordRequest): RecordOutcome {
    this.requests.push(request);
    if (this.refusal !== undefined) return this.refusal;
    const ended = Promise.resolve({ kind: 'failed', detail: 'a test' } as const);
    return { kind: 'started', name: NAME, connections: request.uuids.length, left: 0, bytes: 500, ended };
  }

  async list(): ReturnType<RecordingsAnswering['list']> {
    const known = { recording: NAME, trigger: 'manual', rule: null, value: null, expression: null, note: 'a "note"' };
    const time = { from: '2026-11-28T19:04:02.120Z', until: '2026-11-28T19:05:02.120Z' };
    const counts = { connections: 1, left: 0, records: 5, bytes: 500, lostFrames: 0, evicted: 0 };
    return [{ ...known, ...time, ...counts, state: 'saved', error: null }];
  }

  async pack(name: string): ReturnType<RecordingsAnswering['pack']> {
    if (name !== NAME) return undefined;
    return (async function* () {
      yield Buffer.from('one');
      yield Buffer.from('two');
    })();
  }
}

const problemOf = ({ body }: Answered): ProblemJson => JSON.parse(body) as ProblemJson;

describe('/recordings', () => {
  let recordings: NotingRecorder;
  let served: Served;
  beforeEach(async () => {
    recordings = new NotingRecorder();
    served = await start({ recordings });
  });
  const ask = async (body: object): Promise<Answered> =>
    await post(served, '/recordings', JSON.stringify(body), JSON_TYPE);

  it('lists recordings, and the memory of the recorder', async () => {
    const { status, body } = await get(served, '/recordings');
    expect([status, JSON.parse(body)]).toEqual([
      200,
      {
        time: expect.any(String),
        memory: { bytes: 1000, maxBytes: 64_000, windowUs: 60e6, connections: 2 },
        path: '/data/recordings',
        recordings: await recordings.list(),
      },
    ]);
  });

  it('begins a recording of the connection that an id names', async () => {
    const { status, body } = await ask({ id: 'cookie:3471', before: '30s', after: '1.5s', note: 'upload stalls' });
    expect([status, JSON.parse(body)]).toEqual([
      202,
      { recording: NAME, state: 'writing', connections: 1, left: 0, bytes: 500 },
    ]);
    const uuids = [served.row.identity.uuid];
    const request = { beforeMs: 30_000, afterMs: 1500, trigger: 'manual', note: 'upload stalls' };
    expect(recordings.requests).toEqual([{ uuids, ...request }]);
    expect(served.lines.filter((line) => line.includes('recording asked for'))).toHaveLength(1);
  });

  it('begins a recording of the connections for which a filter holds; all of memory unless told otherwise', async () => {
    expect((await ask({ filter: 'dport 8443' })).status).toBe(202);
    expect(recordings.requests).toEqual([
      { uuids: [expect.any(String)], beforeMs: 60_000, afterMs: 0, trigger: 'manual', expression: 'dport 8443' },
    ]);
  });

  it.each([
    [{}, 'ERR_BODY', 400],
    [{ id: 'a', filter: 'b' }, 'ERR_BODY', 400],
    [{ id: 1 }, 'ERR_BODY', 400],
    [{ ids: ['a'] }, 'ERR_BODY', 400],
    [{ filter: 'dport 443', after: '11m' }, 'ERR_BODY', 400],
    [{ filter: 'dport 443', before: '60' }, 'ERR_BODY', 400],
    [{ filter: 'dport 443', note: 'x'.repeat(1001) }, 'ERR_BODY', 400],
    [{ filter: 'dport <' }, 'ERR_EXPRESSION', 400],
    [{ id: '???' }, 'ERR_PARAMETER', 400],
  ])('refuses %j with a sentence', async (body, code, status) => {
    const answer = await ask(body);
    expect([answer.status, problemOf(answer).code]).toEqual([status, code]);
    expect(recordings.requests).toEqual([]);
  });

  it.each([
    ['unknown', 404, 'ERR_NO_RECORDS'],
    ['busy', 429, 'ERR_LIMIT'],
    ['repeated', 409, 'ERR_REPEATED'],
    ['stopping', 503, 'ERR_STOPPING'],
  ] as const)('says why nothing is recorded: %s', async (reason, status, code) => {
    recordings.refusal = { kind: 'refused', reason, detail: 'because' };
    const answer = await ask({ filter: 'dport 443' });
    expect([answer.status, problemOf(answer)]).toEqual([status, expect.objectContaining({ code, detail: 'because' })]);
  });

  it('gives a recording as a tar archive, and nothing else', async () => {
    const { status, headers, body } = await get(served, `/recordings/${NAME}.tar`);
    expect([status, headers['content-type'], body]).toEqual([200, 'application/x-tar', 'onetwo']);
    expect(headers['content-disposition']).toBe(`attachment; filename="${NAME}.tar"`);
    for (const other of [NAME, `${NAME}.tar.tar`, '.tar', '..%2Fsecret.tar', '%00.tar']) {
      expect((await get(served, `/recordings/${other}`)).status).toBe(404);
    }
  });

  it('needs the type of JSON, and is refused to readers only', async () => {
    expect((await post(served, '/recordings', '{"filter":""}')).status).toBe(415);
    const readOnly = await start({ recordings, isReadOnly: true });
    expect((await post(readOnly, '/recordings', '{"filter":""}', JSON_TYPE)).status).toBe(403);
    expect((await get(readOnly, '/recordings')).status).toBe(200);
    expect(recordings.requests).toEqual([]);
  });

  it('without a recorder is 404', async () => {
    const without = await start();
    const answers = [
      await get(without, '/recordings'),
      await get(without, `/recordings/${NAME}.tar`),
      await post(without, '/recordings', '{"filter":""}', JSON_TYPE),
    ];
    for (const answer of answers) {
      expect([answer.status, problemOf(answer).code]).toEqual([404, 'ERR_NO_RECORDER']);
    }
  });

  it('answers any body with a result or a problem', async () => {
    const texts = fc.oneof(
      fc.string({ maxLength: 50 }),
      fc.constantFrom('10s', '1h', '-1s', 'dport 443', 'cookie:3471'),
    );
    const values = fc.oneof(texts, fc.jsonValue({ maxDepth: 2 }));
    const keys = fc.constantFrom('id', 'filter', 'before', 'after', 'note', '__proto__', 'constructor');
    const bodies = fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc.dictionary(keys, values).map((each) => JSON.stringify(each)),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const { status } = await post(served, '/recordings', body, JSON_TYPE);
        expect([202, 400, 404, 409]).toContain(status);
      }),
      { numRuns: 200 },
    );
    expect(served.lines.filter((line) => line.includes('level=error'))).toEqual([]);
  });
});
