import type { FlowAddon, ListingAddon } from '../../../conntrack/socket/index.js';
import {
  type Answers,
  type DumpOptions,
  type DumpPart,
  type ListenerOptions,
  type MessageBatch,
  type MessageListener,
  netlink,
  type Requester,
} from '../../../native/index.js';
import { NETLINK_ROUTE } from '../../../netlink/index.js';

/** Answer to a dump: its messages, and whether the table changed meanwhile; or an error. */
export type FakeDump =
  | {
      readonly messages: readonly Uint8Array[];
      readonly isInterrupted?: boolean;
      /** Messages in one part. Default: all. */
      readonly partMessages?: number;
    }
  | Error;

/** Error as the addon throws it. */
export function addonError(code: string, errno: number, syscall: string): Error {
  return Object.assign(new Error(`${syscall}: ${code}`), { code, errno, syscall });
}

/** Addon without a kernel: dumps are answered one after the other, and every single request with an errno. */
export class FakeKernel implements ListingAddon {
  readonly dumps: FakeDump[] = [];
  /** Answers to dumps of addresses; empty ones after the last. */
  readonly addressDumps: FakeDump[] = [];
  /** False to refuse every listener. */
  canListen = false;
  /** Functions that deliver a batch to a listener, by its netlink protocol. */
  readonly deliver = new Map<number, (batch: MessageBatch) => void>();
  /** Requests that were sent. */
  readonly sent: Uint8Array[] = [];
  errno = 0;
  /** Bytes of all parts that were returned. */
  readonly parts: WeakRef<Uint8Array>[] = [];
  /** Requesters that were made, and those of them that are not closed. */
  opened = 0;
  open = 0;

  readonly Requester = requesterOf(this);
  readonly MessageListener = listenerOf(this);
  readonly LineFormatter = netlink.LineFormatter;

  /** Returns the answer to the next dump of flows. */
  next(): FakeDump {
    return this.dumps.shift() ?? { messages: [] };
  }
}

function listenerOf(kernel: FakeKernel): FlowAddon['MessageListener'] {
  return class implements MessageListener {
    constructor({ protocol }: ListenerOptions, onBatch: (batch: MessageBatch) => void) {
      if (!kernel.canListen) throw addonError('ERR_SOCKET', 1, 'bind');
      kernel.deliver.set(protocol, onBatch);
    }
    grant(): never {
      throw new Error('not listening');
    }
    pause(): void {}
    resume(): void {}
    async close(): Promise<void> {}
  };
}

function requesterOf(kernel: FakeKernel): FlowAddon['Requester'] {
  return class implements Requester {
    #answer: FakeDump | undefined;
    #at = 0;
    #isOver = false;
    readonly #isOfAddresses: boolean;

    constructor({ protocol }: { readonly protocol: number }) {
      kernel.opened++;
      kernel.open++;
      this.#isOfAddresses = protocol === NETLINK_ROUTE;
    }

    async ask(request: Uint8Array): Promise<Answers> {
      kernel.sent.push(request);
      return { ...packed([]), requests: new Uint32Array(), errnos: Uint16Array.of(kernel.errno), unrelated: 0 };
    }

    askNow(): never {
      throw new Error('connection tracking does not ask so');
    }

    startDump({ request }: DumpOptions): number {
      [this.#answer, this.#at, this.#isOver] = [undefined, 0, false];
      if (!this.#isOfAddresses) kernel.sent.push(request);
      return 1;
    }

    async nextPart(): Promise<DumpPart | undefined> {
      if (this.#isOver) return undefined;
      this.#answer ??= this.#isOfAddresses ? (kernel.addressDumps.shift() ?? { messages: [] }) : kernel.next();
      if (this.#answer instanceof Error) throw this.#answer;
      const { messages, isInterrupted = false, partMessages = messages.length } = this.#answer;
      const part = packed(messages.slice(this.#at, this.#at + partMessages));
      this.#at += partMessages;
      const isLast = this.#at >= messages.length;
      this.#isOver = isLast;
      kernel.parts.push(new WeakRef(part.data));
      return { ...part, isLast, isInterrupted: isLast && isInterrupted, discarded: 0, unrelated: 0 };
    }

    endDump(): void {}

    async close(): Promise<void> {
      kernel.open--;
    }
  };
}

function packed(messages: readonly Uint8Array[]): { data: Uint8Array; messages: Uint32Array } {
  const places: number[] = [];
  let at = 0;
  for (const { length } of messages) {
    places.push(at, length);
    at += (length + 7) & ~7;
  }
  const data = new Uint8Array(at);
  for (const [i, bytes] of messages.entries()) data.set(bytes, places[2 * i] ?? 0);
  return { data, messages: Uint32Array.from(places) };
}
