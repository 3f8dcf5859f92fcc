import { describe, expect, it } from 'vitest';
import { type Connection, ConnectionCache, Exclusions, StateSlots } from '../../../cache/index.js';
import { conntrackRefusal, FlowLookups, type FlowLookupsOptions } from '../../../collector/conntrack/index.js';
import { createLogger } from '../../../log/index.js';
import { createMetrics } from '../../../metrics/index.js';
import type { Answers } from '../../../native/index.js';
import { parseNetlinkMessage } from '../../../parse/index.js';
import { be, message, tuple } from '../../conntrack/messages.js';
import { buildMessage } from '../../support/messages.js';
import { sample } from '../../support/metric.js';
import { until } from '../../support/waiting.js';

const TIME = '2026-01-01T00:00:00Z';
const [ENOENT, EPERM] = [2, 1];
const DST_NAT = 0x20;

/** Answer of the fake kernel to one request. */
type Reply = { readonly errno: number } | { readonly status: number } | { readonly entries: number };

const CLIENT = [10, 0, 0, 1];
const ASKED = [10, 0, 0, 2];
const SERVER = [10, 0, 0, 3];

/** Returns the message of a flow. */
function flowMessage(status: number): Buffer {
  return message({}, [
    [1, tuple(CLIENT, 5001, ASKED, 40_000)],
    [2, tuple(SERVER, 40_000, CLIENT, 5001)],
    [3, be(status, 4)],
    [12, be(7, 4)],
  ]);
}

/** Returns the number of requests in a buffer. */
function countOf(requests: Uint8Array): number {
  const view = new DataView(requests.buffer, requests.byteOffset, requests.length);
  let count = 0;
  for (let at = 0; at < requests.length; at += view.getUint32(at, true)) count++;
  return count;
}

function answersOf(replies: readonly Reply[]): Answers {
  const parts: Uint8Array[] = [];
  const [messages, requests]: [number[], number[]] = [[], []];
  let at = 0;
  for (const [i, reply] of replies.entries()) {
    if ('errno' in reply) continue;
    const bytes = 'entries' in reply ? message({ type: 5 }, [[1, be(reply.entries, 4)]]) : flowMessage(reply.status);
    messages.push(at, bytes.length);
    requests.push(i);
    parts.push(bytes, new Uint8Array(-bytes.length & 7));
    at += (bytes.length + 7) & ~7;
  }
  return {
    data: Buffer.concat(parts),
    messages: Uint32Array.from(messages),
    requests: Uint32Array.from(requests),
    errnos: Uint16Array.from(replies, (reply) => ('errno' in reply ? reply.errno : 0)),
    unrelated: 0,
  };
}

/** Look-ups whose kernel gives these replies, one after the other; the last one again and again. */
function scene(replies: readonly (Reply | Error)[], options: Partial<FlowLookupsOptions> = {}) {
  const asked: number[] = [];
  const log: string[] = [];
  let given = 0;
  const next = (): Reply | Error => replies[Math.min(given++, replies.length - 1)] ?? { errno: ENOENT };
  const metrics = createMetrics({ version: '1', processMetrics: false, conntrack: true });
  if (metrics.conntrack === undefined) throw new Error('no metrics');
  const slots = new StateSlots();
  const lookups = new FlowLookups({
    slots,
    keepsAll: false,
    createRequester: () => ({
      ask: async (requests) => {
        asked.push(countOf(requests));
        const found = Array.from({ length: countOf(requests) }, next);
        const failure = found.find((each) => each instanceof Error);
        if (failure !== undefined) throw failure;
        return answersOf(found.filter((each): each is Reply => !(each instanceof Error)));
      },
      close: async () => undefined,
    }),
    metrics: metrics.conntrack,
    log: createLogger({ write: (line) => log.push(line) }),
    retryMs: 5,
    ...options,
  });
  const connections: Connection[] = [];
  const observers = [lookups.observer, { opened: (opened: Connection) => void connections.push(opened) }];
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const cache = new ConnectionCache({ uuidPrefix: 'h', exclusions, observers, slots });
  let scan = 0;
  return {
    ...{ lookups, asked, log },
    open: (count: number): Connection[] => {
      scan++;
      for (let i = 0; i < count; i++) {
        const cookie = BigInt(1 + connections.length);
        cache.update(parseNetlinkMessage(buildMessage({ cookie }), TIME), scan);
      }
      return connections.slice(-count);
    },
    end: ({ cookie }: Connection) => cache.end(cookie, { timestamp: TIME, cause: 'vanished' }),
    counted: async () => ({
      found: await sample(metrics, 'tcpinfo_conntrack_lookups_total', { result: 'found' }),
      none: await sample(metrics, 'tcpinfo_conntrack_lookups_total', { result: 'none' }),
      failed: await sample(metrics, 'tcpinfo_conntrack_lookups_total', { result: 'failed' }),
    }),
  };
}

