import { describe, expect, it } from 'vitest';
import { SocketReader, WatchedSocket } from '../../../services/census/index.js';
import { WHOLE_ADDRESSES } from '../../../services/config/index.js';
import { TcpState } from '../../../tcp/index.js';
import { buildMessage, type MessageSpec, tcpInfoOf } from '../../support/messages.js';

const INFO = 2;
const reader = new SocketReader();

type Fields = Parameters<typeof tcpInfoOf>[0];

function record(fields: Fields, spec: MessageSpec = {}): ReturnType<SocketReader['readMessage']> {
  return reader.readMessage(
    buildMessage({ inode: 7, ...spec, attributes: [{ type: INFO, payload: tcpInfoOf(fields) }] }),
  );
}

function follow(fields: Fields, nowMs: number, isNew = false): WatchedSocket<string> {
  return new WatchedSocket(record(fields), 'service', WHOLE_ADDRESSES, nowMs, isNew);
}

describe('a watched socket', () => {
  it('begins at the latest time that its clocks allow', () => {
    const socket = follow({ lastDataRecvMs: 500, lastDataSentMs: 2000 }, 10_000);
    expect(socket).toMatchObject({ acceptedMs: 8000, lastReadMs: 9500, lastWriteMs: 8000, isHalfClosed: false });
  });

  it('has clocks that never go back', () => {
    const socket = follow({ lastDataRecvMs: 0, lastDataSentMs: 0 }, 10_000);
    // The kernel counts in jiffies.
    socket.add(record({ lastDataRecvMs: 104, lastDataSentMs: 50 }), 10_100);
    expect(socket).toMatchObject({ lastReadMs: 10_000, lastWriteMs: 10_050 });
  });

  it('waits for an acknowledgement from when data began to wait, until one comes', () => {
    const socket = follow({ unacked: 0, lastAckRecvMs: 60_000, bytesAcked: 5 }, 60_000);
    expect(socket.unackedSinceMs).toBeUndefined();
    socket.add(record({ unacked: 1, lastAckRecvMs: 60_100, bytesAcked: 5 }), 60_100);
    socket.add(record({ unacked: 2, notsentBytes: 9, lastAckRecvMs: 60_200, bytesAcked: 5 }), 60_200);
    expect(socket.unackedSinceMs).toBe(60_100);
    socket.add(record({ unacked: 1, bytesAcked: 6 }), 60_300);
    expect(socket.unackedSinceMs).toBe(60_300);
    socket.add(record({ unacked: 0, bytesAcked: 7 }), 60_400);
    expect(socket.unackedSinceMs).toBeUndefined();
  });

  it('observes what limits it from its first record on, or from its start if it is new', () => {
    const old = follow({ busyTimeUs: 5_000_000, rwndLimitedUs: 1_000_000 }, 1000);
    old.add(record({ busyTimeUs: 5_400_000, rwndLimitedUs: 1_100_000 }), 2000);
    expect(old.limited).toEqual({ observedUs: 1e6, busyUs: 400_000, rwndLimitedUs: 100_000, sndbufLimitedUs: 0 });
    const fresh = follow({ busyTimeUs: 300_000, lastDataRecvMs: 500, lastDataSentMs: 500 }, 2000, true);
    expect(fresh.limited).toMatchObject({ observedUs: 500_000, busyUs: 300_000 });
  });

  it('is an orphan once its program has closed it, and not while it waits to be accepted', () => {
    const socket = follow({}, 0);
    socket.add(record({}, { inode: 0 }), 1);
    expect(socket.isOrphan).toBe(false);
    socket.add(record({}, { inode: 7, state: TcpState.FIN_WAIT2 }), 2);
    expect(socket).toMatchObject({ isOrphan: false, isHalfClosed: true });
    socket.add(record({}, { inode: 0, state: TcpState.FIN_WAIT2 }), 3);
    expect(socket.isOrphan).toBe(true);
  });

  it('belongs to no service if this end opened it', () => {
    const opened = follow({ unacked: 0, bytesAcked: 11, bytesSent: 10, bytesRetrans: 0 }, 0);
    expect(opened.attribution.result).toEqual({ kind: 'other' });
    const accepted = follow({ unacked: 0, bytesAcked: 10, bytesSent: 10, bytesRetrans: 0 }, 0);
    expect(accepted.attribution.result).toEqual({ kind: 'service', service: 'service' });
  });
});
