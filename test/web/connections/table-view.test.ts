import { describe, expect, it } from 'vitest';
import type { RowJson } from '../../../live/wire/index.js';
import type { QueryParameters, StreamEvent } from '../../../web/client/index.js';
import { TableView } from '../../../web/connections/table-view.js';
import { deltaEvent, rowJson, viewEvent } from '../../view/top/rows.js';

interface AskedStream {
  readonly parameters: QueryParameters;
  readonly send: (event: StreamEvent) => void;
  isOpen: boolean;
}

/** View whose streams the test feeds. */
class Bench {
  readonly streams: AskedStream[] = [];
  timeMs = 0;
  generation = 1;
  #later: { readonly act: () => void; readonly atMs: number }[] = [];
  readonly view = new TableView({
    api: {
      stream: (path, parameters, on) => {
        expect(path).toBe('/stream');
        const stream = { parameters, send: on, isOpen: true };
        this.streams.push(stream);
        return () => {
          stream.isOpen = false;
        };
      },
    },
    onChange: () => undefined,
    nowMs: () => this.timeMs,
    later: (act, ms) => {
      const entry = { act, atMs: this.timeMs + ms };
      this.#later.push(entry);
      return () => {
        this.#later = this.#later.filter((each) => each !== entry);
      };
    },
  });

  get last(): AskedStream {
    const last = this.streams.at(-1);
    if (last === undefined) throw new RangeError('nothing was asked');
    return last;
  }

  get open(): number {
    return this.streams.filter(({ isOpen }) => isOpen).length;
  }

  get keys(): string {
    return this.view.held.order.map((key) => key.slice(-2)).join(' ');
  }

  follow(more: { readonly filter?: string; readonly fields?: string; readonly everyMs?: number } = {}): void {
    this.view.follow({ filter: '', sort: '', closed: 'true', fields: 'key', everyMs: 1000, ...more });
  }

  wait(ms: number): void {
    this.timeMs += ms;
    const due = this.#later.filter(({ atMs }) => atMs <= this.timeMs);
    this.#later = this.#later.filter((each) => !due.includes(each));
    for (const { act } of due) act();
  }

  sendView(rows: readonly RowJson[], more: { readonly matched?: number; readonly offset?: number } = {}): void {
    const data = { ...viewEvent(rows, more), generation: this.generation++ };
    this.last.send({ kind: 'event', event: 'view', data });
  }

  sendDelta(before: readonly RowJson[], after: readonly RowJson[]): void {
    const data = { ...deltaEvent(before, after), generation: this.generation++ };
    this.last.send({ kind: 'event', event: 'delta', data });
  }
}

const rows = (...numbers: readonly number[]): RowJson[] => numbers.map((i) => rowJson(i));

