import { getSystemErrorName } from 'node:util';
import { kernelFilterBytes, queryMethodName } from '../../collector/index.js';
import type { Config, Started, UuidPrefix } from '../../daemon/index.js';
import { describeTarget, type Machine } from '../../host/index.js';
import { DESTROY_EVENT_TRUESIZE, type KernelFilter } from '../../inetdiag/index.js';
import type { Logger } from '../../log/index.js';
import type { Listening, ScanFigures } from '../../native/index.js';
import { formatDuration } from '../flags/values.js';

const MIB = 1024 * 1024;

/** Contents of the first log lines. */
export interface StartInfo extends Started {
  readonly config: Config;
  readonly prefix: UuidPrefix;
  readonly machine: Machine;
  readonly version: string;
  /** Memory limit of the cgroup, bytes; undefined without a limit. */
  readonly memoryLimitBytes: number | undefined;
}

/** Logs where data and metrics are, the interval, and what the machine allows; warns of likely problems. */
export function logStart(log: Logger, info: StartInfo): void {
  const { config, prefix, machine, version, memoryLimitBytes, metricsUrl, listening, compressor } = info;
  log.info('collecting', {
    output: config.writesArchives ? config.output : 'none',
    ...(config.recorder === undefined ? {} : { recordings: config.recorder.output }),
    metrics: metricsUrl,
    interval: formatDuration(config.intervalNs),
    eventsocket: config.eventSocket ?? 'none',
    netns: config.netns?.map(describeTarget).join(','),
    uuid_prefix: prefix.text,
    anonymize_ip: config.anonymize,
    version,
  });
  log.info('machine', {
    kernel: machine.kernel,
    cap_net_admin: machine.netAdmin ? 'yes' : "no: records lack sockets' marks",
    destroy_events: describeListening(listening),
    open_files: machine.openFiles,
    memory_limit_mib: memoryLimitBytes === undefined ? undefined : Math.floor(memoryLimitBytes / MIB),
    compressor,
  });
  if (listening?.receiveBufferBytes === undefined) {
    log.warn('no destroy events: short connections and final counters will be missing', {
      events_destroy: config.destroyEvents,
    });
  }
  if (prefix.unsafe) {
    log.warn('UUID prefix is made up and may not be unique: give -uuid-prefix=auto or -uuid-prefix-file', {
      uuid_prefix: prefix.text,
    });
  }
}

/** Describes whether destroy events arrive, and how many can wait in the kernel. */
function describeListening(listening: Listening | undefined): string {
  if (listening === undefined) return 'off';
  const { failure, receiveBufferBytes = 0, forced } = listening;
  if (failure !== undefined) return `not available (${failure.op}: ${getSystemErrorName(-failure.errno)})`;
  const events = Math.floor(receiveBufferBytes / DESTROY_EVENT_TRUESIZE);
  return `queue for ${events} (${forced ? 'SO_RCVBUFFORCE' : 'SO_RCVBUF: net.core.rmem_max is its limit'})`;
}

/** Logs how the kernel answered the first scan. */
export function logFirstScan(log: Logger, scan: ScanFigures, filter: KernelFilter | undefined): void {
  log.info('first scan', {
    dump: queryMethodName(scan.queryMethod),
    kernel_filter_bytes: kernelFilterBytes(scan.queryMethod, filter),
    sockets: scan.seen,
    duration_ms: (scan.durationNs / 1e6).toFixed(2),
  });
}
