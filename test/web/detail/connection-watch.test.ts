import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConnectionAnswerJson, ProblemJson, TimelineJson } from '../../../live/wire/index.js';
import { type ApiClient, ProblemError, type QueryParameters, type StreamEvent } from '../../../web/client/index.js';
import { ConnectionWatch } from '../../../web/detail/connection-watch.js';
import { courseSeries } from '../../../web/detail/course-series.js';

const GOLDEN = join(import.meta.dirname, '../../live/api/golden');
const TIMELINE = JSON.parse(readFileSync(join(GOLDEN, 'timeline.golden'), 'utf8')) as TimelineJson;
const ANSWER = JSON.parse(readFileSync(join(GOLDEN, 'connection.golden'), 'utf8')) as ConnectionAnswerJson;
const ID = 'host_1@2026-11-28T19:05:00Z';
const TIME = '2026-11-28T19:05:10.000Z';
const TIME_US = Date.parse(TIME) * 1000;

/** API whose answers a test gives. */
class FakeApi implements ApiClient {
  post(): never {
    throw new Error('a drill-down sends no commands');
  }

  delete(): never {
    throw new Error('a drill-down deletes nothing');
  }

  /** Requests, as `PATH?QUERY`. */
  readonly asked: string[] = [];
  readonly refusals = new Map<string, ProblemJson>();
  timeline: TimelineJson = TIMELINE;
  isStreaming = false;
  #on: ((event: StreamEvent) => void) | undefined;

  async get<T>(path: string, parameters: QueryParameters = {}): Promise<T> {
    const query = new URLSearchParams(parameters as Record<string, string>).toString();
    const route = path.slice(`/connections/${encodeURIComponent(ID)}`.length);
    this.asked.push(`${route}?${query}`);
    const refusal = this.refusals.get(route);
    if (refusal !== undefined) throw new ProblemError(refusal);
    const answers: Readonly<Record<string, unknown>> = {
      '/timeline': this.timeline,
      '': ANSWER,
      '/http': { exchanges: [] },
    };
    return answers[route] as T;
  }

  async file(): Promise<Blob> {
    throw new Error('no file is asked for');
  }

  stream(path: string, parameters: QueryParameters, on: (event: StreamEvent) => void): () => void {
    this.asked.push(`stream ${path}?${new URLSearchParams(parameters as Record<string, string>)}`);
    this.isStreaming = true;
    this.#on = on;
    return () => {
      this.isStreaming = false;
    };
  }

  send(event: string, data: object = {}): void {
    this.#on?.({ kind: 'event', event, data: { time: TIME, generation: 1, ...data } });
  }

  report(event: StreamEvent): void {
    this.#on?.(event);
  }
}

function problem(status: number, code: string, more: Partial<ProblemJson> = {}): ProblemJson {
  return { type: 'about:blank', title: code, status, code, detail: `refused: ${code}`, ...more };
}

