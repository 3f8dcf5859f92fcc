import { Counter, Registry } from 'prom-client';
import { createBuildMetrics } from './build.js';
import { type CounterBy, counterBy, type Level, level, type Tally, tally } from './by-label.js';
import { createHttpMetrics, type HttpMetrics } from './http.js';
import { lookedUpGauge } from './looked-up.js';
import { createProcessMetrics } from './process.js';
import { createScrapeMetrics, type ScrapeMetrics } from './reference.js';

/** Results of attempts to send a bundle. confirmed: the store has it; failed: the attempt is repeated. */
export const UPLOAD_RESULTS = ['confirmed', 'failed'] as const;
/** One of {@link UPLOAD_RESULTS}. */
export type UploadResult = (typeof UPLOAD_RESULTS)[number];

/** Options of {@link createUploadMetrics}. */
export interface UploadMetricsOptions {
  /** Version of the program. */
  readonly version: string;
  /** Operations and classes of errors, whose series are zero from the start. */
  readonly errors: { readonly operations: readonly string[]; readonly classes: readonly string[] };
  /** Returns the age of the oldest archive that is not confirmed, seconds; 0 if all are. */
  readonly oldestSeconds: () => number;
}

/** Metrics of an upload. */
export interface UploadMetrics {
  readonly registry: Registry;
  readonly reference: ScrapeMetrics;
  readonly http: HttpMetrics;
  readonly bundles: CounterBy<UploadResult>;
  /** Archives in confirmed bundles. */
  readonly archives: Tally;
  /** Bytes that the store has taken, those that were sent again too. */
  readonly bytes: Tally;
  /** Archives that were deleted after their bundle was confirmed. */
  readonly deleted: Tally;
  /** Archives that could not be deleted. */
  readonly undeleted: Tally;
  /** Archives that were open for writing at the last look. */
  readonly open: Level;
  /** Archives and folders that could not be read at the last look. */
  readonly unreadable: Level;
  /** Counts a failure. */
  failed(operation: string, errorClass: string): void;
}

/** Creates a registry with the metrics of an upload. */
export function createUploadMetrics({ version, errors, oldestSeconds }: UploadMetricsOptions): UploadMetrics {
  const registry = new Registry();
  createProcessMetrics(registry);
  createBuildMetrics(registry, version);
  lookedUpGauge(
    registry,
    {
      name: 'tcpinfo_upload_oldest_archive_seconds',
      help: 'Age of the oldest closed archive that the store has not confirmed; 0 if all are confirmed.',
    },
    [],
    () => [[{}, oldestSeconds()]],
  );
  const failures = new Counter({
    name: 'tcpinfo_upload_errors_total',
    help: 'Number of failed operations on the store, by operation and class.',
    labelNames: ['operation', 'class'],
    registers: [registry],
  });
  for (const operation of errors.operations) for (const each of errors.classes) failures.labels(operation, each).inc(0);
  return {
    registry,
    reference: createScrapeMetrics(registry),
    http: createHttpMetrics(registry),
    bundles: counterBy(
      registry,
      {
        name: 'tcpinfo_upload_bundles_total',
        help: 'Number of attempts to send a bundle: the store confirmed it, or the attempt failed and is repeated.',
      },
      'result',
      UPLOAD_RESULTS,
    ),
    archives: tally(registry, {
      name: 'tcpinfo_upload_archives_total',
      help: 'Number of archives in bundles that the store confirmed.',
    }),
    bytes: tally(registry, {
      name: 'tcpinfo_upload_bytes_total',
      help: 'Number of bytes that the store took, those that were sent again included.',
    }),
    deleted: tally(registry, {
      name: 'tcpinfo_upload_deleted_files_total',
      help: 'Number of archives that were deleted after the store confirmed their bundle.',
    }),
    undeleted: tally(registry, {
      name: 'tcpinfo_upload_undeleted_files_total',
      help: 'Number of failed attempts to delete an archive after the store confirmed its bundle.',
    }),
    open: level(registry, {
      name: 'tcpinfo_upload_open_files_skipped',
      help: 'Number of archives that were left alone at the last look because they are open for writing.',
    }),
    unreadable: level(registry, {
      name: 'tcpinfo_upload_unreadable_files',
      help: 'Number of archives and folders that could not be read at the last look.',
    }),
    failed: (operation, errorClass) => failures.labels(operation, errorClass).inc(),
  };
}
