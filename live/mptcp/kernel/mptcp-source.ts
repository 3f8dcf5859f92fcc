import {
  ALL_STATES,
  decodeMptcpInfo,
  INET_DIAG_INFO,
  INFO_EXTENSION,
  IPPROTO_MPTCP,
  MptcpInfoFlag,
  readCookie,
} from '../../../inetdiag/index.js';
import { type OneNamespace, SocketSession } from '../../../inetdiag/kernel/index.js';
import { type Logger, TroubleLog } from '../../../log/index.js';
import { AF_INET, AF_INET6 } from '../../../netlink/index.js';
import { parseNetlinkMessage, ZERO_TIMESTAMP } from '../../../parse/index.js';
import type { MptcpConnection } from '../index.js';

/** Session that lists sockets on a thread of its own. */
type Session = Pick<SocketSession, 'listFamily' | 'close'>;

/** Options of {@link MptcpSource}. */
export interface MptcpSourceOptions {
  /** Returns a recorded network namespace besides the own one; undefined if it is recorded no longer. */
  readonly findNamespace: (inode: number) => OneNamespace | undefined;
  /** Opens a session (default: of the running kernel). @throws SockDiagError, NamespaceError */
  readonly openSession?: (namespace?: OneNamespace) => Session;
  /** Called with all MPTCP connections of a network namespace. */
  readonly onConnections: (netnsInode: number | undefined, connections: readonly MptcpConnection[]) => void;
  readonly log: Logger;
}

/** Lists the sockets of IPPROTO_MPTCP: one session for each network namespace that has subflows. */
export class MptcpSource {
  readonly #options: MptcpSourceOptions;
  readonly #sessions = new Map<number | undefined, Session>();
  readonly #trouble: TroubleLog;
  #looking: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: MptcpSourceOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
  }

  /** Lists the sockets of these network namespaces, unless it still does. Does not throw. */
  async look(places: ReadonlySet<number | undefined>): Promise<void> {
    if (this.#isClosed) return;
    this.#looking ??= this.#lookIn(places).finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  /** Ends all sessions. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#looking;
    await Promise.all(Array.from(this.#sessions.values(), (session) => session.close()));
    this.#sessions.clear();
  }

  async #lookIn(places: ReadonlySet<number | undefined>): Promise<void> {
    for (const [place, session] of this.#sessions) {
      if (places.has(place)) continue;
      this.#sessions.delete(place);
      await session.close();
    }
    for (const place of places) await this.#tryIn(place);
  }

  async #tryIn(place: number | undefined): Promise<void> {
    try {
      const session = this.#sessions.get(place) ?? this.#open(place);
      if (session === undefined) return;
      this.#sessions.set(place, session);
      const found: MptcpConnection[] = [];
      for (const family of [AF_INET, AF_INET6]) await listInto(found, session, family);
      this.#options.onConnections(place, found);
      this.#trouble.succeeded('sockets of MPTCP are listed again');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.#trouble.failed('sockets of MPTCP cannot be listed: rows of subflows lack what their connection counts', {
        code,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }

  #open(place: number | undefined): Session | undefined {
    const { findNamespace, openSession = (namespace) => SocketSession.open(namespace) } = this.#options;
    if (place === undefined) return openSession();
    const namespace = findNamespace(place);
    return namespace === undefined ? undefined : openSession(namespace);
  }
}

async function listInto(found: MptcpConnection[], session: Session, family: number): Promise<void> {
  const request = { family, protocol: IPPROTO_MPTCP, states: ALL_STATES, ext: INFO_EXTENSION };
  for await (const messages of session.listFamily(request)) {
    for (const message of messages) {
      const connection = readConnection(message);
      if (connection !== undefined) found.push(connection);
    }
  }
}

/** Decodes a netlink message; undefined for a socket that has no token, such as a listener. */
function readConnection(message: Uint8Array): MptcpConnection | undefined {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const { rawIdm = new Uint8Array(), attributes } = parseNetlinkMessage(bytes, ZERO_TIMESTAMP);
  const payload = attributes?.[INET_DIAG_INFO];
  const info = payload === undefined || payload === null ? undefined : decodeMptcpInfo(payload);
  if (info?.token === undefined || info.token === 0) return undefined;
  return {
    token: info.token,
    cookie: readCookie(rawIdm),
    fellBack: ((info.flags ?? 0) & MptcpInfoFlag.FALLBACK) !== 0,
    bytesSent: info.bytesSent ?? null,
    bytesAcked: info.bytesAcked ?? null,
    bytesReceived: info.bytesReceived ?? null,
    bytesRetrans: info.bytesRetrans ?? null,
    retransmits: info.retransmits ?? null,
  };
}
