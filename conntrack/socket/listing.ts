import { type DumpFilter, type Flow, FlowIdentityReader, FlowLines } from '../index.js';
import { dumpFlows } from './dump.js';
import { ConntrackError } from './errors.js';
import { FlowFormatter } from './flow-formatter.js';
import { LocalAddresses } from './local-addresses.js';
import { MessageReader } from './message-reader.js';
import type { KernelOptions, SkippedMessages, WantedFlows } from './options.js';
import { MAX_SEEN_FLOWS, SeenFlows } from './seen-flows.js';
import { KernelSession, type ListingAddon } from './session.js';

/** Options of {@link Listing}. */
export interface ListingOptions extends KernelOptions {
  /**
   * True to set the counters of all flows that the kernel returns to zero, which takes them from every other reader.
   * These may be more than those for which the filter holds.
   */
  readonly zero?: boolean;
  /** Most attempts to dump the table without a change meanwhile (default 3). */
  readonly attempts?: number;
  /** Returns a flow as it is to be tested and returned, such as with cut addresses (default: as it is). */
  readonly shown?: (flow: Flow) => Flow;
  /**
   * Called after each 64 flows. If it returns a promise, the next ones are decoded when that is fulfilled, so that a
   * program has time for other work.
   */
  readonly pause?: () => Promise<void> | undefined;
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

const ATTEMPTS = 3;
/** Flows between two pauses. */
const FLOWS_AT_ONCE = 64;

/** Takes messages of a dump. */
type Take<T> = (data: Uint8Array, messages: Uint32Array) => T | undefined;

/** Listing of flows, which iterates over batches. It asks the kernel when the iteration begins; iterate it once. */
export class Listing<Wanted extends WantedFlows = WantedFlows> implements AsyncIterable<readonly Flow[]> {
  readonly #options: ListingOptions;
  readonly #addon: ListingAddon;
  readonly #wanted: Wanted;
  readonly #reader = new MessageReader();
  readonly #identities = new FlowIdentityReader();
  readonly #seen = new SeenFlows();
  #mayRepeat = false;
  #addresses: LocalAddresses | undefined;
  #received = 0;
  #matched = 0;
  #repeated = 0;

  /** @param addon replaced in tests */
  constructor(options: ListingOptions, wanted: Wanted, addon: ListingAddon) {
    this.#options = options;
    this.#addon = addon;
    this.#wanted = wanted;
  }

  /** Part of the condition that the kernel tests. */
  get kernelPart(): Wanted['kernelPart'] {
    return this.#wanted.kernelPart;
  }

