import { describe, expect, it } from 'vitest';
import type { RowJson } from '../../../live/wire/index.js';
import { HELP_KEYS } from '../../../view/top/help-screen.js';
import {
  DEFAULT_COLUMNS,
  type Effect,
  findColumn,
  fitModel,
  freezeView,
  type KeyName,
  press,
  Screen,
  TopModel,
  topFrame,
} from '../../../view/top/index.js';
import { LIST_KEYS } from '../../../view/top/list-keys.js';
import { closedRow, deltaEvent, rowJson, TIME, viewEvent } from './rows.js';

const NAMES: readonly string[] = [
  'enter',
  'escape',
  'tab',
  'up',
  'down',
  'pageup',
  'pagedown',
  'home',
  'end',
  'ctrl-c',
];

/** A model on a screen, with a clock of its own. */
class Harness {
  nowMs = 1000;
  readonly model: TopModel;

  constructor(
    rows: readonly RowJson[] = Array.from({ length: 5 }, (_, i) => rowJson(i)),
    readonly size = { columns: 100, rows: 20 },
  ) {
    this.model = new TopModel({
      mode: 'live',
      place: '',
      columns: DEFAULT_COLUMNS.flatMap((name) => findColumn(name) ?? []),
      filter: '',
      sorting: undefined,
      everyMs: 1000,
      unicode: true,
    });
    this.model.receive({ kind: 'view', view: viewEvent(rows) }, this.nowMs);
    this.model.takeEffects();
  }

  /** Presses keys: names of keys, or letters. Returns the effects. */
  press(...keys: readonly string[]): readonly Effect[] {
    for (const key of keys) {
      const isName = NAMES.includes(key);
      press(this.model, isName ? { name: key as KeyName, text: '' } : { name: 'text', text: key }, this.nowMs);
    }
    this.screen();
    return this.model.takeEffects();
  }

  /** Lines of the screen. */
  screen(): string[] {
    fitModel(this.model, this.size.columns, this.size.rows, this.nowMs);
    const screen = new Screen(this.size.columns, this.size.rows, topFrame(this.model, this.nowMs).lines);
    return Array.from({ length: this.size.rows }, (_, row) => screen.rowText(row));
  }

  /** Process ids of the rows shown. */
  pids(): number[] {
    return this.screen().flatMap((text) => {
      const [, pid] = /^(?:nginx|pos[a-z…]*) (\d+) /.exec(text) ?? [];
      return pid === undefined ? [] : [Number(pid)];
    });
  }
}

const rows = (...order: readonly number[]): RowJson[] => order.map((i) => rowJson(i));

