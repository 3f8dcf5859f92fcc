import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPageBytes, readTcpCounters, readTcpLimits, readTcpSockets } from '../../host/tcp-statistics.js';
import { tempFolder } from '../support/temp.js';

const missing = () => undefined;

describe('readTcpSockets', () => {
  const files: Readonly<Record<string, string>> = {
    '/proc/net/sockstat': 'sockets: used 290\nTCP: inuse 5 orphan 3 tw 12 alloc 20 mem 7\nUDP: inuse 2 mem 0\n',
    '/proc/net/sockstat6': 'TCP6: inuse 4\nUDP6: inuse 0\n',
  };

  it('reads the counts of both families', () => {
    const expected = { inUse: 9, orphans: 3, timeWait: 12, allocated: 20, memoryPages: 7 };
    expect(readTcpSockets((path) => files[path])).toEqual(expected);
    const withoutIpv6 = (path: string) => (path.endsWith('6') ? undefined : files[path]);
    expect(readTcpSockets(withoutIpv6)).toEqual({ ...expected, inUse: 5 });
  });

  it('knows nothing where they cannot be read', () => {
    expect(readTcpSockets(missing)).toBeUndefined();
    expect(readTcpSockets(() => 'TCP: inuse 5\n')).toBeUndefined();
  });

  it('reads this machine’s', () => {
    expect(readTcpSockets()?.inUse).toBeGreaterThanOrEqual(0);
  });
});

describe('readTcpLimits', () => {
  it('reads the limits that there are', () => {
    const texts: Readonly<Record<string, string>> = {
      tcp_max_orphans: '131072\n',
      tcp_max_tw_buckets: '8192\n',
      tcp_mem: '287901\t383868\t575802\n',
    };
    expect(readTcpLimits((path) => texts[path.split('/').at(-1) ?? ''])).toEqual({
      maxOrphans: 131_072,
      maxTimeWait: 8192,
      memoryPages: [287_901, 383_868, 575_802],
    });
    // In a network namespace other than the first one.
    expect(readTcpLimits((path) => (path.endsWith('buckets') ? '8192\n' : undefined))).toEqual({ maxTimeWait: 8192 });
    expect(readTcpLimits(() => 'nonsense\n')).toEqual({});
  });
});

describe('readTcpCounters', () => {
  const files: Readonly<Record<string, string>> = {
    '/proc/net/snmp':
      'Ip: Forwarding InReceives\nIp: 1 9\nTcp: RtoMin MaxConn ActiveOpens RetransSegs\nTcp: 200 -1 17 3\n',
    '/proc/net/netstat':
      'TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPMemoryPressuresChrono\nTcpExt: 1 2 3 4\nIpExt: InOctets\nIpExt: 5\n',
  };

  it('reads counters by the names of their columns', () => {
    const expected = { activeOpens: 17, retransSegs: 3, syncookiesSent: 1, listenOverflows: 2, listenDrops: 3 };
    expect(readTcpCounters((path) => files[path])).toEqual({ ...expected, memoryPressureMs: 4 });
  });

  it('leaves out those that the kernel does not have', () => {
    expect(readTcpCounters((path) => (path.endsWith('snmp') ? files[path] : undefined))).toEqual({
      activeOpens: 17,
      retransSegs: 3,
    });
    expect(readTcpCounters(missing)).toEqual({});
  });

  it('reads this machine’s', () => {
    expect(Object.keys(readTcpCounters()).length).toBeGreaterThan(15);
  });
});

describe('readPageBytes', () => {
  it('reads the size of this machine’s pages', () => {
    const bytes = readPageBytes() ?? 0;
    expect(bytes).toBeGreaterThanOrEqual(4096);
    expect(Math.log2(bytes) % 1).toBe(0);
  });

  it('knows nothing where it is not told', () => {
    expect(readPageBytes('/nonexistent')).toBeUndefined();
    const path = join(tempFolder(), 'auxv');
    writeFileSync(path, Buffer.alloc(40));
    expect(readPageBytes(path)).toBeUndefined();
  });
});
