import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../conntrack/index.js';
import { readFlows } from '../../../conntrack/kernel/index.js';
import { ExpressionError } from '../../../expression/index.js';
import { FlowsError, type FlowsRequest, RequestError } from '../../../live/answers/index.js';
import { FlowAnswers, type FlowAnswersOptions } from '../../../live/flows/index.js';
import type { FlowsJson } from '../../../live/wire/index.js';
import { createLogger } from '../../../log/index.js';
import { addonError, FakeKernel } from '../../conntrack/kernel/fake-kernel.js';
import { be, message, tuple } from '../../conntrack/messages.js';
import { MemoryRow, MemoryStore } from '../../support/live-store.js';

const never = new AbortController().signal;
const LOCAL = '127.0.0.1';

/** Message of a TCP flow from loopback, which is local in every namespace. */
const flow = (
  sport: number,
  { dport = 80, state = 3, status = 0xe }: { dport?: number; state?: number; status?: number } = {},
) =>
  message({}, [
    [1, tuple([127, 0, 0, 1], sport, [192, 0, 2, 2], dport)],
    [2, tuple([192, 0, 2, 2], dport, [127, 0, 0, 1], sport)],
    [3, be(status, 4)],
    [4, [[1, [[1, [state]]]]]],
    [12, be(sport, 4)],
  ]);

function createAnswers(kernel: FakeKernel, options: Partial<FlowAnswersOptions> = {}) {
  const store = new MemoryStore();
  const lines: string[] = [];
  const answers = new FlowAnswers({
    store,
    log: createLogger({ write: (line) => lines.push(line) }),
    read: (asked) => readFlows(asked, kernel),
    ...options,
  });
  const list = async (request: FlowsRequest = {}): Promise<FlowsJson> =>
    JSON.parse(Buffer.concat(await answers.list(request, never)).toString()) as FlowsJson;
  return { answers, store, list, lines };
}

const portsOf = ({ flows }: FlowsJson): (number | undefined)[] => flows.map(({ orig }) => orig.sport);

