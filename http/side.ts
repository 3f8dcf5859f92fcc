/** Origin of a connection: this machine itself, or another one. Each has places, queues and paces of its own. */
export type Side = 'local' | 'remote';

/** Every {@link Side}. */
export const SIDES: readonly Side[] = ['local', 'remote'];

/**
 * Side of an accepted connection, by its addresses: a machine that connects to itself does so from a loopback address or
 * from the very address that it connects to, unless its program chooses another.
 */
export function sideOf(remoteAddress: string | undefined, localAddress: string | undefined): Side {
  const isLoopback = /^(::ffff:)?127\.|^::1$/.test(remoteAddress ?? '');
  return isLoopback || (remoteAddress !== undefined && remoteAddress === localAddress) ? 'local' : 'remote';
}

/** The host that a connection counts with: its IPv4 address, or the /64 of its IPv6 address, which one host can have all of. */
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
