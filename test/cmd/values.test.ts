import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  parseAddressKey,
  parseCount,
  parseDurationNs,
  parseListenAddress,
  parseLongDurationNs,
  parseMode,
  parsePercent,
  parsePort,
  parseSize,
} from '../../cmd/flags/values.js';

describe('parseDurationNs', () => {
  it.each([
    ['10ms', 10e6],
    ['1.5s', 1.5e9],
    ['1h30m', 5400e9],
    ['250us', 250e3],
    ['0s', 0],
  ])('parses %s', (text, ns) => {
    expect(parseDurationNs(text)).toBe(ns);
  });

  it.each(['', '10', 'ms', '-1s', '1 s', '1d', '10msx', '1e3s', '.5s'])('rejects %j', (text) => {
    expect(parseDurationNs(text)).toBeUndefined();
  });

  it('reverses formatDuration', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600_000_000_000 }), (ns) => {
        expect(parseDurationNs(formatDuration(ns))).toBe(ns);
      }),
    );
  });
});

describe('parsePercent', () => {
  it.each([
    ['20%', 0.2],
    ['0.5%', 0.005],
    ['0%', 0],
    ['250%', 2.5],
  ])('parses %s', (text, share) => {
    expect(parsePercent(text)).toBe(share);
  });

  it.each(['', '%', '20', '0.2', '-1%', '1e1%', '.5%', '20 %', '20%%'])('rejects %j', (text) => {
    expect(parsePercent(text)).toBeUndefined();
  });
});

describe('parseSize', () => {
  it.each([
    ['0', 0],
    ['1048576', 1_048_576],
    ['512B', 512],
    ['64MiB', 67_108_864],
    ['1.5GB', 1_500_000_000],
    ['10kB', 10_000],
    ['50GiB', 50 * 2 ** 30],
    ['1.5KiB', 1536],
    ['2TB', 2e12],
    ['3TiB', 3 * 2 ** 40],
  ])('parses %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each([
    '',
    'MiB',
    '-1',
    '1 MiB',
    '1mib',
    '1M',
    '.5GiB',
    '1e6',
    '99999999TiB',
    '1toString',
  ])('rejects %j', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});

describe('parseMode', () => {
  it('parses octal digits', () => {
    expect(['0640', '640', '000'].map(parseMode)).toEqual([0o640, 0o640, 0]);
    expect(['', '64', '0o640', '888', '1640', '-640'].map(parseMode)).toEqual(Array(6).fill(undefined));
  });
});

describe('parseListenAddress', () => {
  it.each([
    ['7070', { port: 7070 }],
    [':9990', { port: 9990 }],
    [':0', { port: 0 }],
    ['127.0.0.1:9991', { host: '127.0.0.1', port: 9991 }],
    ['[::1]:9991', { host: '::1', port: 9991 }],
    ['localhost:1', { host: 'localhost', port: 1 }],
    ['[fe80::1%eth0]:9990', { host: 'fe80::1%eth0', port: 9990 }],
    ['[fe80::1%7]:9990', { host: 'fe80::1%7', port: 9990 }],
    ['[fe80::1%eth0.100]:9990', { host: 'fe80::1%eth0.100', port: 9990 }],
  ])('parses %s', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
  });

  it.each([
    '',
    ':',
    'x',
    '70707',
    ':70707',
    '-1',
    '::1:9991',
    '[]:1',
    '[::1]',
    '[::g]:1',
    '[fe80::1%]:1',
    '[fe80::1%a%b]:1',
    '[fe80::1%a b]:1',
    '[fe80::1%sixteenletters00]:1',
    '[127.0.0.1%lo]:1',
    'fe80::1%eth0:1',
    '300.0.0.1:1',
    '1.2.3:1',
    'a b:1',
  ])('rejects %j', (text) => {
    expect(parseListenAddress(text)).toBeUndefined();
  });
});

describe('parsePort, parseCount and parseAddressKey', () => {
  it('accept valid values only', () => {
    expect(['0', '65535', '65536', '-1', '0x1', ''].map(parsePort)).toEqual([
      0,
      65_535,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(['0', '12', '1.5', '9007199254740993'].map(parseCount)).toEqual([0, 12, undefined, undefined]);
    expect(parseAddressKey('::ffff:192.0.2.1')).toBe(parseAddressKey('192.0.2.1'));
    expect(parseAddressKey('2001:DB8::1')).toBe(parseAddressKey('2001:db8:0:0:0:0:0:1'));
    expect(['', '192.0.2', '192.0.2.1/24', 'example.com', 'fe80::1%eth0'].map(parseAddressKey)).toEqual(
      Array(5).fill(undefined),
    );
  });
});

describe('parseLongDurationNs', () => {
  it.each([
    ['7d', 7 * 86_400e9],
    ['1d12h', 129_600e9],
    ['0.5d', 43_200e9],
    ['36h', 129_600e9],
  ])('parses %s', (text, ns) => {
    expect(parseLongDurationNs(text)).toBe(ns);
  });

  it.each(['', '7', 'd', '-1d', '7 d', '1h7d', '1d2', '1dd', '7D'])('rejects %j', (text) => {
    expect(parseLongDurationNs(text)).toBeUndefined();
  });
});
