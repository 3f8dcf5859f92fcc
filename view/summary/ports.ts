import type { Distribution, PortTraffic, Summary } from '../../analysis/index.js';
import { formatQuantity } from '../chart/index.js';

/** Port with the end that has it. */
export interface NamedPort extends PortTraffic {
  /** Port and end, e.g. `443 remote`. */
  readonly name: string;
}

/** Returns the busiest ports of both ends. */
export function telltalePorts({ localPorts, remotePorts }: Summary): NamedPort[] {
  const named = (ports: readonly PortTraffic[], end: string): NamedPort[] =>
    ports.map((each) => ({ ...each, name: `${each.port} ${end}` }));
  return [...named(localPorts, 'local'), ...named(remotePorts, 'remote')].sort((a, b) => bothWays(b) - bothWays(a));
}

/** Returns the bytes of both directions. */
export function bothWays({ bytesSent, bytesReceived }: Pick<PortTraffic, 'bytesSent' | 'bytesReceived'>): number {
  return bytesSent + bytesReceived;
}

/** Returns the share of a part in a whole; 0 if the whole is 0. */
export function shareOf(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

/** Formats a distribution of times. */
export function quantiles({ min, p5, median, p95, p99, max }: Distribution): string {
  const named = { min, p5, median, p95, p99, max };
  return Object.entries(named)
    .map(([name, us]) => `${name} ${formatQuantity(us, 'duration')}`)
    .join(', ');
}
