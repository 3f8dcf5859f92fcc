import { lookup } from 'node:dns/promises';
import { closeSync } from 'node:fs';
import { isIP } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { BACKLOG } from './acceptor.js';

/** Address to listen on. Port 0 means any free port; without a host, all IPv6 and IPv4 addresses of the machine. */
export interface ListenAddress {
  readonly host?: string;
  readonly port: number;
}

/** System calls that an {@link HttpServer} needs and Node lacks; the native addon provides them. */
export interface SocketCalls {
  /**
   * Listens on a numeric address with two queues; one of them is for connections from this machine.
   * @throws an Error with `errno`
   */
  listenTcp(host: string, port: number, backlog: number): { readonly remote: number; readonly local?: number };
  /** Returns another descriptor of the socket. */
  duplicate(fd: number): number;
}

/** Descriptors of listening sockets. */
export interface ListeningSockets {
  readonly remote: number;
  /** Descriptor for connections from this machine; undefined if the kernel has only one queue. */
  readonly local: number | undefined;
  close(): void;
}

/**
 * Listens on an address, or without a host on all addresses of the machine; only on IPv4 if there is no IPv6.
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
    return listenOn(calls, '0.0.0.0', port); // if this fails too, its error is the more useful one
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
