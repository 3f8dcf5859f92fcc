import { setTimeout as sleep } from 'node:timers/promises';
import { getSystemErrorMap } from 'node:util';
import { portOwner, readText } from '../host/index.js';
import type { Relay, RelayListener, RelayListenOptions } from '../native/index.js';
import type { ServiceConfig } from '../services/config/index.js';
import { listenOptions } from './relay-options.js';

const UNPRIVILEGED_PORTS = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
const EADDRINUSE = 98;
const EAFNOSUPPORT = 97;
const EADDRNOTAVAIL = 99;
const EACCES = 13;
/** Pauses between the tries, in ms: as gihnius/monconn. */
const PAUSES_MS = [500, 1_000] as const;

/** Thrown when a service's listener cannot be opened. */
export class ForwardListenError extends Error {
  override readonly name = 'ForwardListenError';
  /** System error code, `EADDRINUSE`, `EACCES`, … */
  readonly code: string;

  constructor(config: Pick<ServiceConfig, 'name' | 'sid'>, code: string, reason: string, cause: unknown) {
    super(`service ${config.name}: listen on ${config.sid}: ${reason}`, { cause });
    this.code = code;
  }
}

/** Opened listener, and the address that it is bound to. */
export interface OpenedListener {
  readonly listener: number;
  /** Numeric address. */
  readonly host: string;
  readonly port: number;
}

/**
 * Opens the listener of a service, which accepts nothing until it is resumed. An address in use is tried three times,
 * after 0.5 and 1 s. Without an address it listens on `::`, which accepts IPv4 too, or on `0.0.0.0` without IPv6.
 * @param takesOver true if a forwarder of the same user may listen there
 * @throws ForwardListenError that says why, and who uses the address if that can be seen
 */
export async function openListener(relay: Relay, config: ServiceConfig, takesOver: boolean): Promise<OpenedListener> {
  for (const pauseMs of [...PAUSES_MS, undefined]) {
    try {
      return open(relay, config, takesOver);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      if (errno === EADDRINUSE && pauseMs !== undefined) await sleep(pauseMs);
      else throw await explain(config, errno, error);
    }
  }
  throw new TypeError('unreachable: the last try returns or throws');
}

function open(relay: Relay, config: ServiceConfig, takesOver: boolean): OpenedListener {
  const { forward, listenHost } = config;
  if (forward === undefined) throw new TypeError(`service ${config.name} has no backend`);
  const listen = (host: string): OpenedListener => {
    const options: RelayListenOptions = listenOptions(config, forward, host, takesOver);
    const { listener, port }: RelayListener = relay.listen(options);
    return { listener, host, port };
  };
  if (listenHost !== undefined) return listen(listenHost);
  try {
    return listen('::');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== EAFNOSUPPORT && errno !== EADDRNOTAVAIL) throw error;
    return listen('0.0.0.0');
  }
}

/** Positive errno of a failed system call of the addon; undefined for any other error. */
function errnoOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errno' in error)) return undefined;
  return typeof error.errno === 'number' && error.errno > 0 ? error.errno : undefined;
}

async function explain(config: ServiceConfig, errno: number, cause: unknown): Promise<ForwardListenError> {
  const [code, words] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, 'unknown error'];
  return new ForwardListenError(config, code, `${words} (${code})${await hint(config, errno)}`, cause);
}

async function hint({ listenPorts }: ServiceConfig, errno: number): Promise<string> {
  const port = listenPorts[0]?.first ?? 0;
  if (errno === EADDRINUSE) {
    const owner = await portOwner(port);
    return owner === undefined ? ', by a process that cannot be seen from here' : `, by ${owner}`;
  }
  if (errno === EACCES) {
    const first = readText(UNPRIVILEGED_PORTS)?.trim() ?? '1024';
    return `: ports below ${first} need CAP_NET_BIND_SERVICE, or a lower net.ipv4.ip_unprivileged_port_start`;
  }
  if (errno === EADDRNOTAVAIL) return ': no interface of this machine has the address';
  return '';
}
