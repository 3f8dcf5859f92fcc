import { randomUUID } from 'node:crypto';
import { hostname, release } from 'node:os';
import type { CreatePoller } from '../collector/index.js';
import type { NetlinkRecorder, RecordingPlayer } from '../collector/recording/index.js';
import type { Logger } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import type { NetlinkAddon } from '../native/index.js';
import { type Clock, createCompressor } from '../saver/index.js';
import type { Config } from './config.js';
import type { UuidPrefix } from './uuid-prefix.js';

/** Functions that record, as far as the configuration asks for it, and the flags that a recording names. */
export interface LoadedRecording {
  /** Absent without `-record.netlink`. */
  readonly recording?: {
    readonly module: typeof import('../collector/recording/index.js');
    readonly flags: readonly { readonly name: string; readonly value: string }[];
  };
}

/** Replay of a recording, instead of the kernel. */
export interface Replay {
  readonly player: RecordingPlayer;
  /** Kernel release and host name of the recorded collector. */
  readonly origin: RunOrigin;
  /** Watches of the recorded collector; absent if nothing could be watched. */
  readonly watches?: {
    /** True if archives got every record. */
    readonly inArchives: boolean;
  };
}

/** Kernel release and host name, as archives have them. */
export interface RunOrigin {
  readonly kernel: string;
  readonly host: string;
}

/** Clock, timers and poll thread of a run: a usual one, one that is recorded, or a replay. */
export interface Run {
  readonly origin: RunOrigin;
  /** Clock of archives and ends; absent: the machine's. */
  readonly clock?: Clock;
  /** Timers; absent: those of Node. */
  readonly every?: (name: string, ms: number, run: () => void) => () => void;
  readonly createPoller: CreatePoller;
  readonly recorder?: NetlinkRecorder;
  readonly player?: RecordingPlayer;
}

/** Options of {@link createRun}. */
export interface RunOptions extends LoadedRecording {
  readonly config: Config;
  readonly prefix: UuidPrefix;
  readonly netlink: NetlinkAddon;
  readonly version: string;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Absent unless a recording is replayed. */
  readonly replay?: Replay;
}

/** Chooses clock, timers and poll thread. */
export function createRun(options: RunOptions): Run {
  const { replay, netlink } = options;
  if (replay !== undefined) {
    const { player, origin } = replay;
    const every = player.every.bind(player);
    return { origin, clock: player.clock, every, createPoller: player.createPoller, player };
  }
  const origin = { kernel: release(), host: hostname() };
  const createPoller: CreatePoller = (pollerOptions, onBatch) => new netlink.Poller(pollerOptions, onBatch);
  const recorder = createRecorder(options, origin);
  if (recorder === undefined) return { origin, createPoller };
  return {
    origin,
    clock: recorder.clock,
    every: recorder.every.bind(recorder),
    createPoller: recorder.recording(createPoller),
    recorder,
  };
}

function createRecorder(
  { recording, config, prefix, netlink, version, metrics, log }: RunOptions,
  origin: RunOrigin,
): NetlinkRecorder | undefined {
  if (recording === undefined || config.record === undefined || metrics.recording === undefined) return undefined;
  const { file, maxBytes } = config.record;
  return new recording.module.NetlinkRecorder({
    path: file,
    maxBytes,
    files: new netlink.FileThread(),
    // Of its own: archives do not wait for the recording.
    compress: createCompressor().compress,
    header: {
      run: randomUUID(),
      version,
      ...origin,
      uuidPrefix: prefix.text,
      uuidPrefixUnsafe: prefix.unsafe,
      flags: recording.flags,
      hasWatches: metrics.watches !== undefined,
    },
    metrics: metrics.recording,
    log,
  });
}
