import { isIP } from 'node:net';
import type { Side } from '../../metrics/index.js';

/**
 * Returns the side of an accepted connection, by its addresses: a machine connects to itself from a loopback address,
 * or from the address that it connects to, unless the program chooses another one.
 */
export function sideOf(remoteAddress: string | undefined, localAddress: string | undefined): Side {
  const isLoopback = /^(::ffff:)?127\.|^::1$/.test(remoteAddress ?? '');
  return isLoopback || (remoteAddress !== undefined && remoteAddress === localAddress) ? 'local' : 'remote';
}

/** Returns the host of a connection: its IPv4 address, or its IPv6 /64, because one host can own a whole /64. */
export function hostOf(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(remoteAddress)?.[1];
  if (mapped !== undefined || !remoteAddress.includes(':')) return mapped ?? remoteAddress;
  const [head = '', tail = ''] = remoteAddress.replace(/%.*$/, '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}

/** Returns whether only programs on this machine can connect to a host that is listened on. */
export function isLoopbackHost(host: string): boolean {
  if (isIP(host) === 0) return host.toLowerCase() === 'localhost';
  return /^(::ffff:)?127\./i.test(host) || (isIP(host) === 6 && /^[0:]+:0*1$/.test(host));
}
