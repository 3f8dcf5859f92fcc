import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupsJson, RowJson, StatusJson } from '../../../live/wire/index.js';
import {
  COLOUR_STYLES,
  DEFAULT_COLUMNS,
  findColumn,
  fitModel,
  freezeView,
  press,
  printedLines,
  Screen,
  screenDiff,
  TopModel,
  topFrame,
} from '../../../view/top/index.js';
import { lineWidth } from '../../../view/top/line.js';
import { CONNECTION } from './connection-row.js';
import { closedRow, rowJson, TIME, viewEvent } from './rows.js';

/** Texts that a program, a unit or a host may have as its name. */
const NAME = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom('\u001b', '[', '2', 'J', '數', 'e\u0301', '\u009b', '\n', '\u202e', '🙂'),
    maxLength: 20,
  }),
);

const ROW: fc.Arbitrary<RowJson> = fc
  .record({ i: fc.nat(3000), command: NAME, isClosed: fc.boolean(), unit: NAME, limitedBy: NAME, address: NAME })
  .map(({ i, command, isClosed, unit, limitedBy, address }) => {
    const base = isClosed ? closedRow(i) : rowJson(i);
    return {
      ...base,
      process: { pid: i, command },
      cgroup: { unit },
      state: unit,
      connection: { ...base.connection, remoteAddress: address },
      now: { ...base.now, limitedBy: limitedBy as 'cwnd' },
    };
  });

function groups(name: string): GroupsJson {
  const group = {
    key: [name],
    connections: 3,
    closed: 1,
    sendThroughputBytesPerSec: 1e6,
    receiveThroughputBytesPerSec: 0,
    retransmitRateBytes: null,
    rttUs: { p50: 100, p95: null },
    limitedBy: null,
  };
  return { time: TIME, generation: 1, by: ['process.command'], matched: 3, total: 1, groups: [group] };
}

function status(host: string): StatusJson {
  return {
    mode: 'live',
    version: host,
    host,
    uptimeUs: 1e6,
    beatUs: 10_000,
    open: 1,
    closed: 0,
    generation: 1,
    loopback: false,
    netnsInode: null,
    uuidPrefix: null,
    budget: { historyBytes: 0, maxHistoryBytes: 1, historySec: 900, maxClosed: 10, keepClosedSec: 600 },
    attribution: { on: true, readsOthers: true, unknown: { gone: 1 } },
    readOnly: true,
    clients: 1,
  };
}

function modelOf(rows: readonly RowJson[], name: string, unicode: boolean): TopModel {
  const model = new TopModel({
    mode: 'live',
    place: name,
    columns: [...DEFAULT_COLUMNS, 'unit'].flatMap((each) => findColumn(each) ?? []),
    filter: '',
    sorting: undefined,
    everyMs: 1000,
    unicode,
  });
  model.status = status(name);
  model.second = {
    time: TIME,
    open: 1,
    opened: 0,
    closed: 0,
    sentBytes: 1e6,
    receivedBytes: 1,
    retransmittedBytes: 1,
    limitedUs: {},
  };
  model.receive({ kind: 'view', view: viewEvent(rows) }, 0);
  model.groups.take(groups(name));
  return model;
}

/** Codes that a screen may have. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const CODES = /\u001b\[(?:\d+;\d+H|[\d;]*m|2J)/g;

/** Keys that lead to each page and state. */
const WAYS: readonly string[] = ['', '/x', 'c', '?', '2 ', '3', '4', '\r', 'jjo', 'x', 'uf'];

describe('the screen', () => {
  it('has no line wider than the terminal and no control character, for any names, sizes and pages', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(ROW, { selector: ({ key }) => key, maxLength: 6 }),
        NAME,
        fc.constantFrom(...WAYS),
        fc.record({ columns: fc.integer({ min: 20, max: 220 }), rows: fc.integer({ min: 6, max: 50 }) }),
        fc.boolean(),
        (all, name, way, { columns, rows }, unicode) => {
          const model = modelOf(all, name, unicode);
          for (const text of way) press(model, text === '\r' ? { name: 'enter', text: '' } : { name: 'text', text }, 0);
          const completion = { kind: 'value', text: name, description: name, from: 0, to: 1 } as const;
          model.editor?.complete('x', 1, [completion]);
          if (model.detail !== undefined) {
            const timeline = {
              connection: { ...CONNECTION, remoteAddress: name },
              startUs: 0,
              spanUs: 0,
              widthUs: 1e6,
              timeline: [],
            };
            model.detail = { ...model.detail, timeline, error: name };
          }
          if (way === 'uf') {
            const view = { time: TIME, generation: 1, total: 1, matched: 1, closed: 0, offset: 0, connections: all };
            model.freeze(freezeView(view, 0), 0);
          }
          model.lost = { sinceMs: 0, reason: name };
          fitModel(model, columns, rows, 5000);
          const { lines } = topFrame(model, 5000);
          expect(lines.length).toBeLessThanOrEqual(rows);
          // A grid of cells cannot be wider; what matters is that nothing had to be cut off.
          const codes = screenDiff(undefined, new Screen(columns, rows, lines), COLOUR_STYLES);
          expect(codes.replaceAll(CODES, '')).not.toMatch(/\p{Cc}|\p{Cf}/u);
          if (!unicode) expect(codes.replaceAll('\u001b', '')).toMatch(/^[\x20-\x7e]*$/);
          if (columns >= 80 && way !== '\r') {
            for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(columns);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('is printed without codes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(ROW, { selector: ({ key }) => key, maxLength: 6 }), NAME, (all, name) => {
        const view = { time: TIME, generation: 1, total: 9, matched: 9, closed: 0, offset: 0, connections: all };
        for (const text of printedLines(modelOf([], name, false), view)) expect(text).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });

  it('takes at most 8 kB for a refresh in which every value changes', () => {
    const rows = (step: number): RowJson[] =>
      Array.from({ length: 40 }, (_, i) => {
        const row = rowJson(i);
        const now = { ...row.now, rttUs: 1111 * (i + step), sendThroughputBytesPerSec: 12_345 * (i + step) };
        return { ...row, ageUs: 60e6 * (i + step), now };
      });
    const model = modelOf(rows(1), 'host', true);
    const draw = (): Screen => {
      fitModel(model, 120, 40, 0);
      return new Screen(120, 40, topFrame(model, 0).lines);
    };
    const before = draw();
    model.receive({ kind: 'view', view: viewEvent(rows(7)) }, 0);
    const bytes = Buffer.byteLength(screenDiff(before, draw(), COLOUR_STYLES));
    expect(bytes).toBeGreaterThan(500);
    expect(bytes).toBeLessThanOrEqual(8000);
    expect(Buffer.byteLength(screenDiff(undefined, draw(), COLOUR_STYLES))).toBeLessThanOrEqual(8000);
  });
});
