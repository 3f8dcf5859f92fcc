import type { AlertMetrics } from '../../../metrics/index.js';
import { formatTimestamp } from '../../../parse/index.js';
import type { EventServer } from '../../eventsocket/index.js';
import type { Notice } from '../index.js';
import { PacedChannel } from './paced-channel.js';

/** Creates the channel of the event socket: events of number 2. */
export function eventChannel(server: Pick<EventServer, 'alert'>, { told }: Pick<AlertMetrics, 'told'>): PacedChannel {
  return new PacedChannel({
    send: (notice) => {
      send(server, notice);
      told('events', 'sent');
    },
    onLost: (count) => told('events', 'lost', count),
    elapsedMs: () => performance.now(),
  });
}

function send(server: Pick<EventServer, 'alert'>, notice: Notice): void {
  const { rule, kind, timeUs } = notice;
  const common = {
    timestamp: formatTimestamp(BigInt(Math.round(timeUs)) * 1000n),
    name: rule.name,
    state: kind,
    severity: rule.severity,
  };
  if (notice.kind === 'more') server.alert({ ...common, uuid: '', value: notice.count, reason: '', labels: {} });
  else {
    const { uuid, value, reason = '', labels } = notice;
    server.alert({ ...common, uuid: uuid ?? '', value, reason, labels });
  }
}
