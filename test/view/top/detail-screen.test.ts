import { describe, expect, it } from 'vitest';
import { ROW_FIELDS, ROW_PARTS } from '../../../live/store/index.js';
import type { RowJson } from '../../../live/wire/index.js';
import { detailLines } from '../../../view/top/detail-screen.js';
import { findColumn, fitModel, type TimelineCellJson, TopModel, topFrame } from '../../../view/top/index.js';
import type { Detail } from '../../../view/top/model.js';
import { CONNECTION } from './connection-row.js';
import { rowJson } from './rows.js';

const LOOK = { unicode: true, bytes: false };

function cell(windowBytes: number): TimelineCellJson {
  const value = (last: number) => ({ min: last, max: last, last });
  return {
    fromUs: 0,
    bytesSent: 1,
    bytesAcked: null,
    bytesReceived: 1,
    totalRetrans: 0,
    rttUs: value(100),
    minRttUs: value(100),
    cwndBytes: value(10_000),
    flightBytes: value(100),
    windowBytes: value(windowBytes),
    limitedUs: {},
  };
}

/** Returns the text of a drill-down. */
function text(windowBytes = 5000): string {
  const connection = { ...rowJson(1).connection, ...CONNECTION };
  const timeline = { connection: CONNECTION, startUs: 0, spanUs: 1e6, widthUs: 1e6, timeline: [cell(windowBytes)] };
  const row = rowJson(1, { connection });
  const detail: Detail = { key: 'k', row, answer: undefined, timeline, error: undefined, top: 0 };
  return detailLines(detail, 200, 50, LOOK)
    .map((spans) => spans.map((each) => each.text).join(''))
    .join('\n');
}

describe('both ends of a connection', () => {
  const SECOND_US = 1e6;
  const cells = (sent: number, received: number, rttUs: number): TimelineCellJson[] =>
    [0, 1, 2, 3].map((i) => ({
      ...cell(50_000),
      fromUs: i * SECOND_US,
      bytesSent: sent,
      bytesReceived: received,
      rttUs: { min: rttUs, max: rttUs, last: rttUs },
      limitedUs: sent > received ? { rwnd: SECOND_US } : { idle: SECOND_US },
    }));
  const timeline = (startUs: number, timelineCells: readonly TimelineCellJson[]) => ({
    ...{ connection: CONNECTION, startUs, spanUs: 4 * SECOND_US, widthUs: SECOND_US },
    timeline: timelineCells,
  });
  const process = (command: string) => ({ process: { pid: 7, command } }) as Partial<RowJson>;
  const pair = (agrees: boolean | null) => ({ pair: { key: 'b', uuid: null, netnsName: 'ns', agrees } });
  const now = { now: { rqueueBytes: 262_144 } } as Partial<RowJson>;
  const detail = (agrees: boolean | null, startUs = 0): Detail => ({
    ...{ key: 'a', row: rowJson(1, process('curl')), answer: undefined, error: undefined, top: 0, isPaired: true },
    timeline: timeline(0, cells(1_000_000, 0, 5000)),
    other: {
      row: { ...rowJson(2, { ...process('nginx'), ...pair(agrees), ...now }) } as NonNullable<Detail['other']>['row'],
      timeline: timeline(startUs, cells(0, 990_000, 7000)),
    },
  });
  const lines = (each: Detail): string[] =>
    detailLines(each, 100, 40, LOOK).map((spans) => spans.map(({ text: part }) => part).join(''));

  it('are named, and say whether they agree', () => {
    const shown = lines(detail(null));
    expect(shown[0]).toMatch(/^A curl 7 · /);
    expect(shown[1]).toMatch(/^B nginx 7 · /);
    expect(shown[2]).toBe('Both ends of one connection.');
    expect(lines(detail(true))[2]).toContain('each received what the other had acknowledged');
    expect(lines(detail(false))[2]).toContain('do not agree');
  });

  it('show window and limits of the sender, and the queue of the receiver', () => {
    const shown = lines(detail(true)).join('\n');
    expect(shown).toContain('A sent 8 Mbit/s, B received ─ 7.92 Mbit/s, unread there 262 kB');
    expect(shown).toMatch(/In flight of A 100 B, cwnd ─ 10 kB, window of B 50 kB/);
    expect(shown).toMatch(/RTT of A 5 ms, of B ─ 7 ms/);
    expect(shown).toMatch(/A limited by\n +rwnd +█+/);
    expect(shown).toMatch(/B limited by\n +idle +█+/);
  });

  it('are on one axis of time', () => {
    // The other end was seen 4 s later: its half of the chart begins in the middle.
    const shown = lines(detail(true, 4 * SECOND_US));
    const lane = (title: string): string => (shown[shown.indexOf(title) + 1] ?? '').slice(13);
    expect(lane('A limited by')).toMatch(/^█{43,44} *$/);
    expect(lane('B limited by')).toMatch(/^ {43}█{43}$/);
    expect(shown.at(-1)).toMatch(/^ +8 s ago .* last record$/);
  });

  it('say so until the other one is read', () => {
    expect(lines({ ...detail(true), other: undefined })[1]).toBe('Reading both timelines …');
    expect(lines({ ...detail(true), other: undefined, error: 'gone' })[1]).toBe('gone');
  });
});

