import type { JSX } from 'preact';
import type { ListenersJson, NetworkJson } from '../../live/wire/index.js';
import { formatCount, formatThings } from '../../view/chart/index.js';
import { endpoint } from '../../view/words/index.js';
import { ScrollBox } from '../parts/index.js';
import { listenerAdvice } from './budgets.js';
import { reasonOf } from './machine-parts.js';
import { Meter } from './meter.js';

/** Listeners of the table; those with the fullest queues come first. */
const MAX_SHOWN = 50;

/** Options of {@link Listeners}. */
export interface ListenersProps {
  readonly listeners: ListenersJson | null;
  readonly unknown: NetworkJson['unknown'];
}

/** Accept queues of listening sockets, the fullest first. */
export function Listeners({ listeners, unknown }: ListenersProps): JSX.Element {
  if (listeners === null) {
    return (
      <section class="network-part" aria-label="Listeners">
        <h2>Listeners</h2>
        <p class="faint">Unknown: {reasonOf(unknown, 'listeners')}</p>
      </section>
    );
  }
  const shown = listeners.sockets.slice(0, MAX_SHOWN);
  const more = listeners.count - shown.length;
  return (
    <section class="network-part" aria-label="Listeners">
      <h2>
        Listeners{' '}
        <span class="faint">
          {formatThings(listeners.count, 'socket')} of this network namespace, the fullest queue first
        </span>
      </h2>
      {shown.length === 0 ? (
        <p class="faint">No program listens here.</p>
      ) : (
        <ScrollBox label="Table of listeners">
          <table class="figures">
            <thead>
              <tr>
                <th>Address</th>
                <th>Accept queue</th>
                <th class="number">Unfinished</th>
                <th class="number">Dropped</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((listener, i) => {
                const { localAddress, localPort, queued, backlog, fillRatio, drops, halfOpen } = listener;
                const name = endpoint(localAddress, localPort);
                const advice = listenerAdvice(listener);
                return [
                  <tr key={`${name} ${i}`}>
                    <td class="address">{name}</td>
                    <td>
                      <Meter share={fillRatio} text={`${formatCount(queued)} of ${formatCount(backlog + 1)}`} />
                    </td>
                    <td class="number">{halfOpen === null ? '–' : formatCount(halfOpen)}</td>
                    <td class={drops !== null && drops > 0 ? 'number has-drops' : 'number'}>
                      {drops === null ? '–' : formatCount(drops)}
                    </td>
                  </tr>,
                  advice === undefined ? null : (
                    <tr key={`${name} ${i} advice`} class="advice">
                      <td colSpan={4}>{advice}</td>
                    </tr>
                  ),
                ];
              })}
            </tbody>
          </table>
        </ScrollBox>
      )}
      <p class="faint">
        Accept queue: connections that wait until the program accepts them, and how many may. Unfinished: handshakes of
        that port without their last packet. Dropped: packets and handshakes that the socket dropped since it listens.
        {more > 0 ? ` ${formatCount(more)} more listeners have emptier queues.` : ''}
      </p>
    </section>
  );
}
