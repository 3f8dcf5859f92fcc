import type { AlertRule, ChannelName } from './rule.js';

/** Parts of a collector that rules may need. */
export interface Equipment {
  readonly channels: readonly ChannelName[];
  readonly hasHttp: boolean;
  readonly hasRecorder: boolean;
  readonly hasWatches: boolean;
}

/** Flags that give a collector a channel. */
const FLAGS: Readonly<Record<ChannelName, string>> = {
  log: '',
  events: '-alerts.events',
  webhook: '-alerts.webhook',
};

/** Thrown for rules that need what the collector does not have. The message has a line for each. */
export class AlertRequirementsError extends Error {
  override readonly name = 'AlertRequirementsError';
  readonly code = 'ERR_ALERT_REQUIREMENTS';
}

/** Checks that a collector has all that rules need. @throws AlertRequirementsError */
export function requireEquipment(rules: readonly AlertRule[], equipment: Equipment): void {
  const lines = rules.flatMap((rule) =>
    missing(rule, equipment).map((what) => `rule ${JSON.stringify(rule.name)} ${what}`),
  );
  if (lines.length > 0) throw new AlertRequirementsError(lines.join('\n'));
}

function missing(rule: AlertRule, { channels, hasHttp, hasRecorder, hasWatches }: Equipment): string[] {
  const readsHttp = rule.kind === 'http' || (rule.kind === 'group' && rule.usesHttp);
  return [
    ...(rule.to ?? [])
      .filter((channel) => !channels.includes(channel))
      .map((channel) => `is told on ${channel}: give ${FLAGS[channel]}`),
    ...(readsHttp && !hasHttp ? ['reads HTTP: give -http.ports'] : []),
    ...(rule.record !== undefined && !hasRecorder ? ['records: give -recorder'] : []),
    ...(rule.watchMs !== undefined && !hasWatches ? ['watches connections, and watches are off'] : []),
  ];
}
