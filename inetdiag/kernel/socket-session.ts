import { closeSync } from 'node:fs';
import { describeTarget, type NamespaceTarget, openNamespace } from '../../host/namespaces/index.js';
import { type DumpOptions, type NetlinkAddon, netlink, type Requester, readDump } from '../../native/index.js';
import {
  buildGetSockRequest,
  buildSockDiagRequest,
  type GetSockRequest,
  NETLINK_SOCK_DIAG,
  SOCK_DIAG_BY_FAMILY,
  type SockDiagRequest,
  TCPDIAG_GETSOCK,
} from '../index.js';
import { sockDiagError } from './errors.js';

/** One network namespace. */
export type OneNamespace = Exclude<NamespaceTarget, { readonly kind: 'all' }>;

/** Part of the addon that sessions use. */
export type SockDiagAddon = Pick<NetlinkAddon, 'Requester'>;

/** Thread that asks the kernel for the TCP sockets of one network namespace. */
export class SocketSession {
  readonly #name: string;
  /** Requester of NETLINK_SOCK_DIAG. */
  readonly requester: Requester;

  private constructor(requester: Requester, name: string) {
    this.requester = requester;
    this.#name = name;
  }

  /**
   * Opens a session. A namespace other than the own one takes CAP_SYS_ADMIN.
   * @param namespace default: that of this process
   * @param addon replaced in tests
   * @throws NamespaceError, SockDiagError, AddonError
   */
  static open(namespace?: OneNamespace, addon: SockDiagAddon = netlink): SocketSession {
    const name = namespace === undefined ? 'own' : describeTarget(namespace);
    const fd = namespace === undefined ? undefined : openNamespace(namespace);
    try {
      const place = fd === undefined ? {} : { namespace: fd };
      return new SocketSession(new addon.Requester({ protocol: NETLINK_SOCK_DIAG, ...place }), name);
    } catch (error) {
      throw sockDiagError(error, 'list sockets', name);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /**
   * Lists TCP sockets of both families: netlink messages, each with its `nlmsghdr`. They are views that stay valid.
   * @throws SockDiagError, NamespaceError; the reason of `signal` when it is aborted
   */
  list(request: GetSockRequest, signal?: AbortSignal): AsyncGenerator<Uint8Array[], void, undefined> {
    return this.#messages({ request: buildGetSockRequest(request), dataTypes: [TCPDIAG_GETSOCK] }, signal);
  }

  /**
   * Lists sockets of one family and protocol, as {@link list} does.
   * @throws SockDiagError, NamespaceError; the reason of `signal` when it is aborted
   */
  listFamily(request: SockDiagRequest, signal?: AbortSignal): AsyncGenerator<Uint8Array[], void, undefined> {
    return this.#messages({ request: buildSockDiagRequest(request), dataTypes: [SOCK_DIAG_BY_FAMILY] }, signal);
  }

  async *#messages(options: DumpOptions, signal?: AbortSignal): AsyncGenerator<Uint8Array[], void, undefined> {
    try {
      for await (const { data, messages } of readDump(this.requester, options, signal)) {
        const part: Uint8Array[] = [];
        for (let i = 0; i + 1 < messages.length; i += 2) {
          const at = messages[i] ?? 0;
          part.push(data.subarray(at, at + (messages[i + 1] ?? 0)));
        }
        yield part;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw sockDiagError(error, 'list sockets', this.#name);
    }
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.requester.close();
  }
}
