import { describeSystemError } from '../../host/index.js';
import type { ProcessReports } from '../../host/processes/index.js';
import type { Logger } from '../../log/index.js';
import type { ProcessSearchMetrics } from '../../metrics/index.js';

const NS_PER_SECOND = 1e9;
const FAILURES = {
  survey: 'cannot list processes: processes of sockets stay unknown',
  read: 'cannot read the sockets of a process: its connections stay without process',
  cgroup: 'cannot search the tree of cgroups: units, containers and pods stay unknown',
} as const;

/** Returns the reports of the search for processes: they count in metrics, if any, and log each problem once. */
export function createProcessReports(metrics: ProcessSearchMetrics | undefined, log: Logger): ProcessReports {
  return {
    lookedUp: (result) => metrics?.lookups.inc(result),
    spent: (cpuNs) => metrics?.seconds.inc(cpuNs / NS_PER_SECOND),
    failed: (operation, errno, isFirst) => {
      metrics?.failures.inc(operation);
      if (!isFirst) return;
      const error = describeSystemError(Object.assign(new Error(`errno ${errno}`), { errno: -errno }));
      log.warn(`${FAILURES[operation]}; more are only counted`, { error });
    },
    crashed: (error, isFirst) => {
      metrics?.failures.inc('turn');
      if (!isFirst) return;
      log.error('the search for processes failed, and goes on in a second; more failures are only counted', {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    },
    refused: () => {
      log.info('processes of other users are not readable: give CAP_SYS_PTRACE, see docs/processes.md');
    },
  };
}
