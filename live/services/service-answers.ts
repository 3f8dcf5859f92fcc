import { INFO_EXTENSION } from '../../inetdiag/index.js';
import { SocketSession } from '../../inetdiag/kernel/index.js';
import type { Listener } from '../../services/attribution/index.js';
import { type CountedService, NamedPlaces, SocketReader } from '../../services/census/index.js';
import type { ServiceReport } from '../../services/statistics/index.js';
import { TcpState, tcpStateMask } from '../../tcp/index.js';
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
  /** False to show no address of a client, only their number. */
  readonly showsClients: boolean;
}

/** Answers about watched services: their statistics since the collector's start. */
export class ServiceAnswers {
  /** Treatment of limits. */
  readonly enforce: EnforceMode;
  readonly #services: () => readonly ServiceGroup[];
  readonly #showsClients: boolean;
  #session: SocketSession | undefined;
  #listing: { readonly atMs: number; readonly listeners: Promise<readonly Listener[]> } | undefined;

  constructor({ services, enforce, showsClients }: ServiceAnswersOptions) {
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
  async reports(name?: string): Promise<ServiceReport[]> {
    const groups = this.#services().filter(({ config }) => name === undefined || config.name === name);
    if (groups.length === 0) return [];
    const listeners = await this.#listeners();
    const places = new NamedPlaces(groups.map(countedService), listeners);
    const maxClients = this.#showsClients ? MAX_CLIENTS : 0;
    return groups.flatMap((group) =>
      Array.from(group.states(), (state) => state.report(listening(places, state), performance.now(), maxClients)),
    );
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

function countedService({ config }: Pick<ServiceGroup, 'config'>): CountedService {
  const { name, sid, mode, listenHost, listenPorts, limits } = config;
  return { name, sid, mode, listenHost, listenPorts, ipPrefix: limits.ipPrefix };
}
