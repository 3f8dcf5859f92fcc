import {
  ConntrackDecoder,
  type Flow,
  FlowStatusReader,
  MAX_TCP_GET_BYTES,
  type TcpEnds,
  writeTcpGet,
} from '../../conntrack/index.js';
import type { Answers, Requester } from '../../native/index.js';
import { askTableEntries } from './table-entries.js';

/**
 * Answer to a look-up: the flow, `found` for one that is not to be kept, no flow, no flow because the namespace tracks
 * none at all, or an error.
 */
export type FlowAnswer = Flow | 'found' | 'none' | 'untracked' | 'failed';

/** Connection whose flow is wanted. */
export interface WantedFlow {
  /** AF_INET or AF_INET6, of the socket. */
  readonly family: number;
  readonly ends: TcpEnds;
  /** Receives the answer, once. Must not throw. */
  answered(answer: FlowAnswer): void;
}

/** Options of {@link NamespaceLookups}. */
export interface NamespaceLookupsOptions {
  /** Thread that asks, which ends with the look-ups. */
  readonly requester: Pick<Requester, 'ask' | 'close'>;
  /** Returns whether a flow with this status is to be kept; others are not decoded. */
  readonly keeps: (status: number) => boolean;
  /** Most connections that may wait. */
  readonly maxWaiting: number;
  /**
   * True to ask for no flow while the table of the namespace is empty: then it tracks nothing, and no flow can be there.
   * One request for the number of flows takes the place of all others.
   */
  readonly skipsEmptyTable: boolean;
  /** Called once, when the table was found not to be empty. */
  readonly onTracking: () => void;
  /** Called with the reason when look-ups fail. */
  readonly onFailure: (reason: string) => void;
}

/** Requests in one call: its answers take some 300 kB. */
const MAX_BATCH = 1024;
const ENOENT = 2;

/** Look-ups of flows in one network namespace: those of one turn share one request to another thread. */
export class NamespaceLookups {
  readonly #options: NamespaceLookupsOptions;
  readonly #decoder = new ConntrackDecoder();
  readonly #statuses = new FlowStatusReader();
  #waiting: WantedFlow[] = [];
  /** Connections whose flows are asked for now. */
  #asked: readonly WantedFlow[] = [];
  /** Requests of the last batch. The requester copies them. */
  #requests: Uint8Array = new Uint8Array(0);
  #isGivenUp = false;
  #asking: Promise<void> | undefined;
  /** True if the last request found no flow. */
  #mayBeEmpty = true;
  #isTracking = false;

  constructor(options: NamespaceLookupsOptions) {
    this.#options = options;
  }

  /** Asks for a flow. Returns false, and does nothing, if too many wait. */
  want(wanted: WantedFlow): boolean {
    if (this.#waiting.length >= this.#options.maxWaiting) return false;
    this.#waiting.push(wanted);
    // After this turn: all connections of a scan are asked for at once.
    this.#asking ??= Promise.resolve().then(() => this.#askAll());
    return true;
  }

  /** Resolves when no look-up waits. */
  async idle(): Promise<void> {
    while (this.#asking !== undefined) await this.#asking;
  }

  /** Ends the thread when no look-up waits. */
  async close(): Promise<void> {
    await this.idle();
    await this.#options.requester.close();
  }

  /** Answers all look-ups that still wait with `failed`. No answer counts any more. */
  giveUp(): void {
    this.#isGivenUp = true;
    for (const wanted of [...this.#asked, ...this.#waiting]) wanted.answered('failed');
    this.#asked = [];
    this.#waiting = [];
  }

  async #askAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const isAll = this.#waiting.length <= MAX_BATCH;
      const batch = isAll ? this.#waiting : this.#waiting.splice(0, MAX_BATCH);
      if (isAll) this.#waiting = [];
      this.#asked = batch;
      await this.#ask(batch);
      this.#asked = [];
    }
    this.#asking = undefined;
  }

  async #ask(batch: readonly WantedFlow[]): Promise<void> {
    if (this.#options.skipsEmptyTable && this.#mayBeEmpty && (await this.#isEmpty())) {
      this.#answer(batch, () => 'untracked');
      return;
    }
    const most = batch.length * MAX_TCP_GET_BYTES;
    if (this.#requests.length < most) this.#requests = new Uint8Array(most);
    let end = 0;
    for (const { family, ends } of batch) end = writeTcpGet(this.#requests, end, family, ends);
    let answers: Answers;
    try {
      answers = await this.#options.requester.ask(this.#requests.subarray(0, end));
    } catch (error) {
      this.#options.onFailure(error instanceof Error ? error.message : String(error));
      this.#answer(batch, () => 'failed');
      return;
    }
    const read = this.#read(answers, batch.length);
    this.#mayBeEmpty = !read.some((answer) => typeof answer === 'object' || answer === 'found');
    this.#answer(batch, (at) => read[at] ?? 'failed');
  }

  #answer(batch: readonly WantedFlow[], answerOf: (at: number) => FlowAnswer): void {
    if (this.#isGivenUp) return;
    for (let at = 0; at < batch.length; at++) batch[at]?.answered(answerOf(at));
  }

  /** Returns whether the table is known to be empty. A kernel that does not tell is asked for each flow. */
  async #isEmpty(): Promise<boolean> {
    let entries: number | undefined;
    try {
      entries = await askTableEntries(this.#options.requester);
    } catch {
      // The request for the flows fails, too, and is counted.
    }
    if (entries === 0) return true;
    if (!this.#isTracking && entries !== undefined) this.#options.onTracking();
    this.#isTracking ||= entries !== undefined;
    return false;
  }

  #read({ data, messages, requests, errnos }: Answers, count: number): FlowAnswer[] {
    const read = new Array<FlowAnswer>(count);
    for (let at = 0; at < count; at++) read[at] = errnos[at] === ENOENT ? 'none' : 'failed';
    for (let i = 0; i < requests.length; i++) {
      try {
        const at = messages[2 * i];
        const isKept = this.#options.keeps(this.#statuses.read(data, at) ?? 0);
        read[requests[i] ?? 0] = isKept ? this.#decoder.flow(data, at) : 'found';
      } catch (error) {
        this.#options.onFailure(String(error));
      }
    }
    const refused = errnos.find((errno) => errno !== 0 && errno !== ENOENT);
    if (refused !== undefined) this.#options.onFailure(`the kernel refuses: errno ${refused}`);
    return read;
  }
}