describe('the view of the table', () => {
  it('follows rows and order', () => {
    const bench = new Bench();
    bench.follow();
    expect(bench.view.isWaiting).toBe(true);
    bench.sendView(rows(1, 2, 3));
    bench.sendDelta(rows(1, 2, 3), rows(3, 1));
    expect([bench.keys, bench.view.held.matched, bench.view.isWaiting]).toEqual(['03 01', 2, false]);
  });

  it('shows new values of held rows, also the last ones of those that left', () => {
    const bench = new Bench();
    bench.follow();
    bench.sendView(rows(1, 2));
    bench.view.held.hold('pointer', 0);
    const changed = rowJson(2, { ageUs: 7 });
    bench.sendDelta(rows(1, 2), [changed, rowJson(5)]);
    expect(bench.keys).toBe('01 02');
    const [first = '', second = ''] = bench.view.held.order;
    expect(bench.view.row(second)?.ageUs).toBe(7);
    expect([bench.view.isCurrent(first), bench.view.row(first)?.uuid]).toEqual([false, rowJson(1).uuid]);
    bench.view.release('pointer');
    expect([bench.keys, bench.view.row(first)]).toEqual(['02 05', undefined]);
  });

  it('asks for another window when the document needs it, not too often, and keeps the rows until they come', () => {
    const bench = new Bench();
    bench.follow();
    bench.view.show({ first: 0, end: 30 }, { first: 0, end: 50 });
    const first = Array.from({ length: 120 }, (_, i) => rowJson(i));
    bench.timeMs = 1000;
    bench.sendView(first, { matched: 5000 });
    bench.view.show({ first: 40, end: 70 }, { first: 20, end: 90 });
    expect(bench.streams).toHaveLength(1);
    bench.view.show({ first: 2000, end: 2030 }, { first: 1980, end: 2050 });
    expect(bench.streams).toHaveLength(2);
    bench.timeMs = 1010;
    bench.view.show({ first: 4000, end: 4030 }, { first: 3980, end: 4050 });
    bench.view.show({ first: 4400, end: 4430 }, { first: 4380, end: 4450 });
    expect([bench.streams.length, bench.open, bench.view.held.offset]).toEqual([2, 2, 0]);
    bench.wait(200);
    expect(bench.streams).toHaveLength(3);
    expect(bench.last.parameters).toMatchObject({ offset: 4355, limit: 120 });
    bench.sendView(rows(7, 8), { matched: 5000, offset: 4355 });
    expect([bench.open, bench.view.held.offset, bench.keys.slice(0, 5)]).toEqual([1, 4355, '07 08']);
  });

  it('takes no message of an earlier choice', () => {
    const bench = new Bench();
    bench.follow();
    bench.sendView(rows(1, 2));
    const { last } = bench;
    bench.view.held.hold('selection', 0);
    bench.follow({ filter: 'dport 443' });
    expect([bench.open, bench.view.isWaiting]).toEqual([1, true]);
    last.send({ kind: 'event', event: 'view', data: viewEvent(rows(8)) });
    expect(bench.keys).toBe('01 02');
    bench.sendView(rows(9));
    expect([bench.keys, bench.view.held.isHeld]).toEqual(['09', false]);
  });

  it('asks for other fields without another view: the order stays', () => {
    const bench = new Bench();
    bench.follow();
    bench.sendView(rows(1, 2));
    bench.view.held.hold('selection', 0);
    bench.follow({ fields: 'key,ageUs' });
    bench.sendView(rows(2, 1));
    expect([bench.streams.length, bench.keys]).toEqual([2, '01 02']);
  });

  it('reports a refusal, and shows rows again after another choice', () => {
    const bench = new Bench();
    bench.follow({ filter: 'rtt >' });
    const problem = {
      type: 'about:blank',
      title: '',
      status: 400,
      code: 'ERR_EXPRESSION',
      detail: 'wrong',
      at: 5,
    } as const;
    bench.last.send({ kind: 'refused', problem });
    expect(bench.view.problem).toEqual(problem);
    bench.follow();
    bench.sendView(rows(1));
    expect([bench.view.problem, bench.keys]).toEqual([undefined, '01']);
  });

  it('lets go of the rows of a collector that was restarted', () => {
    const bench = new Bench();
    bench.generation = 50;
    bench.follow();
    bench.sendView(rows(1, 2));
    bench.view.held.hold('selection', 0);
    bench.generation = 1;
    bench.sendView(rows(7, 8));
    expect([bench.keys, bench.view.held.isHeld]).toEqual(['07 08', false]);
  });

  it('keeps the goodput of each second', () => {
    const bench = new Bench();
    bench.follow();
    const at = (rate: number): RowJson[] => [rowJson(1, { now: { goodputBytesPerSec: rate } })];
    bench.sendView(at(5));
    bench.sendDelta(at(5), at(5));
    bench.sendDelta(at(5), at(9));
    const [key = ''] = bench.view.held.order;
    expect(bench.view.rings.values(key, bench.view.generation)?.slice(-4)).toEqual([null, 5, 5, 9]);
  });

  it('pauses, and goes on', () => {
    const bench = new Bench();
    bench.follow();
    bench.sendView(rows(1));
    bench.view.pause();
    expect([bench.open, bench.keys]).toEqual([0, '01']);
    bench.follow();
    expect(bench.open).toBe(1);
  });
});
