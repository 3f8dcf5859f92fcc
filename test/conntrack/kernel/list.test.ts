import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import {
  askConntrackCounts,
  ConnectionTracker,
  deleteFlow,
  type Flow,
  followFlows,
  getFlow,
  IPCTNL_MSG_CT_DELETE,
  type ReadFlowsOptions,
  readFlows,
} from '../../../conntrack/kernel/index.js';
import { collectGarbage } from '../../support/garbage.js';
import { be, message, tuple } from '../messages.js';
import { addonError, FakeKernel } from './fake-kernel.js';

const { ENOENT, EPERM, EINVAL, EPROTONOSUPPORT, EBUSY } = constants.errno;

/** Message of a TCP flow from a port, with an id. */
const flow = (sport: number, id: number): Uint8Array =>
  message({}, [
    [1, tuple([192, 0, 2, 1], sport, [192, 0, 2, 2], 80)],
    [2, tuple([192, 0, 2, 2], 80, [192, 0, 2, 1], sport)],
    [12, be(id, 4)],
  ]);

async function list(kernel: FakeKernel, options: ReadFlowsOptions = {}) {
  const listing = readFlows(options, kernel);
  const flows: Flow[] = [];
  for await (const batch of listing) flows.push(...batch);
  return { ports: flows.map(({ orig }) => orig.sport), counts: listing.counts };
}

const ends = {
  protocol: 'tcp',
  local: { address: '192.0.2.1', port: 1 },
  remote: { address: '192.0.2.2', port: 2 },
} as const;

