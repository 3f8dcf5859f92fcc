import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpressionError } from '../../../expression/index.js';
import { CLOSED_CHOICES, RequestError, type ViewRequest } from '../../../live/answers/index.js';
import { ROW_FIELDS, ROW_VOCABULARY, type StoreRow } from '../../../live/store/index.js';
import { FakeStore, fakeRow, storeOf } from './fake-store.js';
import { Harness } from './harness.js';

async function keysOf(store: FakeStore, request: ViewRequest): Promise<(string | undefined)[]> {
  const harness = new Harness(store);
  const { connections } = await harness.answer(harness.answers.view({ fields: 'key', ...request }));
  return connections.map(({ key }) => key);
}

async function errorOf(request: ViewRequest): Promise<unknown> {
  const harness = new Harness(new FakeStore());
  return await harness.answer(harness.answers.view(request)).catch((error: unknown) => error);
}

/** Compares two values as the sort of views does; addresses are compared by their numbers. */
function compareBy(name: string, isDescending: boolean): (a: StoreRow, b: StoreRow) => number {
  const field = ROW_VOCABULARY.field(name)?.field;
  if (field === undefined) throw new TypeError(`no field ${name}`);
  const readBytes = field.type === 'address' ? field.readBytes : undefined;
  const read = (row: StoreRow): number | string | null => {
    if (readBytes !== undefined) return Buffer.from(readBytes(row) ?? []).toString('hex');
    const value = field.read(row) ?? null;
    return typeof value === 'boolean' ? Number(value) : value;
  };
  return (a, b) => {
    const [left, right] = [read(a), read(b)];
    if (left === right) return 0;
    if (left === null) return 1;
    if (right === null) return -1;
    return (left < right ? -1 : 1) * (isDescending ? -1 : 1);
  };
}

