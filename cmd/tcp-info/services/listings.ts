import { CONNECTION_STATES, INFO_EXTENSION } from '../../../inetdiag/index.js';
import type { SocketSession } from '../../../inetdiag/kernel/index.js';
import { DecodeError } from '../../../netlink/index.js';
import { Census, type CountedService, type ListedService } from '../../../services/census/index.js';
import { TcpState, tcpStateMask } from '../../../tcp/index.js';
import { openSession, type Place } from '../../tool/open-sessions.js';

const LISTENING = tcpStateMask([TcpState.LISTEN]);

/** Listings of the services of one network namespace. */
export class Listings {
  readonly #session: SocketSession;
  readonly #census: Census;
  #undecoded = 0;

  private constructor(session: SocketSession, census: Census) {
    this.#session = session;
    this.#census = census;
  }

  /** @throws NamespaceError, SockDiagError, AddonError */
  static open(place: Place, services: readonly CountedService[] | undefined): Listings {
    return new Listings(openSession(place), new Census(services, place.netnsName));
  }

  /** Messages that could not be decoded. */
  get undecoded(): number {
    return this.#undecoded;
  }

  /** Lists the sockets. @throws SockDiagError, NamespaceError; the reason of `signal` when it is aborted */
  async next(signal: AbortSignal): Promise<ListedService[]> {
    this.#census.begin({ nowMs: performance.now(), unixMs: Date.now() });
    await this.#list(LISTENING, (message) => this.#census.addListener(message), signal);
    await this.#list(CONNECTION_STATES, (message) => this.#census.add(message), signal);
    return this.#census.report();
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#session.close();
  }

  async #list(states: number, take: (message: Uint8Array) => void, signal: AbortSignal): Promise<void> {
    for await (const messages of this.#session.list({ states, ext: INFO_EXTENSION }, signal)) {
      for (const message of messages) {
        try {
          take(message);
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
          this.#undecoded++;
        }
      }
    }
  }
}
