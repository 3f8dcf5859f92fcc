import { ownSocketInodes } from '../../host/index.js';
import { type DestroyOrder, type DestroyOutcome, SocketDestroyer, SocketSession } from '../../inetdiag/kernel/index.js';
import type { Logger } from '../../log/index.js';
import type { ServiceMetrics } from '../../metrics/index.js';
import type { Netns } from '../../parse/index.js';
import type { Destroy } from '../../services/enforce/index.js';
import { describe, type Ender } from './service-watch.js';
import type { WatchedConnection } from './watched-connection.js';

interface Order extends DestroyOrder {
  readonly destroy: Destroy<WatchedConnection>;
}

/** Options of {@link SocketEnder}. */
export interface SocketEnderOptions {
  /** Takes each result: true if the connection is over. */
  readonly onEnded: (destroy: Destroy<WatchedConnection>, isOver: boolean) => void;
  /** Returns the ports on which this process listens: their connections are never ended. */
  readonly ownPorts: () => ReadonlySet<number>;
  readonly metrics: ServiceMetrics;
  readonly log: Logger;
  /** Opens the thread that asks the kernel; replaced in tests. */
  readonly openSession?: typeof SocketSession.open;
}

/** Explanations of results that each connection would have: told once. */
const EXPLANATIONS: Readonly<Partial<Record<DestroyOutcome<Order>['result'], string>>> = {
  denied: 'rules of services end no connection: CAP_NET_ADMIN is missing',
  unsupported: 'rules of services end no connection: the kernel is built without CONFIG_INET_DIAG_DESTROY',
};

/** Ends connections by SOCK_DESTROY, each by its ends and its cookie, and logs and counts each. */
export class SocketEnder implements Ender {
  readonly #options: SocketEnderOptions;
  /** Threads that ask the kernel, by network namespace; undefined is the own one. */
  readonly #sessions = new Map<Netns | undefined, SocketSession>();
  /** Open files of other network namespaces. */
  readonly #files = new Map<Netns, number>();
  readonly #closing = new Set<Promise<void>>();
  readonly #destroyer: SocketDestroyer<Order>;
  readonly #told = new Set<string>();
  readonly #openSession: typeof SocketSession.open;

  /** @throws SockDiagError, AddonError */
  constructor(options: SocketEnderOptions) {
    this.#options = options;
    this.#openSession = options.openSession ?? ((...from) => SocketSession.open(...from));
    this.#sessions.set(undefined, this.#openSession());
    this.#destroyer = new SocketDestroyer<Order>({
      onOutcomes: (outcomes) => {
        for (const outcome of outcomes) this.#note(outcome);
      },
    });
  }

  end(destroys: readonly Destroy<WatchedConnection>[]): void {
    const ports = this.#options.ownPorts();
    const inodes = ownSocketInodes();
    const orders: Order[] = [];
    for (const destroy of destroys) {
      const { identity: socket, inode, service } = destroy.connection;
      const isOwn = service.netns === undefined && (ports.has(socket.id.sport) || (inode !== 0 && inodes.has(inode)));
      if (isOwn) {
        this.#leave(destroy);
        continue;
      }
      const session = this.#sessionIn(service.netns, destroy);
      if (session !== undefined) orders.push({ socket, requester: session.requester, destroy });
    }
    this.#destroyer.add(orders);
  }

  /** Takes a network namespace; `fd` is open until {@link left}. */
  entered(netns: Netns, fd: number): void {
    this.#files.set(netns, fd);
  }

  /** Forgets a network namespace. */
  left(netns: Netns): void {
    this.#files.delete(netns);
    const session = this.#sessions.get(netns);
    if (session === undefined) return;
    this.#sessions.delete(netns);
    const closing = session.close();
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }

  /** Gives up what waits, and ends the thread. */
  async close(): Promise<void> {
    this.#destroyer.drop();
    await this.#destroyer.settled();
    await Promise.all([...Array.from(this.#sessions.values(), (session) => session.close()), ...this.#closing]);
  }

  /** Returns the thread for a network namespace; undefined if there can be none, which is counted and logged. */
  #sessionIn(netns: Netns | undefined, destroy: Destroy<WatchedConnection>): SocketSession | undefined {
    const known = this.#sessions.get(netns);
    if (known !== undefined) return known;
    const fd = netns === undefined ? undefined : this.#files.get(netns);
    const { onEnded, metrics, log } = this.#options;
    try {
      if (fd === undefined) throw new Error('the network namespace is no longer recorded');
      const session = this.#openSession({ kind: 'path', path: `/proc/self/fd/${fd}` });
      this.#sessions.set(netns, session);
      return session;
    } catch (error) {
      metrics.destroys.inc('failed');
      metrics.failures.inc('error');
      onEnded(destroy, false);
      const reason = error instanceof Error ? error.message : String(error);
      log.warn('connection not ended', { ...describe(destroy.connection, destroy.reason), netns: netns?.name, reason });
      return undefined;
    }
  }

  /** Leaves alone a connection of this process. */
  #leave(destroy: Destroy<WatchedConnection>): void {
    const { onEnded, metrics, log } = this.#options;
    metrics.destroys.inc('failed');
    onEnded(destroy, false);
    if (this.#told.has('own')) return;
    this.#told.add('own');
    log.warn('connections of this program itself are never ended', describe(destroy.connection, destroy.reason));
  }

  #note({ order: { destroy }, result, errno, error }: DestroyOutcome<Order>): void {
    const { onEnded, metrics, log } = this.#options;
    const isOver = result === 'destroyed' || result === 'ended';
    metrics.destroys.inc(isOver ? result : 'failed');
    onEnded(destroy, isOver);
    const facts = describe(destroy.connection, destroy.reason);
    if (isOver) {
      log.info('connection ended by a rule', { ...facts, result });
      return;
    }
    metrics.failures.inc(result);
    const explanation = EXPLANATIONS[result];
    if (explanation === undefined) {
      const reason = error instanceof Error ? error.message : undefined;
      log.warn('connection not ended', { ...facts, errno, reason });
    } else if (!this.#told.has(result)) {
      this.#told.add(result);
      log.error(explanation, { ...facts, metric: 'tcpinfo_service_enforcement_failures_total' });
    }
  }
}
