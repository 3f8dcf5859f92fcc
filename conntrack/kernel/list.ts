import type { FlowKernelPart } from '../../fields/index.js';
import { netlink } from '../../native/index.js';
import type { DumpFilter, Flow } from '../index.js';
import { dumpFlows } from './dump.js';
import { ConntrackError } from './errors.js';
import { LocalAddresses } from './local-addresses.js';
import { MessageReader } from './message-reader.js';
import type { FlowSelection, SkippedMessages } from './options.js';
import { MAX_SEEN_FLOWS, SeenFlows } from './seen-flows.js';
import { SelectedFlows } from './selection.js';
import { type FlowAddon, KernelSession } from './session.js';

/** Options of {@link readFlows}. */
export interface ReadFlowsOptions extends FlowSelection {
  /**
   * True to set the counters of all flows that the kernel returns to zero, which takes them from every other reader.
   * These may be more than those for which the filter holds.
   */
  readonly zero?: boolean;
  /** Most attempts to dump the table without a change meanwhile (default 3). */
  readonly attempts?: number;
  /** False to have the kernel return all flows, and to test the whole filter here (default: true). */
  readonly filtersInKernel?: boolean;
  /** Returns a flow as it is to be tested and returned, such as with cut addresses (default: as it is). */
  readonly shown?: (flow: Flow) => Flow;
  /**
   * Called after each 64 flows. If it returns a promise, the next ones are decoded when that is fulfilled, so that a
   * program has time for other work.
   */
  readonly pause?: () => Promise<void> | undefined;
}

/** Options of {@link listFlows}. */
export interface ListFlowsOptions extends ReadFlowsOptions {
  /** Called at the end with what was skipped and how many dumps were repeated. */
  onEnd?(counts: ListingCounts): void;
}

/** Counts of a listing, up to now. */
export interface ListingCounts extends SkippedMessages {
  /** Flows that the kernel returned, also those for which the filter does not hold. */
  readonly received: number;
  /** Flows for which the filter holds, each once. */
  readonly matched: number;
  /** Dumps that were repeated because the table changed meanwhile. */
  readonly repeated: number;
}

/**
 * Listing of flows, which iterates over batches. It asks the kernel when the iteration begins; iterate it once.
 *
 * Batches come as the kernel is read, and of those before only eight bytes a flow are kept. If the table changed during
 * a dump (NLM_F_DUMP_INTR), which the kernel says at its end, flows may be missing in it. The dump is then repeated, and
 * only flows that no batch had are returned. So each flow comes once, and a flow that was there all the time is never
 * missing; one that has ended meanwhile may be among them. If each of three dumps is interrupted, the iteration throws
 * `ERR_INTERRUPTED` after the batches of all three.
 */
export interface FlowListing extends AsyncIterable<readonly Flow[]> {
  /** Part of the filter that the kernel tests; `explainFlowKernelPart` makes a sentence of it. */
  readonly kernelPart: FlowKernelPart;
  /** Counts up to now. */
  readonly counts: ListingCounts;
  /** Returns whether an address belongs to the namespace. False for all but loopback until the first batch. */
  readonly isLocal: (address: string) => boolean;
}

const ATTEMPTS = 3;
/** Flows between two pauses. */
const FLOWS_AT_ONCE = 64;

/**
 * Prepares a listing of flows in batches. The kernel tests what it can of the filter, and everything is tested again
 * here. Iterating throws ConntrackError, or NamespaceError.
 * @param addon replaced in tests
 * @throws ExpressionError for a filter that is wrong
 */
export function readFlows(options: ReadFlowsOptions = {}, addon: FlowAddon = netlink): FlowListing {
  return new Listing(options, addon);
}

/**
 * Lists flows one by one.
 * @throws as {@link readFlows}
 */
export async function* listFlows(options: ListFlowsOptions = {}): AsyncGenerator<Flow, void, undefined> {
  const listing = readFlows(options);
  for await (const batch of listing) yield* batch;
  options.onEnd?.(listing.counts);
}

