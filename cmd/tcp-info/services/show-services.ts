import type { Command } from 'commander';
import { NamespaceError } from '../../../host/namespaces/index.js';
import { SockDiagError } from '../../../inetdiag/kernel/index.js';
import { AddonError } from '../../../native/index.js';
import { ServicesConfigError } from '../../../services/config/index.js';
import { messageLine, oneLine } from '../../../words/index.js';
import { EXIT_FAILED, EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { interruption, pause } from '../../tool/interruption.js';
import { placesOf } from '../../tool/open-sessions.js';
import { hasReaderGone, OutputError } from '../../tool/output.js';
import type { CollectorServices } from './collector-services.js';
import { Listings } from './listings.js';
import { DEFAULT_EVERY_MS, PROGRAM, type ServicesOptions } from './options.js';
import type { ShownService } from './shown-service.js';
import { createViews, type ServicesView } from './views.js';
import { WantedServicesError, wantedServices } from './wanted-services.js';

/** Errors whose message is complete for a user. */
const EXPECTED = [SockDiagError, NamespaceError, AddonError, OutputError];

/**
 * Shows services once, or until the user ends it. Returns the exit code.
 * @throws every error that is a defect
 */
export async function showServices(command: Command, context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  ignoreErrorEvents(stdout, stderr);
  const say = (text: string): void => void stderr.write(messageLine(PROGRAM, oneLine(text)));
  const end = interruption(context);
  const showing = new Showing(command.opts<ServicesOptions>(), say, end.signal);
  try {
    const views = createViews(stdout, showing.options);
    await showing.open();
    await showing.show((view) => views.print(view));
    return showing.isIncomplete ? EXIT_INCOMPLETE : EXIT_OK;
  } catch (error) {
    if (hasReaderGone(error) || (end.signal.aborted && error === end.signal.reason)) return EXIT_OK;
    if (error instanceof ServicesConfigError) {
      stderr.write(messageLine(PROGRAM, error.message));
      return EXIT_USAGE;
    }
    if (error instanceof WantedServicesError) {
      say(error.isUsage ? `${error.message} (see --help)` : error.message);
      return EXIT_USAGE;
    }
    if (!(error instanceof Error)) throw error;
    // By its name: its class is loaded only to ask a collector.
    const isExpected = EXPECTED.some((kind) => error instanceof kind) || error.name === 'SourceError';
    if (!isExpected) throw error;
    say(error.message);
    return EXIT_FAILED;
  } finally {
    end.clear();
    await showing.close();
  }
}

/** One run of the command. */
class Showing {
  readonly options: ServicesOptions;
  readonly #say: (text: string) => void;
  readonly #signal: AbortSignal;
  readonly #listings = new Set<Listings>();
  #collector: CollectorServices | undefined;
  #saidUndecoded = false;
  isIncomplete = false;

  constructor(options: ServicesOptions, say: (text: string) => void, signal: AbortSignal) {
    this.options = options;
    this.#say = say;
    this.#signal = signal;
  }

  /**
   * Opens the namespaces, or prepares to ask the collector.
   * @throws NamespaceError, SockDiagError, AddonError; WantedServicesError, ServicesConfigError
   */
  async open(): Promise<void> {
    if (this.options.api !== undefined) {
      // Loaded only when a collector is asked.
      const { CollectorServices } = await import('./collector-services.js');
      this.#collector = new CollectorServices(this.options.api);
      return;
    }
    const services = await wantedServices(this.options);
    for (const place of await placesOf(this.options.netns, (text) => this.#note(text))) {
      await this.#eachOfAll(() => void this.#listings.add(Listings.open(place, services)));
    }
  }

  /** Lists, and passes on each view: one, or with `--watch` one after the other until the signal. */
  async show(print: (view: ServicesView) => Promise<void>): Promise<void> {
    const { watch, rates } = this.options;
    const everyMs = typeof watch === 'number' ? watch : DEFAULT_EVERY_MS;
    let dueMs = performance.now() + everyMs;
    let services = await this.#list();
    if (rates || watch !== undefined) {
      if (watch !== undefined) await print(viewOf(services));
      if (!(await pause(dueMs - performance.now(), this.#signal))) return;
      services = await this.#list();
    }
    await print(viewOf(services));
    if (watch === undefined) return;
    for (;;) {
      // After a listing that took longer than the interval, the next one is not made up for.
      dueMs = Math.max(dueMs + everyMs, performance.now());
      if (!(await pause(dueMs - performance.now(), this.#signal))) return;
      await print(viewOf(await this.#list()));
    }
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    this.#collector?.close();
    await Promise.all(Array.from(this.#listings, (each) => each.close()));
  }

  async #list(): Promise<ShownService[]> {
    if (this.#collector !== undefined) return await this.#collector.next(this.#signal);
    const services: ShownService[] = [];
    for (const listings of this.#listings) {
      const isThere = await this.#eachOfAll(async () => {
        services.push(...(await listings.next(this.#signal)));
      });
      // A namespace that has gone is reported once.
      if (!isThere) this.#listings.delete(listings);
      if (!isThere) await listings.close();
      if (listings.undecoded > 0 && !this.#saidUndecoded) {
        this.#saidUndecoded = true;
        this.#note(`${listings.undecoded} messages of the kernel could not be decoded`);
      }
    }
    return services;
  }

  /** Runs a step; with `--netns=all` the failure of one namespace is reported. Returns whether it succeeded. */
  async #eachOfAll(step: () => void | Promise<void>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      const isOne =
        this.options.netns?.kind === 'all' && (error instanceof NamespaceError || error instanceof SockDiagError);
      if (!isOne) throw error;
      this.#note(error.message);
      return false;
    }
  }

  /** Reports a part that could not be looked at. */
  #note(text: string): void {
    this.isIncomplete = true;
    this.#say(text);
  }
}

function viewOf(services: readonly ShownService[]): ServicesView {
  return { time: new Date().toISOString(), services };
}
