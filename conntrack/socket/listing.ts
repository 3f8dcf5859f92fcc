import type { DumpPart } from '../../native/index.js';
import { type DumpFilter, type Flow, FlowLines, flowKey } from '../index.js';
import { dumpFlows } from './dump.js';
import { ConntrackError } from './errors.js';
import { LocalAddresses } from './local-addresses.js';
import { MessageReader } from './message-reader.js';
import type { KernelOptions, SkippedMessages, WantedFlows } from './options.js';
import { type FlowAddon, KernelSession } from './session.js';

/** Options of {@link Listing}. */
export interface ListingOptions extends KernelOptions {
  /**
   * True to set the counters of all flows that the kernel returns to zero, which takes them from every other reader.
   * These may be more than those for which the filter holds.
   */
  readonly zero?: boolean;
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

/** Number of attempts to dump the table without a change meanwhile. */
const ATTEMPTS = 3;

/** Takes a part of a dump. Flows with the keys in `seen` were returned before. */
type Take<T> = (part: DumpPart, seen: Set<string> | undefined) => T | undefined;

/** Listing of flows, which iterates over batches. It asks the kernel when the iteration begins; iterate it once. */
export class Listing<Wanted extends WantedFlows = WantedFlows> implements AsyncIterable<readonly Flow[]> {
  readonly #options: ListingOptions;
  readonly #addon: FlowAddon;
  readonly #wanted: Wanted;
  readonly #reader = new MessageReader();
  #addresses: LocalAddresses | undefined;
  #received = 0;
  #matched = 0;
  #repeated = 0;

  /** @param addon replaced in tests */
  constructor(options: ListingOptions, wanted: Wanted, addon: FlowAddon) {
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
    return this.#read((part, seen) => this.#flowsIn(part, seen));
  }

  /**
   * Iterates over the flows as lines of JSON, each as `flowLine` returns it, several times as fast. Lines are valid until
   * the next ones are asked for.
   * @param time RFC 3339, of lines without a time of the kernel
   * @throws ConntrackError, NamespaceError
   */
  async *lines(time: string): AsyncGenerator<Uint8Array, void, undefined> {
    const lines = new FlowLines(this.isLocal);
    for await (const taken of this.#read((part, seen) => this.#linesIn(part, seen, lines, time))) {
      yield taken;
      lines.giveBack(taken);
    }
  }

  async *#read<T>(take: Take<T>): AsyncGenerator<T, void, undefined> {
    const { namespace, signal } = this.#options;
    signal?.throwIfAborted();
    const session = new KernelSession(namespace, this.#addon);
    try {
      this.#addresses = new LocalAddresses(session);
      await this.#addresses.read();
      yield* this.#dumps(session, take);
    } finally {
      session.close();
    }
  }

  /** Several dumps may return the same flow, and so may a repeated one. */
  async *#dumps<T>(session: KernelSession, take: Take<T>): AsyncGenerator<T, void, undefined> {
    const { dumps } = this.kernelPart;
    let seen = dumps.length > 1 ? new Set<string>() : undefined;
    for (const filter of dumps) {
      for (let attempt = 1; ; attempt++) {
        const kept: DumpPart[] | undefined = seen === undefined ? [] : undefined;
        if (!(yield* this.#dump(session, filter, take, seen, kept))) break;
        if (attempt === ATTEMPTS) {
          const message = `list flows: the table changed during each of ${ATTEMPTS} dumps`;
          throw new ConntrackError(message, { code: 'ERR_INTERRUPTED' });
        }
        this.#repeated++;
        seen ??= this.#keysIn(kept ?? []);
      }
    }
  }

  /** Makes one dump; returns whether the table changed meanwhile. */
  async *#dump<T>(
    session: KernelSession,
    filter: DumpFilter,
    take: Take<T>,
    seen: Set<string> | undefined,
    kept: DumpPart[] | undefined,
  ): AsyncGenerator<T, boolean, undefined> {
    const { zero = false, signal } = this.#options;
    let isInterrupted = false;
    for await (const part of dumpFlows(session, { ...filter, zero }, signal)) {
      isInterrupted ||= part.isInterrupted;
      // Keys are made only if they are needed.
      kept?.push(part);
      const taken = take(part, seen);
      if (taken !== undefined) yield taken;
    }
    return isInterrupted;
  }

  #flowsIn(part: DumpPart, seen: Set<string> | undefined): Flow[] | undefined {
    const flows: Flow[] = [];
    this.#received += part.messages.length / 2;
    this.#reader.read(part, (decoder, at) => {
      const flow = decoder.flow(part.data, at);
      if (this.#isNew(flow, seen)) flows.push(flow);
    });
    this.#matched += flows.length;
    return flows.length === 0 ? undefined : flows;
  }

  #linesIn(part: DumpPart, seen: Set<string> | undefined, lines: FlowLines, time: string): Uint8Array | undefined {
    this.#received += part.messages.length / 2;
    const isEachNew = this.#wanted.areAll && seen === undefined;
    lines.begin(part.data, time);
    this.#reader.read(part, (decoder, at) => {
      const flow = isEachNew ? undefined : decoder.flow(part.data, at);
      if (flow !== undefined && !this.#isNew(flow, seen)) return;
      lines.addFlow(decoder, at, undefined, flow);
      this.#matched++;
    });
    return lines.length === 0 ? undefined : lines.take();
  }

  /** Returns whether a flow is wanted, and was not returned before. */
  #isNew(flow: Flow, seen: Set<string> | undefined): boolean {
    if (!this.#wanted.matches(flow, this.isLocal)) return false;
    if (seen === undefined) return true;
    const key = keyOf(flow);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  }

  /** Returns the keys of flows in parts that were decoded before. */
  #keysIn(parts: readonly DumpPart[]): Set<string> {
    const keys = new Set<string>();
    const again = new MessageReader();
    for (const part of parts) again.read(part, (decoder, at) => void keys.add(keyOf(decoder.flow(part.data, at))));
    return keys;
  }
}

/** A later flow with the same ends has another id. */
function keyOf(flow: Flow): string {
  return `${flowKey(flow)} ${flow.id ?? ''}`;
}
