import { describe, expect, it } from 'vitest';
import { ephemeralPortReader, readKernelOpens, readTimeWait } from '../../host/kernel-files.js';

const missing = () => undefined;

describe('ephemeralPortReader', () => {
  const files = (range: string, reserved?: string) => (path: string) =>
    path.endsWith('/ip_local_port_range') ? range : reserved;
  const ports = (mask: Uint8Array | undefined) =>
    mask && Array.from(mask.entries()).flatMap(([port, chosen]) => (chosen === 1 ? [port] : []));

  it('reads the range, ends included, and leaves out what is reserved', () => {
    expect(ports(ephemeralPortReader(files('32768\t32770\n', '\n'))())).toEqual([32_768, 32_769, 32_770]);
    expect(ports(ephemeralPortReader(files('10 20', '1-11,13,15-18,20-30\n'))())).toEqual([12, 14, 19]);
    expect(ports(ephemeralPortReader(files('65534 65535'))())).toEqual([65_534, 65_535]);
  });

  it('gives the same object until something is different', () => {
    let range = '10 20';
    const read = ephemeralPortReader((path) => (path.endsWith('range') ? range : '\n'));
    const first = read();
    expect(read()).toBe(first);
    range = '10 21';
    expect(read()).not.toBe(first);
    expect(ports(read())).toHaveLength(12);
  });

  it('knows nothing where it cannot be read', () => {
    expect(ephemeralPortReader(missing)()).toBeUndefined();
    expect(ephemeralPortReader(files('nonsense'))()).toBeUndefined();
  });

  it('reads this machine’s', () => {
    expect(ports(ephemeralPortReader()())?.length).toBeGreaterThan(0);
  });
});

describe('readTimeWait', () => {
  it('reads the kernel’s count', () => {
    const text = 'sockets: used 290\nTCP: inuse 5 orphan 0 tw 12 alloc 6 mem 1\nUDP: inuse 2 mem 0\n';
    expect(readTimeWait(() => text)).toBe(12);
    expect(readTimeWait()).toBeGreaterThanOrEqual(0);
  });

  it('knows nothing where it cannot be read', () => {
    expect(readTimeWait(missing)).toBeUndefined();
    expect(readTimeWait(() => 'TCP: inuse 5\n')).toBeUndefined();
  });
});

describe('readKernelOpens', () => {
  const snmp = (names: string, values: string) => () =>
    `Ip: Forwarding DefaultTTL\nIp: 1 64\nTcp: ${names}\nTcp: ${values}\nUdp: InDatagrams\nUdp: 3\n`;

  it('finds the counts by name', () => {
    expect(readKernelOpens(snmp('MaxConn ActiveOpens PassiveOpens', '-1 25008 4'))).toEqual({
      active: 25_008,
      passive: 4,
    });
    expect(readKernelOpens(snmp('PassiveOpens New ActiveOpens', '7 1 0'))).toEqual({ active: 0, passive: 7 });
  });

  it('reads this machine’s', () => {
    expect(readKernelOpens()).toEqual({ active: expect.any(Number), passive: expect.any(Number) });
  });

  it('is unknown if the file is missing or has other names', () => {
    expect(readKernelOpens(missing)).toBeUndefined();
    expect(readKernelOpens(() => '')).toBeUndefined();
    expect(readKernelOpens(snmp('MaxConn ActiveOpens', '-1 25008'))).toBeUndefined();
    expect(readKernelOpens(snmp('ActiveOpens PassiveOpens', '1'))).toBeUndefined();
  });
});
