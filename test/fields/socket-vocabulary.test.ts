import { describe, expect, it } from 'vitest';
import { compileExpression, ExpressionError } from '../../expression/index.js';
import { fieldJson, SOCKET_FIELDS, SOCKET_FLAGS, SOCKET_VOCABULARY, SocketRow } from '../../fields/index.js';
import { AF_INET6 } from '../../netlink/index.js';
import { TcpState } from '../../tcp/index.js';
import { buildMessage, type MessageSpec, tcpInfoOf } from '../support/messages.js';

const INFO = tcpInfoOf({
  lastDataSentMs: 90_000,
  lastDataRecvMs: 70_000,
  lastAckRecvMs: 65_000,
  rttUs: 12_000,
  minRttUs: 3000,
  bytesSent: 1000,
  bytesRetrans: 20,
});
const OPEN: MessageSpec = { uid: 33, inode: 812, attributes: [{ type: 2, payload: INFO }] };
const MAPPED = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 9]);

function rowOf(message: MessageSpec, netnsName: string | null = null): SocketRow {
  const row = new SocketRow('host_1700000000', { netnsName, netnsInode: netnsName === null ? null : 4026 });
  row.load(buildMessage(message));
  return row;
}

const value = (text: string, row: SocketRow): boolean | null =>
  compileExpression(text, SOCKET_VOCABULARY).evaluate(row);

describe('expressions on sockets of a listing', () => {
  it.each<[string, boolean | null]>([
    ['src 192.0.2.0/24 sport 5001', true],
    ['dst 198.51.100.7 dport 40000', true],
    ['dst 198.51.100.70', false],
    ['state = established', true],
    ['state:time_wait', false],
    ['idle > 69s', true],
    ['idle > 70s', false],
    ['idleMs = 70000', true],
    ['age >= 90s', true],
    ['rtt > 3*minrtt', true],
    ['queue = 9ms', true],
    ['bytesRetrans / bytesSent = 2%', true],
    ['uid = 33', true],
    ['inode = 812', true],
    ['uuid = "host_1700000000_0000000000001234"', true],
    ['netns = null', true],
    ['is:queued', false],
    ['is:closing', false],
  ])('%s is %s', (text, expected) => {
    expect(value(text, rowOf(OPEN))).toBe(expected);
  });

  it('find an IPv4-mapped socket by its IPv4 address', () => {
    const row = rowOf({ ...OPEN, family: AF_INET6, src: MAPPED, dst: MAPPED });
    expect(value('dst 10.0.0.0/8', row)).toBe(true);
    expect(value('family = 10', row)).toBe(true);
  });

  it('know an entry in TIME_WAIT without tcp_info, whose idle time is unknown', () => {
    const row = rowOf({ state: TcpState.TIME_WAIT });
    expect([value('state = TIME_WAIT', row), value('idle > 1s', row), value('not idle > 1s', row)]).toEqual([
      true,
      null,
      null,
    ]);
  });

  it('tell a connection that waits for accept from one that no process holds any longer', () => {
    expect(value('is:queued', rowOf({ ...OPEN, inode: 0 }))).toBe(true);
    expect(value('is:queued', rowOf({ ...OPEN, inode: 0, state: TcpState.CLOSE_WAIT }))).toBe(true);
    expect(value('is:queued is:closing', rowOf({ ...OPEN, inode: 0, state: TcpState.FIN_WAIT2 }))).toBe(false);
  });

  it('see the message that was loaded last', () => {
    const row = rowOf(OPEN, 'blue');
    expect(value('netns = blue netnsInode = 4026 rtt = 12ms', row)).toBe(true);
    row.load(buildMessage({ ...OPEN, sport: 22, attributes: [] }));
    expect([value('sport 22', row), value('rtt = 12ms', row)]).toEqual([true, null]);
  });

  it.each([
    '10.0.0.1',
    '443',
    'nginx',
    'send > 1Mbit/s',
    'limited = cwnd',
    'retrans > 2%',
    'comm:nginx',
  ])('reject %s: one listing does not have it, or it would choose too loosely', (text) => {
    expect(() => compileExpression(text, SOCKET_VOCABULARY)).toThrow(ExpressionError);
  });

  it('have a value of their type in each field', () => {
    const row = rowOf(OPEN);
    for (const field of SOCKET_FIELDS) {
      const json = fieldJson(field, row);
      const type = json === null ? null : typeof json;
      const expected = ['text', 'address'].includes(field.type)
        ? 'string'
        : field.type === 'boolean'
          ? 'boolean'
          : 'number';
      expect([null, expected], field.name).toContain(type);
    }
    for (const { read } of SOCKET_FLAGS) expect(typeof read(row)).toBe('boolean');
  });
});
