import { connect, type Socket } from 'node:net';
import { EventSocketError } from './error.js';
import type { FlowEvent } from './event.js';
import { parseEvent } from './event-line.js';
import { splitLines } from './lines.js';

/** Options of {@link connectEvents}. */
export interface ConnectEventsOptions {
  /** Ends the iteration without an error when it is aborted. */
  readonly signal?: AbortSignal;
  /** Longest accepted line, bytes (default 64 KiB, as in the Go clients). */
  readonly maxLineBytes?: number;
  /** Called when the client is connected, before the first event. */
  readonly onConnect?: () => void;
}

/**
 * Yields the events of a tcp-info server (or of another server with its protocol, such as ndt-server) from now on:
 *
 * ```ts
 * for await (const event of connectEvents('/var/local/tcpinfoeventsocket/tcpevents.sock')) {
 *   if (event.kind === 'open') console.log(event.uuid, event.id.dstIp);
 * }
 * ```
 *
 * Connects at the first step and disconnects when the loop is left. Ends when the server closes the connection. While
 * the loop body runs, events wait in the server, which drops a client with too many waiting events: keep the body
 * short.
 *
 * @throws EventSocketError when connecting fails, when the connection breaks, or when a line is not an event
 */
export async function* connectEvents(
  path: string,
  options: ConnectEventsOptions = {},
): AsyncGenerator<FlowEvent, void, undefined> {
  const { signal, maxLineBytes = 64 * 1024, onConnect } = options;
  if (signal?.aborted) {
    return;
  }
  const socket = connect({ path });
  const abort = () => socket.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await connected(socket, path);
    if (signal?.aborted) {
      return;
    }
    onConnect?.();
    for await (const line of splitLines(socket, maxLineBytes, path)) {
      yield parseEvent(line);
    }
  } catch (error) {
    if (signal?.aborted) {
      return; // the error is a consequence of the abort
    }
    throw EventSocketError.from('read', path, error);
  } finally {
    signal?.removeEventListener('abort', abort);
    socket.destroy();
  }
}

function connected(socket: Socket, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (cause) => reject(EventSocketError.from('connect', path, cause)));
    // The caller's signal destroyed the socket before it was connected.
    socket.once('close', () => reject(new EventSocketError('connect', path, 'ABORT_ERR', 'aborted')));
  });
}
