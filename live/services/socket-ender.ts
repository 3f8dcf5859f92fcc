import { ownSocketInodes } from '../../host/index.js';
import { type DestroyOrder, type DestroyOutcome, SocketDestroyer, SocketSession } from '../../inetdiag/kernel/index.js';
import type { Logger } from '../../log/index.js';
import type { ServiceMetrics } from '../../metrics/index.js';
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
}

/** Explanations of results that each connection would have: told once. */
const EXPLANATIONS: Readonly<Partial<Record<DestroyOutcome<Order>['result'], string>>> = {
  denied: 'rules of services end no connection: CAP_NET_ADMIN is missing',
  unsupported: 'rules of services end no connection: the kernel is built without CONFIG_INET_DIAG_DESTROY',
};

/** Ends connections by SOCK_DESTROY, each by its ends and its cookie, and logs and counts each. */
export class SocketEnder implements Ender {
  readonly #options: SocketEnderOptions;
  readonly #session: SocketSession;
  readonly #destroyer: SocketDestroyer<Order>;
  readonly #told = new Set<string>();

  /** @throws SockDiagError, AddonError */
  constructor(options: SocketEnderOptions) {
    this.#options = options;
    this.#session = SocketSession.open();
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
      const { identity: socket, inode } = destroy.connection;
      const isOwn = ports.has(socket.id.sport) || (inode !== 0 && inodes.has(inode));
      if (isOwn) this.#leave(destroy);
      else orders.push({ socket, requester: this.#session.requester, destroy });
    }
    this.#destroyer.add(orders);
  }

  /** Gives up what waits, and ends the thread. */
  async close(): Promise<void> {
    this.#destroyer.drop();
    await this.#destroyer.settled();
    await this.#session.close();
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
