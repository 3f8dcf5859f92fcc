import { ADDRESS_FORMS, DEFAULT_SOCKET, parseLiveAddress } from '../../../live/client/index.js';
import { SourceError, type TopSource } from '../../../view/top/index.js';
import { EXIT_OK } from '../../flags/exit-codes.js';
import type { TopOptions } from './options.js';

/** Environment variables that say where the collector is. */
export type SourceEnvironment = Readonly<Partial<Record<'TCP_INFO_LIVE' | 'TCP_INFO_LIVE_TOKEN', string>>>;

/** Source, and a remark for the user; empty for none. */
export interface ChosenSource {
  readonly source: TopSource;
  readonly remark: string;
  /** Exit code after views were shown; absent for 0. Not 0 if archives could not be read to their ends. */
  readonly exitCode?: number;
}

/** Explains why `--netns` needs a collector: this process sees only its own network namespace. */
const NO_NETNS =
  'by itself it shows only the network namespace that it runs in: leave out --netns and run ' +
  'nsenter --net=/run/netns/NAME tcp-info top, or connect to a collector with -netns';

/**
 * Opens the source that the options ask for: archives, a collector, or this process where no collector answers.
 * @param onProblem takes a line about damage in an archive
 * @throws SourceError
 */
export async function chooseSource(
  options: TopOptions,
  env: SourceEnvironment,
  onProblem: (line: string) => void,
): Promise<ChosenSource> {
  const { paths, connect, loopback, netns } = options;
  if (paths.length > 0) {
    if (connect !== undefined) throw new SourceError('give either --connect or PATH, not both', true);
    // Each source is loaded only when it is used.
    const { openArchiveSource } = await import('./archive-source.js');
    let exitCode = EXIT_OK;
    const source = await openArchiveSource(paths, {
      onProblem,
      onExitCode: (code) => {
        exitCode = code;
      },
    });
    return { source, remark: '', exitCode };
  }
  if (connect !== undefined) return { source: await openClient(connect, env, '--connect'), remark: '' };
  const given = env.TCP_INFO_LIVE ?? '';
  try {
    const source = await openClient(given === '' ? DEFAULT_SOCKET : given, env, 'TCP_INFO_LIVE');
    return { source, remark: '' };
  } catch (error) {
    if (!(error instanceof SourceError) || error.isWrong) throw error;
    if (netns !== undefined) throw new SourceError(`${error.message}; ${NO_NETNS}`, true);
    const { openOwnSource } = await import('./own-source.js');
    try {
      const isUsual = given === '' && /\((?:ENOENT|ECONNREFUSED)\)/.test(error.message);
      const source = await openOwnSource({ loopback });
      return { source, remark: isUsual ? '' : `${error.message}; reading connections by itself` };
    } catch (own) {
      if (!(own instanceof SourceError)) throw own;
      throw new SourceError(`${error.message}; by itself: ${own.message}`, false);
    }
  }
}

/** @throws SourceError for a wrong address, or if no collector answers */
async function openClient(text: string, env: SourceEnvironment, origin: string): Promise<TopSource> {
  const address = parseLiveAddress(text, env.TCP_INFO_LIVE_TOKEN);
  if (address === undefined) throw new SourceError(`${origin}: expected ${ADDRESS_FORMS}`, true);
  const { ClientSource } = await import('./client/client-source.js');
  return await ClientSource.connect(address);
}
