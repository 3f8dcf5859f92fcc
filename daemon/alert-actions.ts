import type { ActionCause, AlertActions } from '../live/alerts/index.js';
import type { Recorder } from '../live/recorder/index.js';
import type { Watching } from '../live/watches/index.js';
import type { Logger } from '../log/index.js';

/** Options of {@link alertActions}. */
export interface AlertActionsOptions {
  /** Flight recorder; absent without. */
  readonly recorder?: Pick<Recorder, 'record'> | undefined;
  /** Returns the watches, which exist once alerts fire; absent without `-live`, and in a replay. */
  readonly watching?: (() => Watching) | undefined;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * Returns the actions of alerts that the daemon can do: recordings with a flight recorder, and watches with `-live`. What
 * is refused is logged once for each rule, until it succeeds again: a rule can fire for thousands of connections.
 */
export function alertActions({ recorder, watching, log }: AlertActionsOptions): AlertActions {
  const refused = new Set<string>();
  const refuse = (action: 'record' | 'watch', { rule }: ActionCause, reason: string): void => {
    const key = `${action} ${rule}`;
    if (refused.has(key)) return;
    refused.add(key);
    log.warn(`an alert could not ${action}`, { alert: rule, reason });
  };
  const succeeded = (action: 'record' | 'watch', { rule }: ActionCause): void => {
    refused.delete(`${action} ${rule}`);
  };
  const record: AlertActions['record'] = (cause, { beforeMs, afterMs }) => {
    const { rule, expression, value } = cause;
    const uuids = cause.rows.flatMap(({ identity: { uuid } }) => uuid ?? []);
    const outcome = recorder?.record({
      ...{ uuids, beforeMs, afterMs, trigger: 'alert', rule, expression, value },
    });
    // The same connections again within the time of a recording are in it.
    if (outcome?.kind !== 'refused' || outcome.reason === 'repeated') succeeded('record', cause);
    else refuse('record', cause, outcome.detail);
  };
  const watch: AlertActions['watch'] = (cause, intervalMs) => {
    const watches = watching?.();
    if (watches === undefined) return () => undefined;
    try {
      const { watch: number } = watches.start({ connections: { keys: cause.rows.map(({ key }) => key) }, intervalMs });
      succeeded('watch', cause);
      return () => watches.stop(number);
    } catch (error) {
      refuse('watch', cause, error instanceof Error ? error.message : String(error));
      return () => undefined;
    }
  };
  return {
    ...(recorder === undefined ? {} : { record }),
    ...(watching === undefined ? {} : { watch }),
  };
}
