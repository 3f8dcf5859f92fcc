import type { DumpPart } from '../../native/index.js';
import type { FlowFamily } from '../index.js';
import { dumpFlows } from './dump.js';
import { MessageReader } from './message-reader.js';
import type { KernelSession } from './session.js';

/** Options of {@link Resync}. */
export interface ResyncOptions {
  readonly session: KernelSession;
  /** Family to list. Default: both. */
  readonly family?: FlowFamily;
  /** Takes a part of a dump, and resolves when there is room for the next one. */
  take(part: DumpPart, reader: MessageReader): Promise<void>;
  /** Called when a dump fails. */
  onError(error: unknown): void;
}

/** Shortest time between two dumps. */
const DUMP_GAP_MS = 2000;
/** Time from a loss to its dump, in which events that were queued before the loss are read. */
const DRAIN_MS = 100;

/** Dumps of all flows after losses of events. A dump during which the table changed is repeated, after a gap. */
export class Resync {
  readonly #options: ResyncOptions;
  /** Decoder of the dumps. */
  readonly reader: MessageReader = new MessageReader();
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isNeeded = false;
  #isClosed = false;
  #lastDumpMs = Number.NEGATIVE_INFINITY;

  constructor(options: ResyncOptions) {
    this.#options = options;
  }

  /** Number of complete dumps. */
  get count(): number {
    return this.#count;
  }

  /** Plans a dump after a loss. */
  request(): void {
    this.#isNeeded = true;
    if (this.#timer !== undefined || this.#running !== undefined || this.#isClosed) return;
    const waitMs = Math.max(DRAIN_MS, this.#lastDumpMs + DUMP_GAP_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#dump()
        .catch((error: unknown) => this.#options.onError(error))
        .finally(() => {
          this.#running = undefined;
          if (this.#isNeeded) this.request();
        });
    }, waitMs);
  }

  /** Plans no further dump, and resolves when the running one has stopped. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #dump(): Promise<void> {
    this.#isNeeded = false;
    this.#lastDumpMs = performance.now();
    const { session, family, take } = this.#options;
    let isComplete = true;
    // One dump without a filter, which cannot return a flow twice unless it is interrupted.
    for await (const part of dumpFlows(session, family === undefined ? {} : { family })) {
      if (this.#isClosed) return;
      isComplete &&= !part.isInterrupted;
      await take(part, this.reader);
    }
    if (isComplete) this.#count++;
    else this.#isNeeded = true;
  }
}
