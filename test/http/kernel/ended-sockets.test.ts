import { describe, expect, it } from 'vitest';
import { assembleEndedFilter } from '../../../http/kernel/ended-filter.js';
import { type EndedSocket, EndedSockets, type EndedSocketsOptions } from '../../../http/kernel/ended-sockets.js';
import type { CaptureAddon } from '../../../http/kernel/index.js';
import { keyOfEnds } from '../../../http/kernel/socket-message.js';
import { MAX_CAPTURED_PORTS } from '../../../http/packet/index.js';
import type { ListenerOptions, MessageBatch } from '../../../native/index.js';
import { AF_INET, AF_INET6, parseAddress } from '../../../netlink/index.js';
import { isAcceptedClassicBpf, runClassicBpf } from '../../support/classic-bpf.js';
import { buildMessage, type MessageSpec, tcpInfoOf } from '../../support/messages.js';

const INET_DIAG_INFO = 2;
const PREFIX = 'host_1';
const NEAR = [10, 0, 0, 1];
const FAR = [10, 0, 0, 2];
const ENDS = { sport: 80, src: Uint8Array.from(NEAR), dport: 40_000, dst: Uint8Array.from(FAR) };

const key = (local: readonly number[], sport: number, remote: readonly number[], dport: number): string =>
  keyOfEnds({
    local: { family: AF_INET, bytes: Uint8Array.from(local), port: sport },
    remote: { family: AF_INET, bytes: Uint8Array.from(remote), port: dport },
  });
const KEY = key(NEAR, 80, FAR, 40_000);

/** Creates an ended socket's event. */
function event(spec: MessageSpec = {}): Buffer {
  const info = tcpInfoOf({ rttUs: 41, totalRetrans: 3, segsOut: 9 });
  return buildMessage({ type: 20, state: 7, ...ENDS, attributes: [{ type: INET_DIAG_INFO, payload: info }], ...spec });
}

function setUp(options: Partial<EndedSocketsOptions> = {}) {
  let listening: ListenerOptions | undefined;
  let deliver: (batch: MessageBatch) => void = () => undefined;
  const ended: [string, EndedSocket][] = [];
  const troubles: string[] = [];
  const isWaitedFor = { value: false };
  class MessageListener {
    constructor(given: ListenerOptions, onBatch: (batch: MessageBatch) => void) {
      listening = given;
      deliver = onBatch;
    }
    close = async (): Promise<void> => undefined;
  }
  const sockets = new EndedSockets(
    {
      ...{ uuidPrefix: PREFIX, ports: [{ first: 80, last: 80 }], mayWantMore: false },
      onEnded: (name, socket) => {
        ended.push([name, socket]);
        return isWaitedFor.value;
      },
      onTrouble: (error) => troubles.push(String(error)),
      ...options,
    },
    { MessageListener } as unknown as CaptureAddon,
  );
  /** Delivers events that were received at these milliseconds, one a receive. */
  const report = (events: readonly (readonly [ms: number, Buffer])[], more: Partial<MessageBatch> = {}): void => {
    const data = Buffer.concat(events.map(([, bytes]) => bytes));
    const starts = events.map((_, i) => events.slice(0, i).reduce((sum, [, { length }]) => sum + length, 0));
    const messages = events.flatMap(([, { length }], i) => [starts[i] ?? 0, length]);
    deliver({
      ...{ data, messages: Uint32Array.from(messages), overruns: 0, lost: 0, broken: 0, unrelated: 0 },
      receivedNs: BigUint64Array.from(events, ([ms]) => BigInt(ms) * 1_000_000n),
      receiveEnds: Uint32Array.from(events, (_, i) => i + 1),
      ...more,
    });
  };
  return { sockets, report, ended, troubles, isWaitedFor, listening: () => listening };
}

