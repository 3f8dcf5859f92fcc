import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  anonymizeRecording,
  openRecording,
  RecordingError,
  type RecordingHeader,
  RecordingPlayer,
} from '../../../collector/recording/index.js';
import { createCompressor } from '../../../saver/index.js';
import { messageLine } from '../../../view/index.js';
import { ConfigError } from '../../flags/config-error.js';
import { EXIT_DAMAGED, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from '../../flags/exit-codes.js';
import { normalizeGoArgs } from '../../flags/go-args.js';
import type { CommandContext } from '../../tool/command-context.js';
import { FLAGS } from '../flags.js';
import { type ReplayRun, runCollector } from '../run-collector.js';
import { PROGRAM, type ReplayOptions } from './options.js';
import { archivedWatches, replayArguments } from './replay-flags.js';

/** Replays a recording, or writes an anonymised one. Returns the exit code of what has ended here. */
export async function replay(options: ReplayOptions, context: CommandContext): Promise<number> {
  const say = (text: string): void => void context.stderr.write(messageLine(PROGRAM, text));
  const path = resolve(options.file);
  try {
    const recording = await openRecording(path);
    if (options.anonymize !== undefined) {
      const out = resolve(options.anonymize);
      return await writeAnonymized(options, async () =>
        anonymizeRecording({
          recording,
          out,
          compress: createCompressor().compress,
          onFault: (error) => say(error.message),
        }),
      );
    }
    const player = new RecordingPlayer({ path, recording, speed: options.speed === 'max' ? 'max' : 'real' });
    await player.open();
    const args = replayArguments(recording.header, options.flags);
    await runCollector(
      normalizeGoArgs(args, FLAGS),
      context.signals,
      replayRun(options, recording.header, player, say),
    );
    return Number(process.exitCode ?? EXIT_OK);
  } catch (error) {
    if (error instanceof ConfigError) {
      say(error.message);
      return EXIT_USAGE;
    }
    if (!(error instanceof RecordingError)) throw error;
    say(error.message);
    return error.code === 'ERR_RECORDING_FILE' ? EXIT_FAILED : EXIT_DAMAGED;
  }
}

function replayRun(
  { hold, delay }: ReplayOptions,
  header: RecordingHeader,
  player: RecordingPlayer,
  say: (text: string) => void,
): ReplayRun {
  const { kernel, host, uuidPrefix, uuidPrefixUnsafe, hasWatches } = header;
  return {
    player,
    ...(hasWatches ? { watches: { inArchives: archivedWatches(header) } } : {}),
    origin: { kernel, host },
    prefix: { text: uuidPrefix, unsafe: uuidPrefixUnsafe },
    before: async () => void (delay > 0 && (await sleep(delay))),
    hold: async (whenAsked) => {
      if (!hold) return;
      say('the recording is at its end; Ctrl-C ends');
      await whenAsked;
    },
    damaged: (error) => say(error.message),
  };
}

async function writeAnonymized({ flags }: ReplayOptions, write: () => Promise<boolean>): Promise<number> {
  const [flag] = flags;
  if (flag !== undefined) throw new ConfigError(flag, 'has no effect with --anonymize, which replays nothing');
  return (await write()) ? EXIT_OK : EXIT_DAMAGED;
}
