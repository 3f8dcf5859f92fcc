import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonBytes } from '../../../live/answers/json-bytes.js';
import { rowWriter } from '../../../live/answers/row-bytes.js';
import { type ChosenFields, parseFields, rowJson } from '../../../live/answers/row-json.js';
import { ROW_FIELDS, rowVocabulary, type StoreRow } from '../../../live/store/index.js';
import { FakeStore, fakeRow, nastyText, rowSpec, storeOf } from './fake-store.js';
import { Harness } from './harness.js';

const LIVE = rowVocabulary('live');

/** Returns what is written of a row, in chunks of so few bytes that many values do not fit into the rest of one. */
function textOf(fields: ChosenFields, row: StoreRow): string {
  const json = new JsonBytes(32);
  rowWriter(fields)(row, json);
  return Buffer.concat(json.take()).toString();
}

describe('rowWriter', () => {
  it('writes what JSON.stringify writes of the row as an object, whatever its texts', () => {
    const names = ['default', 'all', ...ROW_FIELDS.map(({ part, name }) => (part === '' ? name : `${part}.${name}`))];
    fc.assert(
      fc.property(
        rowSpec,
        fc.record({
          uuid: nastyText,
          command: nastyText,
          unit: nastyText,
          netnsName: nastyText,
          congestionAlgorithm: nastyText,
        }),
        fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 5 }),
        (spec, texts, chosen) => {
          const row = fakeRow({ ...spec, ...texts });
          const fields = parseFields(chosen.join(','), LIVE);
          expect(textOf(fields, row)).toBe(JSON.stringify(rowJson(row, fields)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('writes the same again with the texts that a row keeps, and keeps only those of the default fields', () => {
    const row: StoreRow = { ...fakeRow({ netnsName: 'b"lü\u2028', command: 'x' }), kept: null };
    for (const names of ['all', 'uuid,key', 'default', 'default', 'default,cookie', 'all']) {
      const fields = parseFields(names, LIVE);
      expect(textOf(fields, row)).toBe(JSON.stringify(rowJson(row, fields)));
    }
    expect(row.kept).toHaveLength(2);
    expect(row.kept?.[0]).toContain(row.key);
    expect(row.kept?.[1]).toContain('"remotePort":');
  });

  it('writes infinite numbers and NaN as null', () => {
    const edges = [0, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, 2 ** 53, -1, -0];
    for (const sent of [Number.NaN, Number.POSITIVE_INFINITY, 1e21, 1e-7, 0.1 + 0.2, ...edges]) {
      const [row, fields] = [fakeRow({ sent }), parseFields('send', LIVE)];
      expect(textOf(fields, row)).toBe(JSON.stringify(rowJson(row, fields)));
    }
  });

  it('writes parts that are null', () => {
    const row = { ...fakeRow(), now: null };
    expect(textOf(parseFields('process,rtt,pod', LIVE), row)).toBe('{"now":null,"process":null,"cgroup":null}');
  });
});

describe('viewBytes', () => {
  it('is the JSON of view', async () => {
    await fc.assert(
      fc.asyncProperty(
        storeOf(60),
        fc.constantFrom('default', 'all', 'key'),
        fc.nat({ max: 5 }),
        async (store, fields, offset) => {
          const harness = new Harness(store, 0.1);
          const request = { fields, offset, closed: 'true', sort: 'dst' } as const;
          const bytes = await harness.answer(harness.answers.viewBytes(request));
          const view = await harness.answer(harness.answers.view(request));
          expect(Buffer.concat(bytes).toString()).toBe(JSON.stringify(view));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('of no rows is an empty list', async () => {
    const harness = new Harness(new FakeStore([]));
    const bytes = Buffer.concat(await harness.answer(harness.answers.viewBytes({})));
    expect(JSON.parse(bytes.toString())).toEqual(await harness.answer(harness.answers.view({})));
  });

  it('is whole when it is longer than a chunk', async () => {
    const command = '\u2028"ü'.repeat(500);
    const store = new FakeStore(Array.from({ length: 100 }, (_, i) => fakeRow({ key: `k${i}`, command })));
    const harness = new Harness(store);
    const bytes = Buffer.concat(await harness.answer(harness.answers.viewBytes({ fields: 'key,comm' })));
    expect(bytes.length).toBeGreaterThan(300_000);
    const { connections } = JSON.parse(bytes.toString()) as {
      connections: { process: { command: string } }[];
    };
    expect(connections.map(({ process }) => process.command)).toEqual(Array.from({ length: 100 }, () => command));
  });
});

describe('groupsBytes', () => {
  it('is the JSON of groups', async () => {
    await fc.assert(
      fc.asyncProperty(storeOf(40), fc.constantFrom('dst', 'comm,dport', 'uuid'), async (store, by) => {
        const harness = new Harness(store, 0.1);
        const bytes = await harness.answer(harness.answers.groupsBytes({ by, limit: 30, closed: 'true' }));
        const { groups, ...head } = await harness.answer(harness.answers.groups({ by, limit: 30, closed: 'true' }));
        expect(Buffer.concat(bytes).toString()).toBe(JSON.stringify({ ...head, groups }));
      }),
      { numRuns: 30 },
    );
  });
});
