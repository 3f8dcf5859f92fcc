import { isDeepStrictEqual } from 'node:util';
import type { Connection, StateSlots } from '../../cache/index.js';
import type { Logger } from '../../log/index.js';
import type { ServiceMetrics } from '../../metrics/index.js';
import type { Netns } from '../../parse/index.js';
import type { ServiceConfig } from '../../services/config/index.js';
import type { ControlCommand } from '../../services/control/index.js';
import { type Destroy, Enforcer } from '../../services/enforce/index.js';
import { REJECT_REASONS } from '../../services/limits/index.js';
import { ConnectionWatch } from './connection-watch.js';
import { type CarriedOut, ServiceCommander } from './service-commander.js';
import { ServiceGroup } from './service-group.js';
import type { WatchedConnection } from './watched-connection.js';

/**
 * Ways to treat limits. `off`: connections are only counted; `dry-run`: decisions are logged and counted, no connection
 * is ended; `new`: connections are ended; `existing`: also those that were there at the start, by limits on counts.
 */
export const ENFORCE_MODES = ['off', 'dry-run', 'new', 'existing'] as const;
/** One of {@link ENFORCE_MODES}. */
export type EnforceMode = (typeof ENFORCE_MODES)[number];

/** Ending of connections. */
export interface Ender {
  /** Ends connections; each is reported to {@link ServiceWatch.ended}. */
  end(destroys: readonly Destroy<WatchedConnection>[]): void;
}

/** Options of {@link ServiceWatch}. */
export interface ServiceWatchOptions {
  /** Watched services. */
  readonly services: readonly ServiceConfig[];
  readonly mode: EnforceMode;
  readonly slots: StateSlots;
  /** True once a scan of the network namespace was complete; undefined is the own one. */
  readonly isWatched: (netns: Netns | undefined) => boolean;
  /** Ends connections; not called in the modes `off` and `dry-run`. */
  readonly ender: Ender;
  readonly metrics: ServiceMetrics;
  readonly log: Logger;
  /** Returns the time of a monotonic clock, in milliseconds; replaced in tests. */
  readonly nowMs?: () => number;
}

/** Numbers of services that a reload touched. */
export interface ReloadedServices {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
}

const NEW_REASONS: ReadonlySet<string> = new Set(REJECT_REASONS);

/** Services, their connections, and the decisions on them. It ends no connection itself. */
export class ServiceWatch {
  readonly connections: ConnectionWatch;
  readonly #options: ServiceWatchOptions;
  readonly #enforcer = new Enforcer<WatchedConnection>();
  readonly #commander = new ServiceCommander(this.#enforcer);
  readonly #nowMs: () => number;
  /** Start of the last complete scan of each network namespace. */
  readonly #scannedNs = new Map<Netns | undefined, bigint>();
  #services: readonly ServiceGroup[] = [];

