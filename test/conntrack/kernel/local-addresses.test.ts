import { constants } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionTracker, followFlows, readFlows, readLocalAddresses } from '../../../conntrack/kernel/index.js';
import { KernelSession, LocalAddresses } from '../../../conntrack/socket/index.js';
import type { MessageBatch } from '../../../native/index.js';
import { NETLINK_ROUTE, RTM_NEWADDR } from '../../../netlink/index.js';
import { addonError, type FakeDump, FakeKernel } from './fake-kernel.js';

const { EPERM } = constants.errno;
const CHANGED = 'read addresses: they changed during each of 3 dumps';

/** Answer with one IPv4 address: nlmsghdr, ifaddrmsg, IFA_LOCAL. */
function answer(address: readonly number[], isInterrupted = false): FakeDump {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(RTM_NEWADDR, 4);
  bytes.set([2, 24], 16);
  bytes.writeUInt16LE(8, 24);
  bytes.writeUInt16LE(2, 26);
  bytes.set(address, 28);
  return { messages: [bytes], isInterrupted };
}

const interrupted = (count: number): FakeDump[] => Array.from({ length: count }, () => answer([192, 0, 2, 9], true));
/** A notification of a changed address. */
const CHANGE = {} as MessageBatch;

describe('addresses that are read once', () => {
  it('are read again when they change meanwhile', async () => {
    const kernel = new FakeKernel();
    kernel.addressDumps.push(...interrupted(2), answer([192, 0, 2, 1]));
    const isLocal = await readLocalAddresses({}, kernel);
    expect(['192.0.2.1', '192.0.2.9', '127.0.0.9'].map(isLocal)).toEqual([true, false, true]);
    expect(kernel.open).toBe(0);
  });

  it('are an error when they change during each attempt', async () => {
    const failure = { name: 'ConntrackError', code: 'ERR_INTERRUPTED', message: CHANGED };
    const kernel = new FakeKernel();
    kernel.addressDumps.push(...interrupted(9));
    await expect(readLocalAddresses({}, kernel)).rejects.toMatchObject(failure);
    await expect(followFlows({}, kernel)).rejects.toMatchObject(failure);
    await expect(readFlows({}, kernel)[Symbol.asyncIterator]().next()).rejects.toMatchObject(failure);
    expect([kernel.addressDumps.length, kernel.sent.length, kernel.open]).toEqual([0, 0, 0]);
  });
});

describe('addresses that are watched', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('stay as they were while they cannot be read, which is counted, reported once, and tried again', async () => {
    const kernel = Object.assign(new FakeKernel(), { canListen: true });
    const addresses = new LocalAddresses(new KernelSession(undefined, kernel));
    const [onFailure, onStale] = [vi.fn(), vi.fn()];
    kernel.addressDumps.push(answer([192, 0, 2, 1]));
    addresses.watch({ onFailure, onStale });
    await vi.waitFor(() => expect(addresses.has('192.0.2.1')).toBe(true));

    kernel.addressDumps.push(...interrupted(6), answer([192, 0, 2, 2]));
    kernel.deliver.get(NETLINK_ROUTE)?.(CHANGE);
    await vi.waitFor(() => expect(addresses.staleReadings).toBe(1));
    expect([addresses.has('192.0.2.1'), addresses.has('192.0.2.9')]).toEqual([true, false]);
    await vi.advanceTimersByTimeAsync(1000);
    await vi.waitFor(() => expect(addresses.staleReadings).toBe(2));
    expect(onStale).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message: CHANGED }));
    await vi.advanceTimersByTimeAsync(1000);
    await vi.waitFor(() => expect(addresses.has('192.0.2.2')).toBe(true));

    // A later spell is reported again.
    kernel.addressDumps.push(...interrupted(3));
    kernel.deliver.get(NETLINK_ROUTE)?.(CHANGE);
    await vi.waitFor(() => expect(onStale).toHaveBeenCalledTimes(2));
    expect(onFailure).not.toHaveBeenCalled();
    await addresses.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('report any other failure as such', async () => {
    const kernel = Object.assign(new FakeKernel(), { canListen: true });
    const addresses = new LocalAddresses(new KernelSession(undefined, kernel));
    const [onFailure, onStale] = [vi.fn(), vi.fn()];
    kernel.addressDumps.push(addonError('ERR_REFUSED', EPERM, 'NLMSG_ERROR'));
    addresses.watch({ onFailure, onStale });
    await vi.waitFor(() => expect(onFailure).toHaveBeenCalledOnce());
    expect([onStale.mock.calls.length, addresses.staleReadings, vi.getTimerCount()]).toEqual([0, 0, 0]);
  });

  it('are counted by followers and trackers, and reported there', async () => {
    const kernel = Object.assign(new FakeKernel(), { canListen: true });
    const [onStaleAddresses, onError] = [vi.fn(), vi.fn()];
    kernel.addressDumps.push(answer([192, 0, 2, 1]), ...interrupted(3));
    const follower = await followFlows({ onStaleAddresses }, kernel);
    await vi.waitFor(() => expect(onStaleAddresses).toHaveBeenCalledOnce());
    expect(follower.counts.staleAddresses).toBe(1);
    await follower.return();
    kernel.addressDumps.push(...interrupted(3));
    const tracker = new ConnectionTracker({ onError }, kernel);
    await vi.waitFor(() =>
      expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message: CHANGED })),
    );
    expect(tracker.counts.staleAddresses).toBe(1);
    await tracker.close();
    expect(kernel.open).toBe(0);
  });
});
