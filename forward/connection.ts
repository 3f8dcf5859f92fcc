import type {
  LiveConnection,
  RelayAccepted,
  RelayConnected,
  RelayConnectFailed,
  RelayEnded,
  RelayEndpoint,
} from '../native/index.js';
import type { ClientPrefix, ServiceConfig } from '../services/config/index.js';
import { type CloseReason, clientOf, type LimitedConnection } from '../services/limits/index.js';
import type { OpenFigures } from '../services/statistics/index.js';
import { endpointText } from './endpoint.js';

const US_PER_MS = 1000;

/** State of a connection as its service sees it. `waiting`: for a place. `rejected`: its end is on its way. */
export type ConnectionState = 'waiting' | 'admitted' | 'rejected';

/** Accepted connection of a forwarded service. Its clocks are those of the last look at the relay. */
export class ForwardedConnection implements LimitedConnection, OpenFigures {
  /** Id in the relay. */
  readonly id: number;
  readonly clientEnd: RelayEndpoint;
  readonly localEnd: RelayEndpoint;
  /** Client's end, `10.0.0.9:41001`. */
  readonly client: string;
  readonly clientAddress: Uint8Array;
  readonly clientKey: string;
  readonly cookie: bigint;
  /** Configuration at its accept: a reload changes nothing for it but who is refused. */
  readonly config: ServiceConfig;
  readonly acceptedMs: number;
  readonly acceptedUnixUs: number;
  state: ConnectionState = 'waiting';
  /** Reason for which we end or reject it. */
  ruleReason: CloseReason | undefined;
  /** Addresses of the backend that were not tried yet. */
  untried: readonly string[] = [];
  /** Time at which the connect to the backend began. */
  connectBeganMs = 0;
  /** Bytes that the rate of its service's dumps left out. */
  undumpedBytes = 0;
  connected: RelayConnected | undefined;
  lastFailure: RelayConnectFailed | undefined;
  #lastReadMs: number;
  #lastWriteMs: number;
  #row: LiveConnection | undefined;

  constructor(event: RelayAccepted, config: ServiceConfig, prefix: ClientPrefix, nowMs: number) {
    const { address, key } = clientOf(event.client.bytes, event.client.family, prefix);
    this.id = event.connection;
    this.clientEnd = event.client;
    this.localEnd = event.local;
    this.client = endpointText(event.client);
    this.clientAddress = address;
    this.clientKey = key;
    this.cookie = event.cookie;
    this.config = config;
    this.acceptedMs = nowMs;
    this.acceptedUnixUs = event.acceptedUs;
    this.#lastReadMs = nowMs;
    this.#lastWriteMs = nowMs;
  }

  get lastReadMs(): number {
    return this.#lastReadMs;
  }

  get lastWriteMs(): number {
    return this.#lastWriteMs;
  }

  get isHalfClosed(): boolean {
    return this.#row?.state === 'half-closed';
  }

  /** Bytes received from the client. */
  get upBytes(): number {
    return this.#row?.clientReceived ?? 0;
  }

  /** Bytes written to the client. */
  get downBytes(): number {
    return this.#row?.clientSent ?? 0;
  }

  /** True if bytes wait in the relay, or the backend has not accepted yet. */
  get isBusy(): boolean {
    return this.#row === undefined || this.#row.waitingBytes > 0 || this.#row.state === 'connecting';
  }

  /** Takes the relay's figures. Returns whether the client has sent something since the last ones. */
  update(row: LiveConnection): boolean {
    const before = this.#lastReadMs;
    this.#row = row;
    this.#lastReadMs = Math.max(before, row.lastClientUs / US_PER_MS);
    this.#lastWriteMs = Math.max(this.#lastWriteMs, row.lastBackendUs / US_PER_MS);
    return this.#lastReadMs > before;
  }
}

/** Time of a connection's last bytes from the client by the wall clock, in ms; undefined without any. */
export function lastReadUnixMs(
  { acceptedUnixUs }: Pick<ForwardedConnection, 'acceptedUnixUs'>,
  { lastClientUs }: Pick<RelayEnded, 'lastClientUs'>,
): number | undefined {
  return lastClientUs < 0 ? undefined : (acceptedUnixUs + lastClientUs) / US_PER_MS;
}