  /** Counts up to now. */
  get counts(): ListingCounts {
    const { undecoded, unknownAttributes } = this.#reader;
    const [received, matched, repeated] = [this.#received, this.#matched, this.#repeated];
    return { received, matched, repeated, undecoded, unknownAttributes };
  }

  /** Returns whether an address belongs to the namespace. False for all but loopback until the first batch. */
  readonly isLocal = (address: string): boolean => this.#addresses?.has(address) ?? false;

  /**
   * Iterates over the flows.
   * @throws ConntrackError, NamespaceError
   */
  [Symbol.asyncIterator](): AsyncGenerator<readonly Flow[], void, undefined> {
    return this.#read((data, messages) => this.#flowsIn(data, messages));
  }

  /**
   * Iterates over the flows as lines of JSON, each as `flowLine` returns it, several times as fast. Lines are valid until
   * the next ones are asked for.
   * @param time RFC 3339, of lines without a time of the kernel
   * @throws ConntrackError, NamespaceError
   */
  async *lines(time: string): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#options.shown !== undefined) throw new TypeError('lines have flows as the kernel has them');
    const lines = new FlowLines(this.isLocal);
    const formatter = new FlowFormatter(new this.#addon.LineFormatter(), lines);
    const take: Take<Uint8Array> = (data, messages) => {
      this.#received += messages.length / 2;
      lines.begin(data, time);
      if (this.#wanted.areAll && !this.#mayRepeat) this.#addAll(data, messages, lines, formatter, time);
      else this.#addWanted(data, messages, lines);
      return lines.length === 0 ? undefined : lines.take();
    };
    for await (const taken of this.#read(take)) {
      yield taken;
      lines.giveBack(taken);
    }
  }

  async *#read<T>(take: Take<T>): AsyncGenerator<T, void, undefined> {
    const { namespace, signal, pause } = this.#options;
    signal?.throwIfAborted();
    const session = new KernelSession(namespace, this.#addon);
    try {
      this.#addresses = new LocalAddresses(session);
      await this.#addresses.read(pause);
      yield* this.#dumps(session, take);
    } finally {
      await session.close();
    }
  }

  /** Several dumps may return the same flow, and so may a repeated one. */
  async *#dumps<T>(session: KernelSession, take: Take<T>): AsyncGenerator<T, void, undefined> {
    const { dumps } = this.kernelPart;
    const { attempts = ATTEMPTS } = this.#options;
    this.#mayRepeat = dumps.length > 1;
    for (const filter of dumps) {
      for (let attempt = 1; yield* this.#dump(session, filter, take); attempt++) {
        if (attempt === attempts || this.#seen.isFull) throw interrupted(attempt, attempt === attempts);
        this.#repeated++;
        this.#mayRepeat = true;
      }
    }
  }

  /** Makes one dump; returns whether the table changed meanwhile. */
  async *#dump<T>(session: KernelSession, filter: DumpFilter, take: Take<T>): AsyncGenerator<T, boolean, undefined> {
    const { zero = false, signal, pause } = this.#options;
    let isInterrupted = false;
    for await (const { data, messages, isInterrupted: hasChanged } of dumpFlows(session, { ...filter, zero }, signal)) {
      isInterrupted ||= hasChanged;
      const step = pause === undefined ? Math.max(1, messages.length) : 2 * FLOWS_AT_ONCE;
      for (let from = 0; from < messages.length; from += step) {
        const taken = take(data, messages.subarray(from, from + step));
        if (taken !== undefined) yield taken;
        await pause?.();
      }
    }
    return isInterrupted;
  }

  #flowsIn(data: Uint8Array, messages: Uint32Array): Flow[] | undefined {
    const flows: Flow[] = [];
    const { shown } = this.#options;
    this.#received += messages.length / 2;
    this.#reader.read({ messages }, (decoder, at) => {
      const whole = decoder.flow(data, at);
      const flow = shown === undefined ? whole : shown(whole);
      if (this.#wanted.matches(flow, this.isLocal) && this.#isNew(data, at)) flows.push(flow);
    });
    this.#matched += flows.length;
    return flows.length === 0 ? undefined : flows;
  }

  /** Adds the lines of all flows. None of them was returned before. */
  #addAll(data: Uint8Array, messages: Uint32Array, lines: FlowLines, formatter: FlowFormatter, time: string): void {
    const count = messages.length / 2;
    const identities = new Float64Array(count);
    formatter.begin(data, time, this.#addresses?.packed ?? new Uint8Array(0));
    for (let from = 0; from < count; from++) {
      const written = formatter.write(messages, from, identities);
      this.#seen.addAll(identities.subarray(0, written));
      this.#matched += written;
      from += written;
      this.#addWanted(data, messages.subarray(2 * from, 2 * from + 2), lines, formatter);
    }
  }

  #addWanted(data: Uint8Array, messages: Uint32Array, lines: FlowLines, formatter?: FlowFormatter): void {
    this.#reader.read({ messages }, (decoder, at) => {
      const flow = this.#wanted.areAll ? undefined : decoder.flow(data, at);
      if (flow !== undefined && !this.#wanted.matches(flow, this.isLocal)) return;
      if (!this.#isNew(data, at)) return;
      lines.addFlow(decoder, at, undefined, flow);
      this.#matched++;
      formatter?.learn(decoder, at);
    });
  }

  /** Returns whether a flow was not returned before, and notes it. */
  #isNew(data: Uint8Array, at: number): boolean {
    const identity = this.#identities.read(data, at);
    if (this.#mayRepeat) return this.#seen.take(identity);
    this.#seen.add(identity);
    return true;
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
