import { describe, expect, it } from 'vitest';
import { compileExpression, fullName, type Vocabulary } from '../../expression/index.js';
import { CONNECTION_FLAGS, CONNECTION_VOCABULARY } from '../../fields/index.js';
import { ROW_VOCABULARY } from '../../live/store/index.js';
import { connectionRow, type RowFields } from '../cmd/summary/rows.js';

function meaning<Row>(vocabulary: Vocabulary<Row>, name: string): string | undefined {
  const field = vocabulary.field(name)?.field;
  return field === undefined ? undefined : fullName(field);
}

/** Short names, with their field of a connection as a whole, and of a live one. */
const SHORT: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ['rtt', 'connection.medianRttUs', 'now.rttUs'],
  ['minrtt', 'connection.minRttUs', 'now.minRttUs'],
  ['rttvar', undefined, 'now.rttvarUs'],
  ['queue', undefined, 'now.queueingDelayUs'],
  ['cwnd', 'connection.maxCwnd', 'now.sndCwnd'],
  ['flight', undefined, 'now.bytesInFlight'],
  ['rate', 'connection.throughputBytesPerSec', 'now.throughputBytesPerSec'],
  ['send', 'connection.sendThroughputBytesPerSec', 'now.sendThroughputBytesPerSec'],
  ['recv', 'connection.receiveThroughputBytesPerSec', 'now.receiveThroughputBytesPerSec'],
  ['retrans', 'connection.retransmitRateBytes', 'now.retransmitRateBytes'],
  ['retr', 'connection.retransmitRateBytes', 'now.retransmitRateBytes'],
  // Values of closedFirst cannot be names of fields.
  ['local', undefined, undefined],
  ['remote', undefined, undefined],
  ['age', 'connection.durationUs', 'ageUs'],
  ['limited', 'connection.limitedBy', 'now.limitedBy'],
  ['state', 'connection.lastState', 'state'],
  ['src', 'connection.localAddress', 'connection.localAddress'],
  ['dst', 'connection.remoteAddress', 'connection.remoteAddress'],
  ['sport', 'connection.localPort', 'connection.localPort'],
  ['dport', 'connection.remotePort', 'connection.remotePort'],
  ['netns', 'connection.netnsName', 'connection.netnsName'],
  ['cc', 'connection.congestionAlgorithm', 'now.congestionAlgorithm'],
  ['pid', undefined, 'process.pid'],
  ['comm', undefined, 'process.command'],
  ['process', undefined, 'process.command'],
  ['user', undefined, 'process.user'],
  ['unit', undefined, 'cgroup.unit'],
  ['container', undefined, 'cgroup.container'],
  ['pod', undefined, 'cgroup.pod'],
  ['ns', undefined, 'cgroup.podNamespace'],
  ['tcpi_rtt', undefined, 'now.rttUs'],
  ['idiag_dport', 'connection.remotePort', 'connection.remotePort'],
  ['send_bytes_per_sec', 'connection.sendThroughputBytesPerSec', 'now.sendThroughputBytesPerSec'],
];

describe('short names', () => {
  it.each(SHORT)('%s means %s in archives, and %s in live connections', (name, whole, live) => {
    expect(meaning(CONNECTION_VOCABULARY, name)).toBe(whole);
    expect(meaning(ROW_VOCABULARY, name)).toBe(live);
  });
});

describe('expressions on connections of archives', () => {
  it.each<[string, RowFields, boolean | null]>([
    ['rate = 16B/s', { goodputBytesPerSec: 10, receiveThroughputBytesPerSec: 6 }, true],
    ['rate = 6B/s', { goodputBytesPerSec: null, receiveThroughputBytesPerSec: 6 }, true],
    ['rate = null', { goodputBytesPerSec: null, receiveThroughputBytesPerSec: null }, true],
    ['retrans = 25%', { bytesSent: 1000, bytesRetrans: 250 }, true],
    ['retrans > 0%', { bytesSent: 0, bytesRetrans: 0, dataSegsOut: 0 }, null],
    // A kernel before 4.19 counts segments only.
    ['retrans = 50%', { bytesSent: null, bytesRetrans: null, totalRetrans: 2, dataSegsOut: 4 }, true],
    ['state = close', { lastState: 7 }, true],
    ['state:fin_wait', { lastState: 4 }, true],
    ['limited = cwnd', { limitedBy: 'cwnd' }, true],
    ['howEnded = open', { howEnded: 'open' }, true],
    ['open = true', { howEnded: 'open' }, true],
    ['startTime = "2026-11-20T23:28:03Z"', { startTime: '2026-11-20T23:28:03Z' }, true],
    ['10.0.0.7', { remoteAddress: '10.0.0.7' }, true],
    ['00ab', { uuid: 'host_1_00000000000000AB' }, true],
    ['443', { localPort: 443 }, true],
    ['netns = null', { netnsName: null }, true],
    ['dst 2001:db8::/32', { family: 10, remoteAddress: '2001:db8::7' }, true],
    ['dst ::/0', { remoteAddress: '10.0.0.7' }, false],
  ])('%s with %j is %s', (text, fields, expected) => {
    expect(compileExpression(text, CONNECTION_VOCABULARY).evaluate(connectionRow(fields))).toBe(expected);
  });

  it.each<[string, RowFields, boolean | null]>([
    ['open', { howEnded: 'open' }, true],
    ['closed', { howEnded: 'open' }, false],
    ['closed', { howEnded: 'timeout' }, true],
    ['limited', { limitedBy: 'rwnd' }, true],
    ['limited', { limitedBy: 'application' }, false],
    ['limited', { limitedBy: null }, null],
    ['lossy', { bytesRetrans: 1 }, true],
    ['lossy', { bytesRetrans: 0, totalRetrans: 3 }, false],
    ['lossy', { bytesRetrans: null, totalRetrans: 3 }, true],
    ['lossy', { bytesRetrans: null, totalRetrans: null }, null],
    ['idle', { bytesSent: 0, bytesAcked: 2, bytesReceived: 0 }, true],
    ['idle', { limitedUs: { ...connectionRow({}).limitedUs, idle: 1e12 } }, true],
    ['idle', {}, false],
    ['idle', { limitedBy: null }, null],
    ['failed', { howEnded: 'refused' }, true],
    ['failed', { howEnded: 'closed' }, false],
    ['reset', { howEnded: 'reset_local' }, true],
    ['reset', { howEnded: 'unknown' }, null],
    ['reset', { howEnded: 'closed' }, false],
  ])('is:%s with %j is %s', (flag, fields, expected) => {
    const row = connectionRow(fields);
    expect(CONNECTION_FLAGS.find(({ name }) => name === flag)?.read(row)).toBe(expected);
    expect(compileExpression(`is:${flag}`, CONNECTION_VOCABULARY).evaluate(row)).toBe(expected);
  });
});
