import { describe, expect, it } from 'vitest';
import { type Connection, ConnectionCache, Exclusions, StateSlots } from '../../../cache/index.js';
import type { Cgroup, SocketProcess } from '../../../host/processes/index.js';
import { INET_DIAG_CGROUP_ID } from '../../../inetdiag/index.js';
import { ArchiveProcesses } from '../../../live/processes/index.js';
import { parseNetlinkMessage } from '../../../parse/index.js';
import { TcpState } from '../../../tcp/index.js';
import { buildMessage, type MessageSpec } from '../../support/messages.js';

const PROCESS: SocketProcess = {
  pid: 7,
  command: 'nginx',
  executable: '/usr/sbin/nginx',
  uid: 33,
  user: 'www-data',
  otherPids: 0,
  seenTime: '2026-01-01T00:00:00.000Z',
};
const CGROUP: Cgroup = { id: '9', path: '/a.service', unit: 'a.service', container: null, pod: null };
const POD = { uid: 'u-1', name: 'web', namespace: 'shop', container: 'front' };
const COOKIE = 5n;
const TIME = '2026-01-01T00:00:00.000000000Z';

/** A cache with processes of archives, and a search that finds what the test has put into it. */
function scene({ isLive = false } = {}) {
  const found = new Map<number, SocketProcess>();
  const cgroups = new Map<bigint, Cgroup>();
  const log: string[] = [];
  const search = {
    want: ({ inode }: { readonly inode: number }) => log.push(`want ${inode}`),
    ended: (inode: number) => {
      log.push(`ended ${inode}`);
      found.delete(inode);
    },
    processOf: (inode: number) => {
      const process = found.get(inode) ?? null;
      return { process, unknown: process === null ? ('pending' as const) : null };
    },
    cgroupOf: (id: bigint) => cgroups.get(id) ?? null,
  };
  const slots = new StateSlots();
  const processes = new ArchiveProcesses({ search, slots, isLive });
  let connection: Connection | undefined;
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const observers = [processes.observer, { opened: (opened: Connection) => (connection = opened) }];
  const cache = new ConnectionCache({ uuidPrefix: 'h', exclusions, observers, slots });
  let scan = 0;
  return {
    ...{ found, cgroups, log },
    seen: (inode: number, more: MessageSpec = {}) => {
      const attributes = [{ type: INET_DIAG_CGROUP_ID, payload: Buffer.from(BigUint64Array.of(9n).buffer) }];
      cache.update(parseNetlinkMessage(buildMessage({ cookie: COOKIE, inode, attributes, ...more }), TIME), ++scan);
    },
    end: () => cache.end(COOKIE, { timestamp: TIME, cause: 'vanished' }),
    process: () => (connection === undefined ? undefined : processes.processOf(connection)),
  };
}

describe('the process in an archive', () => {
  it('has what is known', () => {
    const { seen, found, cgroups, process } = scene();
    seen(50);
    expect(process()).toBeUndefined();
    cgroups.set(9n, { ...CGROUP, unit: null });
    expect(process()).toBeUndefined();
    cgroups.set(9n, CGROUP);
    expect(process()).toEqual({ unit: 'a.service' });
    found.set(50, PROCESS);
    expect(process()).toEqual({ pid: 7, command: 'nginx', unit: 'a.service' });
    cgroups.set(9n, { ...CGROUP, unit: null, container: { id: 'c0ffee', runtime: null }, pod: POD });
    expect(process()).toEqual({ pid: 7, command: 'nginx', container: 'c0ffee', pod: 'shop/web' });
  });

  it.each([{ name: null }, { namespace: null }])('has the uid of a pod without its names: %j', (missing) => {
    const { seen, cgroups, process } = scene();
    seen(50);
    cgroups.set(9n, { ...CGROUP, unit: null, pod: { ...POD, ...missing } });
    expect(process()).toEqual({ pod: 'u-1' });
  });

  it('is that of the end for a frame that is written later, whatever has the number of the socket then', () => {
    const { seen, end, found, log, process } = scene();
    seen(50);
    found.set(50, PROCESS);
    end();
    expect(log).toEqual(['want 50', 'ended 50']);
    expect(process()).toEqual({ pid: 7, command: 'nginx' });
    found.set(50, { ...PROCESS, pid: 8 });
    expect(process()).toEqual({ pid: 7, command: 'nginx' });
  });

  it('is known of a socket that its process has closed', () => {
    const { seen, end, found, log, process } = scene();
    seen(50);
    found.set(50, PROCESS);
    seen(0, { state: TcpState.FIN_WAIT1 });
    expect(process()).toEqual({ pid: 7, command: 'nginx' });
    end();
    expect(process()).toEqual({ pid: 7, command: 'nginx' });
    expect(log).toEqual(['want 50', 'ended 50']);
  });

  it('is looked for when the socket is accepted', () => {
    const { seen, found, log, process } = scene();
    seen(0);
    seen(50, { state: TcpState.CLOSE_WAIT });
    found.set(50, PROCESS);
    expect(log).toEqual(['want 0', 'want 50']);
    expect(process()?.pid).toBe(7);
  });

  it('stays known if the connection is seen again, until it is found anew', () => {
    const { seen, end, found, log, process } = scene();
    seen(50);
    found.set(50, PROCESS);
    end();
    seen(50, { state: TcpState.CLOSE_WAIT });
    expect(log).toEqual(['want 50', 'ended 50', 'want 50']);
    expect(process()?.pid).toBe(7);
    found.set(50, { ...PROCESS, pid: 8 });
    expect(process()?.pid).toBe(8);
    end();
    expect(process()?.pid).toBe(8);
  });

  it('is noted beside a live store, which tells the search itself', () => {
    const { seen, end, found, log, process } = scene({ isLive: true });
    seen(0);
    seen(50, { state: TcpState.CLOSE_WAIT });
    found.set(50, PROCESS);
    end();
    found.delete(50);
    expect(process()?.pid).toBe(7);
    expect(log).toEqual([]);
  });
});
