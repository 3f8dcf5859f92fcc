import { describe, expect, it } from 'vitest';
import { alertActions } from '../../daemon/alert-actions.js';
import type { ActionCause } from '../../live/alerts/index.js';
import { WatchError, type WatchRequest } from '../../live/answers/index.js';
import type { RecordOutcome, RecordRequest } from '../../live/recorder/index.js';
import type { StoreRow } from '../../live/store/index.js';

const rows = ['a', 'b'].map((uuid) => ({ key: `${uuid}@1`, identity: { uuid } })) as unknown as readonly StoreRow[];
const cause: ActionCause = { rule: 'lossy', expression: 'retrans > 5%', value: 0.08, rows };

function setUp(outcomes: RecordOutcome[], starts: (() => number)[]) {
  const seen = { recorded: [] as RecordRequest[], watched: [] as WatchRequest[], stopped: [] as number[] };
  const warnings: [string, unknown][] = [];
  const actions = alertActions({
    recorder: {
      record: (request) => {
        seen.recorded.push(request);
        const outcome = outcomes.shift();
        if (outcome === undefined) throw new Error('no outcome is left');
        return outcome;
      },
    },
    watches: {
      begin: async (request) => {
        seen.watched.push(request);
        const watch = starts.shift()?.() ?? 0;
        return { watch, filter: null, intervalMs: 2, startTime: '', until: null, connections: [], left: 0 };
      },
      stop: (watch) => seen.stopped.push(watch) > 0,
    },
    log: { warn: (message, fields) => void warnings.push([message, fields]) },
  });
  return { actions, seen, warnings };
}

/** Waits until a watch has begun, or is refused. */
const begun = () => new Promise(setImmediate);

const STARTED = { kind: 'started', name: 'r' } as unknown as RecordOutcome;
const refusedAs = (reason: 'busy' | 'repeated'): RecordOutcome => ({
  kind: 'refused',
  reason,
  detail: `it is ${reason}`,
});

describe('actions of alerts', () => {
  it('record the connections with the rule, its condition and its value', () => {
    const { actions, seen, warnings } = setUp([STARTED], []);
    actions.record?.(cause, { beforeMs: 30_000, afterMs: 10_000 });
    expect(seen.recorded).toEqual([
      {
        ...{ uuids: ['a', 'b'], beforeMs: 30_000, afterMs: 10_000, trigger: 'alert' },
        ...{ rule: 'lossy', expression: 'retrans > 5%', value: 0.08 },
      },
    ]);
    expect(warnings).toEqual([]);
  });

  it('tell once for each rule that nothing is recorded, until something is; again is no refusal', () => {
    const { actions, warnings } = setUp(
      [refusedAs('busy'), refusedAs('busy'), refusedAs('busy'), refusedAs('repeated'), refusedAs('busy')],
      [],
    );
    const span = { beforeMs: 1, afterMs: 1 };
    actions.record?.(cause, span);
    actions.record?.(cause, span);
    actions.record?.({ ...cause, rule: 'other' }, span);
    actions.record?.(cause, span);
    actions.record?.(cause, span);
    expect(warnings).toEqual(
      ['lossy', 'other', 'lossy'].map((alert) => ['an alert could not record', { alert, reason: 'it is busy' }]),
    );
  });

  it('watch the rows until the alert is over, even if that is before the watch has begun', async () => {
    const { actions, seen } = setUp([], [() => 7, () => 8]);
    const end = actions.watch?.(cause, 2);
    expect(seen.watched).toEqual([{ connections: { keys: ['a@1', 'b@1'] }, intervalMs: 2 }]);
    await begun();
    expect(seen.stopped).toEqual([]);
    end?.();
    expect(seen.stopped).toEqual([7]);
    actions.watch?.(cause, 2)();
    await begun();
    expect(seen.stopped).toEqual([7, 8]);
  });

  it('tell once that a watch is refused', async () => {
    const full = (): never => {
      throw new WatchError('ERR_WATCHES_FULL', '64 connections are watched already');
    };
    const { actions, seen, warnings } = setUp([], [full, full]);
    for (let i = 0; i < 2; i++) actions.watch?.(cause, 2)();
    await begun();
    expect(warnings).toEqual([
      ['an alert could not watch', { alert: 'lossy', reason: '64 connections are watched already' }],
    ]);
    expect(seen.stopped).toEqual([]);
  });

  it('are absent for what the daemon does not have', () => {
    expect(alertActions({ log: { warn: () => undefined } })).toEqual({});
  });
});
