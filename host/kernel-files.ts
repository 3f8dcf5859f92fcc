import { type ReadText, readText } from './text-files.js';

const PORTS = 65_536;

/** Local ports that the kernel chooses from for outgoing connections: 1 for each of them, by port. */
export type PortMask = Uint8Array;

/** Reads the number of TIME_WAIT sockets in the own network namespace; undefined if unknown (no /proc). */
export function readTimeWait(read: ReadText = readText): number | undefined {
  const found = /^TCP:.* tw (\d+)/m.exec(read('/proc/net/sockstat') ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Numbers of TCP connections that a network namespace has opened, as the kernel counts them. */
export interface KernelOpens {
  /** Connects: ActiveOpens. A socket that connects again counts again. */
  readonly active: number;
  /** Connections that a listener took in, accepted by its program or not: PassiveOpens. */
  readonly passive: number;
}

/** Reads the kernel's counts of opened connections in the own network namespace; undefined if unknown (no /proc). */
export function readKernelOpens(read: ReadText = readText): KernelOpens | undefined {
  const [, names = '', values = ''] = /^Tcp: (.*)\nTcp: (.*)$/m.exec(read('/proc/net/snmp') ?? '') ?? [];
  const counts = values.split(' ');
  const countOf = (name: string): number => Number(counts[names.split(' ').indexOf(name)] ?? Number.NaN);
  const [active, passive] = [countOf('ActiveOpens'), countOf('PassiveOpens')];
  return Number.isNaN(active + passive) ? undefined : { active, passive };
}

/**
 * Returns a function that reads the local ports from which the kernel chooses in the own network namespace: those of
 * net.ipv4.ip_local_port_range that are not in net.ipv4.ip_local_reserved_ports; undefined if unknown.
 */
export function ephemeralPortReader(read: ReadText = readText): () => PortMask | undefined {
  let before: string | undefined;
  let mask: PortMask | undefined;
  return () => {
    const range = read('/proc/sys/net/ipv4/ip_local_port_range');
    // Reserved ones are told since 2.6.35.
    const reserved = read('/proc/sys/net/ipv4/ip_local_reserved_ports') ?? '';
    const now = range === undefined ? undefined : `${range}\n${reserved}`;
    if (now !== before) {
      before = now;
      mask = range === undefined ? undefined : portMask(range, reserved);
    }
    return mask;
  };
}

function portMask(range: string, reserved: string): PortMask | undefined {
  const [, first, last] = /^\s*(\d+)\s+(\d+)\s*$/.exec(range) ?? [];
  if (first === undefined || last === undefined) return undefined;
  const mask = new Uint8Array(PORTS);
  mask.fill(1, Number(first), Number(last) + 1);
  for (const [, from = '', to = from] of reserved.matchAll(/(\d+)(?:-(\d+))?/g))
    mask.fill(0, Number(from), Number(to) + 1);
  return mask;
}
