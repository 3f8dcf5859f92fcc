import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { KERNEL_FILE_BYTES, readSmallFile } from '../files/index.js';

/** Gauges that are named like counters; what they count is also the sum of the family without `_total`. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** RLIM_INFINITY (2^64 - 1), which is what the reference shows where there is no limit. */
const UNLIMITED = 2 ** 64;

/** How often the event loop's lag is measured. At prom-client's 10 ms that alone wakes the process a hundred times a second. */
const LAG_RESOLUTION_MS = 500;

/** Registers `process_*` under the names every Prometheus client uses, and `nodejs_*` in place of Go's runtime. */
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

/** The soft limit from /proc/self/limits; it does not change while the process runs unless it changes it itself. */
function addressSpaceLimit(): number {
  let limits: string;
  try {
    limits = readSmallFile('/proc/self/limits', { maxBytes: KERNEL_FILE_BYTES }).toString('latin1');
  } catch {
    return UNLIMITED; // no /proc here: nothing is known of a limit
  }
  const soft = /^Max address space\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? UNLIMITED : Number(soft);
}
