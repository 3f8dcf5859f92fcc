import type { Recorder } from '../live/recorder/index.js';
import type { Logger } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import { type ArchiveCompressor, decompressFrame } from '../saver/index.js';
import type { Config } from './config.js';
import { folderMode } from './output-folder.js';

/** Class of the flight recorder; absent without `-recorder`. */
export interface LoadedRecorder {
  readonly recorder?: typeof import('../live/recorder/index.js');
}

/** Longest time that a line waits for its frame with a recorder: what is older than the time to keep goes frame by frame. */
export const RECORDED_FLUSH_AGE_MS = 5000;

/** Loads the flight recorder, if the configuration asks for it. */
export async function loadRecorder({ recorder }: Config): Promise<LoadedRecorder> {
  return recorder === undefined ? {} : { recorder: await import('../live/recorder/index.js') };
}

/** Options of {@link createRecorder}. */
export interface RecorderPartsOptions extends LoadedRecorder {
  readonly config: Config;
  readonly compressor: ArchiveCompressor;
  /** Resolves when all frames that are being made have come. */
  readonly framesFinished: () => Promise<void>;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Creates the flight recorder; undefined without `-recorder`. */
export function createRecorder(options: RecorderPartsOptions): Recorder | undefined {
  const { recorder: loaded, config, compressor, framesFinished, log } = options;
  const { recorder: settings, fileMode } = config;
  const { recorder: metrics } = options.metrics;
  if (loaded === undefined || settings === undefined || metrics === undefined) return undefined;
  return new loaded.Recorder({
    ...{ settings, fileMode, folderMode: folderMode(fileMode), framesFinished, metrics, log },
    compress: compressor.compress,
    decompress: decompressFrame,
  });
}