class Listing implements FlowListing {
  readonly #options: ReadFlowsOptions;
  readonly #addon: FlowAddon;
  readonly #selected: SelectedFlows;
  readonly #reader = new MessageReader();
  #addresses: LocalAddresses | undefined;
  #received = 0;
  #matched = 0;
  #repeated = 0;

  constructor(options: ReadFlowsOptions, addon: FlowAddon) {
    this.#options = options;
    this.#addon = addon;
    this.#selected = new SelectedFlows(options, options.filtersInKernel);
  }

  get kernelPart(): FlowKernelPart {
    return this.#selected.kernelPart;
  }

  get counts(): ListingCounts {
    const { undecoded, unknownAttributes } = this.#reader;
    const [received, matched, repeated] = [this.#received, this.#matched, this.#repeated];
    return { received, matched, repeated, undecoded, unknownAttributes };
  }

  readonly isLocal = (address: string): boolean => this.#addresses?.has(address) ?? false;

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Flow[], void, undefined> {
    const { namespace, signal } = this.#options;
    signal?.throwIfAborted();
    const session = new KernelSession(namespace, this.#addon);
    try {
      this.#addresses = new LocalAddresses(session);
      await this.#addresses.read(this.#options.pause);
      yield* this.#dumps(session);
    } finally {
      await session.close();
    }
  }

  /** Several dumps may return the same flow, and so may a repeated one. */
  async *#dumps(session: KernelSession): AsyncGenerator<readonly Flow[], void, undefined> {
    const { dumps } = this.kernelPart;
    const { attempts = ATTEMPTS } = this.#options;
    const seen = new SeenFlows();
    let mayRepeat = dumps.length > 1;
    for (const filter of dumps) {
      for (let attempt = 1; yield* this.#dump(session, filter, seen, mayRepeat); attempt++) {
        if (attempt === attempts || seen.isFull) throw interrupted(attempt, attempt === attempts);
        this.#repeated++;
        mayRepeat = true;
      }
    }
  }

  /** Makes one dump; returns whether the table changed meanwhile. */
  async *#dump(
    session: KernelSession,
    filter: DumpFilter,
    seen: SeenFlows,
    mayRepeat: boolean,
  ): AsyncGenerator<readonly Flow[], boolean, undefined> {
    const { zero = false, signal, pause } = this.#options;
    let isInterrupted = false;
    for await (const part of dumpFlows(session, { ...filter, zero }, signal)) {
      isInterrupted ||= part.isInterrupted;
      const step = pause === undefined ? part.messages.length : 2 * FLOWS_AT_ONCE;
      for (let from = 0; from < part.messages.length; from += step) {
        const flows = this.#flowsIn(part.data, part.messages.subarray(from, from + step), seen, mayRepeat);
        if (flows.length > 0) yield flows;
        await pause?.();
      }
    }
    return isInterrupted;
  }

  #flowsIn(data: Uint8Array, messages: Uint32Array, seen: SeenFlows, mayRepeat: boolean): Flow[] {
    const flows: Flow[] = [];
    const { shown } = this.#options;
    this.#received += messages.length / 2;
    this.#reader.read({ messages }, (decoder, at) => {
      const whole = decoder.flow(data, at);
      const flow = shown === undefined ? whole : shown(whole);
      if (!this.#selected.matches(flow, this.isLocal)) return;
      if (mayRepeat) {
        if (!seen.take(whole)) return;
      } else {
        seen.add(whole);
      }
      flows.push(flow);
    });
    this.#matched += flows.length;
    return flows;
  }
}

function interrupted(dumps: number, wasLast: boolean): ConntrackError {
  const during = !wasLast
    ? `a dump of more flows than can be compared with a second one (${MAX_SEEN_FLOWS})`
    : dumps === 1
      ? 'the dump'
      : `each of ${dumps} dumps`;
  return new ConntrackError(`list flows: the table changed during ${during}`, { code: 'ERR_INTERRUPTED' });
}
