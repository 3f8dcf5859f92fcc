import { INFO_EXTENSION } from '../../inetdiag/index.js';
import { SocketSession } from '../../inetdiag/kernel/index.js';
import type { Listener } from '../../services/attribution/index.js';
import { type CountedService, NamedPlaces, SocketReader } from '../../services/census/index.js';
import { type ControlAction, type ControlCommand, parseCommand } from '../../services/control/index.js';
import type { ServiceReport } from '../../services/statistics/index.js';
import { TcpState, tcpStateMask } from '../../tcp/index.js';
import type { CarriedOut } from './service-commander.js';
import type { ServiceGroup } from './service-group.js';
import type { ListeningPlaces, ServiceState } from './service-state.js';
import type { EnforceMode } from './service-watch.js';

/** Most clients of one service in an answer, those with the most connections first. */
const MAX_CLIENTS = 1_000;
const LISTENING = tcpStateMask([TcpState.LISTEN]);
/** Time for which a listing of the listening sockets holds. */
const LISTING_MS = 1_000;
const NOTHING: ListeningPlaces = { listen: [], acceptQueue: null };

/** Options of {@link ServiceAnswers}. */
export interface ServiceAnswersOptions {
  readonly services: () => readonly ServiceGroup[];
  readonly enforce: EnforceMode;
  /** Carries out a command; returns undefined for an unknown service. */
  readonly command: (name: string, command: ControlCommand) => CarriedOut | undefined;
  /** False to show no address of a client, only their number. */
  readonly showsClients: boolean;
}

/** Statistics of a service, and what commands made of it. */
export interface WatchedReport extends ServiceReport {
  /** True while all connections are ended, new ones included. */
  readonly draining: boolean;
  /** Prefixes that commands refuse; `remainingSec` is null until a command releases it. */
  readonly refused: readonly { readonly ip: string; readonly remainingSec: number | null }[];
}

/** Answers about watched services: their statistics since the collector's start. */
export class ServiceAnswers {
  /** Treatment of limits. */
  readonly enforce: EnforceMode;
  readonly #services: () => readonly ServiceGroup[];
  readonly #showsClients: boolean;
  readonly #command: ServiceAnswersOptions['command'];
  #session: SocketSession | undefined;
  #listing: { readonly atMs: number; readonly listeners: Promise<readonly Listener[]> } | undefined;

  constructor({ services, enforce, command, showsClients }: ServiceAnswersOptions) {
    this.#command = command;
    this.#services = services;
    this.enforce = enforce;
    this.#showsClients = showsClients;
  }

  /**
   * Returns the statistics of all services, in the order of the file: in the own network namespace, then in each other
   * one where it had connections.
   * @param name only services of this name
   * @throws SockDiagError if the kernel does not list the listening sockets
   */
  async reports(name?: string): Promise<WatchedReport[]> {
    const groups = this.#services().filter(({ config }) => name === undefined || config.name === name);
    if (groups.length === 0) return [];
    const listeners = await this.#listeners();
    const places = new NamedPlaces(groups.map(countedService), listeners);
    const maxClients = this.#showsClients ? MAX_CLIENTS : 0;
    return groups.flatMap((group) => {
      const { isDraining: draining } = group;
      const refused = this.#showsClients ? refusedOf(group) : [];
      return Array.from(group.states(), (state) => ({
        ...state.report(listening(places, state), performance.now(), maxClients),
        ...{ draining, refused },
      }));
    });
  }

  /**
   * Carries out a command on a service, in each network namespace where it was used. Undefined for an unknown one.
   * @param body JSON of the command
   * @throws ControlCommandError for a body that is no command; TooManyBansError
   */
  command(
    name: string,
    action: ControlAction,
    body: string,
  ): (CarriedOut & { readonly enforce: EnforceMode }) | undefined {
    const result = this.#command(name, parseCommand(action, body));
    return result && { enforce: this.enforce, ...result };
  }

  /** Ends the thread that lists listening sockets. */
  async close(): Promise<void> {
    await this.#session?.close();
  }

  #listeners(): Promise<readonly Listener[]> {
    const nowMs = performance.now();
    if (this.#listing === undefined || nowMs - this.#listing.atMs > LISTING_MS) {
      this.#listing = { atMs: nowMs, listeners: this.#list() };
    }
    return this.#listing.listeners;
  }

  async #list(): Promise<readonly Listener[]> {
    this.#session ??= SocketSession.open();
    const reader = new SocketReader();
    const listeners: Listener[] = [];
    for await (const messages of this.#session.list({ states: LISTENING, ext: INFO_EXTENSION })) {
      for (const message of messages) {
        const listener = reader.readListener(message);
        if (listener !== undefined) listeners.push(listener);
      }
    }
    return listeners;
  }
}

/** Listening sockets are listed in the own network namespace only. */
function listening(places: NamedPlaces, { group, netns }: Pick<ServiceState, 'group' | 'netns'>): ListeningPlaces {
  return netns === undefined ? places.listeners(countedService(group)) : NOTHING;
}

function refusedOf({ bans }: ServiceGroup): WatchedReport['refused'] {
  const nowMs = performance.now();
  return bans.list(nowMs).map(({ prefix, untilMs }) => ({
    ip: prefix,
    remainingSec: untilMs === undefined ? null : Math.ceil((untilMs - nowMs) / 1_000),
  }));
}

function countedService({ config }: Pick<ServiceGroup, 'config'>): CountedService {
  const { name, sid, mode, listenHost, listenPorts, limits } = config;
  return { name, sid, mode, listenHost, listenPorts, ipPrefix: limits.ipPrefix };
}
