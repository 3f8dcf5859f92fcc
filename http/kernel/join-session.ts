import { closeSync } from 'node:fs';
import { NETLINK_NETFILTER } from '../../conntrack/index.js';
import { openNamespace } from '../../host/namespaces/index.js';
import { SocketSession } from '../../inetdiag/kernel/index.js';
import type { Requester } from '../../native/index.js';
import type { HttpExchange, PortRange } from '../index.js';
import { EndedSockets } from './ended-sockets.js';
import type { CaptureAddon, OneNamespace } from './packet-tap.js';
import { SocketJoin } from './socket-join.js';
import { Translations } from './translations.js';

/** Options of the join of exchanges with sockets. */
export interface HttpJoinOptions {
  /** Prefix of UUIDs, as the collector's. */
  readonly uuidPrefix: string;
  /**
   * True to follow the kernel's reports of ended sockets, for flows whose socket is gone before their first head is
   * read. Default: true.
   */
  readonly findsEnded?: boolean;
  /**
   * True to look up translated connections (NAT) in connection tracking, where the kernel has it and CAP_NET_ADMIN
   * allows it. Default: false.
   */
  readonly findsTranslated?: boolean;
}

/** Options of {@link JoinSession.open}. */
export interface JoinSessionOptions extends HttpJoinOptions {
  /** Default: that of this process. */
  readonly namespace?: OneNamespace;
  /** Ports of servers; null for all. */
  readonly ports: readonly PortRange[] | null;
  /** Receives exchanges with their connections. */
  readonly onExchange: (exchange: HttpExchange) => void;
  /** Called once when sockets that are gone cannot be found, or not all of them. */
  readonly onTrouble: (error: unknown) => void;
}

/** Threads and sockets of a {@link SocketJoin}. */
export class JoinSession {
  readonly join: SocketJoin;
  readonly #session: SocketSession;
  readonly #netfilter: Requester | undefined;
  readonly #ended: EndedSockets | undefined;

  private constructor(
    session: SocketSession,
    netfilter: Requester | undefined,
    options: JoinSessionOptions,
    addon: CaptureAddon,
  ) {
    this.#session = session;
    this.#netfilter = netfilter;
    this.#ended = this.#listen(options, addon);
    this.join = new SocketJoin({
      uuidPrefix: options.uuidPrefix,
      requester: session.requester,
      onExchange: options.onExchange,
      ...(this.#ended === undefined ? {} : { ended: this.#ended }),
      ...(netfilter === undefined ? {} : { translations: new Translations(netfilter) }),
    });
  }

  /**
   * Opens a session.
   * @param addon replaced in tests
   * @throws NamespaceError, SockDiagError, AddonError
   */
  static open(options: JoinSessionOptions, addon: CaptureAddon): JoinSession {
    const { namespace, findsTranslated = false } = options;
    const session = SocketSession.open(namespace, addon);
    return new JoinSession(session, findsTranslated ? openNetfilter(namespace, addon) : undefined, options, addon);
  }

  /** Resolves when no exchange waits, and all threads have ended. */
  async close(): Promise<void> {
    await this.join.idle();
    await Promise.all([this.#ended?.close(), this.#netfilter?.close(), this.#session.close()]);
  }

  #listen(
    { uuidPrefix, namespace, ports, findsEnded = true, findsTranslated = false, onTrouble }: JoinSessionOptions,
    addon: CaptureAddon,
  ): EndedSockets | undefined {
    if (!findsEnded) return undefined;
    try {
      return new EndedSockets(
        {
          uuidPrefix,
          ports,
          mayWantMore: findsTranslated,
          onEnded: (key, socket) => this.join.ended(key, socket),
          onTrouble,
          ...(namespace === undefined ? {} : { namespace }),
        },
        addon,
      );
    } catch (error) {
      // The other sockets are found all the same.
      onTrouble(error);
      return undefined;
    }
  }
}

function openNetfilter(namespace: OneNamespace | undefined, addon: CaptureAddon): Requester {
  const fd = namespace === undefined ? undefined : openNamespace(namespace);
  try {
    return new addon.Requester({ protocol: NETLINK_NETFILTER, ...(fd === undefined ? {} : { namespace: fd }) });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
