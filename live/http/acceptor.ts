import { createServer, type Server, type Socket } from 'node:net';
import { listenAt, type SocketFile } from '../../files/index.js';
import { cut } from './cut.js';
import type { Transport } from './exchange.js';
import type { Pace } from './pace.js';

/** Options of {@link Acceptor}. */
export interface AcceptorOptions {
  /** Limit of accepted connections per time; others wait in the kernel's queue, which is bounded by its length. */
  readonly pace: Pace;
  /** Lower limit, used while each new connection displaces another one. */
  readonly crowdedPace: Pace;
  /** Handles a new connection; returns whether it displaced another one. */
  readonly onConnection: (socket: Socket) => boolean;
  /** Called when a connection could not be accepted, for example without free descriptors. */
  readonly onError: () => void;
}

/**
 * Target of {@link Acceptor.listen}: an address, a unix socket with the mode of its file, or a descriptor that the
 * acceptor duplicates each time it opens.
 */
export type Listening =
  | { readonly address: { readonly host?: string; readonly port: number } }
  | { readonly path: string; readonly mode: number }
  | { readonly fd: number; readonly duplicate: (fd: number) => number };

/**
 * Length of the kernel's queue of an acceptor. Each queued connection is a socket that the collector sees in every
 * scan, and a legitimate client waits until all of them are accepted: 1.3 s at 50 per second in a crowd.
 */
export const BACKLOG = 64;

/** Interval between attempts to listen again. */
const RETRY_MS = 1000;

/**
 * Accepts connections at a limited pace. Node cannot pause a server, so it is closed: the listening socket and its
 * queue continue to exist through another descriptor. An address and a unix socket have no second descriptor;
 * connections above the pace then wait here, as many as the kernel would hold.
 */
export class Acceptor {
  readonly #options: AcceptorOptions;
  #listening: Listening | undefined;
  #server: Server | undefined;
  #file: SocketFile | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** True while waiting for a turn to accept again. */
  #paused = false;
  /** Connections that wait here for their turn. */
  readonly #waiting = new Set<Socket>();

  constructor(options: AcceptorOptions) {
    this.#options = options;
  }

  /** Begins to accept connections; rejects with a system error. */
  async listen(listening: Listening): Promise<Server> {
    this.#listening = listening;
    return await this.#open(listening);
  }

  /** Stops accepting. Does not close the owner's descriptor. */
  close(): Promise<void> {
    this.#listening = undefined;
    clearTimeout(this.#retry);
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#waiting) socket.destroy();
    this.#waiting.clear();
    try {
      this.#file?.remove();
    } catch {
      this.#options.onError();
    }
    this.#file = undefined;
    return new Promise((resolve) => {
      if (server === undefined) resolve();
      else server.close(() => resolve());
    });
  }

  async #open(listening: Listening): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) =>
      this.#accepted(server, socket),
    );
    if (!('path' in listening)) return await this.#listen(server, listening);
    // Set before the file exists: a client can connect as soon as it does.
    this.#server = server;
    try {
      this.#file = await listenAt(server, listening.path, listening.mode);
    } catch (error) {
      this.#server = undefined;
      throw error;
    }
    server.on('error', () => this.#options.onError());
    return server;
  }

  #listen(server: Server, listening: Exclude<Listening, { readonly path: string }>): Promise<Server> {
    return new Promise((resolve, reject) => {
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
    if (!('fd' in this.#listening)) {
      this.#admit(socket, 'path' in this.#listening ? 'unix' : 'tcp');
      return;
    }
    const turns = onConnection(socket) ? crowdedPace : pace;
    if (!turns.take()) this.#pause(turns);
  }

  /** Starts a connection when it is its turn. Until then nothing is read from it. */
  #admit(socket: Socket, transport: Transport): void {
    if (this.#waiting.size === BACKLOG) {
      cut(socket, transport);
      return;
    }
    this.#waiting.add(socket);
    this.#options.pace.run(() => {
      if (this.#waiting.delete(socket)) this.#options.onConnection(socket);
    });
  }

  /** Stops accepting until the pace has a free turn. */
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
      this.#options.onError(); // for example, no free descriptor for the copy
      this.#retry = setTimeout(() => this.#resume(), RETRY_MS).unref();
    });
  }
}

function target(
  listening: Exclude<Listening, { readonly path: string }>,
): { readonly host?: string; readonly port: number } | { readonly fd: number } {
  return 'address' in listening ? listening.address : { fd: listening.duplicate(listening.fd) };
}