describe('ended sockets', () => {
  it('are known by their ends, from the time of their first head on, once', () => {
    const { sockets, report } = setUp();
    expect(sockets.take(KEY, 0)).toBeUndefined();
    report([
      [1000, event({ cookie: 1n })],
      [2000, event({ cookie: 2n })],
    ]);
    expect(sockets.take(KEY, 2001)).toBeUndefined();
    expect(sockets.take(key(FAR, 40_000, NEAR, 80), 0)).toBeUndefined();
    expect(sockets.take(KEY, 1001)?.uuid).toBe('host_1_0000000000000002');
    expect(sockets.take(KEY, 0)).toEqual({ uuid: 'host_1_0000000000000001', rttUs: 41, totalRetrans: 3, segsOut: 9 });
    expect(sockets.take(KEY, 0)).toBeUndefined();
  });

  it('are found by IPv4 addresses that sockets have as mapped ones', () => {
    const { sockets, report } = setUp();
    const mapped = (bytes: readonly number[]) => parseAddress(`::ffff:${bytes.join('.')}`)?.bytes ?? new Uint8Array(16);
    report([[1, event({ family: AF_INET6, src: mapped(NEAR), dst: mapped(FAR) })]]);
    expect(sockets.take(KEY, 0)).not.toBeUndefined();
  });

  it('are forgotten after a minute, and when their flow is known, also if they are reported later', () => {
    const { sockets, report } = setUp();
    report([[1000, event({ cookie: 1n })]]);
    report([[61_000, event({ cookie: 2n, dport: 40_001 })]]);
    expect(sockets.take(KEY, 0)).toBeUndefined();
    sockets.forget(key(NEAR, 80, FAR, 40_001), 'host_1_0000000000000002');
    expect(sockets.take(key(NEAR, 80, FAR, 40_001), 0)).toBeUndefined();
    sockets.forget(KEY, 'host_1_0000000000000003');
    report([
      [62_000, event({ cookie: 3n })],
      [62_000, event({ cookie: 4n })],
    ]);
    expect(sockets.take(KEY, 0)?.uuid).toBe('host_1_0000000000000004');
  });

  it('are not kept when a flow waited for them', () => {
    const { sockets, report, ended, isWaitedFor } = setUp();
    isWaitedFor.value = true;
    report([[5, event()]]);
    expect(ended).toMatchObject([[KEY, { endedMs: 5, connection: { segsOut: 9 } }]]);
    expect(sockets.take(KEY, 0)).toBeUndefined();
  });

  it('are those with counters, another end and a wanted port', () => {
    const { sockets, report, ended } = setUp();
    report([
      [1, event({ attributes: [] })],
      [1, event({ dport: 0 })],
      [1, event({ sport: 8080 })],
      [1, event({ sport: 40_000, dport: 80 })],
    ]);
    expect(ended.map(([name]) => name)).toEqual([key(NEAR, 40_000, FAR, 80)]);
    sockets.want(8080);
    report([[1, event({ sport: 8080 })]]);
    expect(ended).toHaveLength(2);
  });

  it('are filtered in the kernel unless ports may be added', () => {
    expect(setUp().listening()?.filter).toEqual(assembleEndedFilter([{ first: 80, last: 80 }]));
    expect(setUp({ mayWantMore: true }).listening()?.filter).toBeUndefined();
    expect(setUp({ ports: null }).listening()?.filter).toBeUndefined();
  });

  it('are counted when they are lost, and reported once', () => {
    const { sockets, report, troubles } = setUp();
    report([[1, event()]]);
    expect({ lost: sockets.lost, troubles }).toEqual({ lost: 0, troubles: [] });
    report([], { lost: 4, overruns: 1 });
    report([[1, event().subarray(0, 60)]], { broken: 1 });
    expect(sockets.lost).toBe(6);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toContain('short connections may have no UUID');
  });

  it('are known up to a bound', () => {
    const { sockets, report } = setUp();
    const many = 17_000;
    for (let i = 0; i < many; i++) report([[1, event({ dport: 1024 + i, cookie: BigInt(i + 1) })]]);
    expect(sockets.take(key(NEAR, 80, FAR, 1024), 0)).toBeUndefined();
    expect(sockets.take(key(NEAR, 80, FAR, 1023 + many), 0)).not.toBeUndefined();
  });
});

describe('filter of ended sockets', () => {
  it('keeps those with a port at either end', () => {
    const program = assembleEndedFilter([
      { first: 80, last: 80 },
      { first: 8000, last: 8010 },
    ]);
    expect(isAcceptedClassicBpf(program)).toBe(true);
    const keeps = (sport: number, dport: number): boolean => runClassicBpf(program, event({ sport, dport })) !== 0;
    for (const port of [80, 8000, 8005, 8010]) expect([keeps(port, 5), keeps(5, port)]).toEqual([true, true]);
    for (const port of [79, 81, 7999, 8011]) expect([keeps(port, 5), keeps(5, port)]).toEqual([false, false]);
  });

  it('fits the kernel with the most ports', () => {
    const ports = Array.from({ length: MAX_CAPTURED_PORTS }, (_, i) => ({ first: 10 * i + 1, last: 10 * i + 3 }));
    expect(isAcceptedClassicBpf(assembleEndedFilter(ports))).toBe(true);
  });
});
