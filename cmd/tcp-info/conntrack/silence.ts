import { askConntrackCounts, readConntrackCounts } from '../../../conntrack/kernel/index.js';
import { readConntrackSetting } from '../../../host/index.js';
import type { OneNamespace } from './options.js';
import type { Say } from './run-action.js';

/** Facts that say whether events can come. */
export interface SilenceFacts {
  /** Number of flows in the table; absent if unknown. */
  readonly entries?: number;
  /** Value of `nf_conntrack_events`; absent if unknown. */
  readonly events?: number;
}

/** Says why no events may come, if there is a reason: otherwise an empty output could mean that nothing happens. */
export async function saySilence(netns: OneNamespace | undefined, say: Say): Promise<void> {
  const counts = netns === undefined ? readConntrackCounts() : await askConntrackCounts({ namespace: netns });
  const events = netns === undefined ? readConntrackSetting('events') : undefined;
  const reason = silenceText({
    ...(counts?.entries === undefined ? {} : { entries: counts.entries }),
    ...(events === undefined ? {} : { events }),
  });
  if (reason !== undefined) say(reason);
}

/** Returns the reason for which no events may come; undefined if none is known. */
export function silenceText({ entries, events }: SilenceFacts): string | undefined {
  if (events === 0) return 'the kernel sends no events: net.netfilter.nf_conntrack_events is 0';
  if (entries === 0) {
    return 'no flow is tracked yet: the kernel tracks connections only if a rule of the firewall needs it';
  }
  return undefined;
}
