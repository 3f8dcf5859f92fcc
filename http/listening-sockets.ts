import { lookup } from 'node:dns/promises';
import { closeSync } from 'node:fs';
import { isIP } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { BACKLOG } from './acceptor.js';

/** Address to listen on. Port 0 takes any free one; without a host every address of the machine, IPv6 and IPv4, is served. */
export interface ListenAddress {
  readonly host?: string;
  readonly port: number;
}

/** System calls that an {@link HttpServer} needs and Node does not have; the addon has them. */
export interface SocketCalls {
  /**
   * Listens on a numeric address with two queues, one of them for connections of this machine itself.
   * @throws an Error with `errno`
   */
  listenTcp(host: string, port: number, backlog: number): { readonly remote: number; readonly local?: number };
  /** Another descriptor of the same socket. */
  duplicate(fd: number): number;
}

/** Descriptors that listen, until they are closed. */
export interface ListeningSockets {
  readonly remote: number;
  /** Undefined where the kernel has one queue for all. */
  readonly local: number | undefined;
  close(): void;
}

/**
 * Listens on an address, or without a host on all of the machine, on IPv4 alone where there is no IPv6.
 * @throws an Error with `code`, such as EADDRINUSE
 */
export async function openListeningSockets(calls: SocketCalls, address: ListenAddress): Promise<ListeningSockets> {
  const { host, port } = address;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw Object.assign(new RangeError(`port ${port} is not between 0 and 65535`), { code: 'ERR_SOCKET_BAD_PORT' });
  }
  if (host !== undefined) {
    return listenOn(calls, isIP(host) === 0 ? (await lookup(host)).address : host, port);
  }
  try {
    return listenOn(calls, '::', port);
  } catch {
    return listenOn(calls, '0.0.0.0', port); // its own error says more where IPv4 is not free either
  }
}

function listenOn(calls: SocketCalls, host: string, port: number): ListeningSockets {
  try {
    const { remote, local } = calls.listenTcp(host, port, BACKLOG);
    const close = () => {
      for (const fd of [remote, local]) if (fd !== undefined) closeSync(fd);
    };
    return { remote, local, close };
  } catch (error) {
    const errno = error instanceof Error && 'errno' in error ? Number(error.errno) : 0;
    const code = errno > 0 ? getSystemErrorName(-errno) : 'ERR_LISTEN';
    throw Object.assign(new Error(error instanceof Error ? error.message : String(error), { cause: error }), { code });
  }
}
