import type { Command } from 'commander';
import { BootPrefixError, ownSocketInodes } from '../../../host/index.js';
import { NamespaceError } from '../../../host/namespaces/index.js';
import {
  type DestroyOutcome,
  SockDiagError,
  SocketDestroyer,
  type SocketSession,
} from '../../../inetdiag/kernel/index.js';
import { AddonError } from '../../../native/index.js';
import { ServicesConfigError } from '../../../services/config/index.js';
import { messageLine, oneLine } from '../../../words/index.js';
import { EXIT_FAILED, EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { FilterError } from '../../tool/filter-option.js';
import { openSession, placesOf } from '../../tool/open-sessions.js';
import { OutputError } from '../../tool/output.js';
import { explainFailure } from './explain-failure.js';
import { findMatches, type Match, type Matches, noMatches } from './find-matches.js';
import { type CloseOptions, EXIT_TOO_MANY, PROGRAM } from './options.js';
import { createReport, type Fate, type Report, type ReportedMatch } from './report.js';
import { type IsOfService, serviceConnections } from './service-connections.js';
import { bootIdentity, type CloseTarget, parseTarget, TargetError } from './target.js';

/** Errors whose message is complete for a user. */
const EXPECTED = [BootPrefixError, SockDiagError, NamespaceError, AddonError, OutputError];

/** Matches that are listed as text, when there are too many. */
const MOST_LISTED = 1000;

/**
 * Ends the connections that the arguments name, and returns the exit code.
 * @throws every error that is a defect
 */
export async function close(command: Command, { stdout, stderr, signals }: CommandContext): Promise<number> {
  ignoreErrorEvents(stdout, stderr);
  const say = (text: string): void => void stderr.write(messageLine(PROGRAM, oneLine(text)));
  const interruption = new AbortController();
  signals.onShutdown(
    () => interruption.abort(),
    () => process.exit(EXIT_FAILED),
  );
  const options = command.opts<CloseOptions>();
  const closing = new Closing(options, createReport(stdout, options.format), say, interruption.signal);
  try {
    const isOfService = await serviceConnections(options);
    const target = parseTarget(command.args, bootIdentity(process.env), isOfService !== undefined);
    return await closing.run(target, isOfService);
  } catch (error) {
    if (interruption.signal.aborted && error === interruption.signal.reason) {
      say('interrupted while the connections were listed: none was ended');
      return EXIT_INCOMPLETE;
    }
    if (error instanceof FilterError || error instanceof ServicesConfigError) {
      stderr.write(messageLine(PROGRAM, error.message));
      return EXIT_USAGE;
    }
    if (error instanceof TargetError) {
      say(`${error.message} (see --help)`);
      return EXIT_USAGE;
    }
    if (!EXPECTED.some((kind) => error instanceof kind) || !(error instanceof Error)) throw error;
    say(error.message);
    return EXIT_FAILED;
  } finally {
    await closing.end();
  }
}

/** One run of the command. */
class Closing {
  readonly #options: CloseOptions;
  readonly #report: Report;
  readonly #say: (text: string) => void;
  readonly #signal: AbortSignal;
  readonly #sessions: SocketSession[] = [];
  #isIncomplete = false;

  constructor(options: CloseOptions, report: Report, say: (text: string) => void, signal: AbortSignal) {
    this.#options = options;
    this.#report = report;
    this.#say = say;
    this.#signal = signal;
  }

  async run(target: CloseTarget, isOfService: IsOfService | undefined): Promise<number> {
    const matches = await this.#find(target, isOfService);
    const { found, listening, own } = matches;
    const { max, dryRun } = this.#options;
    if (target.kind === 'cookie' && listening + own > 0) {
      this.#say(`this is ${listening > 0 ? 'a listening socket' : 'a socket of this program'}: it is never ended`);
      return EXIT_FAILED;
    }
    if (found.length > max) return await this.#refuse(matches);
    if (!dryRun) return await this.#destroy(matches);
    await this.#report.add(found.map((match) => ({ match, fate: 'would-destroy' })));
    await this.#report.end({ matches, max, dryRun, counts: { 'would-destroy': found.length } });
    return this.#isIncomplete ? EXIT_INCOMPLETE : EXIT_OK;
  }

  /** Ends the threads of all sessions. */
  async end(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()));
  }

  async #find(target: CloseTarget, isOfService: IsOfService | undefined): Promise<Matches> {
    const { netns, idle, timeWait } = this.#options;
    const matches = noMatches();
    const wanted = {
      target,
      hasTimeWait: timeWait,
      ownInodes: ownSocketInodes(),
      ...(idle === undefined ? {} : { idleMs: idle }),
      ...(isOfService === undefined ? {} : { isOfService }),
    };
    const places = await placesOf(netns, (text) => this.#note(text));
    for (const place of places) {
      try {
        const session = openSession(place);
        this.#sessions.push(session);
        await findMatches(session, place, wanted, matches, this.#signal);
      } catch (error) {
        const isOne = netns?.kind === 'all' && (error instanceof NamespaceError || error instanceof SockDiagError);
        if (!isOne) throw error;
        this.#note(error.message);
      }
    }
    if (matches.undecoded > 0) this.#note(`${matches.undecoded} messages of the kernel could not be decoded`);
    return matches;
  }

  /** Reports a part of the connections that could not be looked at. */
  #note(text: string): void {
    this.#isIncomplete = true;
    this.#say(text);
  }

  /** Lists the matches, which are too many, and ends none. */
  async #refuse(matches: Matches): Promise<number> {
    const { max, dryRun, format } = this.#options;
    const { found } = matches;
    const listed = format === 'json' ? found : found.slice(0, MOST_LISTED);
    await this.#report.add(listed.map((match) => ({ match, fate: 'matched' })));
    await this.#report.end({ matches, max, dryRun, counts: { matched: found.length } });
    const more = listed.length < found.length ? ` (${listed.length} are listed)` : '';
    this.#say(
      `${found.length} connections match${more} and --max is ${max}: none is ended; name fewer, or raise --max`,
    );
    return EXIT_TOO_MANY;
  }

  async #destroy(matches: Matches): Promise<number> {
    const { max, dryRun } = this.#options;
    const counts: Partial<Record<Fate | 'notTried', number>> = {};
    let printed = Promise.resolve();
    let firstFailure: DestroyOutcome<MatchOrder> | undefined;
    let notTried = 0;
    const destroyer: SocketDestroyer<MatchOrder> = new SocketDestroyer<MatchOrder>({
      onOutcomes: (outcomes) => {
        firstFailure ??= outcomes.find(({ result }) => result !== 'destroyed' && result !== 'ended');
        // The kernel will deny the rest too.
        if (outcomes.some(({ result }) => result === 'denied')) notTried += destroyer.drop().length;
        printed = printed.then(() => this.#report.add(outcomes.map(reported)));
        // What fails is thrown where it is awaited.
        printed.catch(() => undefined);
      },
    });
    const onInterruption = (): void => {
      notTried += destroyer.drop().length;
    };
    this.#signal.addEventListener('abort', onInterruption, { once: true });
    if (!this.#signal.aborted) destroyer.add(matches.found.map((match) => ({ ...match, match })));
    else notTried = matches.found.length;
    await destroyer.settled();
    await printed;
    for (const [result, count] of Object.entries(destroyer.counts)) counts[result as Fate] = count;
    if (notTried > 0) counts.notTried = notTried;
    await this.#report.end({ matches, max, dryRun, counts });
    if (firstFailure !== undefined) {
      this.#say(explainFailure(firstFailure));
      return EXIT_FAILED;
    }
    if (notTried > 0) this.#say(`interrupted: ${notTried} of ${matches.found.length} connections were not tried`);
    return notTried > 0 || this.#isIncomplete ? EXIT_INCOMPLETE : EXIT_OK;
  }
}

interface MatchOrder extends Pick<Match, 'socket' | 'requester'> {
  readonly match: Match;
}

function reported({ order: { match }, result, errno }: DestroyOutcome<MatchOrder>): ReportedMatch {
  return { match, fate: result, errno };
}