describe('the drill-down', () => {
  it('shows parts of objects as values with their units, and names of numbers', () => {
    const facts = text();
    expect(facts).not.toMatch(/[{}"]/);
    expect(facts).toMatch(/recorded\.bytesSent +1 MB/);
    expect(facts).toMatch(/recorded\.totalRetrans +2/);
    expect(facts).toMatch(/family +IPv4/);
    expect(facts).toMatch(/lastState +CLOSE_WAIT/);
    expect(facts).toMatch(/startTime +2026-11-28 19:04:00\b/);
    const [, limit] = Object.entries(CONNECTION.limitedUs).find(([, us]) => us > 0) ?? [];
    expect(limit).toBeDefined();
    expect(facts).toMatch(/limitedUs\.\w+ +[\d.]+ (?:µs|ms|s|min)/);
  });

  it('shows ids as they are used elsewhere, and the translation', () => {
    const process = { pid: 4_194_303, command: 'nginx', executable: null, uid: 65_534, user: null, otherPids: 1 };
    const row = rowJson(1, {
      process: { ...process, seenTime: null },
      nat: { kind: 'destination', destination: '10.0.0.2:9001', source: null },
      connection: { ...rowJson(1).connection, netnsInode: 4_026_532_177, segsOut: 1234 },
    });
    const detail: Detail = { key: 'k', row, answer: undefined, timeline: undefined, error: undefined, top: 0 };
    const facts = detailLines(detail, 200, 50, LOOK)
      .map((spans) => spans.map((each) => each.text).join(''))
      .join('\n');
    expect(facts).toMatch(/pid +4194303\b/);
    expect(facts).toMatch(/uid +65534\b/);
    expect(facts).toMatch(/netnsInode +4026532177\b/);
    expect(facts).toMatch(/segsOut +1,234\b/);
    expect(facts).toMatch(/kind +destination\b/);
    expect(facts).toMatch(/destination +10\.0\.0\.2:9001/);
    expect(facts).toContain('1 other process holds the socket, too');
    const more = { ...detail, row: { ...row, process: { ...process, otherPids: 2, seenTime: null } } };
    const texts = detailLines(more, 200, 50, LOOK).map((spans) => spans.map((each) => each.text).join(''));
    expect(texts.join('\n')).toContain('2 other processes hold the socket, too');
  });

  it('has a heading for each part that a row can have', () => {
    const missing = ROW_PARTS.filter((part) => {
      const field = ROW_FIELDS.find((each) => each.part === part && each.type !== 'object');
      const row = { ...rowJson(1), [part]: { [field?.name ?? '']: 'shown-here' } } as RowJson;
      const detail: Detail = { key: 'k', row, answer: undefined, timeline: undefined, error: undefined, top: 0 };
      return !detailLines(detail, 200, 50, LOOK).some((spans) =>
        spans.some((each) => each.text.includes('shown-here')),
      );
    });
    expect(missing).toEqual([]);
  });

  it('says that a request failed, but not while the source is lost', () => {
    const columns = ['remote'].flatMap((name) => findColumn(name) ?? []);
    const base = { mode: 'live', place: '', filter: '', sorting: undefined, everyMs: 1000, unicode: true } as const;
    const model = new TopModel({ ...base, columns });
    model.mode = 'detail';
    const row = rowJson(1);
    model.detail = { key: 'k', row, answer: undefined, timeline: undefined, error: 'not reachable', top: 0 };
    const screen = (): string => {
      fitModel(model, 100, 30, 0);
      return topFrame(model, 0)
        .lines.flatMap((spans) => spans.map((each) => each.text))
        .join('\n');
    };
    expect(screen()).toContain('not reachable');
    model.receive({ kind: 'lost', reason: 'gone' }, 0);
    expect(screen()).not.toContain('not reachable');
    expect(screen()).toContain('NO CONNECTION');
  });

  it('has a mark for the window only if its line is drawn', () => {
    expect(text(5000)).toContain('window ═ 5 kB');
    expect(text(500_000)).toContain('window 500 kB');
  });
});
