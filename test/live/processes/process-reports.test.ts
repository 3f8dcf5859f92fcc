import { constants } from 'node:os';
import { expect, it } from 'vitest';
import { createProcessReports } from '../../../live/processes/process-reports.js';
import { createLogger } from '../../../log/index.js';
import { createMetrics } from '../../../metrics/index.js';
import { sample } from '../../support/metric.js';

it('reports of the search for processes are counted, and problems logged once', async () => {
  const metrics = createMetrics({ version: 'test', processMetrics: false, processes: true });
  if (metrics.processes === undefined) throw new Error('there are no metrics of processes');
  const lines: string[] = [];
  const reports = createProcessReports(metrics.processes, createLogger({ write: (line) => lines.push(line) }));
  reports.lookedUp('found');
  reports.lookedUp('permission');
  reports.spent(1_500_000_000);
  reports.failed('read', constants.errno.EMFILE, true);
  reports.failed('read', constants.errno.EMFILE, false);
  reports.crashed(new TypeError('not a number'), true);
  reports.crashed('again', false);
  reports.refused();
  expect(await sample(metrics, 'tcpinfo_process_lookups_total', { result: 'found' })).toBe(1);
  expect(await sample(metrics, 'tcpinfo_process_lookups_total', { result: 'gone' })).toBe(0);
  expect(await sample(metrics, 'tcpinfo_process_seconds_total')).toBe(1.5);
  expect(await sample(metrics, 'tcpinfo_process_failures_total', { operation: 'read' })).toBe(2);
  expect(await sample(metrics, 'tcpinfo_process_failures_total', { operation: 'turn' })).toBe(2);
  expect(lines).toEqual([
    expect.stringMatching(/^level=warn msg="cannot read the sockets .* only counted" error="too many open files.*"\n$/),
    expect.stringMatching(/^level=error msg="the search for processes failed, .*TypeError: not a number.*\n$/),
    expect.stringMatching(/^level=info msg="processes of other users are not readable.*CAP_SYS_PTRACE/),
  ]);
});

it('metrics of processes do not exist while they are off', () => {
  const { processes, registry } = createMetrics({ version: 'test', processMetrics: false });
  expect(processes).toBeUndefined();
  expect(registry.getSingleMetric('tcpinfo_process_lookups_total')).toBeUndefined();
});