describe('the order of rows', () => {
  it('follows the source until the cursor moves, then is held while values go on', () => {
    const top = new Harness(rows(1, 2, 3));
    top.model.receive({ kind: 'delta', delta: deltaEvent(rows(1, 2, 3), rows(3, 2, 1)) }, 2000);
    expect(top.pids()).toEqual([803, 802, 801]);
    top.press('j');
    const changed = [rowJson(1, { now: { ...rowJson(1).now, rttUs: 77 } }), rowJson(3), rowJson(2)];
    top.model.receive({ kind: 'delta', delta: deltaEvent(rows(3, 2, 1), changed) }, 3000);
    expect(top.pids()).toEqual([803, 802, 801]);
    expect(top.screen().find((text) => text.includes('801'))).toContain('77 µs');
    top.nowMs = 13_000;
    expect(top.screen()[1]).toContain('order 12 s old · o');
    top.press('o');
    expect(top.pids()).toEqual([801, 803, 802]);
    expect(top.screen()[1]).not.toContain('order');
    // The cursor stays with its row.
    expect(top.model.list.current).toBe(rowJson(2).key);
  });

  it('keeps rows that leave the view while it is held, dimmed', () => {
    const top = new Harness(rows(1, 2, 3));
    top.press('j');
    top.model.receive({ kind: 'delta', delta: deltaEvent(rows(1, 2, 3), rows(1, 4)) }, 2000);
    expect(top.pids()).toEqual([801, 802, 803]);
    expect(top.model.isCurrent(rowJson(3).key ?? '')).toBe(false);
    top.press('o');
    expect(top.pids()).toEqual([801, 804]);
    expect(top.model.row(rowJson(3).key ?? '')).toBeUndefined();
  });

  it('is taken anew from a collector that was restarted, to which each connection has another key', () => {
    const again = rows(3, 1, 2).map((row) => ({ ...row, key: `${row.uuid}@2026-11-28T19:05:09Z` }));
    const top = new Harness(rows(1, 2, 3));
    top.press('j', 'enter');
    expect(top.model.detail?.key).toBe(rowJson(2).key);
    top.model.receive({ kind: 'lost', reason: 'aborted' }, 2000);
    top.model.receive({ kind: 'view', view: viewEvent(again) }, 5000);
    expect(top.model.detail?.key).toBe(rowJson(2).uuid);
    top.press('escape');
    expect(top.pids()).toEqual([803, 801, 802]);
    expect(again.every(({ key }) => top.model.isCurrent(key ?? ''))).toBe(true);
  });

  it('is still held when the same collector is reached again', () => {
    const top = new Harness(rows(1, 2, 3));
    top.press('j');
    top.model.receive({ kind: 'lost', reason: 'aborted' }, 2000);
    top.model.receive({ kind: 'view', view: viewEvent(rows(3, 1, 4)) }, 5000);
    expect(top.pids()).toEqual([801, 802, 803]);
  });

  it('is asked for by each column in turn, and reversed', () => {
    const top = new Harness();
    expect(top.press('s')).toEqual([{ kind: 'subscribe' }]);
    expect(top.model.request).toMatchObject({ sort: 'process.command', offset: 0 });
    top.press('r');
    expect(top.model.request.sort).toBe('-process.command');
    top.press('s', 's', 's', 's');
    expect(top.model.request.sort).toBe('-now.sendThroughputBytesPerSec');
    top.press('S', 'S', 'S', 'S', 'S');
    expect(top.model.request.sort).toBeUndefined();
    top.press('r');
    expect(top.screen().at(-1)).toContain('Choose a column with s first');
    expect(top.press('S')).toEqual([{ kind: 'subscribe' }]);
    expect(top.model.request.sort).toBe('-ageUs');
  });

  it('begins at the first row after another sort, not before the answer', () => {
    const top = new Harness(rows(1, 2, 3));
    top.press('j', 'j', 's');
    expect(top.model.list.index).toBe(2);
    top.model.receive({ kind: 'view', view: viewEvent(rows(3, 1, 2)) }, 2000);
    expect(top.model.list).toMatchObject({ index: 0, heldSinceMs: undefined });
    expect(top.pids()).toEqual([803, 801, 802]);
  });
});

describe('a cursor that moves before the answer to another sort', () => {
  it('holds the new order, from its first row on', () => {
    const top = new Harness(rows(1, 2, 3));
    top.press('s', 'j');
    top.model.receive({ kind: 'view', view: viewEvent(rows(3, 1, 2)) }, 2000);
    expect(top.pids()).toEqual([803, 801, 802]);
    expect(top.model.list).toMatchObject({ index: 0, heldSinceMs: 2000 });
    top.model.receive({ kind: 'delta', delta: deltaEvent(rows(3, 1, 2), rows(1, 2, 3)) }, 3000);
    expect(top.pids()).toEqual([803, 801, 802]);
  });
});

