import { resolve } from 'node:path';
import { type BrokerClient, type BrokerOptions, loadClient } from '../../fleet/broker/index.js';
import { ListenError } from '../../live/http/index.js';
import type { Logger } from '../../log/index.js';
import { messageLine } from '../../words/index.js';
import { EXIT_FAILED, EXIT_USAGE } from '../flags/exit-codes.js';
import {
  type AccessOptions,
  accessOf,
  type BrokerAddress,
  isOpenToOthers,
  type StreamsChoice,
} from './broker-options.js';
import type { CommandContext } from './command-context.js';
import { ignoreErrorEvents } from './error-events.js';
import { BROKER_ERRORS, initStreams } from './init-streams.js';
import { createProgramLog } from './program-log.js';

/** Means of a program with a broker. */
export interface BrokerWork {
  readonly client: BrokerClient;
  readonly broker: BrokerOptions;
  /** Absolute path. */
  readonly folder: string;
  readonly log: Logger;
}

/** Options of {@link runWithBroker}. */
export interface BrokerProgramOptions {
  /** Name at the start of messages. */
  readonly program: string;
  /** Addresses of the brokers, and the option that has them. */
  readonly address: BrokerAddress;
  readonly addressOption: 'from' | 'to';
  readonly options: AccessOptions & StreamsChoice;
  /** Folder of the program. Only `--init` works without one; `missing` says so. */
  readonly folder: string | undefined;
  readonly missing: string;
  /** Warning that others can read what is sent without TLS. */
  readonly openWarning: string;
  /** Errors of the program's own whose message is complete for a user. */
  readonly expected: readonly (abstract new (
    ...args: never[]
  ) => Error)[];
  /** Does the work, and returns the exit code. */
  readonly run: (work: BrokerWork) => Promise<number>;
}

/**
 * Runs a program that works on a folder and a broker, or creates the streams for `--init`, and returns the exit code.
 * @throws every error that is a defect
 */
export async function runWithBroker(
  { program, address, addressOption, options, folder, missing, openWarning, expected, run }: BrokerProgramOptions,
  { stdout, stderr }: CommandContext,
): Promise<number> {
  ignoreErrorEvents(stdout, stderr);
  try {
    const client = await loadClient();
    const broker = accessOf(program, address, options);
    if (options.init) return await initStreams(client, broker, options, stdout);
    if (folder === undefined) {
      stderr.write(messageLine(program, missing));
      return EXIT_USAGE;
    }
    const log = createProgramLog(stderr);
    if (isOpenToOthers(address, options)) log.warn(openWarning, { [addressOption]: address.servers.join() });
    return await run({ client, broker, folder: resolve(folder), log });
  } catch (error) {
    const kinds = [...expected, ...BROKER_ERRORS, ListenError];
    if (!(error instanceof Error) || !kinds.some((kind) => error instanceof kind)) throw error;
    stderr.write(messageLine(program, error.message));
    return EXIT_FAILED;
  }
}