/** Waits until the flow of a connection is known. */
async function known(lookups: FlowLookups, connection: Connection): Promise<void> {
  await new Promise<void>((resolve) => {
    if (!lookups.whenKnown(connection, resolve)) resolve();
  });
}

describe('FlowLookups', () => {
  it('asks for all connections of a scan at once, and keeps translated flows', async () => {
    const { lookups, open, asked, counted } = scene([{ status: DST_NAT }, { status: 0 }, { status: DST_NAT }]);
    const opened = open(3);
    const [first] = opened;
    if (first === undefined) throw new Error('none');
    expect(lookups.readerOf(first)()).toBeUndefined();
    await known(lookups, first);
    expect(asked).toEqual([3]);
    expect(opened.map((each) => lookups.readerOf(each)()?.status)).toEqual([DST_NAT, undefined, DST_NAT]);
    expect(lookups.natReader(first)()).toMatchObject({ kind: 'destination' });
    expect(await counted()).toEqual({ found: 3, none: 0, failed: 0 });
    expect(lookups.whenKnown(first, () => expect.unreachable())).toBe(false);
  });

  it('returns the flow as it may be shown, and what it hides', async () => {
    const { lookups, open } = scene([{ status: DST_NAT }]);
    const [only] = open(1);
    if (only === undefined) throw new Error('none');
    const read = lookups.flowReader(only, (flow) => ({ ...flow, reply: { ...flow.reply, src: '10.0.0.0' } }));
    expect(read()).toBeNull();
    await known(lookups, only);
    expect(read()).toMatchObject({
      flow: { status: DST_NAT, reply: { src: '10.0.0.0' } },
      nat: { kind: 'destination', source: null },
    });
  });

  it('keeps all flows if told to; those without translation have no address to tell', async () => {
    const { lookups, open } = scene([{ status: 0 }], { keepsAll: true });
    const [only] = open(1);
    if (only === undefined) throw new Error('none');
    await known(lookups, only);
    expect(lookups.readerOf(only)()).toMatchObject({ status: 0 });
    expect(lookups.natReader(only)()).toBeUndefined();
  });

  it('asks once more for an open connection without a flow', async () => {
    const { lookups, open, asked, counted } = scene([{ errno: ENOENT }, { status: DST_NAT }]);
    const [only] = open(1);
    if (only === undefined) throw new Error('none');
    await until('the flow', () => lookups.readerOf(only)() !== undefined);
    expect(asked).toEqual([1, 1]);
    expect(await counted()).toEqual({ found: 1, none: 0, failed: 0 });
  });

  it('does not ask again for one that has ended: its ports may be those of another', async () => {
    const { lookups, open, end, asked, counted } = scene([{ errno: ENOENT }]);
    const [only, other] = open(2);
    if (only === undefined || other === undefined) throw new Error('none');
    await known(lookups, only);
    end(only);
    await until('both', async () => (await counted()).none === 2);
    expect(asked).toEqual([2, 1]);
  });

  it('counts and logs what fails: refused, thrown, malformed, and too many', async () => {
    const refused = scene([{ errno: EPERM }]);
    const thrown = scene([new Error('socket is gone')]);
    const crowded = scene([{ status: 0 }], { maxWaiting: 2 });
    for (const each of [refused, thrown, crowded]) {
      const opened = each.open(5);
      for (const connection of opened) await known(each.lookups, connection);
    }
    expect(await refused.counted()).toEqual({ found: 0, none: 0, failed: 5 });
    expect(await thrown.counted()).toEqual({ found: 0, none: 0, failed: 5 });
    expect(await crowded.counted()).toEqual({ found: 2, none: 0, failed: 3 });
    expect(refused.log).toEqual([expect.stringContaining('the kernel refuses: errno 1')]);
    expect(thrown.log).toEqual([expect.stringContaining('socket is gone')]);
    expect(crowded.log).toEqual([expect.stringContaining('too many connections wait')]);
  });

  it('ends the thread of a namespace that is left, and all at its end, after the last answer', async () => {
    const order: string[] = [];
    const { lookups, open } = scene([], {
      createRequester: (namespace) => ({
        ask: async () => {
          order.push('asked');
          await new Promise((resolve) => setImmediate(resolve));
          order.push('answered');
          return answersOf([{ errno: ENOENT }]);
        },
        close: async () => void order.push(`closed ${namespace}`),
      }),
    });
    const netns = { name: 'other', inode: '7' } as unknown as Parameters<typeof lookups.entered>[0];
    lookups.entered(netns, 7);
    lookups.left(netns);
    lookups.left(netns);
    open(1);
    await lookups.stop();
    expect(order).toEqual(['closed 7', 'asked', 'answered', 'closed undefined']);
  });

  it('releases those who wait when it stops, even if no answer comes', async () => {
    const { lookups, open } = scene([], {
      createRequester: () => ({
        ask: async () => await new Promise<never>(() => undefined),
        close: async () => undefined,
      }),
    });
    const [only] = open(1);
    if (only === undefined) throw new Error('none');
    let isReleased = false;
    expect(lookups.whenKnown(only, () => (isReleased = true))).toBe(true);
    await lookups.stop();
    expect(isReleased).toBe(true);
  });

  it('releases those who wait for the answer in a namespace that was left', async () => {
    const { lookups, open, counted } = scene([{ status: DST_NAT }], {
      createRequester: () => ({
        ask: async () => await new Promise<never>(() => undefined),
        close: async () => undefined,
      }),
    });
    const netns = { name: 'other', inode: '7' } as unknown as Parameters<typeof lookups.entered>[0];
    lookups.entered(netns, 7);
    const [only] = open(1);
    if (only === undefined) throw new Error('none');
    const inside: Connection = { ...only, netns, slots: [] };
    lookups.observer.opened?.(inside);
    lookups.left(netns);
    let isReleased = false;
    expect(lookups.whenKnown(inside, () => (isReleased = true))).toBe(true);
    await lookups.stop();
    expect(isReleased).toBe(true);
    expect(await counted()).toEqual({ found: 0, none: 0, failed: 2 });
  });
});

