import type { Registry } from 'prom-client';
import { type CounterBy, counterBy, type Tally, tally } from './by-label.js';

/** Results of the search for a socket's process. */
export const LOOKUP_RESULTS = ['found', 'none', 'permission', 'gone'] as const;
/** One of {@link LOOKUP_RESULTS}. */
export type LookupResultLabel = (typeof LOOKUP_RESULTS)[number];

/** Operations of the search: listing processes, reading their sockets, walking the tree of cgroups, and a whole turn. */
export const SEARCH_OPERATIONS = ['survey', 'read', 'cgroup', 'turn'] as const;
/** One of {@link SEARCH_OPERATIONS}. */
export type SearchOperation = (typeof SEARCH_OPERATIONS)[number];

/** Metrics of the search for processes. */
export interface ProcessSearchMetrics {
  readonly lookups: CounterBy<LookupResultLabel>;
  /** CPU time, seconds. */
  readonly seconds: Tally;
  readonly failures: CounterBy<SearchOperation>;
}

/** Registers the metrics of the search for processes. */
export function createProcessSearchMetrics(registry: Registry): ProcessSearchMetrics {
  return {
    lookups: counterBy(
      registry,
      {
        name: 'tcpinfo_process_lookups_total',
        help: 'Number of searches for the process of a socket, by result: found, no process holds it (none), some processes may not be read (permission), or the socket ended first (gone).',
      },
      'result',
      LOOKUP_RESULTS,
    ),
    seconds: tally(registry, {
      name: 'tcpinfo_process_seconds_total',
      help: 'CPU time of the search for processes and cgroups, in seconds.',
    }),
    failures: counterBy(
      registry,
      {
        name: 'tcpinfo_process_failures_total',
        help: 'Number of failed operations of the search for processes, such as for lack of descriptors: listing processes (survey), reading their sockets (read), walking the tree of cgroups (cgroup), and all of it, by an unexpected error (turn).',
      },
      'operation',
      SEARCH_OPERATIONS,
    ),
  };
}
