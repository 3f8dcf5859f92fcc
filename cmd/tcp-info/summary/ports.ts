import type { Distribution, PortTraffic, Summary } from '../../../analysis/index.js';
import { formatQuantity } from '../../../chart/index.js';

/** From here on Linux picks ports for connections that ask for none. */
const FIRST_EPHEMERAL = 32_768;

/** A port of either end. */
export interface NamedPort extends PortTraffic {
  /** E.g. `443 remote`. */
  readonly name: string;
}

/** The busiest ports of both ends, without those that were picked for one connection and say nothing. */
export function telltalePorts({ localPorts, remotePorts }: Summary): NamedPort[] {
  const named = (ports: readonly PortTraffic[], end: string): NamedPort[] =>
    ports
      .filter(({ port, connections }) => port < FIRST_EPHEMERAL || connections > 1)
      .map((each) => ({ ...each, name: `${each.port} ${end}` }));
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
