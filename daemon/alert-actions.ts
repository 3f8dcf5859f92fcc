import type { ActionCause, AlertActions } from '../live/alerts/index.js';
import type { WatchAnswering } from '../live/answers/index.js';
import type { Recorder } from '../live/recorder/index.js';
import type { Logger } from '../log/index.js';

/** Options of {@link alertActions}. */
export interface AlertActionsOptions {
  /** Flight recorder; absent without. */
  readonly recorder?: Pick<Recorder, 'record'> | undefined;
  /** Watches; absent in a replay. */
  readonly watches?: Pick<WatchAnswering, 'begin' | 'stop'> | undefined;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * Returns the actions of alerts that the daemon can do: recordings with a flight recorder, and watches. What
 * is refused is logged once for each rule, until it succeeds again: a rule can fire for thousands of connections.
 */
export function alertActions({ recorder, watches, log }: AlertActionsOptions): AlertActions {
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
  const watch = (begun: NonNullable<typeof watches>, cause: ActionCause, intervalMs: number): (() => void) => {
    let isOver = false;
    let number: number | undefined;
    begun.begin({ connections: { keys: cause.rows.map(({ key }) => key) }, intervalMs }).then(
      (started) => {
        succeeded('watch', cause);
        if (isOver) begun.stop(started.watch);
        else number = started.watch;
      },
      (error: unknown) => refuse('watch', cause, error instanceof Error ? error.message : String(error)),
    );
    return () => {
      isOver = true;
      if (number !== undefined) begun.stop(number);
    };
  };
  return {
    ...(recorder === undefined ? {} : { record }),
    ...(watches === undefined ? {} : { watch: (cause, intervalMs) => watch(watches, cause, intervalMs) }),
  };
}
