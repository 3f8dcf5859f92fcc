import { Counter, Gauge, Registry } from 'prom-client';
import { createBuildMetrics } from './build.js';
import { type CounterBy, counterBy } from './by-label.js';
import { createHttpMetrics, type HttpMetrics } from './http.js';
import { createProcessMetrics } from './process.js';
import { createScrapeMetrics, type ScrapeMetrics } from './reference.js';
import { FRAME_KINDS, type FrameKindLabel } from './stream-kinds.js';

const POISON = ['id', 'headers', 'frame', 'rows', 'origin', 'json'] as const;

/** Metrics of what makes files of messages. Kinds are c, ended connections; o, open ones; l, losses; s, snapshots. */
export interface IngestMetrics {
  readonly registry: Registry;
  readonly reference: ScrapeMetrics;
  readonly http: HttpMetrics;
  /** Messages whose frames are in files. */
  readonly messages: CounterBy<FrameKindLabel>;
  readonly rows: CounterBy<FrameKindLabel>;
  readonly files: CounterBy<FrameKindLabel>;
  readonly duplicates: { inc(by: number): void };
  /** Frames that never came. */
  readonly lostFrames: CounterBy<FrameKindLabel>;
  readonly poison: CounterBy<(typeof POISON)[number]>;
  /** Commits that were broken off and done again. */
  readonly redone: { inc(): void };
  /** Times that the broker lost messages that it had acknowledged. */
  readonly truncated: { inc(): void };
  readonly failures: { inc(): void };
  readonly lagMessages: { set(partition: string, to: number): void };
  readonly lagSeconds: { set(partition: string, to: number): void };
}

/** Creates a registry with the metrics of what makes files of messages. */
export function createIngestMetrics(version: string): IngestMetrics {
  const registry = new Registry();
  createProcessMetrics(registry);
  createBuildMetrics(registry, version);
  const counter = (name: string, help: string): Counter =>
    new Counter({ name: `tcpinfo_ingest_${name}_total`, help, registers: [registry] });
  const byKind = (name: string, help: string): CounterBy<FrameKindLabel> =>
    counterBy(registry, { name: `tcpinfo_ingest_${name}_total`, help }, 'kind', FRAME_KINDS);
  const byPartition = (name: string, help: string): { set(partition: string, to: number): void } => {
    const gauge = new Gauge({ name: `tcpinfo_ingest_${name}`, help, labelNames: ['partition'], registers: [registry] });
    return { set: (partition, to) => gauge.set({ partition }, to) };
  };
  return {
    registry,
    reference: createScrapeMetrics(registry),
    http: createHttpMetrics(registry),
    messages: byKind('messages', 'Number of messages whose frames are in files, by kind.'),
    rows: byKind('rows', 'Number of rows in files, by kind.'),
    files: byKind('files', 'Number of files written, also again after a crash, by kind.'),
    duplicates: counter('duplicates', 'Number of messages left out, because their frames had come before.'),
    lostFrames: byKind('lost_frames', 'Number of frames that never came, by kind; rows of losses say which.'),
    poison: counterBy(
      registry,
      { name: 'tcpinfo_ingest_poison_total', help: 'Number of messages set aside, by what is wrong with them.' },
      'reason',
      POISON,
    ),
    redone: counter('redone', 'Number of commits that were broken off, and done again under the same names.'),
    truncated: counter('truncated', 'Number of times that the broker had lost messages that it had acknowledged.'),
    failures: counter('failures', 'Number of tries to make files that failed. They are done again.'),
    lagMessages: byPartition('lag_messages', 'Number of messages that are not read yet, by partition.'),
    lagSeconds: byPartition('lag_seconds', 'Age of the message that is read next, by partition; 0 without any.'),
  };
}
