import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Client, CloseReason, LimitedConnection } from '../limits/index.js';
import { type ConnectionReport, connectionLine, type OpenFigures } from '../statistics/index.js';

/** Admitted connection of a {@link Service}. The socket stays the program's: it reads and writes as it always does. */
export class ServiceConnection implements LimitedConnection, OpenFigures {
  readonly socket: Socket;
  /** Id of the service. */
  readonly sid: string;
  /** `CLIENT:PORT <-> LISTENER:PORT`. */
  readonly label: string;
  readonly clientAddress: Uint8Array;
  readonly clientKey: string;
  readonly acceptedMs: number;
  readonly #acceptedUnixMs: number;
  #read = 0;
  #flushed = 0;
  #lastReadMs: number;
  #lastWriteMs: number;
  #unackedSinceMs: number | undefined;
  #ruleReason: CloseReason | undefined;
  #firstEnd: 'client' | 'server' | undefined;
  #error: NodeJS.ErrnoException | undefined;

  constructor(socket: Socket, sid: string, client: Client) {
    const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = socket;
    this.socket = socket;
    this.sid = sid;
    this.label = `${endText(remoteAddress, remotePort)} <-> ${endText(localAddress, localPort)}`;
    this.clientAddress = client.address;
    this.clientKey = client.key;
    this.acceptedMs = performance.now();
    this.#acceptedUnixMs = Date.now();
    this.#lastReadMs = this.acceptedMs;
    this.#lastWriteMs = this.acceptedMs;
    this.sample();
    socket.once('end', () => {
      this.#firstEnd ??= 'client';
    });
    socket.once('finish', () => {
      this.#firstEnd ??= 'server';
    });
    // A program may have no listener of its own: a client that resets must not end it.
    socket.on('error', (error) => {
      this.#error ??= error;
    });
  }

  get lastReadMs(): number {
    return this.#lastReadMs;
  }

  get lastWriteMs(): number {
    return this.#lastWriteMs;
  }

  get unackedSinceMs(): number | undefined {
    return this.#unackedSinceMs;
  }

  get isHalfClosed(): boolean {
    return this.socket.readableEnded !== this.socket.writableEnded;
  }

  /** Bytes read from the client. */
  get upBytes(): number {
    return this.socket.bytesRead;
  }

  /** Bytes that the kernel has taken for the client. */
  get downBytes(): number {
    return flushedBytes(this.socket);
  }

  /** Milliseconds without data in either direction. */
  get idleMs(): number {
    this.sample();
    return Math.max(0, performance.now() - Math.max(this.#lastReadMs, this.#lastWriteMs));
  }

  /** Returns the statistics of the connection: the keys and types of gihnius/monconn. */
  stats(): ConnectionReport {
    this.sample();
    const unixSec = (ms: number): number => Math.floor((this.#acceptedUnixMs + ms - this.acceptedMs) / 1_000);
    return {
      label: this.label,
      sid: this.sid,
      read_bytes: this.upBytes,
      write_bytes: this.downBytes,
      read_at: unixSec(this.#lastReadMs),
      write_at: unixSec(this.#lastWriteMs),
    };
  }

  /** Returns the log line of gihnius/monconn. */
  toString(): string {
    return connectionLine(this.stats());
  }

  /** Ends the connection. `fin`: after what is written has been sent; `rst`: at once. */
  close(how: 'fin' | 'rst' = 'fin'): void {
    this.closeFor('closed', how);
  }

  /** Ends the connection by a rule, whose reason is counted. */
  closeFor(reason: CloseReason, how: 'fin' | 'rst'): void {
    this.#ruleReason ??= reason;
    if (how === 'rst') resetSocket(this.socket);
    else this.socket.end(() => this.socket.destroySoon());
  }

  /** Reason of the end, once the socket has closed. */
  get closeReason(): CloseReason {
    if (this.#ruleReason !== undefined) return this.#ruleReason;
    const code = this.#error?.code;
    if (code === 'ECONNRESET' || code === 'EPIPE') return 'reset';
    if (this.#error !== undefined) return 'error';
    // A program that destroys the socket without an end has closed it first.
    return this.#firstEnd ?? 'server';
  }

  /**
   * Reads the socket's counters and moves the clocks. Node reports no times of data, and a listener would take the data
   * from the program, so the service samples all connections on a timer.
   */
  sample(): boolean {
    const nowMs = performance.now();
    const { bytesRead } = this.socket;
    const flushed = flushedBytes(this.socket);
    const hasRead = bytesRead > this.#read;
    if (hasRead) this.#lastReadMs = nowMs;
    const hasWritten = flushed > this.#flushed;
    if (hasWritten) this.#lastWriteMs = nowMs;
    if (this.socket.writableLength === 0) this.#unackedSinceMs = undefined;
    else if (hasWritten || this.#unackedSinceMs === undefined) this.#unackedSinceMs = nowMs;
    this.#read = bytesRead;
    this.#flushed = Math.max(this.#flushed, flushed);
    return hasRead;
  }
}

/** Ends a socket with RST. A TLS socket has no such function: it is destroyed, which sends RST if data is unread. */
export function resetSocket(socket: Socket): void {
  if ((socket as Partial<TLSSocket>).encrypted === true) socket.destroy();
  else socket.resetAndDestroy();
}

/** Bytes that left the program's buffers: `bytesWritten` counts what still waits in them, too. */
function flushedBytes(socket: Socket): number {
  return Math.max(0, (socket.bytesWritten ?? 0) - socket.writableLength);
}

function endText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
