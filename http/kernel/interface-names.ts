import type { KernelSession } from '../../conntrack/socket/index.js';
import {
  type MessageBatch,
  type MessageListener,
  type Requester,
  readDump,
  type ScanFailure,
} from '../../native/index.js';
import {
  buildGetLinkRequest,
  buildGetLinksRequest,
  decodeLink,
  NETLINK_ROUTE,
  RTM_NEWLINK,
  RTNLGRP_LINK,
} from '../../netlink/index.js';

const BUFFER_BYTES = 1024 * 1024;
/** Largest reply about one interface: with all its statistics and addresses it is about 1.5 KiB. */
const REPLY_BYTES = 64 * 1024;
/** Most names that are kept: also of interfaces that are gone, because their packets may come later. */
const MAX_NAMES = 4096;
const TYPE_AT = 4;

/**
 * Names of the interfaces of a network namespace, by index. New names are learned from events, and if a packet comes
 * first, from the kernel at once. The name of an interface that is gone stays known.
 */
export class InterfaceNames {
  readonly #requester: Requester;
  readonly #session: KernelSession;
  readonly #names = new Map<number, string>();
  readonly #reply = new Uint8Array(REPLY_BYTES);
  #listener: MessageListener | undefined;
  /** Called after a name was learned or changed. */
  onChange: () => void = () => undefined;

  constructor(session: KernelSession) {
    this.#session = session;
    this.#requester = session.requester(NETLINK_ROUTE);
  }

  /**
   * Listens for changes, and reads all names.
   * @param onFailure called when changes cannot be followed any longer
   * @throws ConntrackError, NamespaceError
   */
  async open(onFailure: (failure: ScanFailure) => void): Promise<void> {
    const options = { protocol: NETLINK_ROUTE, groups: [RTNLGRP_LINK], receiveBufferBytes: BUFFER_BYTES };
    this.#listener = this.#session.listen('follow interfaces', options, (batch) => {
      this.#take(batch);
      // Names of lost events are asked for again.
      if (batch.lost > 0 || batch.overruns > 0) this.#names.clear();
      if (batch.failure !== undefined) onFailure(batch.failure);
    });
    const dump = { request: buildGetLinksRequest(), dataTypes: [RTM_NEWLINK] };
    try {
      for await (const part of readDump(this.#requester, dump)) this.#take(part);
    } catch (error) {
      throw this.#session.errorOf(error, 'read interfaces');
    }
  }

  /** Returns the name of an interface; undefined if no interface has, or had, this index. */
  nameOf(index: number): string | undefined {
    return this.#names.get(index) ?? this.#ask(index);
  }

  /** Returns the index of the interface with a name; undefined if no interface has it. */
  indexOf(name: string): number | undefined {
    for (const [index, each] of this.#names) if (each === name) return index;
    return undefined;
  }

  /** Ends listening. */
  async close(): Promise<void> {
    await this.#listener?.close();
  }

  #ask(index: number): string | undefined {
    const length = this.#requester.askNow(buildGetLinkRequest(index), this.#reply);
    if (length <= 0) return undefined;
    this.#learn(this.#reply.subarray(0, length));
    return this.#names.get(index);
  }

  #take({ data, messages }: Pick<MessageBatch, 'data' | 'messages'>): void {
    for (let i = 0; i + 1 < messages.length; i += 2) {
      const at = messages[i] ?? 0;
      const message = data.subarray(at, at + (messages[i + 1] ?? 0));
      if (message[TYPE_AT] === RTM_NEWLINK) this.#learn(message);
    }
  }

  #learn(message: Uint8Array): void {
    const link = decodeLink(message);
    if (link === undefined || this.#names.get(link.index) === link.name) return;
    this.#names.delete(link.index);
    this.#names.set(link.index, link.name);
    const [oldest] = this.#names.keys();
    if (this.#names.size > MAX_NAMES && oldest !== undefined) this.#names.delete(oldest);
    this.onChange();
  }
}
