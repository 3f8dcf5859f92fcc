import type { Distribution, PortTraffic, Summary } from '../../../analysis/index.js';
import { formatQuantity } from '../../../chart/index.js';

/** A port of either end. */
export interface NamedPort extends PortTraffic {
  /** E.g. `443 remote`. */
  readonly name: string;
}

/** The busiest ports of both ends. */
export function telltalePorts({ localPorts, remotePorts }: Summary): NamedPort[] {
  const named = (ports: readonly PortTraffic[], end: string): NamedPort[] =>
    ports.map((each) => ({ ...each, name: `${each.port} ${end}` }));
  return [...named(localPorts, 'local'), ...named(remotePorts, 'remote')].sort((a, b) => bothWays(b) - bothWays(a));
}

/** Bytes of both directions. */
export function bothWays({ bytesSent, bytesReceived }: Pick<PortTraffic, 'bytesSent' | 'bytesReceived'>): number {
  return bytesSent + bytesReceived;
}

/** A share of a whole; 0 of nothing. */
export function shareOf(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

/** A distribution of times in words. */
export function quantiles({ min, p5, median, p95, p99, max }: Distribution): string {
  const named = { min, p5, median, p95, p99, max };
  return Object.entries(named)
    .map(([name, us]) => `${name} ${formatQuantity(us, 'duration')}`)
    .join(', ');
}
