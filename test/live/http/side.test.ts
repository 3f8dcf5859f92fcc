import { describe, expect, it } from 'vitest';
import { hostOf, isLoopbackHost, sideOf } from '../../../live/http/side.js';

describe('sideOf', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', 'local'],
    ['127.0.0.1', '127.0.0.2', 'local'],
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1', 'local'],
    ['::1', '::1', 'local'],
    ['10.0.0.1', '10.0.0.1', 'local'],
    ['fe80::1%eth0', 'fe80::1%eth0', 'local'],
    ['10.0.0.2', '10.0.0.1', 'remote'],
    ['::127.0.0.1', '10.0.0.1', 'remote'],
    [undefined, undefined, 'remote'],
  ])('reports %s to %s as %s', (remote, own, side) => {
    expect(sideOf(remote, own)).toBe(side);
  });
});

describe('hostOf', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
  ])('maps %s to %s', (address, host) => {
    expect(hostOf(address)).toBe(host);
  });
});

describe('isLoopbackHost', () => {
  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    'localhost',
    'LOCALHOST',
  ])('is true for %s', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '1::1',
    '::2',
    '::11',
    'localhost.example',
    '127.example',
    'fe80::1',
  ])('is false for %s', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
});
