import {
  ConntrackDecoder,
  type Flow,
  FlowStatusReader,
  MAX_TCP_GET_BYTES,
  type TcpEnds,
  writeTcpGet,
} from '../../conntrack/index.js';
import type { Answers, Requester } from '../../native/index.js';

/** Answer to a look-up: the flow, `found` for one that is not to be kept, no flow, or an error. */
export type FlowAnswer = Flow | 'found' | 'none' | 'failed';

/** Connection whose flow is wanted. */
export interface WantedFlow {
  /** AF_INET or AF_INET6, of the socket. */
  readonly family: number;
  readonly ends: TcpEnds;
  /** Receives the answer, once. Must not throw. */
  readonly answered: (answer: FlowAnswer) => void;
}

/** Options of {@link NamespaceLookups}. */
export interface NamespaceLookupsOptions {
  readonly requester: Pick<Requester, 'ask'>;
  /** Returns whether a flow with this status is to be kept; others are not decoded. */
  readonly keeps: (status: number) => boolean;
  /** Most connections that may wait. */
  readonly maxWaiting: number;
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
  #asking: Promise<void> | undefined;

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

  async #askAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const isAll = this.#waiting.length <= MAX_BATCH;
      const batch = isAll ? this.#waiting : this.#waiting.splice(0, MAX_BATCH);
      if (isAll) this.#waiting = [];
      await this.#ask(batch);
    }
    this.#asking = undefined;
  }

  async #ask(batch: readonly WantedFlow[]): Promise<void> {
    const requests = new Uint8Array(batch.length * MAX_TCP_GET_BYTES);
    let end = 0;
    for (const { family, ends } of batch) end = writeTcpGet(requests, end, family, ends);
    let answers: Answers;
    try {
      answers = await this.#options.requester.ask(requests.subarray(0, end));
    } catch (error) {
      this.#options.onFailure(error instanceof Error ? error.message : String(error));
      for (const { answered } of batch) answered('failed');
      return;
    }
    for (const [at, answer] of this.#read(answers, batch.length).entries()) batch[at]?.answered(answer);
  }

  #read({ data, messages, requests, errnos }: Answers, count: number): FlowAnswer[] {
    const read = Array.from({ length: count }, (_, at): FlowAnswer => (errnos[at] === ENOENT ? 'none' : 'failed'));
    for (const [i, request] of requests.entries()) {
      try {
        const at = messages[2 * i];
        const isKept = this.#options.keeps(this.#statuses.read(data, at) ?? 0);
        read[request] = isKept ? this.#decoder.flow(data, at) : 'found';
      } catch (error) {
        this.#options.onFailure(String(error));
      }
    }
    const refused = errnos.find((errno) => errno !== 0 && errno !== ENOENT);
    if (refused !== undefined) this.#options.onFailure(`the kernel refuses: errno ${refused}`);
    return read;
  }
}