describe('a window of many rows', () => {
  const all = Array.from({ length: 500 }, (_, i) => rowJson(i));

  it('is asked for when the cursor leaves it', () => {
    const top = new Harness([]);
    top.model.receive({ kind: 'view', view: viewEvent(all.slice(0, 100), { total: 500, matched: 500 }) }, 1000);
    expect(top.press('pagedown')).toEqual([]);
    expect(top.press('G')).toContainEqual({ kind: 'subscribe' });
    const { offset = 0, limit = 0 } = top.model.takeRequest();
    // The same window is not asked for again while the answer is on its way.
    expect(top.press('k', 'j')).toEqual([]);
    expect(offset + limit).toBeGreaterThanOrEqual(500);
    expect(offset).toBeLessThanOrEqual(500 - top.model.list.height);
    const window = viewEvent(all.slice(offset, offset + limit), { total: 500, matched: 500, offset });
    top.model.receive({ kind: 'view', view: window }, 2000);
    expect(top.pids().at(-1)).toBe(1299);
    expect(top.model.takeEffects()).toEqual([]);
  });

  it('is asked for when the screen grows', () => {
    const top = new Harness([]);
    top.model.receive({ kind: 'view', view: viewEvent(all.slice(0, 100), { total: 500, matched: 500 }) }, 1000);
    expect(top.model.takeRequest()).toMatchObject({ offset: 0, limit: 100 });
    fitModel(top.model, 100, 200, 1000);
    expect(top.model.takeEffects()).toEqual([{ kind: 'subscribe' }]);
    expect(top.model.takeRequest().limit).toBeGreaterThan(500);
  });

  it('is not asked for when rows are added while the order is held', () => {
    const top = new Harness(rows(1, 2, 3));
    top.press('j');
    let before = rows(1, 2, 3);
    for (let i = 4; i < 40; i++) {
      const after = [...before, rowJson(i)];
      top.model.receive({ kind: 'delta', delta: deltaEvent(before, after) }, 2000);
      top.screen();
      expect(top.model.takeEffects()).toEqual([]);
      before = after;
    }
    expect(top.pids()).toEqual([801, 802, 803]);
    expect(top.screen()[1]).toContain('39 of 39');
  });

  it('clamps the cursor when rows vanish', () => {
    const top = new Harness(all.slice(0, 10));
    top.press('G');
    top.model.receive({ kind: 'view', view: viewEvent(rows(1), { offset: 0 }) }, 2000);
    top.press('o');
    expect(top.model.list.index).toBe(0);
    expect(top.pids()).toEqual([801]);
  });
});

describe('the filter line', () => {
  it('asks for completions of each text, and takes those of the current one only', () => {
    const top = new Harness();
    expect(top.press('/')).toEqual([{ kind: 'complete', text: '', at: 0 }]);
    expect(top.press('r', 't')).toEqual([
      { kind: 'complete', text: 'r', at: 1 },
      { kind: 'complete', text: 'rt', at: 2 },
    ]);
    const completion = { kind: 'field', text: 'rttUs', description: '', from: 0, to: 2 } as const;
    top.model.editor?.complete('r', 1, [completion]);
    expect(top.model.editor?.completions).toEqual([]);
    top.model.editor?.complete('rt', 2, [completion]);
    expect(top.press('tab')).toEqual([{ kind: 'complete', text: 'rttUs', at: 5 }]);
    expect(top.screen()[2]).toBe('Filter: rttUs');
  });

  it('keeps a wrong text, shows where it is wrong, and applies a right one', () => {
    const top = new Harness();
    expect(top.press('/', ...'rto > 5ms', 'enter').filter(({ kind }) => kind === 'subscribe')).toEqual([]);
    expect(top.screen().slice(2, 5)).toEqual([
      'Filter: rto > 5ms',
      '        ^',
      expect.stringMatching(/^at 0: 'rto' is no field/),
    ]);
    top.press('ctrl-c');
    const other = new Harness();
    expect(other.press('/', ...'rtt > 5ms', 'enter')).toContainEqual({ kind: 'subscribe' });
    expect(other.model.request.filter).toBe('rtt > 5ms');
    expect(other.press('/', 'escape')).toContainEqual({ kind: 'subscribe' });
    expect(other.model.request.filter).toBe('');
    expect(other.press('/', 'escape')).not.toContainEqual({ kind: 'subscribe' });
  });

  it('adds the scope to every filter', () => {
    const { model } = new Harness();
    const scoped = new TopModel({ ...model.options, scope: 'port 443', filter: 'a or b' });
    expect(scoped.request.filter).toBe('(port 443) and (a or b)');
    expect(new TopModel({ ...model.options, scope: 'port 443' }).request.filter).toBe('port 443');
  });
});

