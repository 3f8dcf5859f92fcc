import { useEffect, useState } from 'preact/hooks';
import type { GroupJson, ViewJson } from '../../live/wire/index.js';
import { documentVisibility, ProblemError } from '../client/index.js';
import { Poller } from '../poll/index.js';
import type { Page } from '../state/index.js';
import { groupId } from './group-by.js';

/** Connections shown below an unfolded group. */
export const MAX_UNFOLDED_ROWS = 20;
/** Fields of a connection below its group. */
const FIELDS = [
  ...['key', 'uuid', 'state', 'open', 'closedTime', 'endCause', 'process', 'processUnknown'],
  ...['connection.localAddress', 'connection.localPort', 'connection.remoteAddress', 'connection.remotePort'],
  ...['connection.howEnded', 'connection.closedFirst', 'connection.endingUnknownBecause', 'connection.limitedBy'],
  ...['connection.sendThroughputBytesPerSec', 'connection.receiveThroughputBytesPerSec', 'connection.minRttUs'],
  ...['now.sendThroughputBytesPerSec', 'now.receiveThroughputBytesPerSec', 'now.rttUs', 'now.limitedBy'],
].join(',');

/** Unfolded groups, with the first connections of each. */
export interface Unfolded {
  /** Views by the id of the group; undefined before the first answer. */
  readonly views: ReadonlyMap<string, ViewJson | undefined>;
  toggle(group: GroupJson): void;
}

/**
 * Asks for the first connections of unfolded groups.
 * @param filterOf returns the filter of a group by its key
 * @param question text that changes with the grouping, the filter and the like: then all groups are folded
 */
export function useUnfolded(
  page: Page,
  question: string,
  filterOf: (key: GroupJson['key']) => string | undefined,
  everyMs: number | undefined,
): Unfolded {
  const [open, setOpen] = useState<{ readonly question: string; readonly keys: ReadonlyMap<string, GroupJson['key']> }>(
    {
      question,
      keys: new Map(),
    },
  );
  const keys = open.question === question ? open.keys : new Map<string, GroupJson['key']>();
  const [views, setViews] = useState<ReadonlyMap<string, ViewJson>>(new Map());
  const ids = [...keys.keys()].join('\n');
  const { api, place, say } = page;
  useEffect(() => {
    if (keys.size === 0) return undefined;
    const poller = new Poller<ReadonlyMap<string, ViewJson>>({
      everyMs,
      visibility: documentVisibility(document),
      ask: async (signal) => {
        const found = new Map<string, ViewJson>();
        for (const [id, key] of keys) {
          const filter = filterOf(key);
          const parameters = { filter, closed: place.closed, limit: MAX_UNFOLDED_ROWS, fields: FIELDS };
          found.set(id, await api.get<ViewJson>('/connections', parameters, signal));
        }
        return found;
      },
      onValue: setViews,
      onError: (error) => {
        if (!(error instanceof ProblemError)) return undefined;
        if (!error.isTemporary) say(`The connections of the group cannot be listed: ${error.message}`);
        return error;
      },
    });
    return () => poller.stop();
  }, [api, question, ids, everyMs]);
  return {
    views: new Map([...keys.keys()].map((id) => [id, views.get(id)])),
    toggle: (group) => {
      const next = new Map(keys);
      if (!next.delete(groupId(group))) next.set(groupId(group), group.key);
      setOpen({ question, keys: next });
    },
  };
}
