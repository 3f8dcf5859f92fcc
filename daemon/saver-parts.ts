import type { Logger } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import {
  type ArchiveCompressor,
  type ArchiveFlows,
  createAnonymize,
  createAnonymizeFlow,
  Retention,
  Saver,
  type SaverOptions,
} from '../saver/index.js';
import type { AddressBooks } from './address-books.js';
import type { Config } from './config.js';
import type { MemoryBudget } from './memory-budget.js';
import { MemoryGuard } from './memory-guard.js';
import { folderMode } from './output-folder.js';
import { RECORDED_FLUSH_AGE_MS } from './recorder.js';
import type { Run } from './recording.js';

/** Options of {@link createSaver}. */
export interface SaverPartsOptions {
  readonly config: Config;
  readonly budget: MemoryBudget;
  /** Memory limit of the cgroup, bytes; undefined without a limit. */
  readonly memoryLimitBytes: number | undefined;
  /** Most archives that may be open at a time. */
  readonly maxOpenArchives: number;
  readonly addresses: AddressBooks;
  /** Returns the process of a connection for its archives. Absent: archives have no processes. */
  readonly process?: SaverOptions['process'];
  /** Flows of connections for their archives. Absent: archives have none. */
  readonly flows?: SaverOptions['flows'];
  /** Receiver of the frames of connections besides the archives. Absent: none. */
  readonly frames?: SaverOptions['frames'];
  readonly compressor: ArchiveCompressor;
  readonly run: Run;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Called when the disk falls behind, and when it has caught up. */
  readonly onPressure: (pressed: boolean) => void;
}

/** Parts that write archives and delete old ones. */
export interface SaverParts {
  readonly saver: Saver;
  /** Absent without archives. */
  readonly retention?: Retention;
  /** True while so much is on its way to the disk that a replay should wait. */
  readonly isBusy: () => boolean;
  /** Absent without a memory limit, or with one that leaves enough room. */
  readonly memoryGuard?: MemoryGuard;
}

/** Share of the limit of waiting bytes that may be on its way to the disk in a replay. Frames wait for their sync in a sixteenth. */
const BUSY = 1 / 4;

/** Creates the parts that write archives and delete old ones. */
export function createSaver(options: SaverPartsOptions): SaverParts {
  const { config, budget, memoryLimitBytes, run, metrics, log } = options;
  const { clock, every, origin } = run;
  const maxBufferedBytes = config.maxBufferedBytes ?? budget.maxBufferedBytes;
  const saver: Saver = new Saver({
    output: config.output,
    flushAgeMs: options.frames === undefined ? config.flushAgeMs : Math.min(config.flushAgeMs, RECORDED_FLUSH_AGE_MS),
    writesFiles: config.writesArchives,
    ...(options.frames === undefined ? {} : { frames: options.frames }),
    syncMs: config.syncMs,
    rotateMs: config.rotateMs,
    maxWaitingBytes: maxBufferedBytes,
    isMemoryShort: budget.isShort,
    maxOpenFiles: options.maxOpenArchives,
    modes: { file: config.fileMode, folder: folderMode(config.fileMode) },
    anonymize: createAnonymize(config.anonymize, options.addresses),
    ...(config.provenance ? { provenance: { ...origin, intervalNs: config.intervalNs } } : {}),
    ...(options.process === undefined ? {} : { process: options.process }),
    ...(options.flows === undefined ? {} : { flows: anonymized(options.flows, options) }),
    compress: options.compressor.compress,
    ...(clock === undefined ? {} : { clock }),
    ...(every === undefined ? {} : { every: (ms: number, tick: () => void) => every('saver', ms, tick) }),
    metrics,
    log,
    onPressure: options.onPressure,
    onFileClosed: (path, bytes, openedMs) => retention?.fileClosed(path, bytes, openedMs),
  });
  const retention = config.writesArchives ? createRetention(options, saver) : undefined;
  const isBusy = (): boolean => saver.writingBytes > maxBufferedBytes * BUSY;
  const parts = { saver, isBusy, ...(retention === undefined ? {} : { retention }) };
  if (!budget.isShort || memoryLimitBytes === undefined) return parts;
  const memoryGuard = new MemoryGuard({
    limitBytes: memoryLimitBytes,
    maxBufferedBytes,
    heldBytes: () => saver.heldBytes,
    limitWaiting: (bytes) => saver.limitWaiting(bytes),
    log,
  });
  return { ...parts, memoryGuard };
}

function createRetention({ config, metrics, log }: SaverPartsOptions, saver: Saver): Retention {
  return new Retention({
    output: config.output,
    ...(config.keepMs === undefined ? {} : { keepMs: config.keepMs }),
    ...(config.maxArchiveBytes === undefined ? {} : { maxBytes: config.maxArchiveBytes }),
    isOpen: (path) => saver.isOpen(path),
    metrics,
    log,
  });
}

function anonymized(flows: ArchiveFlows, { config, addresses }: SaverPartsOptions): ArchiveFlows {
  const anonymize = createAnonymizeFlow(config.anonymize, addresses);
  return {
    whenKnown: flows.whenKnown,
    readerOf: (connection) => {
      const read = flows.readerOf(connection);
      const { netns } = connection;
      return () => {
        const flow = read();
        return flow === undefined ? undefined : anonymize(flow, netns);
      };
    },
  };
}
