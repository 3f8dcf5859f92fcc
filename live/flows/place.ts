import type { Flow } from '../../conntrack/index.js';
import { askConntrackCounts } from '../../conntrack/kernel/index.js';
import { type NamespaceTarget, readConntrackSetting } from '../../host/index.js';
import { RequestError } from '../answers/index.js';

/** Recorded network namespace besides the collector's own. */
export interface FlowNamespace {
  /** Inode that its connections have. */
  readonly inode: number;
  /** File to open at once: it may be another one in the next turn of the event loop. */
  readonly target: NamespaceTarget;
  /** Returns a flow with the addresses to show; absent: as they are. */
  readonly shown?: (flow: Flow) => Flow;
}

/** Finds recorded network namespaces. */
export interface FlowNamespaces {
  /** Returns a flow of the collector's own namespace with the addresses to show; absent: as they are. */
  readonly shown?: (flow: Flow) => Flow;
  /** Returns a recorded namespace by its name or inode; undefined for another one. Absent without any. */
  readonly findNamespace?: (text: string) => FlowNamespace | undefined;
}

/** Network namespace whose flows are listed. */
export interface Place extends Omit<FlowNamespace, 'inode' | 'target'> {
  /** Null for the collector's own. */
  readonly inode: number | null;
  /** Absent for the collector's own. */
  readonly target?: NamespaceTarget;
}

/** Returns a namespace; to be called in the turn in which its file is opened. @throws RequestError */
export function findPlace({ shown, findNamespace }: FlowNamespaces, netns: string | undefined): Place {
  if (netns === undefined) return { inode: null, ...(shown === undefined ? {} : { shown }) };
  const found = findNamespace?.(netns);
  if (found !== undefined) return found;
  throw new RequestError('netns', `netns: ${JSON.stringify(netns)} is no recorded network namespace (see -netns)`);
}

/**
 * Returns the number of flows in a namespace's table, and its limit; null if unknown.
 * @throws ConntrackError, NamespaceError
 */
export async function countPlace({
  target,
}: Place): Promise<{ readonly entries: number | null; readonly maxEntries: number | null }> {
  if (target === undefined) {
    return { entries: readConntrackSetting('count') ?? null, maxEntries: readConntrackSetting('max') ?? null };
  }
  const { entries = null, maxEntries = null } = await askConntrackCounts({ namespace: target });
  return { entries, maxEntries };
}