describe('a view', () => {
  it('has time, generation and numbers of the store', async () => {
    const store = new FakeStore([fakeRow({ key: 'a' }), fakeRow({ key: 'b', isOpen: false })]);
    const harness = new Harness(store);
    const view = await harness.answer(harness.answers.view({ fields: 'key,open' }));
    expect(view).toEqual({
      time: '2026-11-20T23:28:00Z',
      generation: 1,
      total: 2,
      matched: 1,
      closed: 1,
      offset: 0,
      connections: [{ key: 'a', open: true }],
    });
  });

  it('has open rows, all, or closed ones', async () => {
    const store = new FakeStore([fakeRow({ key: 'a' }), fakeRow({ key: 'b', isOpen: false })]);
    const found = await Promise.all([keysOf(store, {}), ...CLOSED_CHOICES.map((closed) => keysOf(store, { closed }))]);
    expect(found).toEqual([['a'], ['a'], ['a', 'b'], ['b']]);
  });

  it('has the rows for which a filter is true', async () => {
    const store = new FakeStore([
      fakeRow({ key: 'a', localPort: 443, rttUs: 5000 }),
      fakeRow({ key: 'b', localPort: 443, rttUs: null }),
      fakeRow({ key: 'c', localPort: 80, rttUs: 9000 }),
    ]);
    expect(await keysOf(store, { filter: 'sport = 443' })).toEqual(['a', 'b']);
    expect(await keysOf(store, { filter: 'rtt > 2ms and not sport = 80' })).toEqual(['a']);
    // Unknown is neither true nor false.
    expect(await keysOf(store, { filter: 'not rtt > 2ms' })).toEqual([]);
    expect(await keysOf(store, { filter: '  ' })).toEqual(['a', 'b', 'c']);
  });

  it('is sorted by throughput unless asked otherwise, in archives by the time at work', async () => {
    const rows = [
      fakeRow({ key: 'a', sent: 1 }),
      fakeRow({ key: 'b', sent: 1, received: 5 }),
      fakeRow({ key: 'c', sent: 3 }),
    ];
    expect(await keysOf(new FakeStore(rows), {})).toEqual(['b', 'c', 'a']);
    const worked = (row: StoreRow, us: number): StoreRow => ({
      ...row,
      now: null,
      // Waiting is no work.
      limitedUs: (cause) => (cause === 'peer' ? 100 - us : cause === 'cwnd' ? us : 0),
    });
    const archived = rows.map((row, i) => worked(row, [20, 10, 30][i] ?? 0));
    expect(await keysOf(new FakeStore(archived, 'archive'), {})).toEqual(['c', 'a', 'b']);
  });

  it('has unknown values last in both directions, and equal rows by age', async () => {
    const store = new FakeStore([
      fakeRow({ key: 'a', rttUs: null }),
      fakeRow({ key: 'b', rttUs: 2, startUs: 9 }),
      fakeRow({ key: 'c', rttUs: 7 }),
      fakeRow({ key: 'd', rttUs: 2, startUs: 3 }),
      fakeRow({ key: 'e', rttUs: 2, startUs: 3 }),
    ]);
    expect(await keysOf(store, { sort: 'rttUs' })).toEqual(['d', 'e', 'b', 'c', 'a']);
    expect(await keysOf(store, { sort: '-rttUs' })).toEqual(['c', 'd', 'e', 'b', 'a']);
  });

  it('sorts addresses by their numbers', async () => {
    const addresses = ['10.0.0.10', '10.0.0.9', '9.255.0.1', '::1', '2001:db8::10', '2001:db8::9'];
    const store = new FakeStore(addresses.map((remote) => fakeRow({ key: remote, remote })));
    expect(await keysOf(store, { sort: 'dst' })).toEqual([
      '::1',
      '9.255.0.1',
      '10.0.0.9',
      '10.0.0.10',
      '2001:db8::9',
      '2001:db8::10',
    ]);
  });

  it('is a window of what a plain sort gives, whatever the keys, the window and the number of rows', async () => {
    const key = fc.tuple(
      fc.constantFrom(
        'rtt',
        'send',
        'sport',
        'dst',
        'src',
        'comm',
        'open',
        'state',
        'now.limitedBy',
        'unit',
        'netns',
        'key',
      ),
      fc.boolean(),
    );
    await fc.assert(
      fc.asyncProperty(
        // More than two runs of 256.
        fc.oneof(storeOf(20), storeOf(800)),
        fc.array(key, { minLength: 1, maxLength: 3 }),
        fc.oneof(fc.nat({ max: 10 }), fc.nat({ max: 900 })),
        fc.oneof(fc.nat({ max: 10 }), fc.nat({ max: 900 })),
        async (store, keys, offset, limit) => {
          const sort = keys.map(([name, isDescending]) => `${isDescending ? '-' : ''}${name}`).join(',');
          const compares = keys.map(([name, isDescending]) => compareBy(name, isDescending));
          const naive = store.list.toSorted((a, b) => {
            for (const compare of compares) {
              const order = compare(a, b);
              if (order !== 0) return order;
            }
            return a.startUs - b.startUs || (a.key < b.key ? -1 : 1);
          });
          const found = await keysOf(store, { sort, offset, limit, closed: 'true' });
          expect(found).toEqual(naive.slice(offset, offset + limit).map((row) => row.key));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has the fields that are asked for, in the order of the table', async () => {
    const harness = new Harness(new FakeStore([fakeRow({ command: 'x' })]));
    const rowOf = async (fields: string) => (await harness.answer(harness.answers.view({ fields }))).connections[0];
    expect(await rowOf('state,key')).toEqual({ key: 'h_0000000000000001', state: 'ESTABLISHED' });
    expect(await rowOf('rtt, dport')).toEqual({ now: { rttUs: 1000 }, connection: { remotePort: 2 } });
    expect(await rowOf('process')).toEqual({
      process: {
        ...{ pid: 7, command: 'x', executable: null, uid: 0, user: 'root', otherPids: 0 },
        seenTime: '2026-11-21T00:00:00Z',
      },
    });
    expect(await rowOf('limitedUs,recorded')).toMatchObject({ connection: { limitedUs: { cwnd: 0 } } });
    expect(await rowOf('cgroup.container')).toEqual({ cgroup: null });
    const all = await rowOf('all');
    const names = (part: string) => ROW_FIELDS.filter((field) => field.part === part).map(({ name }) => name);
    expect(Object.keys(all ?? {})).toEqual([
      ...names(''),
      'connection',
      'now',
      'process',
      'cgroup',
      'nat',
      'watch',
      'pair',
      'mptcp',
    ]);
    expect(Object.keys(all?.connection ?? {})).toEqual(names('connection'));
    expect(Object.keys(all?.now ?? {})).toEqual(names('now'));
    const usual = await rowOf('default');
    expect(Object.keys(usual?.now ?? {}).length).toBeLessThan(names('now').length);
    expect(await rowOf('default,all')).toEqual(all);
  });

  it('has values of the kind that the wire says', async () => {
    const harness = new Harness(new FakeStore([fakeRow({ cookie: 0xd8fn })]));
    const { connections } = await harness.answer(harness.answers.view({ fields: 'all' }));
    expect(connections[0]).toMatchObject({
      cookie: '0000000000000D8F',
      open: true,
      closedTime: null,
      alerts: [],
      processUnknown: 'none',
      process: null,
      connection: { startTime: '2026-11-20T23:28:00.000Z', lastState: 1, family: 2, limitedBy: null },
      now: { caState: 'Open', appLimited: false, congestionAlgorithm: 'cubic', throughputBytesPerSec: 0 },
    });
    expect(Object.keys(connections[0]?.connection ?? {})).not.toContain('medianRttUs');
  });
});

describe('a wrong request', () => {
  it.each<[ViewRequest, string, RegExp]>([
    [{ sort: 'rttt' }, 'sort', /"rttt" is no field; .*rtt/],
    [{ sort: '-' }, 'sort', /"" is no field/],
    [{ sort: 'rtt,send,recv,age' }, 'sort', /4 fields; at most 3/],
    [{ sort: 'limitedUs' }, 'sort', /no field/],
    [{ fields: 'connection.rttUs' }, 'fields', /no field/],
    [{ fields: '' }, 'fields', /"" is no field/],
    [{ fields: 'key,toString' }, 'fields', /"toString" is no field/],
    [{ offset: -1 }, 'offset', /-1 is not a whole number/],
    [{ offset: 1.5 }, 'offset', /1.5 is not/],
    [{ limit: 10_001 }, 'limit', /from 0 to 10000/],
    [{ limit: Number.NaN }, 'limit', /NaN is not/],
    [{ closed: 'maybe' as never }, 'closed', /"maybe" is not one of false, true, only/],
  ])('%o is refused', async (request, parameter, message) => {
    const error = await errorOf(request);
    expect(error).toBeInstanceOf(RequestError);
    expect(error).toMatchObject({ name: 'RequestError', parameter, message: expect.stringMatching(message) });
  });

  it('with a wrong filter is refused with its position', async () => {
    const error = await errorOf({ filter: 'sport = 443 and rto > 5ms' });
    expect(error).toBeInstanceOf(ExpressionError);
    expect(error).toMatchObject({ message: expect.stringContaining('rto') });
  });

  it('is refused at once by subscriptions', () => {
    const { answers } = new Harness(new FakeStore());
    expect(() => answers.subscribe({ sort: 'x' }, 1000, () => undefined)).toThrow(RequestError);
    expect(() => answers.subscribe({ filter: '(' }, 1000, () => undefined)).toThrow(ExpressionError);
  });

  it('of any text throws nothing but its errors', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ filter: fc.string(), sort: fc.string(), fields: fc.string() }, { requiredKeys: [] }),
        async (request) => {
          const error = await errorOf(request);
          if (error instanceof Error) expect(['RequestError', 'ExpressionError']).toContain(error.name);
        },
      ),
    );
  });
});
