import type { Socket } from 'node:net';
import type { Transport } from './exchange.js';

/**
 * Ends a connection and drops what the client has not read. TCP needs a reset for that, which also frees the data in
 * the kernel; unix sockets have none.
 */
export function cut(socket: Socket, transport: Transport): void {
  if (transport === 'tcp') socket.resetAndDestroy();
  else socket.destroy();
}