describe('a frozen view', () => {
  const json = (all: readonly RowJson[]) => ({
    time: TIME,
    generation: 1,
    total: 20,
    matched: 20,
    closed: 1,
    offset: 0,
    connections: all,
  });

  it('is sorted and filtered without the source', () => {
    const top = new Harness(rows(1, 2, 3));
    expect(top.press('f')).toEqual([{ kind: 'freeze' }]);
    top.model.freeze(freezeView(json([...rows(1, 2, 3), closedRow(4)]), 1000), 1000);
    top.nowMs = 13_000;
    expect(top.screen()[1]).toBe(' FROZEN 12 s ago · first 4 of 20, f: go on');
    top.model.receive({ kind: 'view', view: viewEvent(rows(9)) }, 2000);
    expect(top.pids()).toEqual([801, 802, 803, 804]);
    expect(top.press('s', 's', 's', 's', 's')).toEqual([]);
    expect(top.pids()).toEqual([804, 803, 802, 801]);
    expect(top.press('/', ...'comm:nginx', 'enter').filter(({ kind }) => kind === 'subscribe')).toEqual([]);
    expect(top.pids()).toEqual([804, 802]);
    top.press('x');
    expect(top.pids()).toEqual([802]);
    expect(top.press('f')).toEqual([{ kind: 'subscribe' }]);
    expect(top.screen().join()).not.toContain('FROZEN');
  });

  it('completes from its own rows', () => {
    const frozen = freezeView(json(rows(1, 2, 4)), 0);
    expect(frozen.complete('comm = ', 7).map(({ text }) => text)).toEqual(
      expect.arrayContaining(['nginx', 'postgres']),
    );
    expect(frozen.complete('comm = ', 7)[0]?.text).toBe('nginx');
  });

  it('sorts unknown values last either way', () => {
    const frozen = freezeView(json([rowJson(1), rowJson(2, { now: null }), rowJson(3)]), 0);
    const order = (sort: string) => frozen.order('', sort, 'true').map((key) => frozen.rows.get(key)?.process?.pid);
    expect(order('now.rttUs')).toEqual([801, 803, 802]);
    expect(order('-now.rttUs')).toEqual([803, 801, 802]);
    expect(order('state,-pid')).toEqual([803, 802, 801]);
  });
});

describe('a source that is lost', () => {
  it('leaves the last state, with its age, until the next view', () => {
    const top = new Harness(rows(1, 2));
    top.model.receive({ kind: 'lost', reason: 'connection refused (ECONNREFUSED)' }, 1000);
    top.model.receive({ kind: 'lost', reason: 'no such file' }, 5000);
    top.nowMs = 13_000;
    expect(top.screen()[1]).toBe(' NO CONNECTION since 12 s: connection refused (ECONNREFUSED); trying again');
    expect(top.pids()).toEqual([801, 802]);
    top.model.receive({ kind: 'view', view: viewEvent(rows(2, 1)) }, 14_000);
    expect(top.pids()).toEqual([802, 801]);
  });

  it('says why a request was refused', () => {
    const top = new Harness();
    top.model.receive({ kind: 'refused', reason: 'at 3: wrong' }, 1000);
    expect(top.screen().at(-1)).toBe('At 3: wrong.');
  });
});

