import type { FlowAddon } from '../../../conntrack/socket/index.js';
import type { Answers, DumpOptions, DumpPart, MessageListener, Requester } from '../../../native/index.js';
import { NETLINK_ROUTE } from '../../../netlink/index.js';

/** Answer to a dump of flows: its messages, and whether the table changed meanwhile; or an error. */
export type FakeDump = { readonly messages: readonly Uint8Array[]; readonly isInterrupted?: boolean } | Error;

/** Error as the addon throws it. */
export function addonError(code: string, errno: number, syscall: string): Error {
  return Object.assign(new Error(`${syscall}: ${code}`), { code, errno, syscall });
}

/** Addon without a kernel: dumps are answered one after the other, and every single request with an errno. */
export class FakeKernel implements FlowAddon {
  readonly dumps: FakeDump[] = [];
  /** Requests that were sent. */
  readonly sent: Uint8Array[] = [];
  errno = 0;

  readonly Requester = requesterOf(this);
  readonly MessageListener = class implements MessageListener {
    constructor() {
      throw addonError('ERR_SOCKET', 1, 'bind');
    }
    grant(): never {
      throw new Error('not listening');
    }
    pause(): void {}
    resume(): void {}
    async close(): Promise<void> {}
  };

  /** Returns the answer to the next dump of flows. */
  next(): FakeDump {
    return this.dumps.shift() ?? { messages: [] };
  }
}

function requesterOf(kernel: FakeKernel): FlowAddon['Requester'] {
  return class implements Requester {
    #answered = false;
    readonly #isOfAddresses: boolean;

    constructor({ protocol }: { readonly protocol: number }) {
      this.#isOfAddresses = protocol === NETLINK_ROUTE;
    }

    async ask(request: Uint8Array): Promise<Answers> {
      kernel.sent.push(request);
      return { ...packed([]), requests: new Uint32Array(), errnos: Uint16Array.of(kernel.errno), unrelated: 0 };
    }

    startDump({ request }: DumpOptions): number {
      this.#answered = false;
      if (!this.#isOfAddresses) kernel.sent.push(request);
      return 1;
    }

    async nextPart(): Promise<DumpPart | undefined> {
      if (this.#answered) return undefined;
      this.#answered = true;
      const answer = this.#isOfAddresses ? { messages: [] } : kernel.next();
      if (answer instanceof Error) throw answer;
      const { messages, isInterrupted = false } = answer;
      return { ...packed(messages), isLast: true, isInterrupted, discarded: 0, unrelated: 0 };
    }

    endDump(): void {}
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