describe('readFlows', () => {
  it('repeats a dump during which the table changed, and returns each flow once', async () => {
    const kernel = new FakeKernel();
    kernel.dumps.push(
      { messages: [flow(1, 1), flow(2, 2)], isInterrupted: true },
      { messages: [flow(2, 2), flow(3, 3), flow(2, 4)], isInterrupted: true },
      { messages: [flow(1, 1), flow(5, 5)] },
    );
    // Port 2 was used again, by a flow with another id.
    const { ports, counts } = await list(kernel);
    expect(ports).toEqual([1, 2, 3, 2, 5]);
    expect(counts).toMatchObject({ received: 7, matched: 5, repeated: 2 });
  });

  it('fails when the table changes during three dumps', async () => {
    const kernel = new FakeKernel();
    for (let i = 0; i < 3; i++) kernel.dumps.push({ messages: [flow(1, 1)], isInterrupted: true });
    await expect(list(kernel)).rejects.toMatchObject({ name: 'ConntrackError', code: 'ERR_INTERRUPTED' });
    expect(kernel.sent).toHaveLength(3);
  });

  it('returns parts as they come, and keeps none of them', async () => {
    const kernel = new FakeKernel();
    const flows = Array.from({ length: 100 }, (_, i) => flow(i + 1, i + 1));
    kernel.dumps.push(
      { messages: flows, isInterrupted: true, partMessages: 2 },
      { messages: [...flows, flow(500, 500)], partMessages: 2 },
    );
    const listing = readFlows({}, kernel);
    const ports: (number | undefined)[] = [];
    for await (const batch of listing) {
      ports.push(...batch.map(({ orig }) => orig.sport));
      if (ports.length !== 80) continue;
      // This part, and what is read ahead; the part of addresses is the first.
      expect(kernel.parts.length).toBeLessThanOrEqual(1 + 40 + 3);
      await collectGarbage();
      expect(kernel.parts.filter((part) => part.deref() !== undefined).length).toBeLessThanOrEqual(4);
    }
    // Nothing comes twice, although the second dump returned it again.
    expect(ports).toEqual([...flows.keys()].map((i) => i + 1).concat(500));
    expect(listing.counts).toMatchObject({ received: 201, matched: 101, repeated: 1 });
  });

  it('fails at the first change if it may not repeat the dump', async () => {
    const kernel = new FakeKernel();
    kernel.dumps.push({ messages: [flow(1, 1)], isInterrupted: true });
    const failed = list(kernel, { attempts: 1 });
    await expect(failed).rejects.toMatchObject({ code: 'ERR_INTERRUPTED', message: /during the dump$/ });
    expect(kernel.sent).toHaveLength(1);
  });

  it('pauses after each 64 flows, and ends with the error of a pause', async () => {
    const kernel = new FakeKernel();
    const messages = Array.from({ length: 150 }, (_, i) => flow(i + 1, i + 1));
    kernel.dumps.push({ messages }, { messages });
    let pauses = 0;
    let isPausing = false;
    const pause = async (): Promise<void> => {
      isPausing = true;
      await new Promise((resolve) => setImmediate(resolve));
      isPausing = false;
      pauses++;
    };
    const sizes: number[] = [];
    for await (const batch of readFlows({ pause }, kernel)) {
      expect(isPausing).toBe(false);
      sizes.push(batch.length);
    }
    expect([sizes, pauses]).toEqual([[64, 64, 22], 3]);
    await expect(list(kernel, { pause: () => Promise.reject(new Error('enough')) })).rejects.toThrow('enough');
  });

  it('tests and returns flows as they are to be shown, and returns those of several dumps once', async () => {
    const kernel = new FakeKernel();
    for (let i = 0; i < 4; i++) kernel.dumps.push({ messages: [flow(1, 1), flow(2, 2)] });
    const shown = (whole: Flow): Flow => ({ ...whole, orig: { ...whole.orig, src: '192.0.2.0' } });
    const filter = 'protocol = tcp and dport = 80 and orig.src = 192.0.2.0';
    expect((await list(kernel, { filter, shown })).ports).toEqual([1, 2]);
    expect(kernel.sent.length).toBeGreaterThan(1);
    const dumps = kernel.sent.length;
    kernel.dumps.length = 0;
    kernel.dumps.push({ messages: [flow(3, 3)] });
    expect((await list(kernel, { filter, shown, filtersInKernel: false })).ports).toEqual([3]);
    expect(kernel.sent).toHaveLength(dumps + 1);
  });

  it('unites several dumps, and tests every flow again', async () => {
    const kernel = new FakeKernel();
    // The kernel ignored the filter.
    for (let i = 0; i < 4; i++) kernel.dumps.push({ messages: [flow(1, 1), flow(2, 2)] });
    const { ports, counts } = await list(kernel, { filter: 'protocol = tcp and localPort = 2', family: 2 });
    expect(ports).toEqual([2]);
    expect(kernel.sent.length).toBeGreaterThan(1);
    expect(counts.received).toBe(2 * kernel.sent.length);
  });

  it('asks nothing when no flow can match', async () => {
    const kernel = new FakeKernel();
    expect((await list(kernel, { filter: 'mark = 1 and mark = 2' })).ports).toEqual([]);
    expect((await list(kernel, { filter: 'family = ipv4', family: 10 })).ports).toEqual([]);
    expect(kernel.sent).toEqual([]);
    expect(() => readFlows({ filter: 'no such field =' }, kernel)).toThrow();
  });

  it('counts messages that it cannot decode, and attributes that it does not know', async () => {
    const kernel = new FakeKernel();
    const unknown = message({}, [...([[29, [1]]] as const), [1, tuple([1, 2, 3, 4], 1, [1, 2, 3, 4], 2)]]);
    const whole = message({}, [
      [29, [1]],
      [1, tuple([192, 0, 2, 1], 7, [192, 0, 2, 2], 80)],
      [2, tuple([192, 0, 2, 2], 80, [192, 0, 2, 1], 7)],
    ]);
    kernel.dumps.push({ messages: [unknown, flow(1, 1).subarray(0, 30), whole] });
    const { ports, counts } = await list(kernel);
    expect(ports).toEqual([7]);
    expect(counts).toMatchObject({ received: 3, matched: 1 });
    expect([...counts.undecoded.values()].reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(counts.unknownAttributes.get('29')).toBe(2);
  });

  it.for([
    [
      EPERM,
      {},
      'ERR_PERMISSION',
      'list flows: needs CAP_NET_ADMIN in the user namespace that owns the network namespace',
    ],
    [EPROTONOSUPPORT, {}, 'ERR_NO_MODULE', /module nf_conntrack_netlink/],
    // The subsystem is not there; with a filter, a value might be wrong.
    [EINVAL, {}, 'ERR_NO_MODULE', /module/],
    [EINVAL, { filter: 'mark = 1' }, 'ERR_KERNEL', /EINVAL/],
    [EBUSY, {}, 'ERR_KERNEL', /EBUSY/],
  ] as const)('reports errno %i of %o as %s', async ([errno, options, code, text]) => {
    const kernel = new FakeKernel();
    kernel.dumps.push(addonError('ERR_REFUSED', errno, 'NLMSG_ERROR'));
    const failed = list(kernel, options);
    await expect(failed).rejects.toMatchObject({ name: 'ConntrackError', code, errno });
    await expect(failed).rejects.toThrow(text);
  });

  it('reports a kernel that does not answer', async () => {
    const kernel = new FakeKernel();
    kernel.dumps.push(addonError('ERR_TIMEOUT', 0, 'recvmmsg'));
    await expect(list(kernel)).rejects.toMatchObject({ code: 'ERR_KERNEL', message: /ERR_TIMEOUT/ });
  });
});

describe('one flow', () => {
  it('is undefined when the kernel has none, and an error when it refuses', async () => {
    const kernel = new FakeKernel();
    kernel.errno = ENOENT;
    expect(await getFlow(ends, {}, kernel)).toBeUndefined();
    expect(await deleteFlow({ ...ends, id: 1 }, {}, kernel)).toEqual({ wasThere: false, isDeleted: false });
    kernel.errno = EPERM;
    await expect(getFlow(ends, {}, kernel)).rejects.toMatchObject({ code: 'ERR_PERMISSION' });
    kernel.dumps.push({ messages: [flow(1, 7)] }, { messages: [flow(1, 7)] });
    expect((await getFlow({ id: 7 }, {}, kernel))?.orig.sport).toBe(1);
    expect(await getFlow({ id: 8 }, {}, kernel)).toBeUndefined();
  });

  it('needs both ends', async () => {
    const kernel = new FakeKernel();
    const port = { address: '192.0.2.1', port: null };
    for (const wrong of [
      { ...ends, protocol: 'none' },
      { ...ends, protocol: 300 },
      { ...ends, local: { address: 'host', port: 1 } },
      { ...ends, local: { address: '::1', port: 1 } },
      { ...ends, local: port },
      { ...ends, protocol: 'icmp' },
      { protocol: 'icmp', local: port, remote: port },
    ]) {
      await expect(getFlow(wrong, {}, kernel)).rejects.toThrow(RangeError);
      await expect(deleteFlow({ ...wrong, id: 1 }, {}, kernel)).rejects.toThrow(RangeError);
    }
    for (const id of [Number.NaN, -1, 1.5, 2 ** 32]) {
      await expect(deleteFlow({ ...ends, id }, {}, kernel)).rejects.toThrow(RangeError);
      await expect(deleteFlow({ ...ends, id }, { dryRun: true }, kernel)).rejects.toThrow(RangeError);
    }
    expect(kernel.sent).toEqual([]);
  });

  it('is all that a deletion names: a tuple and an id, of one family', async () => {
    const kernel = new FakeKernel();
    await deleteFlow({ ...ends, id: 0 }, {}, kernel);
    await deleteFlow({ ...ends, id: 7, zone: 3 }, {}, kernel);
    const mapped = { address: '::ffff:192.0.2.1', port: 1 };
    await deleteFlow({ ...ends, local: mapped, id: 7 }, {}, kernel);
    for (const bytes of kernel.sent) {
      const request = Buffer.from(bytes);
      expect([request.readUInt8(4), request.readUInt8(16), request.readUInt8(17)]).toEqual([
        IPCTNL_MSG_CT_DELETE,
        2,
        1,
      ]);
      const types = [];
      for (let at = 20; at < request.length; at += (request.readUInt16LE(at) + 3) & ~3) {
        types.push(request.readUInt16LE(at + 2) & 0x3fff);
      }
      expect(types).toEqual(expect.arrayContaining([1, 12]));
    }
    expect(kernel.sent).toHaveLength(3);
  });
});

describe('threads and sockets', () => {
  it('are closed at every end', async () => {
    const kernel = new FakeKernel();
    await list(kernel);
    await askConntrackCounts({}, kernel);
    kernel.errno = ENOENT;
    await getFlow(ends, {}, kernel);
    kernel.dumps.push({ messages: [flow(1, 7)] }, { messages: [flow(1, 7)] });
    for await (const batch of readFlows({}, kernel)) if (batch.length > 0) break;
    kernel.errno = EPERM;
    await expect(getFlow(ends, {}, kernel)).rejects.toThrow();
    await expect(followFlows({}, kernel)).rejects.toThrow();
    kernel.dumps.splice(0, 2, addonError('ERR_REFUSED', EPERM, 'NLMSG_ERROR'));
    await expect(list(kernel)).rejects.toThrow();
    expect(() => new ConnectionTracker({}, kernel)).toThrow();
    expect([kernel.opened > 8, kernel.open]).toEqual([true, 0]);
  });
});

describe('listening', () => {
  it('fails at once where it is not allowed', async () => {
    const kernel = new FakeKernel();
    await expect(followFlows({}, kernel)).rejects.toMatchObject({ code: 'ERR_PERMISSION' });
    expect(() => new ConnectionTracker({}, kernel)).toThrow(expect.objectContaining({ code: 'ERR_PERMISSION' }));
    kernel.errno = EINVAL;
    await expect(askConntrackCounts({}, kernel)).rejects.toMatchObject({ code: 'ERR_NO_MODULE' });
  });
});