describe('keys', () => {
  it('are all in the help', () => {
    const words = HELP_KEYS.map(([keys]) => keys).join(' ');
    const others: Readonly<Record<string, string>> = {
      ' ': 'Space',
      up: 'arrows',
      down: 'arrows',
      pagedown: 'PgDn',
      pageup: 'PgUp',
      enter: 'Enter',
      escape: 'Esc',
      'ctrl-c': 'Ctrl-C',
      'ctrl-z': 'Ctrl-Z',
    };
    // Home, End and = do what g, G and + do; Ctrl-L is known from other programs.
    for (const key of LIST_KEYS.filter((each) => !['home', 'end', '=', 'ctrl-l'].includes(each))) {
      expect(` ${words.replaceAll(',', ' ')} `).toContain(` ${others[key] ?? key} `);
    }
  });

  it('show both ends of an open connection, open the other one, or say why not', () => {
    const pair = { key: rowJson(2).key ?? '' };
    const top = new Harness([rowJson(1, { pair }), rowJson(2, { pair: null, pairAmbiguous: true }), rowJson(3)]);
    top.press('enter');
    expect(top.press('p')).toEqual([{ kind: 'detail' }]);
    expect(top.model.detail).toMatchObject({ key: rowJson(1).key, isPaired: true });
    expect(top.press('p')).toEqual([]);
    expect(top.model.detail).toMatchObject({ key: rowJson(1).key, isPaired: false });
    expect(top.press('p', 'P')).toEqual([{ kind: 'detail' }, { kind: 'detail' }]);
    expect(top.model.detail?.key).toBe(rowJson(2).key);
    expect(top.model.detail?.isPaired).toBeUndefined();
    for (const key of ['p', 'P']) {
      expect(top.press(key)).toEqual([]);
      expect(top.model.message).toBe('Several connections could be the other end.');
    }
    top.press('escape', 'j', 'j', 'enter', 'p');
    expect(top.model.message).toBe('The other end is not seen here.');
  });

  it('open a connection, and follow it while it goes on', () => {
    const top = new Harness(rows(1, 2));
    expect(top.press('j', 'enter')).toEqual([{ kind: 'detail' }]);
    expect(top.model.detail?.key).toBe(rowJson(2).key);
    top.model.receive({ kind: 'delta', delta: deltaEvent(rows(1, 2), rows(1, 2)) }, 2000);
    expect(top.model.takeEffects()).toEqual([{ kind: 'detail' }]);
    expect(top.press('y')).toEqual([{ kind: 'copy', text: rowJson(2).uuid }]);
    expect(top.press('f')).toEqual([{ kind: 'freeze' }]);
    top.press('escape');
    expect(top.model.mode).toBe('list');
    expect(top.press('escape')).toEqual([]);
    expect(top.model.list.heldSinceMs).toBeUndefined();
  });

  it('change the choice of closed rows, the interval, units and tabs', () => {
    const top = new Harness();
    expect(top.press('x')).toEqual([{ kind: 'subscribe' }]);
    expect(top.model.request.closed).toBe('false');
    top.press('x');
    expect(top.model.request.closed).toBe('only');
    top.press('x', '+', '+');
    expect(top.model).toMatchObject({ closed: 'true', everyMs: 5000 });
    top.press('-', '-', '-', '-', '-', '-', '-');
    expect(top.model.everyMs).toBe(100);
    expect(top.press('-')).toEqual([]);
    top.press('u');
    expect(top.screen().join()).toContain('1 MB/s');
    expect(top.press('4')).toEqual([{ kind: 'status' }]);
    expect(top.press('a')).toEqual([{ kind: 'groups' }]);
    expect(top.press('q')).toEqual([{ kind: 'quit' }]);
    expect(top.press('ctrl-c')).toEqual([{ kind: 'quit' }]);
  });

  it('choose columns, and ask for their fields', () => {
    const top = new Harness();
    expect(top.press('c', ' ')).toEqual([{ kind: 'subscribe' }]);
    expect(top.model.columns.map(({ id }) => id)).not.toContain('process');
    expect(top.model.request.fields).not.toContain('process');
    const count = top.model.columns.length;
    top.press('G', ' ', 'enter');
    expect(top.model.columns).toHaveLength(count + 1);
    expect(top.model.mode).toBe('list');
  });
});
