import { getSystemErrorMap } from 'node:util';
import { describeSystemError } from '../host/errors/index.js';
import { TroubleLog } from '../log/index.js';
import type { RelayConnectFailed } from '../native/index.js';
import type { ServiceConfig } from '../services/config/index.js';
import { formatHost } from '../services/config/index.js';
import type { CloseReason } from '../services/limits/index.js';
import { reasonOfFailedConnect } from './close-reason.js';
import type { ForwardedConnection } from './connection.js';
import type { ForwardContext } from './context.js';
import { encodeProxyV1, encodeProxyV2 } from './proxy-protocol.js';
import { connectOptions } from './relay-options.js';

/** Called when no address of the backend accepts: the connection is to be rejected. */
export type GiveUp = (connection: ForwardedConnection, reason: CloseReason) => void;

/** Connects the clients of one service to its backend: each address in turn, within `connect_timeout` together. */
export class BackendConnector {
  readonly #context: ForwardContext;
  readonly #giveUp: GiveUp;
  readonly #trouble: TroubleLog;

  constructor(context: ForwardContext, giveUp: GiveUp) {
    this.#context = context;
    this.#giveUp = giveUp;
    this.#trouble = new TroubleLog(context.log);
  }

  /** Begins to connect. A `connected` or `connect-failed` event of the relay follows, or the call of `giveUp`. */
  connect(connection: ForwardedConnection): void {
    const { forward } = connection.config;
    if (forward === undefined) throw new TypeError(`service ${connection.config.name} has no backend`);
    connection.connectBeganMs = this.#context.nowMs();
    const addresses = this.#context.resolver.addresses(forward.backendHost);
    if (!(addresses instanceof Promise)) {
      connection.untried = addresses;
      this.#tryNext(connection);
      return;
    }
    void this.#resolve(connection, addresses, forward.connectTimeoutMs);
  }

  /** Takes the failure of one address: tries the next one, or gives up. */
  failed(connection: ForwardedConnection, event: RelayConnectFailed): void {
    connection.lastFailure = event;
    if (connection.untried.length > 0) {
      this.#tryNext(connection);
      return;
    }
    this.#report(connection, `${event.syscall}: ${errnoText(event.errno)}`);
    this.#giveUp(connection, reasonOfFailedConnect(event.errno));
  }

  /** Notes that the backend accepted. */
  succeeded(config: ServiceConfig): void {
    this.#trouble.succeeded('backend accepts again', { service: config.name });
  }

  async #resolve(
    connection: ForwardedConnection,
    question: Promise<readonly string[]>,
    timeoutMs: number,
  ): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const answers = [question];
      if (timeoutMs > 0) {
        answers.push(
          new Promise((_, reject) => {
            timer = setTimeout(() => reject(new Error('no answer within connect_timeout')), timeoutMs);
          }),
        );
      }
      connection.untried = await Promise.race(answers);
    } catch (error) {
      if (!this.#isWaiting(connection)) return;
      this.#report(connection, `resolve: ${describeSystemError(error)}`);
      const isLate = !(error instanceof Error) || !('code' in error);
      this.#giveUp(connection, isLate ? 'backend_timeout' : 'backend_error');
      return;
    } finally {
      clearTimeout(timer);
    }
    if (this.#isWaiting(connection)) this.#tryNext(connection);
  }

  /** Returns false if the connection was ended meanwhile. */
  #isWaiting({ state, ruleReason }: ForwardedConnection): boolean {
    return state === 'admitted' && ruleReason === undefined;
  }

  #tryNext(connection: ForwardedConnection): void {
    const { config, connectBeganMs } = connection;
    const [address, ...untried] = connection.untried;
    const { forward } = config;
    if (forward === undefined || address === undefined) {
      this.#report(connection, 'its name has no address');
      this.#giveUp(connection, 'backend_error');
      return;
    }
    connection.untried = untried;
    if (this.#context.leadsBack(config, address)) {
      this.#report(connection, `its address ${address} leads back to the service`);
      this.#giveUp(connection, 'backend_error');
      return;
    }
    const { connectTimeoutMs } = forward;
    const leftMs = connectBeganMs + connectTimeoutMs - this.#context.nowMs();
    if (connectTimeoutMs > 0 && leftMs <= 0) {
      this.#report(connection, 'no address accepted within connect_timeout');
      this.#giveUp(connection, 'backend_timeout');
      return;
    }
    this.#context.relay.connect(
      connection.id,
      connectOptions(config.limits, forward, {
        address,
        connectTimeoutMs: connectTimeoutMs === 0 ? 0 : Math.max(1, leftMs),
        firstBytes: this.#header(connection),
      }),
    );
  }

  #header({ config, clientEnd, localEnd, cookie }: ForwardedConnection): Uint8Array | undefined {
    switch (config.forward?.proxyProtocol) {
      case 'v1':
        return encodeProxyV1(clientEnd, localEnd);
      case 'v2':
        return encodeProxyV2(clientEnd, localEnd, this.#context.uuidOf(cookie));
      default:
        return undefined;
    }
  }

  #report({ config }: ForwardedConnection, error: string): void {
    const backend = `${formatHost(config.forward?.backendHost ?? '')}:${config.forward?.backendPort}`;
    this.#trouble.failed('backend cannot be reached', { service: config.name, backend, error });
  }
}

/** Describes a positive errno, `connection refused (ECONNREFUSED)`. */
export function errnoText(errno: number): string {
  const [code, words] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, 'unknown error'];
  return `${words} (${code})`;
}
