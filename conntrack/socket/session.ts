import { closeSync } from 'node:fs';
import {
  describeTarget,
  type NamespaceTarget,
  openNamespace,
  parseNamespaceTarget,
  refusedNamespace,
} from '../../host/namespaces/index.js';
import type { ListenerOptions, MessageBatch, MessageListener, NetlinkAddon, Requester } from '../../native/index.js';
import { NETLINK_NETFILTER } from '../index.js';
import { kernelError } from './errors.js';

/** Part of the addon that connection tracking uses. */
export type FlowAddon = Pick<NetlinkAddon, 'Requester' | 'MessageListener'>;

/** Part of the addon that listings use. */
export type ListingAddon = FlowAddon & Pick<NetlinkAddon, 'LineFormatter'>;

/** Threads and sockets in one network namespace. */
export class KernelSession {
  readonly #addon: FlowAddon;
  readonly #namespace: { readonly fd: number; readonly name: string } | undefined;
  readonly #requesters: Requester[] = [];
  #flows: Requester | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param namespace name, path or process id, or a parsed one; by default that of this process
   * @throws NamespaceError; TypeError for `all` and for a text that is no namespace
   */
  constructor(namespace: string | NamespaceTarget | undefined, addon: FlowAddon) {
    this.#addon = addon;
    if (namespace === undefined) return;
    const target = typeof namespace === 'string' ? parseNamespaceTarget(namespace, process.cwd()) : namespace;
    if (target === undefined || target.kind === 'all') {
      throw new TypeError(`${String(target?.kind ?? namespace)}: one network namespace must be named`);
    }
    const fd = openNamespace(target);
    if (fd !== undefined) this.#namespace = { fd, name: describeTarget(target) };
  }

  /** Requester of connection tracking. */
  get flows(): Requester {
    this.#flows ??= this.requester(NETLINK_NETFILTER);
    return this.#flows;
  }

  /** Creates a requester of a netlink protocol, which ends with the session. */
  requester(protocol: number): Requester {
    const requester = new this.#addon.Requester({ protocol, ...this.#place() });
    this.#requesters.push(requester);
    return requester;
  }

  /**
   * Starts to listen.
   * @param what operation in words, for errors
   * @throws ConntrackError, NamespaceError
   */
  listen(
    what: string,
    options: Omit<ListenerOptions, 'namespace'>,
    onBatch: (batch: MessageBatch) => void,
  ): MessageListener {
    try {
      return new this.#addon.MessageListener({ ...options, ...this.#place() }, onBatch);
    } catch (error) {
      throw this.errorOf(error, what);
    }
  }

  /** Returns the error for a failure of the addon: ConntrackError, NamespaceError, or the given one. */
  errorOf(error: unknown, what: string, isPlain = true): unknown {
    const { code } = error as { readonly code?: unknown };
    if (code === 'ERR_NAMESPACE') return refusedNamespace(this.#namespace?.name ?? 'own', error);
    return kernelError(error, { what, isPlain });
  }

  /** Ends all requesters, and closes the namespace's file. Listeners have their own. */
  async close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    await this.#closing;
  }

  async #closeAll(): Promise<void> {
    if (this.#namespace !== undefined) closeSync(this.#namespace.fd);
    await Promise.all(this.#requesters.map((requester) => requester.close()));
  }

  #place(): { readonly namespace?: number } {
    return this.#namespace === undefined ? {} : { namespace: this.#namespace.fd };
  }
}