/** Waits until all answers have been taken over. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

function begun(
  api = new FakeApi(),
  more: Partial<ConstructorParameters<typeof ConnectionWatch>[0]> = {},
): ConnectionWatch {
  return new ConnectionWatch({ api, id: ID, onChange: () => undefined, ...more });
}

describe('connection that is watched', () => {
  it('has its row from the stream, and its past and words from memory', async () => {
    const api = new FakeApi();
    const watch = begun(api);
    expect(watch.phase.kind).toBe('loading');
    api.send('view', ANSWER);
    await settled();
    expect(watch.phase.kind).toBe('live');
    expect(watch.answer?.uuid).toBe(ANSWER.uuid);
    expect(watch.words?.verdict).toBe(TIMELINE.verdict);
    expect(watch.exchanges).toEqual([]);
    expect(api.asked).toEqual([
      `stream /connections/${encodeURIComponent(ID)}/stream?width=50ms&window=10s`,
      '/timeline?source=memory',
      '/http?',
    ]);
  });

  it('ends the stream of archives, in which nothing follows, also without an end of the connection', async () => {
    const api = new FakeApi();
    const watch = begun(api, { isArchive: true });
    api.send('view', { ...ANSWER, open: true });
    await settled();
    expect(api.isStreaming).toBe(false);
    expect(watch.known.isGrowing).toBe(false);
    expect(watch.words?.verdict).toBe(TIMELINE.verdict);
    expect(api.asked).toContain('/timeline?');
  });

  it('has the same bytes in its charts as the timeline has', async () => {
    const api = new FakeApi();
    const watch = begun(api);
    api.send('view', ANSWER);
    await settled();
    const { known } = watch;
    const range = { fromMs: known.fromUs / 1000 - 1, untilMs: known.untilUs / 1000 };
    const { received, stepMs } = courseSeries(
      watch.cells(range),
      range,
      { ...known, isGrowing: false },
      { most: 1e4, isWhole: false },
    );
    const bytes = received.slice(0, -1).reduce<number>((sum, rate) => sum + ((rate ?? 0) * stepMs) / 1000, 0);
    expect(bytes).toBeCloseTo(
      TIMELINE.timeline.reduce((sum, cell) => sum + (cell.bytesReceived ?? 0), 0),
      3,
    );
  });

  it('takes cells and the values of the last second, and asks for counters and words now and then', async () => {
    const api = new FakeApi();
    const watch = begun(api);
    api.send('view', ANSWER);
    await settled();
    api.asked.length = 0;
    for (let i = 0; i < 6; i++) {
      api.send('cell', { startUs: TIME_US, widthUs: 50_000, cells: [], now: { rttUs: 1234 } });
      expect(watch.answer?.now?.rttUs).toBe(1234);
      await settled();
    }
    expect(api.asked.filter((each) => each === '?')).toHaveLength(2);
    expect(api.asked.filter((each) => each.startsWith('/timeline?source=memory&from='))).toHaveLength(2);
    expect(watch.known.untilUs).toBe(TIME_US);
  });

  it('asks a collector that reads no HTTP only once', async () => {
    const api = new FakeApi();
    api.refusals.set('/http', problem(404, 'ERR_NO_HTTP'));
    for (let i = 0; i < 2; i++) {
      const watch = begun(api);
      api.send('view', ANSWER);
      await settled();
      expect(watch.exchanges).toBeUndefined();
      expect(watch.pastProblem).toBe(TIMELINE.reason);
    }
    expect(api.asked.filter((each) => each === '/http?')).toHaveLength(1);
  });

  it('has ended with its final row, and then reads its archives', async () => {
    const api = new FakeApi();
    const watch = begun(api);
    api.send('view', ANSWER);
    await settled();
    api.asked.length = 0;
    api.send('closed', { ...ANSWER, open: false });
    await settled();
    expect(watch.phase.kind).toBe('closed');
    expect(watch.answer?.open).toBe(false);
    expect(api.asked.filter((each) => each.startsWith('/timeline'))).toEqual(['/timeline?source=memory', '/timeline?']);
    expect(watch.known.isGrowing).toBe(false);
  });

  it('does not grow in archives, where no end may be recorded: its time is that of its cells', async () => {
    const api = new FakeApi();
    const watch = begun(api, { isArchive: true });
    api.send('view', { ...ANSWER, open: true });
    await settled();
    expect(watch.known).toMatchObject({ isGrowing: false, untilUs: watch.course.untilUs });
    const live = begun(new FakeApi());
    expect(live.known.isGrowing).toBe(true);
  });

  it('ends the stream of a connection that had ended before', async () => {
    const api = new FakeApi();
    const watch = begun(api);
    api.send('view', { ...ANSWER, open: false });
    await settled();
    expect(watch.phase.kind).toBe('closed');
    expect(api.isStreaming).toBe(false);
  });

  it('keeps the last values while the collector is lost', async () => {
    const api = new FakeApi();
    const watch = begun(api);
    api.send('view', ANSWER);
    await settled();
    api.report({ kind: 'lost', reason: 'the connection broke off', sinceMs: 5 });
    expect(watch.phase).toEqual({ kind: 'lost', reason: 'the connection broke off', sinceMs: 5 });
    expect(watch.answer?.uuid).toBe(ANSWER.uuid);
    api.send('view', ANSWER);
    expect(watch.phase.kind).toBe('live');
  });

  it.each([
    problem(404, 'ERR_NO_CONNECTION'),
    problem(409, 'ERR_SEVERAL', { matches: ['a', 'b'] }),
  ])('says that the API refuses with $code', (refusal) => {
    const api = new FakeApi();
    const watch = begun(api);
    api.report({ kind: 'refused', problem: refusal });
    expect(watch.phase).toEqual({ kind: 'refused', problem: refusal });
  });

  it('says why archives cannot be read, and keeps what memory has', async () => {
    const api = new FakeApi();
    const watch = begun(api);
    api.send('view', ANSWER);
    await settled();
    api.refusals.set('/timeline', problem(429, 'ERR_LIMIT'));
    api.send('closed', { ...ANSWER, open: false });
    await settled();
    expect(watch.pastProblem).toBe('refused: ERR_LIMIT');
    expect(watch.course.cells().length).toBe(TIMELINE.timeline.length);
  });
});

describe('range of a watched connection', () => {
  it('is loaded in finer cells, with room around it, and not again while they suffice', async () => {
    const api = new FakeApi();
    const watch = begun(api);
    api.send('view', ANSWER);
    await settled();
    api.asked.length = 0;
    const range = { fromMs: TIME_US / 1000 - 8000, untilMs: TIME_US / 1000 - 4000 };
    api.timeline = {
      ...TIMELINE,
      startUs: range.fromMs * 1000,
      widthUs: 4000,
      timeline: Array.from({ length: 1000 }, (_, i) => ({
        ...(TIMELINE.timeline[0] as TimelineJson['timeline'][0]),
        fromUs: i * 4000,
      })),
    };
    await watch.look(range);
    const [request] = api.asked;
    const asked = new URLSearchParams(request?.split('?')[1]);
    expect(Object.fromEntries(asked)).toEqual({
      from: '2026-11-28T19:05:01.000Z',
      until: '2026-11-28T19:05:07.000Z',
      width: '4ms',
    });
    expect(watch.cells(range)).toHaveLength(1000);
    await watch.look({ ...range, fromMs: range.fromMs + 100 });
    expect(api.asked).toHaveLength(1);
    watch.lookAtAll();
    expect(watch.cells(range).length).toBe(watch.course.cells().length);
  });
});

describe('frozen connection', () => {
  it('has the values of the copy, and a course until then', async () => {
    const api = new FakeApi();
    const watch = begun(api, { frozenUs: TIME_US, frozenRow: { state: 'CLOSE_WAIT', now: { rttUs: 77 } } });
    await settled();
    expect(watch.phase.kind).toBe('frozen');
    expect(watch.answer?.state).toBe('CLOSE_WAIT');
    expect(watch.answer?.now?.rttUs).toBe(77);
    expect(api.asked).toEqual(['?', `/timeline?until=${encodeURIComponent(TIME)}`, '/http?']);
    expect(api.isStreaming).toBe(false);
    expect(watch.known.untilUs).toBe(TIME_US);
  });
});
