import { describe, expect, it } from 'vitest';
import { RequestError } from '../../../live/answers/index.js';
import { ROW_FIELDS, ROW_FLAGS } from '../../../live/store/index.js';
import { FakeStore, fakeRow } from './fake-store.js';
import { Harness } from './harness.js';

describe('StoreAnswers.connection', () => {
  it('has all parts of a row, and statistics of its round-trip times', () => {
    const row = fakeRow();
    const store = new FakeStore([row]);
    store.times.set(row, [30, 10, 20, 100, 40]);
    const { answers } = new Harness(store);
    const answer = answers.connection(row, 60e6);
    expect(answer.stats).toEqual({
      windowUs: 60e6,
      rttUs: { min: 10, mean: 40, p50: 30, p95: 100, max: 100 },
      rttvarUs: null,
    });
    expect(answer).toMatchObject({ key: row.key, process: null, now: { rttUs: 1000 } });
    expect(store.times.get(row)).toEqual([30, 10, 20, 100, 40]);
  });

  it('has null without a round-trip time', () => {
    const row = fakeRow();
    const { stats } = new Harness(new FakeStore([row])).answers.connection(row, 1);
    expect(stats.rttUs).toEqual({ min: null, mean: null, p50: null, p95: null, max: null });
  });
});

describe('StoreAnswers', () => {
  it('has the fields of a row that are asked for', () => {
    const row = fakeRow();
    const { answers } = new Harness(new FakeStore([row]));
    expect(answers.row(row, 'key,rtt')).toEqual({ key: row.key, now: { rttUs: 1000 } });
    expect(() => answers.row(row, 'nope')).toThrow(RequestError);
  });

  it('has the overview of the store', () => {
    const store = new FakeStore();
    store.seconds.push({
      time: '2026-11-21T00:00:00Z',
      ...{ open: 1, opened: 1, closed: 0, sentBytes: 5, receivedBytes: 6, retransmittedBytes: 0 },
      limitedUs: { cwnd: 7 },
    });
    expect(new Harness(store).answers.overview(9e6)).toEqual({ windowUs: 9e6, widthUs: 1e6, seconds: store.seconds });
  });

  it('describes all fields and flags', () => {
    const { fields, flags } = new Harness(new FakeStore()).answers.fields();
    expect(fields).toHaveLength(ROW_FIELDS.length);
    expect(fields.find(({ name, part }) => name === 'rttUs' && part === 'now')).toMatchObject({
      type: 'duration',
      unit: 'us',
      aliases: expect.arrayContaining(['rtt', 'tcpi_rtt']),
      default: true,
    });
    expect(fields.find(({ name }) => name === 'limitedUs')).toMatchObject({
      type: 'object',
      default: false,
      since: null,
    });
    expect(flags.map(({ name }) => name)).toEqual(ROW_FLAGS.map(({ name }) => name));
  });
});

describe('StoreAnswers.complete', () => {
  const texts = async (store: FakeStore, text: string): Promise<string[]> => {
    const harness = new Harness(store);
    const { completions } = await harness.answer(harness.answers.complete(text, text.length));
    return completions.filter(({ kind }) => kind === 'value').map((each) => each.text);
  };

  it('has the values of the rows, the most frequent first', async () => {
    const commands = ['curl', 'nginx', 'nginx', null, '', 'bash'];
    const store = new FakeStore(commands.map((command) => fakeRow({ command })));
    expect(await texts(store, 'comm = ')).toEqual(['nginx', 'bash', 'curl']);
    expect(await texts(store, 'comm = ng')).toEqual(['nginx']);
  });

  it('counts once for a generation', async () => {
    const store = new FakeStore([fakeRow({ command: 'curl' })]);
    const harness = new Harness(store);
    const complete = async () => {
      const { completions } = await harness.answer(harness.answers.complete('comm = ', 7));
      return completions.map((each) => each.text);
    };
    const first = await complete();
    store.list = [fakeRow({ command: 'nginx' })];
    expect(await complete()).toEqual(first);
    expect(store.iterations).toBe(1);
    store.next();
    expect(await complete()).toContain('nginx');
  });

  it('has at most 20 values, the most frequent also of very many rows', async () => {
    const rows = Array.from({ length: 9000 }, (_, i) => fakeRow({ command: `c${i < 5000 ? i : 4}` }));
    const store = new FakeStore(rows);
    const found = await texts(store, 'comm = ');
    expect(found).toHaveLength(20);
    expect(found[0]).toBe('c4');
  });

  it('has no values for numbers', async () => {
    expect(await texts(new FakeStore([fakeRow()]), 'rtt > ')).toEqual([]);
  });
});
