import { Counter, Histogram, Registry } from 'prom-client';
import { createBuildMetrics } from './build.js';
import { type CounterBy, counterBy, type Level, level } from './by-label.js';
import { createHttpMetrics, type HttpMetrics } from './http.js';
import { createProcessMetrics } from './process.js';
import { createScrapeMetrics, type ScrapeMetrics } from './reference.js';
import { FRAME_KINDS, type FrameKindLabel } from './stream-kinds.js';

/** Reasons for which frames are sent again: see `fleet/ship`. */
export const SHIP_RETRY_REASONS = ['timeout', 'full', 'disconnected', 'auth', 'unavailable', 'too-large'] as const;
/** One of {@link SHIP_RETRY_REASONS}. */
export type ShipRetryReason = (typeof SHIP_RETRY_REASONS)[number];

/** Metrics of what carries segments to a broker. Kinds are c, ended connections; o, open ones; l, losses; s, snapshots. */
export interface ShipMetrics {
  readonly registry: Registry;
  readonly reference: ScrapeMetrics;
  readonly http: HttpMetrics;
  /** Frames sent, resends too. */
  readonly publishedFrames: CounterBy<FrameKindLabel>;
  readonly publishedBytes: CounterBy<FrameKindLabel>;
  /** Frames that the broker stored, or had before. */
  readonly acknowledgedFrames: { inc(kind: FrameKindLabel, isDuplicate: boolean): void };
  /** Frames and connections that the broker refused. */
  readonly retries: CounterBy<ShipRetryReason>;
  /** Age of the last write to the oldest segment with frames to send. */
  readonly oldestSeconds: Level;
  readonly backlogBytes: Level;
  /** 1 while there is a connection. */
  readonly connected: Level;
  /** Time from a frame's sending to its acknowledgement. */
  readonly ackSeconds: { observe(seconds: number): void };
  /** Frames that were deleted before they were sent. */
  readonly gapFrames: { inc(by: number): void };
}

/** Creates a registry with the metrics of what carries segments to a broker. */
export function createShipMetrics(version: string): ShipMetrics {
  const registry = new Registry();
  createProcessMetrics(registry);
  createBuildMetrics(registry, version);
  const acknowledged = new Counter({
    name: 'tcpinfo_ship_acknowledged_frames_total',
    help: 'Number of frames that the broker has, by kind, and whether it had them before.',
    labelNames: ['kind', 'duplicate'],
    registers: [registry],
  });
  for (const kind of FRAME_KINDS) for (const duplicate of ['true', 'false']) acknowledged.inc({ kind, duplicate }, 0);
  return {
    registry,
    reference: createScrapeMetrics(registry),
    http: createHttpMetrics(registry),
    publishedFrames: counterBy(
      registry,
      { name: 'tcpinfo_ship_published_frames_total', help: 'Number of frames sent, resends too, by kind.' },
      'kind',
      FRAME_KINDS,
    ),
    publishedBytes: counterBy(
      registry,
      { name: 'tcpinfo_ship_published_bytes_total', help: 'Number of bytes of frames sent, resends too, by kind.' },
      'kind',
      FRAME_KINDS,
    ),
    acknowledgedFrames: {
      inc: (kind, isDuplicate) => acknowledged.inc({ kind, duplicate: String(isDuplicate) }),
    },
    retries: counterBy(
      registry,
      {
        name: 'tcpinfo_ship_retries_total',
        help: 'Number of frames and connections that the broker refused, by reason. Frames are sent again.',
      },
      'reason',
      SHIP_RETRY_REASONS,
    ),
    oldestSeconds: level(registry, {
      name: 'tcpinfo_ship_oldest_frame_seconds',
      help: 'Time since the last write to the oldest segment with frames that the broker does not have; 0 without any.',
    }),
    backlogBytes: level(registry, {
      name: 'tcpinfo_ship_backlog_bytes',
      help: 'Number of bytes of frames that the broker does not have yet.',
    }),
    connected: level(registry, { name: 'tcpinfo_ship_connected', help: '1 while the broker is connected, else 0.' }),
    ackSeconds: new Histogram({
      name: 'tcpinfo_ship_ack_seconds',
      help: 'Time from the sending of a frame to its acknowledgement.',
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [registry],
    }),
    gapFrames: new Counter({
      name: 'tcpinfo_ship_gap_frames_total',
      help: 'Number of frames that were deleted before they were sent, because the folder was full.',
      registers: [registry],
    }),
  };
}