describe('lists of flows', () => {
  it('have the first flows in the order of the table, and the number of all', async () => {
    const kernel = new FakeKernel();
    kernel.dumps.push({ messages: Array.from({ length: 2500 }, (_, i) => flow(i + 1)) });
    const { list } = createAnswers(kernel);
    const all = await list({ limit: 2400 });
    expect(portsOf(all)).toEqual(Array.from({ length: 2400 }, (_, i) => i + 1));
    expect(all).toMatchObject({ matched: 2500, undecoded: 0 });
    kernel.dumps.push({ messages: Array.from({ length: 150 }, (_, i) => flow(i + 1)) });
    expect((await list()).flows).toHaveLength(100);
    expect(await list()).toMatchObject({ matched: 0, flows: [] });
  });

  it('are sorted by fields, addresses and ports by number', async () => {
    const kernel = new FakeKernel();
    const messages = [30, 4, 100].flatMap((sport) => [flow(sport, { dport: 2 }), flow(sport, { dport: 1 })]);
    const { list } = createAnswers(kernel);
    kernel.dumps.push({ messages });
    const sorted = await list({ sort: '-sport,dport', limit: 3 });
    expect(sorted.flows.map(({ orig }) => [orig.sport, orig.dport])).toEqual([
      [100, 1],
      [100, 2],
      [30, 1],
    ]);
    expect(sorted.matched).toBe(6);
    kernel.dumps.push({ messages });
    expect(portsOf(await list({ sort: 'dst' }))).toEqual([30, 30, 4, 4, 100, 100]);
  });

  it('choose by condition, state and translation, whatever the kernel returns', async () => {
    const kernel = new FakeKernel();
    const messages = [flow(1), flow(2, { state: 7 }), flow(3, { status: 0x2e })];
    const { list } = createAnswers(kernel);
    for (const [request, ports] of [
      [{ filter: 'sport 1-2' }, [1, 2]],
      [{ state: 'time_wait,close' }, [2]],
      [{ nat: true }, [3]],
      [{ nat: false, filter: 'protocol = tcp and sport = 3' }, [3]],
    ] as const) {
      for (let i = 0; i < 4; i++) kernel.dumps.push({ messages });
      expect(portsOf(await list(request)), JSON.stringify(request)).toEqual(ports);
      kernel.dumps.length = 0;
    }
  });

  it('take one dump of all where several would have to remember too many flows', async () => {
    const kernel = new FakeKernel();
    const messages = Array.from({ length: 9000 }, (_, i) => flow(i + 1));
    for (let i = 0; i < 2; i++) kernel.dumps.push({ messages });
    const { list } = createAnswers(kernel);
    const { matched } = await list({ filter: 'protocol = tcp and dport = 80' });
    expect(matched).toBe(9000);
    expect(kernel.sent).toHaveLength(2);
  });

  it('have the UUIDs of connections with their ends in the own namespace', async () => {
    const kernel = new FakeKernel();
    const { list, store } = createAnswers(kernel);
    const ends = { localAddress: LOCAL, remoteAddress: '192.0.2.2', remotePort: 80 };
    store.all.push(
      new MemoryRow(1n, { ...ends, localPort: 1 }),
      new MemoryRow(2n, { ...ends, localPort: 2, netnsInode: 4026531840 }),
      new MemoryRow(3n, { ...ends, localPort: 3, remotePort: 81 }),
    );
    kernel.dumps.push({ messages: [flow(1), flow(2), flow(3)] });
    const { flows } = await list();
    expect(flows.map(({ uuid }) => uuid)).toEqual(['host_1795890818_0000000000000001', undefined, undefined]);
  });

  it('have cut addresses, for which conditions hold, and no UUIDs', async () => {
    const kernel = new FakeKernel();
    const shown = (whole: Flow): Flow => ({ ...whole, orig: { ...whole.orig, dst: '192.0.2.0' } });
    const { list, store } = createAnswers(kernel, { shown });
    store.all.push(
      new MemoryRow(1n, { localAddress: LOCAL, remoteAddress: '192.0.2.0', localPort: 1, remotePort: 80 }),
    );
    for (const [address, matched] of [
      ['192.0.2.0', 1],
      ['192.0.2.2', 0],
    ] as const) {
      kernel.dumps.push({ messages: [flow(1)] });
      const answer = await list({ filter: `protocol = tcp and orig.dst = ${address}` });
      expect(answer.matched).toBe(matched);
      for (const { uuid } of answer.flows) expect(uuid).toBeUndefined();
    }
    // The kernel was asked for all.
    expect(kernel.sent.map(({ length }) => length)).toEqual([20, 20]);
  });
});

