import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type CountedExchange,
  countedExchange,
  type HttpConnection,
  type HttpExchange,
  type HttpFlow,
} from '../../../http/index.js';
import { SocketJoin, type SocketJoinOptions } from '../../../http/kernel/socket-join.js';
import { keyOfEnds, type SocketEnds } from '../../../http/kernel/socket-message.js';
import { Translations } from '../../../http/kernel/translations.js';
import { AF_INET } from '../../../netlink/index.js';
import { connectionOf, exchangeAt } from '../../support/http-exchanges.js';

const [EPERM, ENOENT] = [1, 2];
const endsOf = (port: number): SocketEnds => ({
  local: { family: AF_INET, bytes: Uint8Array.of(10, 0, 0, 1), port },
  remote: { family: AF_INET, bytes: Uint8Array.of(10, 0, 0, 2), port: 40_000 },
});
const ENDS = endsOf(80);
const SINCE_MS = 1000;

function flowOf(): HttpFlow {
  const names = { client: '10.0.0.2:40000', server: '10.0.0.1:80', side: 'client', netns: null, interface: 'eth0' };
  return { ...names, ...ENDS, connection: null, renewMs: null } as HttpFlow;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Joins flows without a socket in the kernel. */
function setUp(options: Partial<SocketJoinOptions> = {}) {
  const reported: HttpExchange[] = [];
  const ended = {
    known: null as HttpConnection | null,
    forgotten: [] as string[],
    wanted: [] as number[],
    take: (): HttpConnection | undefined => ended.known ?? undefined,
    forget: (_: string, uuid: string): void => void ended.forgotten.push(uuid),
    want: (port: number): void => void ended.wanted.push(port),
  };
  const join = new SocketJoin({
    uuidPrefix: 'host_1',
    requester: { askNow: () => -ENOENT },
    ended,
    onExchange: (exchange) => reported.push(exchange),
    ...options,
  });
  const exchange = (flow: HttpFlow, us: number): void => {
    join.renew(flow);
    join.deliver(exchangeAt(us, { side: 'client', connection: flow.connection, ttfbUs: 100, serverUs: null }));
  };
  const begin = (flow: HttpFlow): void => join.begin(flow, BigInt(SINCE_MS) * 1_000_000n);
  return { join, ended, reported, exchange, begin };
}

describe('a flow whose socket is gone', () => {
  it('has the connection whose end was reported before', () => {
    const { join, ended, reported, exchange, begin } = setUp();
    ended.known = connectionOf();
    const flow = flowOf();
    begin(flow);
    exchange(flow, 0);
    expect(reported).toMatchObject([{ connection: ended.known }]);
    expect(join.counts).toMatchObject({ flows: 1, joined: 1, ended: 1, asked: 0 });
  });

  it('waits for the report with what totals need, copied: the record is filled again', () => {
    const { join, begin } = setUp();
    const counted: CountedExchange[] = [];
    const count = join.deliverCounted((each) => counted.push({ ...each }));
    const flow = flowOf();
    begin(flow);
    const record = { ...countedExchange(exchangeAt(1, { side: 'client', ttfbUs: 100, serverUs: null })) };
    join.renew(flow);
    count(record);
    expect(join.held).toMatchObject({ exchanges: 1, sinceNs: exchangeAt(1).timeNs });
    Object.assign(record, countedExchange(exchangeAt(2, { side: 'forwarded' })));
    count(record);
    const connection = connectionOf({ rttUs: 30 });
    expect(join.ended(keyOfEnds(ENDS), { connection, endedMs: SINCE_MS })).toBe(true);
    expect(counted).toMatchObject([
      { side: 'forwarded', connection: null },
      { side: 'client', connection, serverUs: 70, ttfbUs: 100 },
    ]);
  });

  it('waits for the report, with its exchanges in order; others do not', () => {
    const { join, reported, exchange, begin } = setUp();
    const flow = flowOf();
    begin(flow);
    exchange(flow, 1);
    exchange(flow, 2);
    join.deliver(exchangeAt(3, { side: 'forwarded' }));
    expect(reported).toMatchObject([{ side: 'forwarded' }]);
    expect(join.held).toMatchObject({ exchanges: 2, sinceNs: exchangeAt(1).timeNs });
    const connection = connectionOf({ rttUs: 30 });
    expect(join.ended(keyOfEnds(ENDS), { connection, endedMs: SINCE_MS - 1 })).toBe(false);
    expect(join.ended(keyOfEnds(endsOf(81)), { connection, endedMs: SINCE_MS })).toBe(false);
    expect(join.ended(keyOfEnds(ENDS), { connection, endedMs: SINCE_MS })).toBe(true);
    expect(reported.slice(1)).toMatchObject([
      { timeNs: exchangeAt(1).timeNs, connection, serverUs: 70 },
      { timeNs: exchangeAt(2).timeNs, connection, serverUs: 70 },
    ]);
    expect(join.held).toBeNull();
    expect(join.ended(keyOfEnds(ENDS), { connection, endedMs: SINCE_MS })).toBe(false);
    exchange(flow, 4);
    expect(reported.at(-1)).toMatchObject({ timeNs: exchangeAt(4).timeNs, connection });
  });

  it('waits half a second at most, and is reported without a connection then', async () => {
    const { join, reported, exchange, begin } = setUp();
    const flow = flowOf();
    begin(flow);
    exchange(flow, 1);
    const idle = join.idle();
    vi.advanceTimersByTime(499);
    expect(reported).toEqual([]);
    vi.advanceTimersByTime(51);
    expect(reported).toMatchObject([{ connection: null, serverUs: null }]);
    await idle;
    expect(vi.getTimerCount()).toBe(0);
    expect(join.counts).toMatchObject({ flows: 1, joined: 0, asked: 1, failed: 0 });
  });

  it('is given up when another flow with the same ends waits', () => {
    const { reported, exchange, begin } = setUp();
    const [first, second] = [flowOf(), flowOf()];
    begin(first);
    exchange(first, 1);
    begin(second);
    expect(reported).toMatchObject([{ timeNs: exchangeAt(1).timeNs, connection: null }]);
  });

  it('is looked up once by the ends before its translation', () => {
    const endsOfSocket = endsOf(8080);
    const asked: SocketEnds[] = [];
    const translations = {
      endsOf: (ends: SocketEnds): SocketEnds | undefined => {
        asked.push(ends);
        return endsOfSocket;
      },
    };
    const { join, ended, exchange, begin, reported } = setUp({ translations });
    const flow = flowOf();
    begin(flow);
    exchange(flow, 1);
    ended.known = connectionOf();
    vi.advanceTimersByTime(50);
    expect(reported).toMatchObject([{ connection: ended.known }]);
    expect(asked).toHaveLength(1);
    expect(ended.wanted).toEqual([8080]);
    expect(join.counts).toMatchObject({ flows: 1, joined: 1, ended: 1, translated: 1 });
  });
});

describe('translations', () => {
  it('are asked for until the kernel refuses, and only where connections are tracked', () => {
    const asked: number[] = [];
    let answer = -ENOENT;
    const requester = { askNow: (request: Uint8Array): number => asked.push(request.length) && answer };
    expect(new Translations(requester, () => false).endsOf(ENDS)).toBeUndefined();
    expect(asked).toHaveLength(0);
    const translations = new Translations(requester, () => true);
    for (let i = 0; i < 2; i++) expect(translations.endsOf(ENDS)).toBeUndefined();
    expect(asked).toHaveLength(2);
    answer = -EPERM;
    for (let i = 0; i < 2; i++) expect(translations.endsOf(ENDS)).toBeUndefined();
    expect(asked).toHaveLength(3);
  });
});
