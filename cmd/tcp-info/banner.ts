import { getSystemErrorName } from 'node:util';
import { WAY_NAMES } from '../../collector/index.js';
import type { Logger } from '../../log/index.js';
import type { Batch } from '../../native/index.js';
import { formatDuration } from '../flags/values.js';
import type { Config } from './config.js';
import type { Machine } from './machine.js';
import type { UuidPrefix } from './uuid-prefix.js';

/** What the first lines of the log tell. */
export interface StartInfo {
  readonly config: Config;
  readonly prefix: UuidPrefix;
  readonly machine: Machine;
  readonly version: string;
  readonly metricsUrl: string;
}

/** Says where data and metrics are, the beat, and what the machine allows; warns of what is doubtful. */
export function logStart(log: Logger, { config, prefix, machine, version, metricsUrl }: StartInfo): void {
  log.info('collecting', {
    output: config.output,
    metrics: metricsUrl,
    interval: formatDuration(config.intervalNs),
    eventsocket: config.eventSocket ?? 'none',
    uuid_prefix: prefix.text,
    anonymize_ip: config.anonymize,
    version,
  });
  const destroyEvents =
    machine.destroyEventsErrno === 0
      ? 'offered by the kernel, not used by this version'
      : `not available (${getSystemErrorName(-machine.destroyEventsErrno)})`;
  log.info('machine', {
    kernel: machine.kernel,
    cap_net_admin: machine.netAdmin ? 'yes' : "no: records lack sockets' marks",
    destroy_events: destroyEvents,
  });
  if (prefix.unsafe) {
    log.warn('UUID prefix is made up and may not be unique: give one with -uuid-prefix-file', {
      uuid_prefix: prefix.text,
    });
  }
}

/** Says how the kernel answers, once it has. */
export function logFirstScan(log: Logger, batch: Batch): void {
  log.info('first scan', {
    dump: WAY_NAMES[batch.way] ?? String(batch.way),
    sockets: batch.seen,
    duration_ms: (batch.durationNs / 1e6).toFixed(2),
  });
}