  constructor(options: ServiceWatchOptions) {
    const { services, mode, slots, isWatched, metrics, log } = options;
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.connections = new ConnectionWatch(
      slots,
      // With `existing` no connection is protected.
      ({ sinceNs }, netns) =>
        mode === 'existing' || (isWatched(netns) && (this.#scannedNs.get(netns) ?? 0n) >= sinceNs),
      log,
    );
    this.#setServices(services.map((config) => this.#createGroup(config, 0n)));
    metrics.figures.by(() => this.#services.map((service) => service.figures()));
  }

  /** Services of the file, in its order. */
  get services(): readonly ServiceGroup[] {
    return this.#services;
  }

  /**
   * Replaces the services. One with the name, or the address, of one before continues it with its counts. New limits on
   * counts hold for new connections; lists and times for open ones, too. A removed service is no longer counted, and
   * its limits end. Connections that are open when a service is added are protected as those at the start.
   * @param open open connections of all caches
   * @param nowNs time by which the kernel's filter was replaced, nanoseconds since the epoch
   */
  reload(services: readonly ServiceConfig[], open: Iterable<Connection>, nowNs: bigint): ReloadedServices {
    const left = new Set(this.#services);
    const take = (matches: (group: ServiceGroup) => boolean): ServiceGroup | undefined => {
      const found = [...left].find(matches);
      if (found !== undefined) left.delete(found);
      return found;
    };
    const named = services.map((config) => take((group) => group.config.name === config.name));
    const kept = services.map((config, i) => named[i] ?? take((group) => group.config.sid === config.sid));
    let [added, changed] = [0, 0];
    const groups = services.map((config, i) => {
      const group = kept[i];
      if (group === undefined) {
        added++;
        return this.#createGroup(config, nowNs);
      }
      if (!isDeepStrictEqual(unplaced(group.config), unplaced(config))) changed++;
      const hasAll = isDeepStrictEqual(group.listenPorts, config.listenPorts) && group.listenHost === config.listenHost;
      return group.continuedAs(config, this.#nowMs(), hasAll ? undefined : nowNs);
    });
    for (const group of left) group.isRemoved = true;
    this.#setServices(groups);
    for (const connection of open) this.connections.adopt(connection);
    for (const group of groups) this.#commander.refuse(group, this.#nowMs());
    this.decide();
    return { added, changed, removed: left.size, unchanged: services.length - added - changed };
  }

  /**
   * Carries out a command on a service. Undefined for an unknown one.
   * @throws TooManyBansError
   */
  command(name: string, command: ControlCommand): CarriedOut | undefined {
    const group = this.#services.find(({ config }) => config.name === name);
    const result = group && this.#commander.run(group, command, this.#nowMs());
    this.decide();
    return result;
  }

  /** Notes a complete scan of a network namespace, after its connections were taken. */
  scanned(startNs: bigint, netns: Netns | undefined): void {
    this.#scannedNs.set(netns, startNs);
  }

  /** Forgets a network namespace after its last connection. */
  left(netns: Netns): void {
    this.decide();
    this.#scannedNs.delete(netns);
    for (const group of this.#services) group.left(netns);
  }

  /** Decides on what happened since the last call, and whose time is over. To be called after each scan. */
  decide(): void {
    const nowMs = this.#nowMs();
    const { opens, ends } = this.connections.take();
    const news = opens.filter(({ isGone, standing }) => !isGone && standing === 'undecided');
    if (ends.length > 0 || news.length > 0) {
      this.#enforcer.take(
        { ends, opens: news.map((connection) => ({ connection, limits: connection.service.limits })) },
        nowMs,
      );
    }
    for (const connection of ends) if (connection.isGone) this.#end(connection);
    for (const connection of news) {
      const rule = this.#options.mode === 'dry-run' ? undefined : this.#enforcer.reasonFor(connection);
      if (rule === undefined) connection.service.count(connection, Date.now());
      else Object.assign(connection, { standing: 'rejected', rule });
    }
    for (const group of this.#services) {
      this.#commander.drain(group, nowMs);
      for (const { limits } of group.states()) {
        const dueMs = limits.nextDueMs();
        if (dueMs !== undefined && dueMs <= nowMs) this.#enforcer.due(limits, nowMs);
      }
    }
    this.#carryOut(this.#enforcer.next(nowMs));
    this.#options.metrics.waiting.set(this.#enforcer.waiting);
  }

  /**
   * Notes the result of ending a connection.
   * @param isOver true if the connection has ended, by us or by itself
   */
  ended({ connection, reason }: Destroy<WatchedConnection>, isOver: boolean): void {
    if (isOver) {
      if (NEW_REASONS.has(reason)) {
        const us = 1_000 * (this.#nowMs() - connection.acceptedMs);
        this.#options.metrics.enforcement.observe(Math.max(0, Math.round(us)));
      }
      if (connection.standing === 'rejected') reject(connection);
      return;
    }
    // It goes on, so it counts.
    connection.rule = undefined;
    this.#enforcer.failed(connection);
    if (connection.standing === 'rejected') connection.service.count(connection, Date.now());
  }

  #createGroup(config: ServiceConfig, sinceNs: bigint): ServiceGroup {
    return new ServiceGroup(config, { hasLimits: this.#options.mode !== 'off', sinceNs });
  }

  #setServices(services: readonly ServiceGroup[]): void {
    this.#services = services;
    this.connections.setServices(services);
  }

  #end(connection: WatchedConnection): void {
    const { service, standing } = connection;
    if (standing === 'over') return;
    if (standing === 'rejected') {
      // Its destroy event may come before the kernel's answer; or it ended before its turn came.
      reject(connection);
      return;
    }
    // Too short for a scan, or not clear until its end who opened it.
    if (standing === 'undecided') service.count(connection, Date.now());
    service.end(connection);
  }

  #carryOut(destroys: readonly Destroy<WatchedConnection>[]): void {
    if (destroys.length === 0) return;
    const { mode, ender, metrics, log } = this.#options;
    if (mode !== 'dry-run') {
      for (const { connection, reason } of destroys) connection.rule = reason;
      ender.end(destroys);
      return;
    }
    for (const { connection, reason } of destroys) {
      metrics.destroys.inc('dry-run');
      log.info('a rule would end this connection', describe(connection, reason));
    }
  }
}

/** Returns the facts of a decision for the log. */
export function describe(
  connection: WatchedConnection,
  rule: Destroy<WatchedConnection>['reason'],
): Readonly<Record<string, string>> {
  return { service: connection.service.config.name, rule, client: connection.clientKey, uuid: connection.uuid };
}

/** Counts a connection that a rule ended before it counted. */
function reject(connection: WatchedConnection): void {
  const reason = REJECT_REASONS.find((each) => each === connection.rule);
  if (reason !== undefined) connection.service.statistics.rejected(reason);
  connection.standing = 'over';
}

/** Returns a configuration without its place in the file, which changes with the lines before it. */
function unplaced({ place: _, ...config }: ServiceConfig): Omit<ServiceConfig, 'place'> {
  return config;
}
