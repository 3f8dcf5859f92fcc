import { createServer, type Server, type Socket } from 'node:net';
import type { Pace } from './pace.js';

/** How an {@link Acceptor} is made. */
export interface AcceptorOptions {
  /** Bounds how many connections are accepted; above it they wait in the kernel's queue, and there its length bounds them. */
  readonly pace: Pace;
  /** Bounds them further while each newcomer takes the place of another one. */
  readonly crowdedPace: Pace;
  /** Returns whether another connection had to make room. */
  readonly onConnection: (socket: Socket) => boolean;
  /** Called when a connection could not be accepted, as for want of descriptors. */
  readonly onError: () => void;
}

/** Where an {@link Acceptor} listens: on an address, or on a descriptor of which it takes a copy each time. */
export type Listening =
  | { readonly address: { readonly host?: string; readonly port: number } }
  | { readonly fd: number; readonly duplicate: (fd: number) => number };

/**
 * Connections that the kernel may hold for an acceptor. Each is a socket that a collector looks at in every scan, and an
 * honest client waits behind all of them: where others crowd, for 1.3 s at 50 a second.
 */
export const BACKLOG = 64;

/** Interval at which a socket that could not be listened on is tried again. */
const RETRY_MS = 1000;

/**
 * Accepts connections, not faster than its pace. Node has no way to stop accepting: a descriptor is closed for that,
 * while the listening socket lives on with its queue in another one. An address has no second descriptor: connections
 * above the pace then wait here, as many as the kernel would hold.
 */
export class Acceptor {
  readonly #options: AcceptorOptions;
  #listening: Listening | undefined;
  #server: Server | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Whether a turn to accept again is waited for. */
  #paused = false;
  /** Connections that wait here for their turn. */
  readonly #waiting = new Set<Socket>();

  constructor(options: AcceptorOptions) {
    this.#options = options;
  }

  /** Begins to accept; rejects with the system's error. */
  async listen(listening: Listening): Promise<Server> {
    this.#listening = listening;
    return await this.#open(listening);
  }

  /** Accepts no more. The descriptor stays its owner's. */
  close(): Promise<void> {
    this.#listening = undefined;
    clearTimeout(this.#retry);
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#waiting) socket.destroy();
    this.#waiting.clear();
    return new Promise((resolve) => {
      if (server === undefined) resolve();
      else server.close(() => resolve());
    });
  }

  #open(listening: Listening): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) =>
        this.#accepted(server, socket),
      );
      server.once('error', reject);
      server.listen({ ...target(listening), backlog: BACKLOG }, () => {
        server.off('error', reject);
        server.on('error', () => this.#options.onError());
        if (this.#listening === listening) this.#server = server;
        else server.close(); // closed meanwhile
        resolve(server);
      });
    });
  }

  #accepted(server: Server, socket: Socket): void {
    const { pace, crowdedPace, onConnection } = this.#options;
    if (this.#listening === undefined || server !== this.#server) {
      socket.destroy();
      return;
    }
    if ('address' in this.#listening) {
      this.#admit(socket);
      return;
    }
    const turns = onConnection(socket) ? crowdedPace : pace;
    if (!turns.take()) this.#pause(turns);
  }

  /** Begins with a connection in its turn. Until then nothing is read of it. */
  #admit(socket: Socket): void {
    if (this.#waiting.size === BACKLOG) {
      socket.resetAndDestroy();
      return;
    }
    this.#waiting.add(socket);
    this.#options.pace.run(() => {
      if (this.#waiting.delete(socket)) this.#options.onConnection(socket);
    });
  }

  /** Stops accepting until one of these turns comes. */
  #pause(turns: Pace): void {
    this.#server?.close();
    this.#server = undefined;
    if (this.#paused) return;
    this.#paused = true;
    turns.run(() => {
      this.#paused = false;
      this.#resume();
    });
  }

  #resume(): void {
    const listening = this.#listening;
    if (listening === undefined) return;
    this.#open(listening).catch(() => {
      this.#options.onError(); // no descriptor left for the copy, say
      this.#retry = setTimeout(() => this.#resume(), RETRY_MS).unref();
    });
  }
}

function target(listening: Listening): { readonly host?: string; readonly port: number } | { readonly fd: number } {
  return 'address' in listening ? listening.address : { fd: listening.duplicate(listening.fd) };
}
