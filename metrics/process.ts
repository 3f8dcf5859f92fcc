import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { KERNEL_FILE_BYTES, readSmallFile } from '../files/index.js';

/** Gauges of prom-client that are named like counters. Families without `_total` have the same values as a sum. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** RLIM_INFINITY (2^64 - 1) as a double, which the reference shows if there is no limit. */
const UNLIMITED = 2 ** 64;

/**
 * Interval between measurements of the event loop's lag. prom-client's 10 ms wakes the process a hundred times a
 * second.
 */
const LAG_RESOLUTION_MS = 500;

/**
 * Registers `process_*` under the names of every Prometheus client, and `nodejs_*` in place of Go's runtime metrics.
 */
export function createProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_RESOLUTION_MS });
  for (const name of MISNAMED) {
    registry.removeSingleMetric(name);
  }
  const virtualMemoryMax = new Gauge({
    name: 'process_virtual_memory_max_bytes',
    help: 'Maximum amount of virtual memory available in bytes.',
    registers: [registry],
  });
  virtualMemoryMax.set(addressSpaceLimit());
}

/** Reads the soft limit from /proc/self/limits. The limit changes only if the process itself changes it. */
function addressSpaceLimit(): number {
  let limits: string;
  try {
    limits = readSmallFile('/proc/self/limits', { maxBytes: KERNEL_FILE_BYTES }).toString('latin1');
  } catch {
    return UNLIMITED; // no /proc here: the limit is unknown
  }
  const soft = /^Max address space\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? UNLIMITED : Number(soft);
}
