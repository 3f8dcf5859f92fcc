import type { JSX } from 'preact';
import type { LocalPortsJson, NetworkJson } from '../../live/wire/index.js';
import { formatCount, formatThings } from '../../view/chart/index.js';
import { endpoint } from '../../view/words/index.js';
import { ScrollBox } from '../parts/index.js';
import { portsAdvice } from './budgets.js';
import { reasonOf } from './machine-parts.js';
import { Meter } from './meter.js';

/** Destinations of the table; those with most ports come first. */
const MAX_SHOWN = 20;

/** Options of {@link LocalPorts}. */
export interface LocalPortsProps {
  readonly ports: LocalPortsJson | null;
  readonly unknown: NetworkJson['unknown'];
}

/** Local ports that outgoing connections use, by destination. */
export function LocalPorts({ ports, unknown }: LocalPortsProps): JSX.Element {
  if (ports === null) {
    return (
      <section class="network-part" aria-label="Local ports">
        <h2>Local ports</h2>
        <p class="faint">Unknown: {reasonOf(unknown, 'localPorts')}</p>
      </section>
    );
  }
  const shown = ports.destinations.slice(0, MAX_SHOWN);
  const more = ports.destinationCount - shown.length;
  return (
    <section class="network-part" aria-label="Local ports">
      <h2>
        Local ports{' '}
        <span class="faint">
          {formatCount(ports.ports)} for each destination, {formatThings(ports.destinationCount, 'destination')} in use
        </span>
      </h2>
      {shown.length === 0 ? (
        <p class="faint">No recorded connection uses one of the ports that the kernel chooses.</p>
      ) : (
        <ScrollBox label="Table of destinations">
          <table class="figures">
            <thead>
              <tr>
                <th>From</th>
                <th>To</th>
                <th>Ports in use</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ localAddress, remoteAddress, remotePort, ports: used }, i) => {
                const name = endpoint(remoteAddress, remotePort);
                const advice = portsAdvice(used, ports.ports);
                return [
                  <tr key={`${name} ${i}`}>
                    <td class="address">{localAddress}</td>
                    <td class="address">{name}</td>
                    <td>
                      <Meter share={used / ports.ports} text={formatCount(used)} />
                    </td>
                  </tr>,
                  advice === undefined ? null : (
                    <tr key={`${name} ${i} advice`} class="advice">
                      <td colSpan={3}>{advice}</td>
                    </tr>
                  ),
                ];
              })}
            </tbody>
          </table>
        </ScrollBox>
      )}
      {more > 0 ? <p class="faint">{formatThings(more, 'further destination')} with fewer ports.</p> : null}
    </section>
  );
}
