import { describe, it } from 'vitest';
import type { RowJson } from '../../../live/wire/index.js';
import { HELP_KEYS } from '../../../view/top/help-screen.js';
import {
  DEFAULT_COLUMNS,
  findColumn,
  fitModel,
  press,
  Screen,
  type TimelineCellJson,
  TopModel,
  topFrame,
} from '../../../view/top/index.js';
import { expectSection } from '../../support/document-section.js';
import { CONNECTION } from './connection-row.js';
import { closedRow, rowJson, TIME, viewEvent } from './rows.js';

const PAGE = 'docs/top.md';
const COLUMNS = 118;

/** Creates a row of the example. */
function row(
  i: number,
  command: string,
  remote: string,
  remotePort: number,
  now: NonNullable<RowJson['now']>,
): RowJson {
  const base = rowJson(i, { process: { command, pid: 800 + i }, ageUs: 37e6 * (i + 1) });
  const local = remotePort === 443 || remotePort === 5432 ? 40_000 + 7 * i : 443;
  const connection = { ...base.connection, localPort: local, remoteAddress: remote, remotePort };
  return { ...base, connection, now: { retransmitRateBytes: 0, receiveThroughputBytesPerSec: 0, ...now } };
}

const ROWS: readonly RowJson[] = [
  row(1, 'nginx', '198.51.100.7', 51_972, {
    sendThroughputBytesPerSec: 10.3e6,
    receiveThroughputBytesPerSec: 1200,
    rttUs: 39_200,
    retransmitRateBytes: 0.004,
    limitedBy: 'cwnd',
  }),
  row(2, 'nginx', '203.0.113.20', 40_112, {
    sendThroughputBytesPerSec: 1.11e6,
    receiveThroughputBytesPerSec: 900,
    rttUs: 21_700,
    limitedBy: 'rwnd',
  }),
  row(5, 'postgres', '10.0.3.9', 38_220, {
    sendThroughputBytesPerSec: 412e3,
    receiveThroughputBytesPerSec: 31e3,
    rttUs: 310,
    limitedBy: 'application',
  }),
  row(9, 'curl', '192.0.2.4', 443, {
    sendThroughputBytesPerSec: 210,
    receiveThroughputBytesPerSec: 5.2e6,
    rttUs: 11_400,
    limitedBy: 'peer',
  }),
  row(11, 'java', '10.0.3.7', 5432, {
    sendThroughputBytesPerSec: 0,
    rttUs: 280,
    retransmitRateBytes: null,
    limitedBy: 'idle',
  }),
  { ...closedRow(14), process: null, processUnknown: 'gone' },
];

function example(): TopModel {
  const model = new TopModel({
    mode: 'live',
    place: '',
    columns: DEFAULT_COLUMNS.flatMap((name) => findColumn(name) ?? []),
    filter: '',
    sorting: undefined,
    everyMs: 1000,
    unicode: true,
  });
  model.second = {
    time: TIME,
    open: 1024,
    opened: 3,
    closed: 1,
    sentBytes: 101.5e6,
    receivedBytes: 5e6,
    retransmittedBytes: 304_500,
    limitedUs: {},
  };
  model.receive({ kind: 'view', view: viewEvent(ROWS, { total: 1120, matched: 6, closed: 96 }) }, 0);
  return model;
}

/** Returns the screen as a block of code. */
function screen(model: TopModel, rows: number): string {
  fitModel(model, COLUMNS, rows, 0);
  const drawn = new Screen(COLUMNS, rows, topFrame(model, 0).lines);
  const lines = Array.from({ length: rows }, (_, i) => drawn.rowText(i));
  return ['```', ...lines, '```', ''].join('\n');
}

function cell(i: number): TimelineCellJson {
  const value = (last: number) => ({ min: last, max: last, last });
  const isPaused = i % 30 > 24;
  const level = 0.5 + 0.4 * Math.sin(i / 6);
  return {
    fromUs: i * 1e6,
    bytesSent: isPaused ? 0 : Math.round(1.3e6 * level),
    bytesAcked: null,
    bytesReceived: 900,
    totalRetrans: 0,
    rttUs: value(isPaused ? 4100 : Math.round(4000 + 22_000 * level)),
    minRttUs: value(4000),
    cwndBytes: value(290_000),
    flightBytes: value(isPaused ? 0 : Math.round(65_000 * level)),
    windowBytes: value(65_535),
    limitedUs: isPaused ? { idle: 1e6 } : { rwnd: 900_000, application: 100_000 },
  };
}

describe('the page about top', () => {
  it('has a screen as the program draws it', () => {
    expectSection(PAGE, 'top-list', screen(example(), 12));
  });

  it('has a drill-down as the program draws it', () => {
    const model = example();
    press(model, { name: 'down', text: '' }, 0);
    press(model, { name: 'enter', text: '' }, 0);
    if (model.detail === undefined) throw new TypeError('the drill-down is not open');
    const connection = {
      ...CONNECTION,
      remoteAddress: '203.0.113.20',
      remotePort: 40_112,
      medianRttUs: 21_700,
      olderByUs: null,
      limitedByRunnerUp: null,
    };
    const timeline = Array.from({ length: 106 }, (_, i) => cell(i));
    model.detail = { ...model.detail, timeline: { connection, startUs: 0, spanUs: 106e6, widthUs: 1e6, timeline } };
    expectSection(PAGE, 'top-detail', screen(model, 27));
  });

  it('has the keys of the help', () => {
    const rows = HELP_KEYS.map(([keys, does]) => `| ${keys.replaceAll('|', '\\|')} | ${does.replaceAll('|', '\\|')} |`);
    expectSection(PAGE, 'top-keys', ['| key | does |', '|---|---|', ...rows, ''].join('\n'));
  });
});
