import { connect, type Socket } from 'node:net';
import { EventSocketError } from './error.js';
import type { FlowEvent } from './event.js';
import { parseEvent } from './event-line.js';
import { splitLines } from './lines.js';

/** How {@link connectEvents} behaves. */
export interface ConnectEventsOptions {
  /** Ends the iteration, quietly, when it is aborted. */
  readonly signal?: AbortSignal;
  /** The longest line taken (default 64 KiB; what the Go clients take). */
  readonly maxLineBytes?: number;
  /** Called when the connection stands, before the first event. */
  readonly onConnect?: () => void;
}

/**
 * The events of a tcp-info server (or of anything that speaks its protocol, such as ndt-server), from now on:
 *
 * ```ts
 * for await (const event of connectEvents('/var/local/tcpinfoeventsocket/tcpevents.sock')) {
 *   if (event.kind === 'open') console.log(event.uuid, event.id.dstIp);
 * }
 * ```
 *
 * Connects at the first step and disconnects when the loop is left. It ends when the server goes. While the body of the
 * loop takes its time the server has to keep what comes, and it drops a client for which it keeps too much: hand long
 * work to somebody else.
 *
 * @throws EventSocketError when there is no connection or it breaks, and when something comes that is not an event
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
      return; // whatever broke, broke because we were told to stop
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
    // Destroyed before it stood: by the caller's signal.
    socket.once('close', () => reject(new EventSocketError('connect', path, 'ABORT_ERR', 'aborted')));
  });
}
