import type { Logger } from '../../../log/index.js';
import type { AlertMetrics } from '../../../metrics/index.js';
import type { Notice } from '../index.js';
import { PacedChannel } from './paced-channel.js';

/** Creates the channel of log lines: `level=warn msg=alert name=lossy state=firing uuid=… value=0.08 for_s=5`. */
export function logChannel(log: Logger, { told }: Pick<AlertMetrics, 'told'>): PacedChannel {
  return new PacedChannel({
    send: (notice) => {
      writeLine(log, notice);
      told('log', 'sent');
    },
    onLost: (count) => told('log', 'lost', count),
    elapsedMs: () => performance.now(),
  });
}

function writeLine(log: Logger, notice: Notice): void {
  const { rule, timeUs } = notice;
  if (notice.kind === 'more') {
    log.warn('alert', { name: rule.name, state: 'more', firing: notice.count });
    return;
  }
  const { kind, reason, labels, value, worst, sinceUs, howEnded } = notice;
  const fields = {
    ...{ name: rule.name, state: kind, severity: rule.severity, reason },
    ...labels,
    value: value ?? undefined,
    ...(rule.unit === '' ? {} : { unit: rule.unit }),
    ...(kind === 'firing' ? {} : { worst: worst ?? undefined }),
    for_s: Math.max(0, Math.round((timeUs - sinceUs) / 1e6)),
    how_ended: howEnded ?? undefined,
  };
  if (kind === 'firing' && rule.severity === 'critical') log.error('alert', fields);
  else if (kind === 'firing' && rule.severity === 'warning') log.warn('alert', fields);
  else log.info('alert', fields);
}