describe('look-ups only where connections are tracked', () => {
  const options = { onlyWhereTracked: true };

  it('ask for the number of flows alone while the table is empty, and count nothing', async () => {
    const { lookups, asked, open, counted, log } = scene([{ entries: 0 }], options);
    const [connection] = open(3);
    await until('the second try', () => asked.length === 2);
    await lookups.stop();
    // One request for all connections of a scan, and one at the second try.
    expect(asked).toEqual([1, 1]);
    expect(connection === undefined ? undefined : lookups.readerOf(connection)()).toBeUndefined();
    expect(await counted()).toEqual({ found: 0, none: 0, failed: 0 });
    expect(log).toEqual([]);
  });

  it('begin as soon as there are flows, also at the second try, and say so once', async () => {
    const replies = [{ entries: 0 }, { entries: 1 }, { status: DST_NAT }, { status: DST_NAT }];
    const { lookups, asked, open, counted, log } = scene(replies, options);
    const [connection] = open(1);
    await until('the flow', () => connection !== undefined && lookups.readerOf(connection)() !== undefined);
    // The number is not asked for again while flows are found.
    open(1);
    await until('the next flow', async () => (await counted()).found === 2);
    expect(asked).toEqual([1, 1, 1, 1]);
    expect(log.filter((line) => line.includes('connections are tracked'))).toHaveLength(1);
  });

  it('ask for the number again when no flow was found', async () => {
    const replies = [{ entries: 5 }, { errno: ENOENT }, { entries: 5 }, { errno: ENOENT }];
    const { asked, open, counted } = scene(replies, options);
    open(1);
    await until('the count', async () => (await counted()).none === 1);
    expect(asked).toEqual([1, 1, 1, 1]);
  });

  it('ask for flows where the kernel does not tell their number', async () => {
    const replies = [{ errno: 95 }, { status: DST_NAT }];
    const { open, counted } = scene(replies, options);
    open(1);
    await until('the flow', async () => (await counted()).found === 1);
  });

  it('fail as others do where the kernel does not answer', async () => {
    const { open, counted } = scene([new Error('gone')], options);
    open(1);
    await until('the failure', async () => (await counted()).failed === 1);
  });
});

describe('conntrackRefusal', () => {
  const refusal = async (errno: number) => await conntrackRefusal({ ask: async () => answersOf([{ errno }]) });

  it('names what is missing', async () => {
    expect(await refusal(ENOENT)).toBeUndefined();
    expect(await refusal(EPERM)).toBe('CAP_NET_ADMIN is missing');
    expect(await refusal(22)).toBe('the kernel refuses to look up flows: EINVAL');
    const unsupported = { ask: async () => await Promise.reject(new Error('socket: EPROTONOSUPPORT')) };
    expect(await conntrackRefusal(unsupported)).toMatch(/^the kernel has no connection tracking .*EPROTONOSUPPORT/);
  });
});
