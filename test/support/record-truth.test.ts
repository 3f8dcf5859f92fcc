import { expect, it } from 'vitest';
import { encodeRecord, parseNetlinkMessage } from '../../parse/index.js';
import { parseArchive } from './archives.js';
import { buildMessage, tcpInfoBytes } from './messages.js';
import { RecordTruth } from './record-truth.js';

const COOKIE = 0x1234n;
const UUID = 'host_1_0000000000001234';
const COUNT = { src: '192.0.2.1', sport: 5001, dst: '198.51.100.7', dport: 40_000, sent: 500, received: 70 };
const CLOSE = 7;

interface Spec {
  readonly second: number;
  readonly sent: number;
  readonly received: number;
  readonly cookie?: bigint;
  readonly state?: number;
  readonly dport?: number;
}

function line({ second, sent, received, cookie = COOKIE, state = 1, dport = COUNT.dport }: Spec): string {
  const attributes = [{ type: 2, payload: tcpInfoBytes(sent, received) }];
  const timestamp = `2026-11-20T23:28:0${second}Z`;
  return encodeRecord(parseNetlinkMessage(buildMessage({ cookie, state, dport, attributes }), timestamp));
}

function archive(sequence: number, lines: readonly string[], said = sequence) {
  const metadata = { UUID, Sequence: said, StartTime: '2026-11-20T23:28:00Z' };
  const first = JSON.stringify({ Timestamp: '0001-01-01T00:00:00Z', Metadata: metadata });
  return parseArchive(`/x/2026/11/20/${UUID}.0000${sequence}.jsonl.zst`, `${first}\n${lines.join('')}`);
}

function verdictOf(...archives: ReturnType<typeof archive>[]) {
  const truth = new RecordTruth();
  for (const each of archives) truth.take(each);
  return truth.compare([COUNT]);
}

const FIRST = archive(0, [line({ second: 1, sent: 100, received: 10 }), line({ second: 2, sent: 200, received: 10 })]);

it("records with growing times and counters up to the generator's counts are accepted", () => {
  const last = line({ second: 3, sent: 500, received: 71, state: CLOSE });
  expect(verdictOf(FIRST, archive(1, [last]))).toEqual({ connections: 1, records: 3, finals: 1, wrong: [] });
  expect(verdictOf(FIRST)).toEqual({ connections: 1, records: 2, finals: 0, wrong: [] });
});

it.each([
  ['a record of another connection', archive(1, [line({ second: 3, sent: 300, received: 10, cookie: 0x99n })])],
  ['a record of other endpoints', archive(1, [line({ second: 3, sent: 300, received: 10, dport: 1 })])],
  ['time that goes back', archive(1, [line({ second: 1, sent: 300, received: 10 })])],
  ['a counter that goes back', archive(1, [line({ second: 3, sent: 199, received: 10 })])],
  ['more than was sent', archive(1, [line({ second: 3, sent: 501, received: 10 })])],
  ['metadata of another file', archive(1, [line({ second: 3, sent: 300, received: 10 })], 2)],
])('%s is reported', (_, second) => {
  expect(verdictOf(FIRST, second).wrong).toHaveLength(1);
});
