import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { withDeadline } from './deadline.js';

const HOSTS = ['127.0.0.1', '::1'] as const;
/** Timeout for connecting: a firewall that drops packets, even over loopback, sends no error. */
const CONNECT_MS = 1000;

/** Connection of this process to itself, with both ends. */
export interface LoopbackConnection {
  /** Address of both ends. */
  readonly host: string;
  /** Ports of both ends. */
  readonly ports: readonly [number, number];
  /** Closes both ends in order, then the listener. */
  close(): Promise<void>;
}

/**
 * Connects this process to itself over loopback, by IPv4 or else by IPv6.
 * @throws the system error of the first attempt, or DeadlineError
 */
export async function connectLoopback(): Promise<LoopbackConnection> {
  const errors: unknown[] = [];
  for (const host of HOSTS) {
    try {
      return await connectTo(host);
    } catch (error) {
      errors.push(error);
    }
  }
  throw errors[0];
}

async function connectTo(host: string): Promise<LoopbackConnection> {
  const server = createServer({ allowHalfOpen: false });
  try {
    server.listen({ host, port: 0 });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const near = connect({ host, port });
    try {
      await withDeadline(`connect to ${host}`, CONNECT_MS, once(near, 'connect'));
      const [far] = await withDeadline(`accept at ${host}`, CONNECT_MS, accepted);
      // A probe may have the kernel end the connection: then both ends fail, and close.
      for (const socket of [near, far]) socket.on('error', () => socket.destroy());
      return { host, ports: [near.localPort ?? 0, port], close: () => closeAll(server, near, far) };
    } catch (error) {
      near.destroy();
      throw error;
    }
  } catch (error) {
    if (server.listening) server.close();
    throw error;
  }
}

async function closeAll(server: Server, near: Socket, far: Socket): Promise<void> {
  const ends = [near, far].map(async (socket) => {
    // Not by once(), which an error would reject.
    if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  });
  far.resume();
  near.resume();
  near.end();
  await Promise.all(ends);
  server.close();
}
