import { PrefixSet } from '../../inetdiag/index.js';
import type { ControlAction, ControlCommand } from '../../services/control/index.js';
import type { Enforcer } from '../../services/enforce/index.js';
import { idleMs, isIdleFor } from '../../services/limits/index.js';
import type { ServiceGroup } from './service-group.js';
import type { WatchedConnection } from './watched-connection.js';

/** Silence after which a connection without waiting data is idle for a drain. */
const DRAIN_IDLE_MS = 1_000;
/** Interval of looks at the connections of a service that drains. */
const DRAIN_LOOK_MS = 250;

/** Result of a command. */
export interface CommandResult {
  /** Connections that it ends by now, or in a dry run would end. */
  readonly closed: number;
  /** True if the prefix was refused by a command; null for other commands than `release`. */
  readonly released: boolean | null;
}

/** Command with its service, as it is answered. */
export interface CarriedOut extends CommandResult {
  /** Name of the service. */
  readonly service: string;
  readonly action: ControlAction;
  /** Open connections by now, also those that it ends. */
  readonly connections: number;
  /** True while new connections are ended. */
  readonly draining: boolean;
}

/** Commands on services, in all their network namespaces. It only decides: the enforcer has what is to be ended. */
export class ServiceCommander {
  readonly #enforcer: Enforcer<WatchedConnection>;

  constructor(enforcer: Enforcer<WatchedConnection>) {
    this.#enforcer = enforcer;
  }

  /** Carries out a command. @throws TooManyBansError */
  run(group: ServiceGroup, command: ControlCommand, nowMs: number): CarriedOut {
    const result = this.#run(group, command, nowMs);
    const { connections } = group.figures();
    return { service: group.config.name, action: command.action, ...result, connections, draining: group.isDraining };
  }

  #run(group: ServiceGroup, command: ControlCommand, nowMs: number): CommandResult {
    switch (command.action) {
      case 'reject':
        group.bans.ban(command.prefix, nowMs, command.forMs);
        return { closed: this.refuse(group, nowMs), released: null };
      case 'release':
        return { closed: 0, released: group.bans.release(command.prefix, nowMs) };
      case 'close':
        return { closed: this.#close(group, command, nowMs), released: null };
      case 'drain':
        group.drain(nowMs);
        return { closed: this.drain(group, nowMs), released: null };
      case 'undrain':
        group.undrain();
        return { closed: 0, released: null };
    }
  }

  /** Ends open connections of addresses that are refused by now. Returns how many. */
  refuse(group: ServiceGroup, nowMs: number): number {
    let ended = 0;
    for (const { limits } of group.states()) ended += this.#enforcer.refuse(limits, limits.refused(nowMs), nowMs);
    return ended;
  }

  /** Ends connections of a service that drains: idle ones, and after `wait_timeout` all. Returns how many. */
  drain(group: ServiceGroup, nowMs: number): number {
    const untilMs = group.nextDrain(nowMs, DRAIN_LOOK_MS);
    if (untilMs === undefined) return 0;
    return this.#endIf(group, 'drain', nowMs, (each) => nowMs >= untilMs || isDrainable(each, nowMs));
  }

  #close(group: ServiceGroup, command: Extract<ControlCommand, { readonly action: 'close' }>, nowMs: number): number {
    if ('uuid' in command) return this.#endIf(group, 'closed', nowMs, ({ uuid }) => uuid === command.uuid);
    if ('idleMs' in command) {
      const { limits } = group.config;
      return this.#endIf(group, 'closed', nowMs, (each) => isIdleFor(each, limits, command.idleMs, nowMs));
    }
    const prefix = new PrefixSet([command.prefix]);
    return this.#endIf(group, 'closed', nowMs, ({ clientAddress }) => prefix.has(clientAddress));
  }

  #endIf(
    group: ServiceGroup,
    reason: 'closed' | 'drain',
    nowMs: number,
    isMeant: (connection: WatchedConnection) => boolean,
  ): number {
    let ended = 0;
    for (const { limits, open } of group.states()) {
      // A failed attempt of a drain is not repeated at each look.
      const meant = [...open].filter((each) => isMeant(each) && !(reason === 'drain' && this.#enforcer.isDoomed(each)));
      ended += this.#enforcer.end(limits, meant, reason, nowMs);
    }
    return ended;
  }
}

function isDrainable(connection: WatchedConnection, nowMs: number): boolean {
  return connection.unackedSinceMs === undefined && idleMs(connection, nowMs) >= DRAIN_IDLE_MS;
}