describe('requests for flows', () => {
  it('that are wrong are refused before the kernel is asked', async () => {
    const kernel = new FakeKernel();
    const { answers } = createAnswers(kernel);
    for (const wrong of [
      { limit: 0 },
      { limit: 10_001 },
      { sort: 'no' },
      { state: 'no' },
      { sort: 'sport', limit: 1001 },
      { netns: 'blue' },
    ]) {
      await expect(answers.list(wrong, never), JSON.stringify(wrong)).rejects.toThrow(RequestError);
    }
    await expect(answers.list({ filter: 'no = 1' }, never)).rejects.toThrow(ExpressionError);
    expect(kernel.sent).toEqual([]);
  });

  it('are of one recorded network namespace, with the UUIDs of its connections', async () => {
    const kernel = new FakeKernel();
    const asked: string[] = [];
    // The own one: any other takes rights to enter.
    const target = { kind: 'path', path: '/proc/self/ns/net' } as const;
    const { list, store } = createAnswers(kernel, {
      findNamespace: (text) => {
        asked.push(text);
        return text === 'blue' ? { inode: 7, target } : undefined;
      },
      count: async (place) => ({ entries: place.inode, maxEntries: 9 }),
    });
    const ends = { localAddress: LOCAL, localPort: 5, remoteAddress: '192.0.2.2', remotePort: 80 };
    store.all.push(new MemoryRow(0xan, ends), new MemoryRow(0xbn, { ...ends, netnsInode: 7, netnsName: 'blue' }));
    const uuidIn = async (netns?: string): Promise<string | undefined> => {
      kernel.dumps.push({ messages: [flow(5)] });
      return (await list(netns === undefined ? {} : { netns })).flows[0]?.uuid;
    };
    expect((await uuidIn())?.slice(-1)).toBe('A');
    expect((await uuidIn('blue'))?.slice(-1)).toBe('B');
    kernel.dumps.push({ messages: [] });
    expect(await list({ netns: 'blue' })).toMatchObject({ entries: 7, maxEntries: 9 });
    await expect(list({ netns: 'red' })).rejects.toThrow('netns: "red" is no recorded network namespace (see -netns)');
    expect(new Set(asked)).toEqual(new Set(['blue', 'red']));
  });

  it('that are alike share one dump; others come one after the other, and too many are refused', async () => {
    const kernel = new FakeKernel();
    const { answers } = createAnswers(kernel);
    const same = Array.from({ length: 20 }, () => answers.list({ limit: 5 }, never));
    const others = [1, 2, 3, 4].map((limit) => answers.list({ limit }, never));
    await expect(answers.list({ limit: 6 }, never)).rejects.toMatchObject({ name: 'FlowsError', code: 'ERR_BUSY' });
    await Promise.all([...same, ...others]);
    expect(kernel.sent).toHaveLength(5);
    await answers.list({ limit: 6 }, never);
  });

  it('end when all clients have left', async () => {
    const kernel = new FakeKernel();
    const { answers } = createAnswers(kernel);
    const running = answers.list({}, never);
    const [first, second] = [new AbortController(), new AbortController()];
    const waits = [first, second].map(({ signal }) => answers.list({ limit: 7 }, signal));
    first.abort(new Error('gone'));
    await expect(waits[0]).rejects.toThrow('gone');
    second.abort(new Error('gone, too'));
    await expect(waits[1]).rejects.toThrow('gone, too');
    await running;
    await answers.list({ limit: 8 }, never);
    expect(kernel.sent).toHaveLength(2);
  });

  it.each([
    [addonError('ERR_REFUSED', 1, 'NLMSG_ERROR'), 'ERR_KERNEL', /CAP_NET_ADMIN/],
    [addonError('ERR_REFUSED', 93, 'NLMSG_ERROR'), 'ERR_KERNEL', /nf_conntrack_netlink/],
    [addonError('ERR_TIMEOUT', 0, 'recvmmsg'), 'ERR_KERNEL', /ERR_TIMEOUT/],
    [{ messages: [flow(1)], isInterrupted: true }, 'ERR_CHANGED', /the table changed during the dump/],
  ])('report a failure of the kernel: %s', async (dump, code, text) => {
    const kernel = new FakeKernel();
    kernel.dumps.push(dump);
    const { answers, list, lines } = createAnswers(kernel);
    const failed = answers.list({}, never);
    await expect(failed).rejects.toMatchObject({ code });
    await expect(failed).rejects.toThrow(FlowsError);
    await expect(failed).rejects.toThrow(text);
    expect(lines.join('').includes('flows cannot be listed for the live API')).toBe(code === 'ERR_KERNEL');
    // The next one begins anew.
    expect(await list()).toMatchObject({ matched: 0 });
  });

  it('that take too long are given up', async () => {
    const kernel = new FakeKernel();
    kernel.dumps.push({ messages: Array.from({ length: 5000 }, (_, i) => flow(i + 1)) });
    const { answers } = createAnswers(kernel, { deadlineMs: 0 });
    await expect(answers.list({}, never)).rejects.toMatchObject({ code: 'ERR_KERNEL', message: /too long/ });
  });
});
