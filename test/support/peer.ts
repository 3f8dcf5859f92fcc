import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Namespace } from './namespaces.js';
import { within } from './waiting.js';

const PROGRAM = join(import.meta.dirname, 'peer.mjs');

/** Error of a request to a peer. `code` is the system's, e.g. `ECONNREFUSED`. */
export class PeerError extends Error {
  override readonly name = 'PeerError';

  constructor(
    readonly op: string,
    readonly code: string,
    message: string,
  ) {
    super(`peer ${op}: ${code} ${message}`);
  }
}

/** Remote and local address of a connection. */
export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly localPort?: number;
  readonly localAddress?: string;
}

/** One side of a connection, controlled by the peer. */
export class PeerConnection {
  readonly #peer: Peer;
  readonly id: number;
  readonly localPort: number;
  readonly remotePort: number;

  constructor(peer: Peer, { id, localPort = 0, remotePort = 0 }: Described) {
    this.#peer = peer;
    this.id = id;
    this.localPort = localPort;
    this.remotePort = remotePort;
  }

  /** Writes bytes to the socket. */
  async send(bytes: number): Promise<void> {
    await this.#peer.request('send', { id: this.id, bytes });
  }

  /** Waits until this many bytes were read in total; returns the number read. */
  async received(bytes: number): Promise<number> {
    return (await this.#peer.request<{ bytes: number }>('received', { id: this.id, bytes })).bytes;
  }

  /** Stops reading, so that neither FIN nor RST of the other side is noticed. */
  async hold(): Promise<void> {
    await this.#peer.request('hold', { id: this.id });
  }

  /** Sends FIN. */
  async end(): Promise<void> {
    await this.#peer.request('end', { id: this.id });
  }

  /** Waits for the other side's FIN; returns how many bytes came before it. */
  async ended(): Promise<number> {
    return (await this.#peer.request<{ bytes: number }>('ended', { id: this.id })).bytes;
  }

  /** Closes the socket, with FIN if none was sent. */
  async destroy(): Promise<void> {
    await this.#peer.request('destroy', { id: this.id });
  }

  /** Closes the socket with RST. */
  async reset(): Promise<void> {
    await this.#peer.request('reset', { id: this.id });
  }

  /** Waits until the socket is closed; returns its error. */
  async closed(): Promise<string | undefined> {
    return (await this.#peer.request<{ error: string | null }>('closed', { id: this.id })).error ?? undefined;
  }
}

interface Described {
  readonly id: number;
  readonly localPort?: number;
  readonly remotePort?: number;
}

interface Reply {
  readonly request: number;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A traffic generator in a namespace. */
export class Peer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #replies = new Map<number, (reply: Reply) => void>();
  readonly #exited: Promise<void>;
  #requests = 0;

  constructor(namespace: Namespace) {
    const [file, args] = namespace.command(process.execPath, PROGRAM);
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#exited = new Promise((resolve) => this.#child.once('exit', () => resolve()));
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const reply = JSON.parse(line) as Reply;
      this.#replies.get(reply.request)?.(reply);
      this.#replies.delete(reply.request);
    });
  }

  /** Process id of the generator. */
  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the peer was not started');
    return pid;
  }

  /** Sends a request with a deadline. @throws PeerError when it fails */
  async request<T>(op: string, args: object): Promise<T> {
    const request = ++this.#requests;
    const answered = new Promise<Reply>((resolve) => this.#replies.set(request, resolve));
    this.#child.stdin.write(`${JSON.stringify({ request, op, ...args })}\n`);
    const { result, error } = await within(`peer ${op} ${JSON.stringify(args)}`, answered);
    if (error !== undefined) throw new PeerError(op, error.code, error.message);
    return result as T;
  }

  /** Listens for connections; returns the port. */
  async listen(host: string, options: { port?: number; ipv6Only?: boolean } = {}): Promise<number> {
    return (await this.request<{ port: number }>('listen', { host, ...options })).port;
  }

  /** Opens a connection. */
  async connect(options: ConnectOptions): Promise<PeerConnection> {
    const [connection] = await this.connectMany(1, options);
    if (connection === undefined) throw new Error('no connection');
    return connection;
  }

  /** Opens connections, all at once. */
  async connectMany(count: number, options: ConnectOptions): Promise<PeerConnection[]> {
    const opened = await this.request<Described[]>('connect', { count, ...options });
    return opened.map((described) => new PeerConnection(this, described));
  }

  /** Starts to open a connection, without waiting for it. */
  async attempt(options: ConnectOptions): Promise<PeerConnection> {
    return new PeerConnection(this, await this.request<Described>('attempt', options));
  }

  /** Returns the connection that the listener at `port` accepted from a remote port. */
  async accepted(port: number, remotePort: number): Promise<PeerConnection> {
    return new PeerConnection(this, await this.request<Described>('accepted', { port, remotePort }));
  }

  /** Sends a piece on each connection at an interval, until {@link halt}. */
  async stream(connections: readonly PeerConnection[], bytes: number, everyMs: number): Promise<void> {
    await this.request('stream', { ids: connections.map(({ id }) => id), bytes, everyMs });
  }

  /** Ends {@link stream}; returns the total bytes sent on each connection. */
  async halt(connections: readonly PeerConnection[]): Promise<number[]> {
    return await this.request<number[]>('halt', { ids: connections.map(({ id }) => id) });
  }

  /** Fetches a page over HTTP. */
  async get(url: string): Promise<{ readonly status: number; readonly body: string }> {
    return await this.request('get', { url });
  }

  /** Ends the program and all its connections. */
  async stop(): Promise<void> {
    this.#child.stdin.end();
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}
