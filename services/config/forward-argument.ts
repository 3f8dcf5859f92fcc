import { formatSid, onlyPort, parseBackendHost, parseListenHost, parsePorts } from './listen-address.js';
import {
  DEFAULT_CONNECT_MS,
  DEFAULT_DUMP_BYTES,
  DEFAULT_DUMP_RATE,
  DEFAULT_WAIT_MS,
  FORWARD_LIMITS,
  type ForwardOptions,
  type ServiceConfig,
} from './service-config.js';

/** Thrown for a `-p` argument that cannot be used. */
export class ForwardArgumentError extends Error {
  override readonly name = 'ForwardArgumentError';
  readonly code = 'ERR_FORWARD_ARGUMENT';

  /** @param argument the argument as the user typed it */
  constructor(
    readonly argument: string,
    reason: string,
  ) {
    super(`${argument}: ${reason}`);
  }
}

/** Forms that {@link parseForwardArgument} accepts, for help and messages. */
export const FORWARD_FORM = '[ADDR:]PORT=[ADDR:]PORT';

/**
 * Parses `[ADDR:]PORT=[ADDR:]PORT`, e.g. `:22=127.0.0.1:2222`, `[::1]:8080=web.example:80`, to a forwarded service with
 * the defaults of gihnius/monconn. IPv6 addresses are in brackets. Without an address it listens on all, and connects
 * to this machine, 127.0.0.1.
 * @throws ForwardArgumentError
 */
export function parseForwardArgument(argument: string): ServiceConfig {
  const sides = argument.split('=');
  const [listen, backend] = sides;
  if (sides.length !== 2 || listen === undefined || backend === undefined) {
    throw new ForwardArgumentError(argument, `expected ${FORWARD_FORM}, such as :22=127.0.0.1:2222`);
  }
  const from = split(argument, 'listening side', listen);
  const to = split(argument, 'backend', backend);
  const host = parseListenHost(from.host);
  if (host === undefined) {
    throw new ForwardArgumentError(argument, `listening side: '${from.host}' is not an IP address, [IPv6] or *`);
  }
  const backendHost = parseBackendHost(to.host === '' ? LOCALHOST : to.host);
  if (backendHost === undefined) {
    throw new ForwardArgumentError(argument, `backend: '${to.host}' is neither an IP address, [IPv6] nor a name`);
  }
  return forwardedService(host.host, from.port, { ...DEFAULT_FORWARD, backendHost, backendPort: to.port });
}

/** Address of a backend without one. */
export const LOCALHOST = '127.0.0.1';

/** Options of a forwarded service, without its backend, when nothing is configured. */
export const DEFAULT_FORWARD: Omit<ForwardOptions, 'backendHost' | 'backendPort'> = {
  connectTimeoutMs: DEFAULT_CONNECT_MS,
  keepalive: true,
  proxyProtocol: 'none',
  source: 'system',
  dump: 'none',
  dumpMaxBytes: DEFAULT_DUMP_BYTES,
  dumpBytesPerSec: DEFAULT_DUMP_RATE,
  dumpFile: undefined,
};

function forwardedService(listenHost: string | undefined, port: number, forward: ForwardOptions): ServiceConfig {
  const listenPorts = [{ first: port, last: port }];
  const sid = formatSid(listenHost, listenPorts);
  return {
    name: sid,
    sid,
    mode: 'forwarded',
    listenHost,
    listenPorts,
    limits: FORWARD_LIMITS,
    reject: 'rst',
    waitTimeoutMs: DEFAULT_WAIT_MS,
    forward,
    place: undefined,
  };
}

interface Side {
  readonly host: string;
  readonly port: number;
}

/** Splits `ADDR:PORT`, `:PORT` or `PORT`. */
function split(argument: string, side: string, text: string): Side {
  const at = text.lastIndexOf(':');
  const host = at === -1 ? '' : text.slice(0, at);
  const portText = text.slice(at + 1);
  const port = onlyPort(parsePorts(portText) ?? []);
  if (port === undefined) {
    throw new ForwardArgumentError(argument, `${side}: '${portText}' is not a port from 1 to 65535`);
  }
  if (host.includes(':') && !host.startsWith('[')) {
    throw new ForwardArgumentError(argument, `${side}: an IPv6 address needs brackets, [${host}]:${portText}`);
  }
  return { host, port };
}
